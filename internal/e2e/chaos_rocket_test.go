//go:build chaos

package e2e_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/rocketsim"
)

// rocket is Rocket's simulator, which counts its requests, numbers its bodies and can be made to fail.
type rocket struct {
	url     string
	sim     *rocketsim.Server
	posts   atomic.Int64                                        // requests for data so far: the number of the newest body
	latency atomic.Int64                                        // nanoseconds before a response
	size    atomic.Pointer[func(filters map[string]string) int] // bytes of padding in a body; nil: none
	fault   atomic.Pointer[http.HandlerFunc]                    // responds instead of the simulator; nil: all is well
	askers  sync.Map                                            // the customer_id of a request for data, by the number of its body
}

func startRocket(t *testing.T) *rocket {
	t.Helper()
	r := &rocket{sim: rocketsim.New(rocketsim.Options{Username: username, Password: password, Customers: 1})}
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	r.url = server.URL + "/rocketsvc"
	return r
}

func (r *rocket) logins() int { return r.sim.Counts().Logins }

func (r *rocket) slow(latency time.Duration) { r.latency.Store(int64(latency)) }

// customer returns the customer_id that the body with a number was fetched for, "" if there was none.
func (r *rocket) customer(number int64) string {
	id, _ := r.askers.Load(number)
	customer, _ := id.(string)
	return customer
}

// asked returns how often a query of cold was fetched.
func (r *rocket) asked(query string) (posts int) {
	_, customer, _ := strings.Cut(query, "&customer_id=")
	r.askers.Range(func(_, id any) bool {
		if id == customer {
			posts++
		}
		return true
	})
	return posts
}

// fail has the fault respond to all requests from now on; nil ends that.
func (r *rocket) fail(fault http.HandlerFunc) {
	if fault == nil {
		r.fault.Store(nil)
		return
	}
	r.fault.Store(&fault)
}

// ServeHTTP reads the whole request first: only then does the server notice that its client is gone.
func (r *rocket) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return
	}
	req.Body = io.NopCloser(bytes.NewReader(body))
	login, number := strings.HasSuffix(req.URL.Path, "/auth/login"), int64(0)
	if !login {
		number = r.posts.Add(1)
		r.askers.Store(number, filters(body)["customer_id"])
	}
	if fault := r.fault.Load(); fault != nil {
		(*fault)(w, req)
		return
	}
	if !pass(req, time.Duration(r.latency.Load())) {
		return
	}
	if login {
		r.sim.ServeHTTP(w, req)
		return
	}
	r.respond(w, req, body, number)
}

// respond sends what the simulator would, with a body of our own if that is a usage list.
func (r *rocket) respond(w http.ResponseWriter, req *http.Request, body []byte, number int64) {
	recorded := httptest.NewRecorder()
	r.sim.ServeHTTP(recorded, req)
	content := recorded.Body.Bytes()
	if recorded.Code == http.StatusOK && strings.HasSuffix(req.URL.Path, "/usages") {
		padding := ""
		if size := r.size.Load(); size != nil {
			padding = noise((*size)(filters(body)), number)
		}
		content = fmt.Appendf(nil, `[{"id":"1","number":%d,"padding":%q}]`, number, padding)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(recorded.Code)
	_, _ = w.Write(content)
}

// filters returns the filters of a request by key.
func filters(body []byte) map[string]string {
	var request struct{ Filters []struct{ Key, Value string } }
	_ = json.Unmarshal(body, &request)
	byKey := map[string]string{}
	for _, f := range request.Filters {
		byKey[f.Key] = f.Value
	}
	return byKey
}

// pass waits, and reports whether the client is still there.
func pass(req *http.Request, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-req.Context().Done():
		return false
	}
}

// hang never responds.
func hang(_ http.ResponseWriter, req *http.Request) { <-req.Context().Done() }

// unavailable responds with a 503 after a while.
func unavailable(after time.Duration) http.HandlerFunc {
	return func(w http.ResponseWriter, req *http.Request) {
		if pass(req, after) {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}
}
