package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// The week: month end is on its fourth day. Times are UTC.
var (
	monday     = time.Date(2026, 10, 28, 0, 0, 0, 0, time.UTC) // a Wednesday; the first hour
	weekEnd    = monday.AddDate(0, 0, 7)
	monthEnd   = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	restatedAt = time.Date(2026, 10, 29, 13, 30, 0, 0, time.UTC) // September gets other amounts
	outage     = time.Date(2026, 10, 30, 17, 0, 0, 0, time.UTC)  // Rocket accepts requests and does not respond,
	refusing   = outage.Add(30 * time.Minute)                    // then responds with 503,
	recovered  = outage.Add(90 * time.Minute)                    // then works again
)

const (
	restatedMonth = "2026-09"
	tokenLifetime = 24 * time.Hour
	loginLatency  = 300 * time.Millisecond
)

// weekRocket is Rocket in virtual time.
type weekRocket struct {
	mu      sync.Mutex
	logins  int
	perHour map[int]int // queries by the hour of the week
}

func newWeekRocket() *weekRocket { return &weekRocket{perHour: map[int]int{}} }

func (r *weekRocket) requests() (sum int) {
	for _, n := range r.perHour {
		sum += n
	}
	return sum
}

// logIn returns the end of the new token.
func (r *weekRocket) logIn(ctx context.Context) (expires time.Time, status int) {
	r.mu.Lock()
	r.logins++
	r.mu.Unlock()
	status = r.work(ctx, loginLatency)
	return time.Now().Add(tokenLifetime), status
}

// query responds to a query; status is 0 if the context has ended.
func (r *weekRocket) query(ctx context.Context, path, start, end, customer string) (body []byte, status int) {
	r.mu.Lock()
	r.perHour[int(time.Since(monday).Hours())]++
	r.mu.Unlock()
	status = r.work(ctx, latencyOf(path, start, end, customer))
	version := 1
	if strings.HasPrefix(start, restatedMonth) && !time.Now().Before(restatedAt) {
		version = 2
	}
	row := fmt.Sprintf(`{"id":"c","name":"n","label":"l","value":1,"last":1,"actual":%d,"extra":{"at":%d}}`, version, time.Now().Unix())
	if e := query.EndpointNamed(path[strings.LastIndexByte(path, '/')+1:]); e.Shape == query.Object {
		return []byte(row), status
	}
	return []byte("[" + row + "]"), status
}

// work takes the time of a response, or fails as Rocket does at this time of the week.
func (r *weekRocket) work(ctx context.Context, latency time.Duration) (status int) {
	switch now := time.Now(); {
	case now.Before(outage), !now.Before(recovered):
	case now.Before(refusing):
		latency = time.Hour
	default:
		latency, status = 50*time.Millisecond, http.StatusServiceUnavailable
	}
	select {
	case <-ctx.Done():
		return 0
	case <-time.After(latency):
	}
	if status == 0 {
		status = http.StatusOK
	}
	return status
}

// latencyOf returns 0.6 to 2 seconds, which a query has always.
func latencyOf(parts ...string) time.Duration {
	h := fnv.New32a()
	_, _ = h.Write([]byte(strings.Join(parts, " ")))
	return 600*time.Millisecond + time.Duration(h.Sum32()%1400)*time.Millisecond
}

// RoundTrip is Rocket for the gateway's client.
func (r *weekRocket) RoundTrip(req *http.Request) (*http.Response, error) {
	var body []byte
	var status int
	if strings.HasSuffix(req.URL.Path, "/auth/login") {
		var expires time.Time
		expires, status = r.logIn(req.Context())
		body = fmt.Appendf(nil, `{"token":"t%d","expiresAt":%d}`, expires.Unix(), expires.Unix())
	} else {
		var sent struct{ Filters []struct{ Key, Value string } }
		if err := json.NewDecoder(req.Body).Decode(&sent); err != nil {
			return nil, err
		}
		filters := map[string]string{}
		for _, f := range sent.Filters {
			filters[f.Key] = f.Value
		}
		body, status = r.query(req.Context(), req.URL.Path, filters["start_time"], filters["end_time"], filters["customer_id"])
	}
	if status == 0 {
		return nil, req.Context().Err()
	}
	return &http.Response{
		StatusCode: status, Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)), Request: req,
		Header: http.Header{"Content-Type": {"application/json"}, "Date": {time.Now().Format(http.TimeFormat)}},
	}, nil
}
