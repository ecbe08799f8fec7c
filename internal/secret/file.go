package secret

import (
	"errors"
	"io"
	"os"
	"strings"
)

// maxFile bounds what is read of a file.
const maxFile = 64 << 10

// ReadFile gives the content of a file less one final newline, which is the editor's; whatever else stands there is the
// secret's. The error says what is wrong with the file and leaves its path out: some give the secret itself in its place.
func ReadFile(path string) (Value, error) {
	content, err := readBounded(path)
	switch {
	case err != nil:
		return "", errors.New("cannot be read")
	case len(content) > maxFile:
		return "", errors.New("is larger than 64 KiB")
	}
	text := strings.TrimSuffix(string(content), "\n")
	if text == "" {
		return "", errors.New("is empty")
	}
	return Value(text), nil
}

// readBounded reads one byte more than is allowed at most: pipes and devices do not tell their size.
func readBounded(path string) ([]byte, error) {
	f, err := os.Open(path) //nolint:gosec // the operator names the file
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	return io.ReadAll(io.LimitReader(f, maxFile+1))
}
