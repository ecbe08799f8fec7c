package handlers

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/rocket-gateway/rocket-gateway/internal/auth"
	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// kinds is the only table from failures to statuses and titles.
var kinds = map[fault.Kind]struct {
	status int
	title  string
}{
	fault.InvalidRequest:   {http.StatusBadRequest, "Invalid request"},
	fault.Unauthorized:     {http.StatusUnauthorized, "Not authenticated"},
	fault.Forbidden:        {http.StatusForbidden, "Not allowed"},
	fault.NotFound:         {http.StatusNotFound, "Not found"},
	fault.MethodNotAllowed: {http.StatusMethodNotAllowed, "Method not allowed"},
	fault.NotAcceptable:    {http.StatusNotAcceptable, "Not acceptable"},
	fault.URITooLong:       {http.StatusRequestURITooLong, "URI too long"},
	fault.HeadersTooLarge:  {http.StatusRequestHeaderFieldsTooLarge, "Header fields too large"},
	fault.RateLimited:      {http.StatusTooManyRequests, "Too many requests"},

	fault.Internal:        {http.StatusInternalServerError, "Internal error"},
	fault.AuthUnavailable: {http.StatusServiceUnavailable, "Tokens cannot be checked yet"},
	fault.CacheMiss:       {http.StatusGatewayTimeout, "Not cached"},

	fault.UpstreamRejected:        {http.StatusBadRequest, "Rocket refused the question"},
	fault.UpstreamCredentials:     {http.StatusBadGateway, "Rocket refuses the gateway's login"},
	fault.UpstreamError:           {http.StatusBadGateway, "Rocket failed"},
	fault.UpstreamInvalidResponse: {http.StatusBadGateway, "Rocket gave no valid answer"},
	fault.UpstreamUnavailable:     {http.StatusServiceUnavailable, "Rocket is not available"},
	fault.UpstreamTimeout:         {http.StatusGatewayTimeout, "Rocket took too long"},
}

// problem is the document of RFC 9457, in the order in which people read it.
type problem struct {
	Type      string           `json:"type"`
	Title     string           `json:"title"`
	Status    int              `json:"status"`
	Detail    string           `json:"detail"`
	Instance  string           `json:"instance"`
	RequestID string           `json:"request_id"`
	Errors    []parameterFault `json:"errors,omitempty"`
}

type parameterFault struct {
	Parameter string `json:"parameter"`
	Message   string `json:"message"`
}

const (
	problemType       = "application/problem+json"
	maxInstance       = 1024
	maxProviderShown  = 32
	statusCallerGone  = 499 // for the log; nobody is there to read it
	problemsPath      = "/problems/"
	allowedMethods    = "GET, HEAD, OPTIONS"
	cacheControlError = "no-store"
)

// handler returns a handler that responds with the problem if h returns an error.
func (s *Server) handler(h func(w http.ResponseWriter, r *http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := h(w, r); err != nil {
			s.fail(w, r, err)
		}
	}
}

// fail sends the problem document for err.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	x := stateOf(r.Context())
	if errors.Is(err, context.Canceled) && r.Context().Err() != nil {
		x.status = cmp.Or(x.status, statusCallerGone)
		return
	}
	f := fault.Of(err)
	kind := kinds[f.Kind]
	x.cause = f
	h := w.Header()
	var c cacheFailure
	if errors.As(err, &c) && c.status.Fwd != "" {
		h.Set("Cache-Status", c.status.String())
		x.record(c.status)
	}
	if f.RetryAfter > 0 {
		h.Set("Retry-After", strconv.FormatInt(int64((f.RetryAfter+time.Second-1)/time.Second), 10))
	}
	if challenge := auth.Challenge(f); challenge != "" {
		h.Set("WWW-Authenticate", challenge)
	}
	tellExhausted(h, f)
	if f.Kind == fault.MethodNotAllowed {
		h.Set("Allow", allowedMethods)
	}
	h.Set("Cache-Control", cacheControlError)
	h.Set("Content-Type", problemType)
	body := s.document(r, f)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(kind.status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body)
	}
}

func (s *Server) document(r *http.Request, f *fault.Error) []byte {
	kind := kinds[f.Kind]
	p := problem{
		Type: s.BasePath + problemsPath + string(f.Kind), Title: kind.title, Status: kind.status, Detail: detail(f),
		Instance: s.instance(r), RequestID: stateOf(r.Context()).id,
	}
	for _, param := range f.Params {
		p.Errors = append(p.Errors, parameterFault{param.Name, param.Message})
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(p) // text and numbers alone never fail
	return b.Bytes()
}

func detail(f *fault.Error) string {
	switch n := len(f.Params); {
	case f.Detail != "":
		return f.Detail
	case n == 1:
		return "1 parameter needs a change: " + f.Params[0].Name + "."
	default:
		return strconv.Itoa(n) + " parameters need a change."
	}
}

func (s *Server) instance(r *http.Request) string {
	path := s.BasePath + r.URL.EscapedPath()
	if len(path) > maxInstance {
		path = path[:maxInstance]
		if i := strings.LastIndexByte(path, '%'); i > maxInstance-3 { // no half of an escape
			path = path[:i]
		}
	}
	return path
}

func notFound(http.ResponseWriter, *http.Request) error {
	return &fault.Error{Kind: fault.NotFound, Detail: "There is no such resource. GET /docs/ shows what there is."}
}

// methodNotAllowed also answers OPTIONS, which no route knows by itself. The router calls it for methods that it has never
// heard of too, whatever the path.
func methodNotAllowed(w http.ResponseWriter, r *http.Request) error {
	if p, ok := askedProvider(r); ok && !p.Valid() {
		return unknownProvider(p)
	}
	if !chi.RouteContext(r.Context()).Routes.Match(chi.NewRouteContext(), http.MethodGet, routedPath(r)) {
		return notFound(w, r)
	}
	if r.Method == http.MethodOptions {
		w.Header().Set("Allow", allowedMethods)
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	return &fault.Error{Kind: fault.MethodNotAllowed, Detail: "Use GET, HEAD or OPTIONS here."}
}

// askedProvider is the one in the path; the router does not tell it where the method is wrong.
func askedProvider(r *http.Request) (query.Provider, bool) {
	rest, ok := strings.CutPrefix(routedPath(r), "/v1/")
	provider, _, more := strings.Cut(rest, "/")
	return query.Provider(provider), ok && more
}

// routedPath returns what the router goes by: the path as it came if Go would encode it in another way, else the decoded path.
func routedPath(r *http.Request) string { return cmp.Or(r.URL.RawPath, r.URL.Path) }

func unknownProvider(provider query.Provider) error {
	name := "of that name"
	if len(provider) <= maxProviderShown {
		name = strconv.Quote(string(provider))
	}
	return &fault.Error{Kind: fault.NotFound, Detail: "There is no provider " + name + ": use azure, aws or gcp."}
}
