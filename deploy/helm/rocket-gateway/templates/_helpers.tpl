{{- define "rocket-gateway.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* The name of all objects, at most 57 characters, so that "-admin" fits. */}}
{{- define "rocket-gateway.fullname" -}}
{{- $name := include "rocket-gateway.name" . }}
{{- $full := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) }}
{{- default $full .Values.fullnameOverride | trunc 57 | trimSuffix "-" }}
{{- end }}

{{- define "rocket-gateway.selectorLabels" -}}
app.kubernetes.io/name: {{ include "rocket-gateway.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{/* Labels of the pod of helm test, which no Service selects. */}}
{{- define "rocket-gateway.testLabels" -}}
app.kubernetes.io/name: {{ include "rocket-gateway.name" . | trunc 58 }}-test
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{/* Labels of the pods that warm the cache, which no Service selects. */}}
{{- define "rocket-gateway.warmLabels" -}}
app.kubernetes.io/name: {{ include "rocket-gateway.name" . | trunc 58 }}-warm
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "rocket-gateway.labels" -}}
{{ include "rocket-gateway.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "rocket-gateway.serviceAccountName" -}}
{{- $own := ternary (include "rocket-gateway.fullname" .) "default" .Values.serviceAccount.create }}
{{- default $own .Values.serviceAccount.name }}
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

{{/* How long a pod may take to end, in seconds: what the gateway takes at most, and 5 s. */}}
{{- define "rocket-gateway.grace" -}}
{{- $delay := include "rocket-gateway.seconds" .Values.config.SHUTDOWN_DELAY | int }}
{{- $timeout := include "rocket-gateway.seconds" .Values.config.SHUTDOWN_TIMEOUT | int }}
{{- add $delay $timeout 5 }}
{{- end }}

{{/* A quantity of Kubernetes such as 1Gi, or a number, in bytes. */}}
{{- define "rocket-gateway.bytes" -}}
{{- $text := include "rocket-gateway.text" . | trimAll "\"" }}
{{- $number := regexFind "^[0-9.]+" $text }}
{{- $units := dict "" 1.0 "k" 1e3 "M" 1e6 "G" 1e9 "T" 1e12 "Ki" 1024.0 "Mi" 1048576.0 "Gi" 1073741824.0 "Ti" 1099511627776.0 }}
{{- mulf (float64 $number) (get $units (trimPrefix $number $text)) | int64 }}
{{- end }}

{{/* A value as text. A template writes large numbers as 2.68435456e+08. */}}
{{- define "rocket-gateway.text" -}}
{{- if kindIs "float64" . }}{{ . | int64 | toString | quote }}{{ else }}{{ . | toString | quote }}{{ end }}
{{- end }}
