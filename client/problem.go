package client

import (
	"encoding/json"
	"fmt"
	"net/http"
	"path"
	"strings"
	"time"
)

// Problem is the error of a request to which the gateway, or a proxy before it, returned another status than 200 and 304. Find it by
// errors.As.
type Problem struct {
	// Type is one of the constants. It is empty if the response has no problem document, as that of a proxy.
	Type      ProblemType      `json:"type"`
	Title     string           `json:"title"`      // the type in words
	Status    int              `json:"status"`     // of the response
	Detail    string           `json:"detail"`     // what is wrong in this case, and what to change
	Instance  string           `json:"instance"`   // path of the request
	RequestID string           `json:"request_id"` // under which the gateway's log has the request
	Part      string           `json:"part"`       // of a trend or an overview, if only that failed: a month as 2025-05, or by_day
	Errors    []ParameterFault `json:"errors"`     // every parameter that needs a change

	RetryAfter time.Duration `json:"-"` // after which another try makes sense; zero if the gateway does not say
}

// ProblemType is a type of problem: the last element of the path that the document has as type, which is a page that explains it.
type ProblemType string

// The types of problems.
const (
	ProblemInvalidRequest          ProblemType = "invalid-request"
	ProblemUpstreamRejected        ProblemType = "upstream-rejected"
	ProblemUnauthorized            ProblemType = "unauthorized"
	ProblemForbidden               ProblemType = "forbidden"
	ProblemNotFound                ProblemType = "not-found"
	ProblemMethodNotAllowed        ProblemType = "method-not-allowed"
	ProblemNotAcceptable           ProblemType = "not-acceptable"
	ProblemURITooLong              ProblemType = "uri-too-long"
	ProblemRateLimited             ProblemType = "rate-limited"
	ProblemHeadersTooLarge         ProblemType = "headers-too-large"
	ProblemInternalError           ProblemType = "internal-error"
	ProblemUpstreamError           ProblemType = "upstream-error"
	ProblemUpstreamCredentials     ProblemType = "upstream-credentials" //nolint:gosec // a name, not a credential
	ProblemUpstreamInvalidResponse ProblemType = "upstream-invalid-response"
	ProblemUpstreamUnavailable     ProblemType = "upstream-unavailable"
	ProblemAuthUnavailable         ProblemType = "auth-unavailable"
	ProblemUpstreamTimeout         ProblemType = "upstream-timeout"
	ProblemCacheMiss               ProblemType = "cache-miss"
)

// UnmarshalText sets t to the last element of a path.
func (t *ProblemType) UnmarshalText(text []byte) error {
	*t = ProblemType(path.Base(string(text)))
	return nil
}

// Error returns the status, the type, the detail and every parameter that needs a change.
func (p *Problem) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "rocket-gateway: %d %s", p.Status, p.Title)
	if p.Part != "" {
		fmt.Fprintf(&b, " (%s)", p.Part)
	}
	if p.Detail != "" {
		b.WriteString(": " + p.Detail)
	}
	for _, fault := range p.Errors {
		fmt.Fprintf(&b, " %s %s.", fault.Parameter, strings.TrimSuffix(fault.Message, "."))
	}
	return b.String()
}

func problem(resp *http.Response, body []byte) *Problem {
	var p Problem
	media, _, _ := strings.Cut(resp.Header.Get("Content-Type"), ";")
	if media != "application/problem+json" || json.Unmarshal(body, &p) != nil {
		p = Problem{Title: http.StatusText(resp.StatusCode), RequestID: resp.Header.Get("X-Request-Id")}
	}
	p.Status, p.RetryAfter = resp.StatusCode, retryAfter(resp.Header)
	return &p
}
