package config_test

import (
	"strings"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/config"
	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

// Operators write passwords in place of file names, and make mistakes in the YAML around them.
func TestFaultsAreNotPrintedWithPasswords(t *testing.T) {
	for _, line := range []string{
		"password: " + password,
		"password: *" + password,
		"password: !" + password,
		"password: &" + password,
		"password: '" + password,
		`password: "\` + password + `"`,
		"password: @" + password,
		"password: %" + password,
		"password: a: " + password,
		"password:\n    " + password,
		"password: |" + password,
		"password: [" + password,
		"password: {" + password + "}",
		"passwd: " + password,
		"pass: " + password,
		"password_env: " + password,
		"password_env: [" + password + "]",
		"password_file: " + password,
		"password_file: /run/" + password,
		"password_file: {" + password + ": }",
		"password_env: LATAM_PASSWORD\n    url: https://svc:" + password + "@rocket.example.com",
		"password_env: LATAM_PASSWORD\n    url: https://rocket.example.com:" + password,
		"password_env: LATAM_PASSWORD\n    url: '" + password + "'",
		"password_env: LATAM_PASSWORD\n    method: " + password,
		"password_env: LATAM_PASSWORD\n    oauth_url: https://svc:" + password + "@login.example.com",
		"password_env: LATAM_PASSWORD\n    username: svc/" + password + "\n",
	} {
		content := strings.Replace(latam, inVariable, line, 1) + asDefault
		_, err := config.Load(withAccounts(alone, written(t, content)))
		if err == nil {
			t.Errorf("no fault with %q", line)
		}
		testkit.WantMasked(t, "fault of "+line[:8], err, password)
	}
}
