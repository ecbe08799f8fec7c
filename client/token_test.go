package client_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/oauth2"

	"github.com/rocket-gateway/rocket-gateway/client"
)

// tokens is a source of tokens.
type tokens func() (*oauth2.Token, error)

func (f tokens) Token() (*oauth2.Token, error) { return f() }

// An issuer that hangs holds no caller for longer than its context, and one goroutine for all callers.
func TestASourceThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int32
		released := make(chan struct{})
		c := clientOf(t, ok.respond, client.WithTokenSource(tokens(func() (*oauth2.Token, error) {
			asked.Add(1)
			<-released
			return &oauth2.Token{AccessToken: "late"}, nil
		})))
		began := time.Now()
		var callers sync.WaitGroup
		for range 3 {
			callers.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
				defer cancel()
				if _, err := c.Me(ctx); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("got %v", err)
				}
			})
		}
		callers.Wait()
		if took := time.Since(began); took != 5*time.Second || asked.Load() != 1 {
			t.Errorf("took %s, the source was asked %d times", took, asked.Load())
		}
		if _, err := c.Me(t.Context()); err == nil || !strings.Contains(err.Error(), "no token within 30s") || time.Since(began) > time.Minute {
			t.Errorf("without a deadline: %v after %s", err, time.Since(began))
		}
		close(released)
		synctest.Wait()
		if _, err := c.Me(t.Context()); err != nil || asked.Load() != 2 {
			t.Errorf("afterwards: %v, the source was asked %d times", err, asked.Load())
		}
	})
}

// The source decides how long a token lasts.
func TestASourceIsAskedForEachRequest(t *testing.T) {
	accepted, issued := "new", []string{"old", "new"}
	c := clientOf(t, func(r *http.Request) (*http.Response, error) {
		if r.Header.Get("Authorization") != "Bearer "+accepted {
			return response(r, http.StatusUnauthorized, ``), nil
		}
		return response(r, http.StatusOK, `{}`), nil
	}, client.WithTokenSource(tokens(func() (*oauth2.Token, error) {
		token := issued[0]
		issued = issued[1:]
		return &oauth2.Token{AccessToken: token}, nil
	})))
	var problem *client.Problem
	if _, err := c.Me(t.Context()); !errors.As(err, &problem) || problem.Status != http.StatusUnauthorized {
		t.Errorf("the old token: %v", err)
	}
	if _, err := c.Me(t.Context()); err != nil {
		t.Errorf("the new token: %v", err)
	}
}

// Only what may pass is worth another try.
func TestErrorsOfASource(t *testing.T) {
	status := func(code int) error { return &oauth2.RetrieveError{Response: &http.Response{StatusCode: code}} }
	_, opened := os.Open(filepath.Join(t.TempDir(), "token"))
	issuer := httptest.NewTLSServer(nil)
	defer issuer.Close()
	issuer.Config.ErrorLog = log.New(io.Discard, "", 0)
	_, untrusted := http.Post(issuer.URL, "", nil) //nolint:noctx // it fails
	for name, tt := range map[string]struct {
		token *oauth2.Token
		err   error
		asked int
		want  string
	}{
		"no file":          {err: errors.New("no such file"), asked: 1, want: "no such file"},
		"refused":          {err: status(http.StatusUnauthorized), asked: 1},
		"without response": {err: &oauth2.RetrieveError{ErrorCode: "invalid_client"}, asked: 1, want: "invalid_client"},
		"busy":             {err: status(http.StatusTooManyRequests), asked: 2},
		"unavailable":      {err: status(http.StatusInternalServerError), asked: 2},
		"unreachable":      {err: &url.Error{Op: "Post", URL: "https://login", Err: errors.New("connection refused")}, asked: 2},
		"no URL":           {err: &url.Error{Op: "Post", URL: "login", Err: errors.New("unsupported protocol scheme")}, asked: 1},
		"dial":             {err: &net.OpError{Op: "dial", Err: errors.New("connection refused")}, asked: 2},
		"a real file":      {err: opened, asked: 1, want: "no such file"},
		"its context":      {err: &url.Error{Op: "Post", URL: "https://login", Err: context.Canceled}, asked: 1},
		"its deadline":     {err: &url.Error{Op: "Post", URL: "https://login", Err: context.DeadlineExceeded}, asked: 1},
		"a bare deadline":  {err: context.DeadlineExceeded, asked: 1},
		"untrusted":        {err: untrusted, asked: 1},
		"a long text":      {err: errors.New("BEGIN" + strings.Repeat("x", 1<<20)), asked: 1, want: "BEGIN"},
		"neither":          {asked: 1, want: "has no token"},
		"an empty token":   {token: &oauth2.Token{}, asked: 1, want: "has no token"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				asked := 0
				source := tokens(func() (*oauth2.Token, error) {
					asked++
					return tt.token, tt.err
				})
				_, err := clientOf(t, ok.respond, client.WithRetries(1), client.WithTokenSource(source)).Me(t.Context())
				if err == nil || !strings.Contains(err.Error(), tt.want) || len(err.Error()) > 4<<10 || asked != tt.asked {
					t.Errorf("got %v after %d requests for a token, want %d", err, asked, tt.asked)
				}
				if tt.err != nil && !errors.Is(err, tt.err) {
					t.Errorf("%v is not the source's error", err)
				}
			})
		})
	}
}

// A source that panics, or ends its goroutine as t.Fatal does, fails each call that waits for it, and nothing else.
func TestASourceThatDoesNotReturn(t *testing.T) {
	for want, end := range map[string]func(){
		"panicked: no key": func() { panic("no key") },
		"did not return":   runtime.Goexit,
	} {
		synctest.Test(t, func(t *testing.T) {
			source := tokens(func() (*oauth2.Token, error) {
				time.Sleep(time.Second)
				end()
				return &oauth2.Token{AccessToken: "x"}, nil
			})
			c := clientOf(t, ok.respond, client.WithTokenSource(source))
			began := time.Now()
			var callers sync.WaitGroup
			for range 3 {
				callers.Go(func() {
					if _, err := c.Me(t.Context()); err == nil || !strings.Contains(err.Error(), want) || time.Since(began) != time.Second {
						t.Errorf("got %v after %s, want %s", err, time.Since(began), want)
					}
				})
			}
			callers.Wait()
		})
	}
}

// A source that hangs for one attempt would hang for the next.
func TestATimeoutWithoutAToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		released := make(chan struct{})
		defer close(released)
		c, err := client.New("http://x", client.WithHTTPClient(&http.Client{Timeout: 2 * time.Second}),
			client.WithTokenSource(tokens(func() (*oauth2.Token, error) {
				<-released
				return nil, nil
			})))
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		if _, err := c.Me(t.Context()); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != 2*time.Second {
			t.Errorf("got %v after %s", err, time.Since(began))
		}
	})
}

// The status of the next attempt counts.
func TestAProblemAfterATokenThatFailed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked, sent := 0, 0
		_, err := clientOf(t, func(r *http.Request) (*http.Response, error) {
			sent++
			return response(r, http.StatusForbidden, ``), nil
		}, client.WithTokenSource(tokens(func() (*oauth2.Token, error) {
			if asked++; asked == 1 {
				return nil, &net.OpError{Op: "dial", Err: errors.New("connection refused")}
			}
			return &oauth2.Token{AccessToken: "x"}, nil
		}))).Me(t.Context())
		var problem *client.Problem
		if !errors.As(err, &problem) || asked != 2 || sent != 1 {
			t.Errorf("got %v after %d requests", err, sent)
		}
	})
}

// A transport may still write a request after its attempt has timed out.
func TestEachAttemptHasItsToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sent []*http.Request
		issued := 0
		c := clientOf(t, func(r *http.Request) (*http.Response, error) {
			sent = append(sent, r)
			return busy.respond(r)
		}, client.WithRetries(1), client.WithTokenSource(tokens(func() (*oauth2.Token, error) {
			issued++
			return &oauth2.Token{AccessToken: strconv.Itoa(issued)}, nil
		})))
		if _, err := c.Me(t.Context()); err == nil || len(sent) != 2 {
			t.Fatalf("got %v after %d attempts", err, len(sent))
		}
		for i, want := range []string{"Bearer 1", "Bearer 2"} {
			if got := sent[i].Header.Get("Authorization"); got != want {
				t.Errorf("attempt %d has %s, want %s", i, got, want)
			}
		}
	})
}

// The log of the process is the caller's.
func TestATimeoutPrintsNothing(t *testing.T) {
	var printed bytes.Buffer
	before := log.Writer()
	log.SetOutput(&printed)
	defer log.SetOutput(before)
	gateway := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	defer gateway.Close()
	c, err := client.New(gateway.URL, client.WithRetries(0), client.WithHTTPClient(&http.Client{Timeout: 20 * time.Millisecond}),
		client.WithTokenSource(oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "x"})))
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, err := c.Me(t.Context()); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	}
	if printed.Len() > 0 {
		t.Errorf("printed %s", printed.String())
	}
}
