package client

import (
	"testing"
	"time"
)

// A gateway that hangs holds a caller without a context for a minute, as WithHTTPClient says.
func TestTheDefaultTimeout(t *testing.T) {
	c, err := New("http://x")
	if err != nil {
		t.Fatal(err)
	}
	if c.http.Timeout != time.Minute {
		t.Errorf("got %s", c.http.Timeout)
	}
}
