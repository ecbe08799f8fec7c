package admin

import (
	"cmp"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/auth"
	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/httpserver"
)

// refusal is an error with the status of its response.
type refusal struct {
	status int
	detail string
}

func (r refusal) Error() string { return r.detail }

// statuses are those of the faults that a request can have.
var statuses = map[fault.Kind]int{
	fault.InvalidRequest: http.StatusBadRequest, fault.Unauthorized: http.StatusUnauthorized, fault.Forbidden: http.StatusForbidden,
	fault.AuthUnavailable: http.StatusServiceUnavailable,
}

// refuse sends the problem document (RFC 9457) for a refusal or a *fault.Error. Only invalid members have a type of their own.
func (o Options) refuse(w http.ResponseWriter, r *http.Request, err error) {
	f, id := fault.Of(err), w.Header().Get(requestID)
	own := refusal{cmp.Or(statuses[f.Kind], http.StatusInternalServerError), detail(f)}
	_ = errors.As(err, &own)
	if own.status == http.StatusInternalServerError && r.Context().Err() == nil {
		o.Audit.Error("request failed", "request_id", id, "path", r.URL.Path, "error", err)
	}
	document := map[string]any{
		"status": own.status, "title": http.StatusText(own.status), "detail": own.detail,
		"instance": httpserver.Instance("", r), "request_id": id,
	}
	if f.Kind == fault.InvalidRequest {
		document["type"], document["title"], document["errors"] = o.BasePath+"/problems/"+string(f.Kind), "Invalid request", f.Params
	}
	if challenge := auth.Challenge(f); challenge != "" {
		w.Header().Set("WWW-Authenticate", challenge)
	}
	if f.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.FormatInt(int64((f.RetryAfter+time.Second-1)/time.Second), 10))
	}
	send(w, own.status, "application/problem+json", document)
}

// detail returns what is wrong as one text.
func detail(f *fault.Error) string {
	text := f.Detail
	for _, p := range f.Params {
		text += " " + p.Name + " " + strings.TrimSuffix(p.Message, ".") + "."
	}
	return strings.TrimSpace(text)
}
