package client

import (
	"fmt"
	"io"
	"net/http"
)

// The largest bodies, so that a server that never ends one does not fill the memory.
const (
	maxBody    = 256 << 20 // bytes of a 200
	maxProblem = 64 << 10  // bytes of any other response
)

// tooLarge is the error of a body that has more bytes.
type tooLarge int64

func (n tooLarge) Error() string {
	if n >= 1<<20 {
		return fmt.Sprintf("the body is larger than %d MiB", n>>20)
	}
	return fmt.Sprintf("the body is larger than %d KiB", n>>10)
}

// readBody reads the body of a response. It returns an error if that of a 200 is not complete; the status of any other says enough.
func (a *attempts) readBody(resp *http.Response) error {
	most := int64(maxProblem)
	if resp.StatusCode == http.StatusOK {
		most = maxBody
	}
	a.body, a.missing = readAll(resp, most)
	_ = resp.Body.Close()
	if resp.StatusCode == http.StatusOK {
		return a.missing
	}
	return nil
}

// readAll returns the body of a response, or its beginning and an error.
func readAll(resp *http.Response, most int64) ([]byte, error) {
	if resp.ContentLength > most {
		return nil, tooLarge(most)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, most+1))
	if int64(len(body)) > most {
		err = tooLarge(most)
	}
	return body, err
}
