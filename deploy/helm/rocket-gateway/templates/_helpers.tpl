{{- define "rocket-gateway.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* The name of everything here, with room left for "-admin". */}}
{{- define "rocket-gateway.fullname" -}}
{{- $name := include "rocket-gateway.name" . }}
{{- $full := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) }}
{{- default $full .Values.fullnameOverride | trunc 57 | trimSuffix "-" }}
{{- end }}

{{- define "rocket-gateway.selectorLabels" -}}
app.kubernetes.io/name: {{ include "rocket-gateway.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{/* Of the pod of helm test, which is none that a Service should find. */}}
{{- define "rocket-gateway.testLabels" -}}
app.kubernetes.io/name: {{ include "rocket-gateway.name" . | trunc 58 }}-test
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "rocket-gateway.labels" -}}
{{ include "rocket-gateway.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "rocket-gateway.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}
{{- end }}

{{/* The port of an address such as ":8080". */}}
{{- define "rocket-gateway.port" -}}
{{ regexFind "[0-9]+$" . }}
{{- end }}

{{/* A duration such as "1m30s" in whole seconds, rounded up. */}}
{{- define "rocket-gateway.seconds" -}}
{{- $units := dict "h" 3600.0 "m" 60.0 "s" 1.0 "ms" 0.001 }}
{{- $sum := 0.0 }}
{{- range regexFindAll "[0-9.]+(ms|h|m|s)" . -1 }}
{{- $number := regexFind "^[0-9.]+" . }}
{{- $sum = addf $sum (mulf (float64 $number) (get $units (trimPrefix $number .))) }}
{{- end }}
{{- ceil $sum | int }}
{{- end }}

{{/* How long a pod may take to end: what the gateway takes at most, and a little for the rest. */}}
{{- define "rocket-gateway.grace" -}}
{{- $delay := include "rocket-gateway.seconds" .Values.config.SHUTDOWN_DELAY | int }}
{{- $timeout := include "rocket-gateway.seconds" .Values.config.SHUTDOWN_TIMEOUT | int }}
{{- add $delay $timeout 5 }}
{{- end }}

{{/* Numbers would be written as 2.68435456e+08 by themselves. */}}
{{- define "rocket-gateway.text" -}}
{{- if kindIs "float64" . }}{{ . | int64 | toString | quote }}{{ else }}{{ . | toString | quote }}{{ end }}
{{- end }}

{{- define "rocket-gateway.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "rocket-gateway.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}
