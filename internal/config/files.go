package config

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"syscall"
)

// readable returns a function that takes the path of a file that can be opened now; another package parses its content.
func (c *Config) readable(field *string) func(string) error {
	return func(path string) error {
		f, err := os.Open(path) //nolint:gosec // the operator names the file
		if err != nil {
			return fmt.Errorf("its file %s %w", path, unreadable(err))
		}
		defer func() { _ = f.Close() }()
		if info, err := f.Stat(); err == nil && info.IsDir() {
			return fmt.Errorf("its file %s %w", path, unreadable(syscall.EISDIR))
		}
		*field, c.Files = path, append(c.Files, path)
		return nil
	}
}

// readFile returns the content of a file. The error says what is wrong with the file, but not its path: some operators set the secret
// itself in its place.
func readFile(path string, maxBytes int64) (string, error) {
	f, err := os.Open(path) //nolint:gosec // the operator names the file
	if err != nil {
		return "", unreadable(err)
	}
	defer func() { _ = f.Close() }()
	content, err := io.ReadAll(io.LimitReader(f, maxBytes+1)) // pipes and devices do not report their size
	if err != nil {
		return "", unreadable(err)
	}
	return valid(string(content), int64(len(content)) <= maxBytes, fmt.Sprintf("is larger than %d KiB", maxBytes>>10))
}

const maxSecretFile = 64 << 10 // bytes

// readSecret returns the content of a file less one final newline, which an editor adds; everything else is the secret.
func readSecret(path string) (Secret, error) {
	content, err := readFile(path, maxSecretFile)
	if err != nil {
		return "", err
	}
	content = strings.TrimSuffix(content, "\n")
	return valid(Secret(content), content != "", "is empty")
}

func caFile(path string) (string, error) {
	content, err := os.ReadFile(path) //nolint:gosec // the operator names the file
	if err != nil {
		return "", fmt.Errorf("its file %s %w", path, unreadable(err))
	}
	return valid(path, x509.NewCertPool().AppendCertsFromPEM(content), "its file "+path+" holds no PEM certificate")
}

// unreadable returns the error of a file that cannot be read, with the reason and without the path.
func unreadable(err error) error {
	why := err
	if pathError := (*fs.PathError)(nil); errors.As(err, &pathError) {
		why = pathError.Err
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		why = errors.New("it does not exist")
	case errors.Is(err, fs.ErrPermission):
		why = fmt.Errorf("user %d, which runs the gateway, has no permission", os.Getuid())
	case errors.Is(err, syscall.EISDIR):
		why = errors.New("it is a directory; name a file in it")
	}
	return fmt.Errorf("cannot be read: %w", why)
}
