package config

import (
	"fmt"

	secrets "github.com/rocket-gateway/rocket-gateway/internal/secret" // secret is a reader here
)

// Secret is a setting that must not be printed.
type Secret = secrets.Value

// readSecret reads what a NAME_FILE names.
func readSecret(path string) (string, error) {
	value, err := secrets.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("its file %s %w", path, err)
	}
	return value.Reveal(), nil
}
