{{/* Fails for values that the schema cannot compare, as the gateway would at its start or Kubernetes would. */}}
{{- define "rocket-gateway.validate" -}}
{{- $config := .Values.config }}
{{- $bytes := dict }}
{{- $most := dict "ROCKET_MAX_RESPONSE_BYTES" "1Gi" "CACHE_MAX_ENTRY_BYTES" "1Gi" "CACHE_MEMORY_BYTES" "1Ti" }}
{{- range $name, $limit := $most }}
{{- $n := include "rocket-gateway.bytes" (get $config $name | default "0") | int64 }}
{{- if gt $n (include "rocket-gateway.bytes" $limit | int64) }}
{{- fail (printf "config.%s must be at most %s" $name $limit) }}
{{- end }}
{{- $_ := set $bytes $name $n }}
{{- end }}
{{- $entry := get $bytes "CACHE_MAX_ENTRY_BYTES" | default 8388608 }}
{{- if gt (int64 $entry) (get $bytes "CACHE_MEMORY_BYTES" | default 268435456 | int64) }}
{{- fail "config.CACHE_MAX_ENTRY_BYTES must not be larger than config.CACHE_MEMORY_BYTES" }}
{{- end }}
{{- if eq (include "rocket-gateway.port" $config.LISTEN_ADDR) (include "rocket-gateway.port" $config.ADMIN_ADDR) }}
{{- fail "config.ADMIN_ADDR must have another port than config.LISTEN_ADDR" }}
{{- end }}
{{- with .Values.autoscaling }}
{{- if gt (int .minReplicas) (int .maxReplicas) }}
{{- fail "autoscaling.minReplicas must not be larger than autoscaling.maxReplicas" }}
{{- end }}
{{- end }}
{{- end }}
