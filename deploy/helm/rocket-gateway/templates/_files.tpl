{{/* The directory of the files, each as <variable>/<key>, so that no two have the same path. */}}
{{- define "rocket-gateway.filesPath" -}}
/etc/rocket-gateway
{{- end }}

{{/* The sources of the one volume with all files, so that a certificate and its key change at the same moment. */}}
{{- define "rocket-gateway.fileSources" -}}
{{- range $name, $file := .Values.files }}
- {{ ternary "secret" "configMap" (hasKey $file "secret") }}:
    name: {{ $file.secret | default $file.configMap }}
    items:
      {{- range concat (list $file.key) ($file.beside | default list) }}
      - {key: {{ . }}, path: {{ $name }}/{{ . }}}
      {{- end }}
{{- end }}
{{- end }}

{{/* The environment beside the ConfigMap. A GOMEMLIMIT of extraEnv replaces the computed one. */}}
{{- define "rocket-gateway.env" -}}
{{- $own := false }}
{{- range .Values.extraEnv }}
{{- $own = or $own (eq .name "GOMEMLIMIT") }}
{{- end }}
{{- $limit := dig "limits" "memory" "" (.Values.resources | default dict) }}
{{- if and $limit (not $own) }}
- name: GOMEMLIMIT
  value: {{ mul (div (include "rocket-gateway.bytes" $limit | int64) 10) 9 | quote }}
{{- end }}
{{- range $name, $file := .Values.files }}
- name: {{ $name }}
  value: {{ include "rocket-gateway.filesPath" $ }}/{{ $name }}/{{ $file.key }}
{{- end }}
{{- with .Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end }}
