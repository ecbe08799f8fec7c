package cli

import (
	"context"
	"testing"
)

func TestDemoRefusesInvalidOrigins(t *testing.T) {
	ended, end := context.WithCancel(t.Context())
	end() // a demo that starts stops at once
	execute(ended, []string{"CORS_ORIGINS=*"}, "demo").want(t, 1, "", `^gateway: CORS_ORIGINS: [^\n]*\n$`)
}

func TestDemoHelpNamesItsSetting(t *testing.T) {
	execute(t.Context(), nil, "demo", "-h").want(t, 0, `(?s)^Usage: gateway demo.*CORS_ORIGINS.*ignore`, "")
}
