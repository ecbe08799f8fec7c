package client_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/client"
)

// A caller finds out what a body is that is not the contract's, and has it.
func TestABodyThatIsNotTheContracts(t *testing.T) {
	for name, tt := range map[string]struct{ media, body, want string }{
		"empty":       {"application/json", ``, `0 bytes of "application/json"`},
		"a proxy's":   {"text/html", `<html>`, `6 bytes of "text/html" instead of application/json`},
		"no type":     {"", `[]`, `2 bytes of "" instead of application/json`},
		"ends early":  {"application/json", `[{"rows":`, "unexpected end of JSON input"},
		"an object":   {"application/json", `{}`, "cannot unmarshal object"},
		"id":          {"application/json; charset=utf-8", `[{"id":1,"name":"x"}]`, "UsageRow.id"},
		"two values":  {"application/json", `[] []`, "after top-level value"},
		"leaf's type": {"application/json", `[{"leaf":"x"}]`, "UsageRow.leaf"},
	} {
		t.Run(name, func(t *testing.T) {
			c := clientOf(t, func(r *http.Request) (*http.Response, error) {
				return response(r, http.StatusOK, tt.body, "Content-Type", tt.media, "X-Request-Id", "RID"), nil
			})
			got, err := c.Usages(t.Context(), client.Azure, client.UsagesParams{Search: "SECRET"})
			if err == nil {
				t.Fatalf("got %v", got.Body)
			}
			for _, want := range []string{"client: GET https://costs.example.com/base/v1/azure/usages: ", `X-Request-Id "RID"`, tt.want} {
				if !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "SECRET") {
					t.Errorf("%s does not name %s", err, want)
				}
			}
			if string(got.Raw) != tt.body || got.RequestID != "RID" || got.Header.Get("Content-Type") != tt.media {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestAConnectionThatFails(t *testing.T) {
	_, err := clientOf(t, down.respond, client.WithRetries(0)).Usages(t.Context(), client.Azure, client.UsagesParams{Search: "SECRET"})
	if want := "client: GET https://costs.example.com/base/v1/azure/usages: connection refused"; err == nil || err.Error() != want || !errors.Is(err, down.err) {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestAnUppercaseMediaType(t *testing.T) {
	c := clientOf(t, func(r *http.Request) (*http.Response, error) {
		return response(r, http.StatusOK, `{}`, "Content-Type", "Application/JSON;charset=UTF-8"), nil
	})
	if _, err := c.Me(t.Context()); err != nil {
		t.Error(err)
	}
}

// endless is a body that does not end. It counts what is read.
type endless struct{ read int }

func (e *endless) Read(p []byte) (int, error) {
	e.read += len(p)
	return len(p), nil
}

func TestBodiesAreBounded(t *testing.T) {
	for name, tt := range map[string]struct {
		status, most int
		length       int64
		want         string
	}{
		"a 200":     {http.StatusOK, 0, 256<<20 + 1, "larger than 256 MiB"},
		"a problem": {http.StatusForbidden, 128 << 10, -1, "403 Forbidden: There is no detail: the body is larger than 64 KiB."},
	} {
		t.Run(name, func(t *testing.T) {
			body, sent := &endless{}, 0
			_, err := clientOf(t, func(r *http.Request) (*http.Response, error) {
				sent++
				resp := response(r, tt.status, ``)
				resp.Body, resp.ContentLength = io.NopCloser(body), tt.length
				return resp, nil
			}).Me(t.Context())
			if err == nil || !strings.Contains(err.Error(), tt.want) || body.read > tt.most || sent != 1 {
				t.Errorf("got %v after %d bytes of %d requests", err, body.read, sent)
			}
		})
	}
}

// closing is a body that counts how often it is closed.
type closing struct {
	io.Reader
	n *int
}

func (c closing) Close() error {
	*c.n++
	return nil
}

// A body that is not closed holds its connection.
func TestBodiesAreClosed(t *testing.T) {
	for _, status := range []int{http.StatusOK, http.StatusForbidden, http.StatusServiceUnavailable} {
		closed := 0
		_, _ = clientOf(t, func(r *http.Request) (*http.Response, error) {
			resp := response(r, status, ``)
			resp.Body = closing{strings.NewReader(`{}`), &closed}
			return resp, nil
		}, client.WithRetries(0)).Me(t.Context())
		if closed == 0 {
			t.Errorf("the body of a %d stays open", status)
		}
	}
}

// A caller that has no body needs one.
func TestNotModifiedWithoutATag(t *testing.T) {
	c := clientOf(t, func(r *http.Request) (*http.Response, error) { return response(r, http.StatusNotModified, ``), nil })
	var problem *client.Problem
	if _, err := c.Me(t.Context()); !errors.As(err, &problem) || problem.Status != http.StatusNotModified {
		t.Errorf("got %v", err)
	}
}
