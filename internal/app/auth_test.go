package app

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/config"
)

// The key file may become invalid after the settings were checked: New fails then, and closes what it has built.
func TestCloseWithoutVerifier(t *testing.T) {
	file := filepath.Join(t.TempDir(), "key.pem")
	if err := os.WriteFile(file, []byte("no key"), 0o600); err != nil {
		t.Fatal(err)
	}
	g := &App{config: &config.Config{AuthMode: config.AuthModeJWT, AuthPublicKeyFile: file}, log: slog.New(slog.DiscardHandler)}
	if err := g.wireAuth(); err == nil {
		t.Error("a file without a key was accepted")
	}
	g.Close()
}
