package admin

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/rocket-gateway/rocket-gateway/internal/cache"
	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

const maxBody = 256 << 10

// purge executes the purge of a caller with the right to it, and logs every one.
func (o Options) purge(w http.ResponseWriter, r *http.Request) {
	by, ok := o.authorize(w, r)
	if !ok {
		return
	}
	if r.ContentLength > maxBody {
		refuseLarge(w)
		return
	}
	content, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		refuseBody(w, err)
		return
	}
	asked, faults := parsePurge(content)
	p := cache.Purge{Tags: asked.tags, All: asked.all, Hard: asked.hard}
	if len(faults) == 0 && asked.query != "" {
		p.Questions, faults = o.resolve(asked.query)
	}
	if len(faults) > 0 {
		o.refuseMembers(w, faults)
		return
	}
	err = o.Purge(r.Context(), p)
	line := []any{by, "query", asked.query, "tags", asked.tags, "all", asked.all, "hard", asked.hard, "done", err == nil}
	if err != nil {
		o.Audit.Warn("purge", append(line, "error", err)...)
		detail := "The purge failed; the log has the reason."
		if errors.Is(err, cache.ErrNotShared) {
			detail = err.Error()
		}
		refuse(w, http.StatusServiceUnavailable, detail)
		return
	}
	o.Audit.Info("purge", line...)
	say(w, http.StatusOK, "purged")
}

// resolve returns the query of a path of the API with its parameters, or why it has none.
func (o Options) resolve(target string) ([]query.Query, []fault.Param) {
	q, err := o.Resolve(target)
	if err != nil {
		return nil, []fault.Param{{Name: memberQuery, Message: "is invalid: " + explain(fault.Of(err))}}
	}
	return []query.Query{q}, nil
}

// refuseBody sends the problem for a body that could not be read.
func refuseBody(w http.ResponseWriter, err error) {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		refuseLarge(w)
		return
	}
	refuse(w, http.StatusBadRequest, "The body ended early.")
}

func refuseLarge(w http.ResponseWriter) {
	refuse(w, http.StatusRequestEntityTooLarge, "The body must be at most 256 KiB.")
}

// refuseMembers sends an invalid-request problem that names every offending member.
func (o Options) refuseMembers(w http.ResponseWriter, faults []fault.Param) {
	type member struct {
		Parameter string `json:"parameter"`
		Message   string `json:"message"`
	}
	var members []member
	for _, f := range faults {
		members = append(members, member{f.Name, f.Message})
	}
	sendProblem(w, http.StatusBadRequest, map[string]any{
		"type": o.BasePath + "/problems/" + string(fault.InvalidRequest), "title": "Invalid request",
		"detail": explain(&fault.Error{Params: faults}), "errors": members,
	})
}

// explain returns what is wrong as one text.
func explain(f *fault.Error) string {
	text := f.Detail
	for _, p := range f.Params {
		text += " " + p.Name + " " + strings.TrimSuffix(p.Message, ".") + "."
	}
	return strings.TrimSpace(text)
}

// refuse sends a problem document (RFC 9457) without a type of its own.
func refuse(w http.ResponseWriter, status int, detail string) {
	sendProblem(w, status, map[string]any{"title": http.StatusText(status), "detail": detail})
}

func sendProblem(w http.ResponseWriter, status int, document map[string]any) {
	document["status"] = status
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(document)
}
