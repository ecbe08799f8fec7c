package helm_test

import (
	"strings"
	"testing"
)

// What cannot be right is refused before anything reaches a cluster, and the refusal names it.
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
	values := written(t, "config: {CACHE_MEMORY_BYTES: 268435456, CACHE_SETTLE_DAYS: 0}")
	got := environment(t, render(t, values), nil)
	if got["CACHE_MEMORY_BYTES"] != "268435456" || got["CACHE_SETTLE_DAYS"] != "0" {
		t.Errorf("got %q", got)
	}
}

// An autoscaler's work would be undone by every upgrade that sets the replicas.
func TestAutoscaledReplicasAreNotSet(t *testing.T) {
	rendered := render(t, written(t, "autoscaling: {enabled: true}"))
	if replicas := one(t, objects(t, rendered), "Deployment").Spec.Replicas; replicas != nil {
		t.Errorf("got %d replicas, want none", *replicas)
	}
}

// A plain setting is read at the start alone: pods of another ConfigMap are other pods.
func TestPodsFollowTheirConfigMap(t *testing.T) {
	sum := func(values string) string {
		d := one(t, objects(t, render(t, written(t, values))), "Deployment")
		return d.Spec.Template.Metadata.Annotations["checksum/config"]
	}
	one, other := sum("config: {LOG_LEVEL: info}"), sum("config: {LOG_LEVEL: debug}")
	if one == "" || one == other {
		t.Errorf("got %q and %q, want two sums", one, other)
	}
}
