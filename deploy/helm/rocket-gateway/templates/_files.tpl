{{/* Where the files are mounted: each as <variable>/<key>, so that none meets another's name. */}}
{{- define "rocket-gateway.filesPath" -}}
/etc/rocket-gateway
{{- end }}

{{/* The parts of the one volume that has them all, so that a certificate and its key change at the same moment. */}}
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

{{/* What the environment has beside the ConfigMap. */}}
{{- define "rocket-gateway.env" -}}
{{- if dig "limits" "memory" "" .Values.resources }}
- name: GOMEMLIMIT
  valueFrom:
    resourceFieldRef:
      resource: limits.memory
{{- end }}
{{- range $name, $file := .Values.files }}
- name: {{ $name }}
  value: {{ include "rocket-gateway.filesPath" $ }}/{{ $name }}/{{ $file.key }}
{{- end }}
{{- with .Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end }}
