package admin

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"unicode"

	"github.com/rocket-gateway/rocket-gateway/internal/cache"
	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

const (
	maxBody = 256 << 10
	maxTags = 100
	maxTag  = 1100 // an id at its limit, behind its level
)

// purgeRequest is the body of POST /cache/purge.
type purgeRequest struct {
	Query string   `json:"query"` // a path of the API with its parameters
	Tags  []string `json:"tags"`
	All   bool     `json:"all"`
	Mode  string   `json:"mode"` // soft, the default, or hard
}

// purge takes purges from whoever may order them, and logs every one.
func (o Options) purge(w http.ResponseWriter, r *http.Request) {
	by, ok := o.authorize(w, r)
	if !ok {
		return
	}
	p, asked, err := o.read(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		refuse(w, http.StatusBadRequest, err.Error())
		return
	}
	err = o.Purge(r.Context(), p)
	line := []any{by, "query", asked.Query, "tags", asked.Tags, "all", asked.All, "hard", p.Hard, "done", err == nil}
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

const usage = `the body must be {"query":"/v1/…"}, {"tags":["customer:…"]} or {"all":true}, with "mode":"soft" or "hard"`

func (o Options) read(body io.Reader) (p cache.Purge, r purgeRequest, err error) {
	decoder := json.NewDecoder(body)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&r); err != nil {
		return p, r, errors.New(usage)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return p, r, errors.New(usage)
	}
	p = cache.Purge{Tags: r.Tags, All: r.All, Hard: r.Mode == "hard"}
	switch {
	case !slices.Contains([]string{"", "soft", "hard"}, r.Mode):
		return p, r, errors.New(`the mode must be "soft" or "hard"`)
	case r.Query == "" && len(r.Tags) == 0 && !r.All:
		return p, r, errors.New(usage)
	case len(r.Tags) > maxTags:
		return p, r, errors.New("there are more than 100 tags")
	}
	if i := slices.IndexFunc(r.Tags, func(t string) bool { return !goodTag(t) }); i >= 0 {
		return p, r, errors.New("a tag must be provider:, distributor:, reseller:, customer:, subscription: or period:YYYY-MM, with a value")
	}
	if r.Query == "" {
		return p, r, nil
	}
	q, err := o.Question(r.Query)
	if err != nil {
		return p, r, errors.New(explain(fault.Of(err)))
	}
	p.Questions = []query.Query{q}
	return p, r, nil
}

func goodTag(tag string) bool {
	level, value, _ := strings.Cut(tag, ":")
	known := slices.Contains([]string{"provider", "distributor", "reseller", "customer", "subscription", "period"}, level)
	return known && value != "" && len(tag) <= maxTag && !strings.ContainsFunc(value, unicode.IsControl)
}

// explain says what is wrong with a query.
func explain(f *fault.Error) string {
	text := f.Detail
	for _, p := range f.Params {
		text += " " + p.Name + " " + p.Message + "."
	}
	return strings.TrimSpace(text)
}

// refuse sends a problem document (RFC 9457) without a type of its own.
func refuse(w http.ResponseWriter, status int, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"title": http.StatusText(status), "status": status, "detail": detail})
}
