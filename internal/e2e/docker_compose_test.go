package e2e_test

import (
	"os"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// composeService is what the test reads of a service in docker-compose.yml.
type composeService struct {
	Build struct {
		Target string `yaml:"target"`
	} `yaml:"build"`
	Healthcheck struct {
		Test []string `yaml:"test"`
	} `yaml:"healthcheck"`
	DependsOn map[string]struct {
		Condition string `yaml:"condition"`
	} `yaml:"depends_on"`
}

// Docker knows whether each service is healthy, by a check of docker-compose.yml or of an image that the Dockerfile builds, and a
// service starts once those that it depends on are.
func TestComposeServicesHaveHealthchecks(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile("../../docker-compose.yml")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Services map[string]composeService `yaml:"services"`
	}
	if err := yaml.Unmarshal(content, &file); err != nil || len(file.Services) == 0 {
		t.Fatal("docker-compose.yml has no services", err)
	}
	images := checkedImages(t)
	for name, service := range file.Services {
		if len(service.Healthcheck.Test) == 0 && !images[service.Build.Target] {
			t.Errorf("%s has no health check", name)
		}
		for other, dependency := range service.DependsOn {
			if dependency.Condition != "service_healthy" {
				t.Errorf("%s does not wait until %s is healthy", name, other)
			}
		}
	}
}

// checkedImages returns the targets of the Dockerfile that have a HEALTHCHECK.
func checkedImages(t *testing.T) map[string]bool {
	t.Helper()
	content, err := os.ReadFile("../../Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	checked, target := map[string]bool{}, ""
	for line := range strings.Lines(string(content)) {
		switch words := strings.Fields(line); {
		case len(words) > 0 && words[0] == "FROM":
			target = words[len(words)-1]
		case len(words) > 0 && words[0] == "HEALTHCHECK":
			checked[target] = true
		}
	}
	return checked
}
