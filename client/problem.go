package client

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"
)

// Problem is the error of a request to which the gateway, or a proxy before it, returned another status than 200, and 304 to IfNoneMatch.
// Find it by errors.As.
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
	Header     http.Header   `json:"-"` // of the response, all of it
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

// ourType is the type of the gateway's problems. Other documents have other types, such as about:blank or a URL.
var ourType = regexp.MustCompile(`^(?:/[^/]+)*/problems/([a-z-]+)$`)

// UnmarshalText sets t to the last element of a path of the gateway, and to nothing for any other text.
func (t *ProblemType) UnmarshalText(text []byte) error {
	*t = ""
	if match := ourType.FindSubmatch(text); match != nil {
		*t = ProblemType(match[1])
	}
	return nil
}

// Error returns the status, the type, the detail and every parameter that needs a change.
func (p *Problem) Error() string {
	var b strings.Builder
	b.WriteString(strings.TrimSpace(fmt.Sprintf("rocket-gateway: %d %s", p.Status, p.Title)))
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

// problem returns the problem document of a response as far as it has one.
func problem(resp *http.Response, a *attempts) *Problem {
	var p Problem
	if mediaType(resp.Header) == "application/problem+json" {
		_ = json.Unmarshal(a.body, &p) // members of other types are left out
	}
	p.Status, p.RetryAfter, p.Header = resp.StatusCode, retryAfter(resp.Header), resp.Header
	p.Title = cmp.Or(p.Title, http.StatusText(p.Status))
	p.RequestID = cmp.Or(p.RequestID, resp.Header.Get("X-Request-Id"))
	p.Detail = cmp.Or(p.Detail, redirect(resp))
	if p.Detail == "" && a.missing != nil {
		p.Detail = fmt.Sprintf("There is no detail: %v.", a.missing)
	}
	return &p
}

// redirect returns what to do about a redirect, without the query, which may have a secret; or nothing.
func redirect(resp *http.Response) string {
	to, err := resp.Location()
	if err != nil || resp.StatusCode/100 != 3 {
		return ""
	}
	to.User, to.RawQuery, to.Fragment = nil, "", ""
	return fmt.Sprintf("It redirects to %s, and the client follows no redirects. If that is the gateway, New needs its URL.", to)
}
