package helm_test

import (
	"strings"
	"testing"
)

// Values that cannot be right are refused before anything reaches a cluster, and the error names them.
func TestRefusedValues(t *testing.T) {
	for _, tt := range []struct{ name, values, want string }{
		{"a misspelt variable", "config: {CACHE_FRESH_OPN: 5m}", "CACHE_FRESH_OPN"},
		{"a secret among plain values", "config: {ROCKET_PASSWORD: secret}", "ROCKET_PASSWORD"},
		{"off without quotes", "config: {DOCS: off}", "/config/DOCS"},
		{"a duration without a unit", "config: {CACHE_FRESH_OPEN: '300'}", "/config/CACHE_FRESH_OPEN"},
		{"an address that no probe reaches", "config: {ADMIN_ADDR: '127.0.0.1:9090'}", "/config/ADMIN_ADDR"},
		{"a misspelt value", "replicaCount: 3", "replicaCount"},
		{"a file of nothing", "files: {ROCKET_CA_FILE: {key: ca.crt}}", "/files/ROCKET_CA_FILE"},
		{"a file of two things", "files: {ROCKET_CA_FILE: {key: ca.crt, secret: a, configMap: b}}", "/files/ROCKET_CA_FILE"},
		{"a file that is no variable", "files: {CA_FILE: {key: ca.crt, secret: a}}", "CA_FILE"},
		{"a key that leaves its directory", "files: {ROCKET_CA_FILE: {key: ../ca.crt, secret: a}}", "/files/ROCKET_CA_FILE/key"},
		{"an ingress without a name", "ingress: {enabled: true}", "ingress.host"},
		{"a digest that is none", "image: {digest: latest}", "/image/digest"},
		{"a budget of no pod", "podDisruptionBudget: {maxUnavailable: 0}", "/podDisruptionBudget/maxUnavailable"},
		{"a budget of no share", "podDisruptionBudget: {maxUnavailable: 0%}", "/podDisruptionBudget/maxUnavailable"},
		{"a budget of a text", "podDisruptionBudget: {maxUnavailable: '1'}", "/podDisruptionBudget/maxUnavailable"},
		{"more least than most pods", "autoscaling: {minReplicas: 4, maxReplicas: 3}", "autoscaling.minReplicas must not be larger"},
		{"no pod at least", "autoscaling: {minReplicas: 0}", "/autoscaling/minReplicas"},
		{"one port for both addresses", "config: {LISTEN_ADDR: ':9090'}", "config.ADMIN_ADDR must have another port"},
		{"a memory limit in letters", "resources: {limits: {memory: 1GB}}", "/resources/limits/memory"},
		{"a variable without a name", "extraEnv: [{value: x}]", "/extraEnv/0"},
		{"a variable that is a number", "extraEnv: [{name: X, value: 1}]", "/extraEnv/0/value"},
		{"a volume without a name", "extraVolumes: [{emptyDir: {}}]", "/extraVolumes/0"},
		{"a label that is a number", "commonLabels: {a: 1}", "/commonLabels/a"},
		{"traces by another protocol", "config: {OTEL_EXPORTER_OTLP_PROTOCOL: http/json}", "/config/OTEL_EXPORTER_OTLP_PROTOCOL"},
		{"a collector without a scheme", "config: {OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4317'}", "/config/OTEL_EXPORTER_OTLP_ENDPOINT"},
		{"warming without queries", "warm: {enabled: true, token: {secret: s}}", "/warm/args"},
		{"warming without a token", "warm: {enabled: true, args: [--months=1]}", "/warm/token/secret"},
		{"warming at no URL", "warm: {url: costs.example.com}", "/warm/url"},
		{"warming in a zone of the node's", "warm: {timeZone: Local}", "/warm/timeZone"},
		{"a query that is no path of the API", "warm: {queries: [azure/usages]}", "/warm/queries/0"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := refusal(t, tt.values); !strings.Contains(got, tt.want) {
				t.Errorf("got %s, want one that names %s", got, tt.want)
			}
		})
	}
}

// Numbers stay what they are: templates would write large ones with an exponent.
func TestNumbers(t *testing.T) {
	got := environment(t, renderWith(t, "config: {CACHE_MEMORY_BYTES: 268435456, CACHE_SETTLE_DAYS: 0}"), nil)
	if got["CACHE_MEMORY_BYTES"] != "268435456" || got["CACHE_SETTLE_DAYS"] != "0" {
		t.Errorf("got %q", got)
	}
}

// An autoscaler's work would be undone by every upgrade that sets the replicas.
func TestAutoscaledReplicasAreNotSet(t *testing.T) {
	rendered := renderWith(t, "autoscaling: {enabled: true}")
	if replicas := one(t, objects(t, rendered), "Deployment").Spec.Replicas; replicas != nil {
		t.Errorf("got %d replicas, want none", *replicas)
	}
}

// A plain setting is read at the start alone: pods of another ConfigMap are other pods.
func TestPodsFollowTheirConfigMap(t *testing.T) {
	sum := func(values string) string {
		d := one(t, objects(t, renderWith(t, values)), "Deployment")
		return d.Spec.Template.Metadata.Annotations["checksum/config"]
	}
	one, other := sum("config: {LOG_LEVEL: info}"), sum("config: {LOG_LEVEL: debug}")
	if one == "" || one == other {
		t.Errorf("got %q and %q, want two sums", one, other)
	}
}
