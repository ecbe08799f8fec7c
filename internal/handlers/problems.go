package handlers

import (
	"bytes"
	"cmp"
	"context"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/rocket-gateway/rocket-gateway/internal/auth"
	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/httpserver"
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

	fault.UpstreamRejected:        {http.StatusBadRequest, "Rocket refused the query"},
	fault.UpstreamCredentials:     {http.StatusBadGateway, "Rocket refuses the gateway's login"},
	fault.UpstreamError:           {http.StatusBadGateway, "Rocket failed"},
	fault.UpstreamInvalidResponse: {http.StatusBadGateway, "Rocket sent no valid response"},
	fault.UpstreamUnavailable:     {http.StatusServiceUnavailable, "Rocket is not available"},
	fault.UpstreamTimeout:         {http.StatusGatewayTimeout, "Rocket took too long"},
}

// problem is the document of RFC 9457, in the order in which people read it.
type problem struct {
	Type      string        `json:"type"`
	Title     string        `json:"title"`
	Status    int           `json:"status"`
	Detail    string        `json:"detail"`
	Instance  string        `json:"instance"`
	RequestID string        `json:"request_id"`
	Part      string        `json:"part,omitzero"`   // of a composed response
	Errors    []fault.Param `json:"errors,omitzero"` // every 400 has them, if only an empty list
}

const (
	maxProviderShown = 32
	statusCallerGone = 499 // for the log; no response is sent
	problemsPath     = "/problems/"
	allowedMethods   = "GET, HEAD, OPTIONS"
)

// problems responds to failed requests.
type problems struct {
	basePath string
	docs     bool // GET /docs/ is served
	log      *slog.Logger
}

// handle returns a handler that responds with the problem if h returns an error.
func (p problems) handle(h func(w http.ResponseWriter, r *http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := h(w, r); err != nil {
			p.send(w, r, err)
		}
	}
}

// send sends the problem document for err.
func (p problems) send(w http.ResponseWriter, r *http.Request, err error) {
	x := stateOf(r.Context())
	if errors.Is(err, context.Canceled) && r.Context().Err() != nil {
		if x.status == 0 {
			x.status = statusCallerGone
			hangUp(w)
		}
		return
	}
	f := fault.Of(err)
	x.cause = f
	h := w.Header()
	var c cacheFailure
	if errors.As(err, &c) && c.status.Fwd != "" {
		h.Set("Cache-Status", c.status.String())
		x.record(c.status)
	}
	// Rocket's wait in a 5xx is not the caller's: the gateway sends Rocket the query again after its own backoff.
	if status := kinds[f.Kind].status; f.RetryAfter > 0 && (status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable) {
		h.Set("Retry-After", strconv.FormatInt(int64((f.RetryAfter+time.Second-1)/time.Second), 10))
	}
	if challenge := auth.Challenge(f); challenge != "" {
		h.Set("WWW-Authenticate", challenge)
	}
	var e exhausted
	if errors.As(f, &e) {
		setRateLimit(h, e.Status)
	}
	if f.Kind == fault.MethodNotAllowed {
		h.Set("Allow", allowedMethods)
	}
	h.Set("Content-Type", "application/problem+json")
	sendUncached(w, r, kinds[f.Kind].status, p.document(r, f))
}

// hangUp closes the connection of a caller that has gone. One that only sends no more would take an empty response for a success.
func hangUp(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err == nil { // else it is one of HTTP/2, whose stream has ended
		_ = conn.Close()
	}
}

func (p problems) document(r *http.Request, f *fault.Error) problem {
	d := problem{
		Type: p.basePath + problemsPath + string(f.Kind), Title: kinds[f.Kind].title, Status: kinds[f.Kind].status, Detail: detail(f),
		Instance: httpserver.Instance(p.basePath, r), RequestID: stateOf(r.Context()).id, Part: f.Part, Errors: f.Params,
	}
	if d.Status == http.StatusBadRequest && d.Errors == nil {
		d.Errors = []fault.Param{} // Rocket does not say which parameters it refuses
	}
	return d
}

func detail(f *fault.Error) string {
	switch n := len(f.Params); {
	case f.Detail != "":
		return f.Detail
	case n == 1 && f.Params[0].Name != "":
		return "1 parameter needs a change: " + f.Params[0].Name + "."
	case n == 1:
		return "1 parameter needs a change: it has no name."
	default:
		return strconv.Itoa(n) + " parameters need a change."
	}
}

func (p problems) notFound(http.ResponseWriter, *http.Request) error {
	f := &fault.Error{Kind: fault.NotFound, Detail: "There is no such resource."}
	if p.docs {
		f.Detail += " GET " + p.basePath + "/docs/ shows what there is."
	}
	return f
}

// methodNotAllowed also serves OPTIONS, which no route has. The router calls it for methods that it does not know too, whatever the
// path.
func (p problems) methodNotAllowed(w http.ResponseWriter, r *http.Request) error {
	if provider, ok := requestedProvider(r); ok && !provider.Valid() {
		return unknownProvider(provider)
	}
	if !chi.RouteContext(r.Context()).Routes.Match(chi.NewRouteContext(), http.MethodGet, routedPath(r)) {
		return p.notFound(w, r)
	}
	if r.Method == http.MethodOptions {
		w.Header().Set("Allow", allowedMethods)
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	return &fault.Error{Kind: fault.MethodNotAllowed, Detail: "Use GET, HEAD or OPTIONS here."}
}

// requestedProvider returns the provider in the path, which the router does not return if the method is wrong.
func requestedProvider(r *http.Request) (query.Provider, bool) {
	rest, ok := strings.CutPrefix(routedPath(r), "/v1/")
	provider, _, more := strings.Cut(rest, "/")
	return query.Provider(provider), ok && more
}

// routedPath returns the path that the router matches: the path as it came if Go would encode it in another way, else the decoded path.
func routedPath(r *http.Request) string { return cmp.Or(r.URL.RawPath, r.URL.Path) }

func unknownProvider(provider query.Provider) error {
	name := "of that name"
	if len(provider) <= maxProviderShown {
		name = strconv.Quote(string(provider))
	}
	return &fault.Error{Kind: fault.NotFound, Detail: "There is no provider " + name + ": use azure, aws or gcp."}
}

// explanations are a page body for each kind, and the frame around it.
//
//go:embed problems/*.html
var explanations embed.FS

const pagePolicy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// mountProblems registers the route of the pages that explain each kind. It returns an error if a kind has none.
func mountProblems(r chi.Router, problems problems) error {
	pages := make(map[string]*static, len(kinds))
	for name, kind := range kinds {
		text, err := explanations.ReadFile("problems/" + string(name) + ".html")
		if err != nil {
			return fmt.Errorf("problem %s has no explanation: %w", name, err)
		}
		pages[string(name)], err = framed(string(name)+".html", map[string]any{
			"Type": string(name), "Title": kind.title, "Status": kind.status, "StatusText": http.StatusText(kind.status),
			"Text": template.HTML(text), //nolint:gosec // embedded files of ours
		})
		if err != nil {
			return err
		}
	}
	r.Get(problemsPath+"{type}", oneOf(pages, "type", problems))
	return nil
}

// framed returns a page of text.
func framed(name string, text map[string]any) (*static, error) {
	frame, err := template.ParseFS(explanations, "problems/frame.html")
	if err != nil {
		return nil, err
	}
	var page bytes.Buffer
	if err := frame.Execute(&page, text); err != nil {
		return nil, err
	}
	return newStatic(name, page.Bytes(), pagePolicy, revalidate), nil
}
