package config_test

import (
	"fmt"
	"os"
	"runtime"
	"syscall"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/config"
)

const nobody = 65534

func TestAFileWithoutPermission(t *testing.T) {
	path := file(t, password)
	if err := os.Chmod(path, 0); err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf("ROCKET_PASSWORD: its file %s cannot be read: user %d, which runs the gateway, has no permission", path, os.Getuid())
	if err := loadAsNobody(t, passwordFrom(path)); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// loadAsNobody loads settings without root's right to read any file, which containers of tests have.
func loadAsNobody(t *testing.T, environ []string) error {
	t.Helper()
	failed := make(chan error)
	go func() {
		runtime.LockOSThread() // and never unlocks it: the thread ends with the goroutine
		if os.Getuid() == 0 {
			_ = syscall.Setfsuid(nobody)
		}
		_, err := config.Load(environ)
		failed <- err
	}()
	return <-failed
}
