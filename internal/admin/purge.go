package admin

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/rocket-gateway/rocket-gateway/internal/cache"
	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

const (
	purgeScope = "cache:purge" // of the token of a caller that may purge
	maxBody    = 256 << 10
)

// purge executes the purge of a caller that may purge, and logs it.
func (o Options) purge(w http.ResponseWriter, r *http.Request) error {
	by, err := o.authorize(r, purgeScope, "purging")
	if err != nil {
		return err
	}
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); o.Auth == nil && (err != nil || media != "application/json") {
		// A page in a browser cannot send that type here without a preflight.
		return refusal{http.StatusUnsupportedMediaType, "The body must be application/json."}
	}
	p, err := o.readPurge(w, r)
	if err != nil {
		return err
	}
	err = o.Purge(r.Context(), p.Purge)
	attributes := []any{
		"request_id", w.Header().Get(requestID), by, "query", p.query, "tags", p.Tags, "all", p.All, "hard", p.Hard, "done", err == nil,
	}
	if err == nil {
		o.Audit.Info("purge", attributes...)
		sendStatus(w, http.StatusOK, "purged")
		return nil
	}
	o.Audit.Warn("purge", append(attributes, "error", err)...)
	if errors.Is(err, cache.ErrNotShared) {
		return refusal{http.StatusServiceUnavailable, err.Error()}
	}
	return refusal{http.StatusServiceUnavailable, "The purge failed; the log has the reason."}
}

// order is a purge as it is ordered: query is a path of the API with its parameters, or "".
type order struct {
	cache.Purge
	query string
}

func (o Options) readPurge(w http.ResponseWriter, r *http.Request) (p order, err error) {
	content, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if large := (*http.MaxBytesError)(nil); errors.As(err, &large) {
		return p, refusal{http.StatusRequestEntityTooLarge, "The body must be at most 256 KiB."}
	} else if err != nil {
		return p, refusal{http.StatusBadRequest, "The body ended early."}
	}
	p, faults := parsePurge(content)
	if len(faults) == 0 && p.query != "" {
		q, err := o.Resolve(p.query)
		if err != nil {
			faults.add(memberQuery, "is invalid: "+detail(fault.Of(err)))
		}
		p.Queries = []query.Query{q}
	}
	if len(faults) > 0 {
		return p, &fault.Error{Kind: fault.InvalidRequest, Params: faults}
	}
	return p, nil
}

// Members of the body of POST /cache/purge. It has exactly one of the first three.
const (
	memberQuery = "query" // a path of the API with its parameters
	memberTags  = "tags"
	memberAll   = "all"  // true
	memberMode  = "mode" // soft, the default, or hard
)

var members = []string{memberQuery, memberTags, memberAll, memberMode}

// usage is what a body must be.
const usage = `{"query":"/v1/…"}, {"tags":["customer:…"]} or {"all":true}, with "mode":"soft" or "hard"`

// faults are what is wrong with a body, by member; the name body stands for the whole.
type faults []fault.Param

// add adds a fault, unless the message is "".
func (f *faults) add(member, message string) {
	if message != "" {
		*f = append(*f, fault.Param{Name: member, Message: message})
	}
}

func parsePurge(content []byte) (p order, f faults) {
	if f.add("body", notAnObject(content)); len(f) > 0 {
		return p, f
	}
	values, f := readMembers(content)
	subject := ""
	for _, member := range members {
		value, present := values[member]
		if !present {
			continue
		}
		f.add(member, p.set(member, value))
		switch {
		case member == memberMode:
		case subject != "":
			f.add(member, "cannot be combined with "+subject)
		default:
			subject = member
		}
	}
	if subject == "" {
		f.add("body", "must be "+usage)
	}
	return p, f
}

// notAnObject returns why the content is not one JSON object, or "".
func notAnObject(content []byte) string {
	text := jsontext.Value(content)
	switch {
	case len(bytes.TrimSpace(content)) == 0:
		return "is empty; it must be " + usage
	case !text.IsValid(jsontext.AllowDuplicateNames(true)):
		return "is not one JSON value in UTF-8"
	case text.Kind() != jsontext.KindBeginObject:
		return "is not a JSON object; it must be " + usage
	default:
		return ""
	}
}

// readMembers returns the members of a JSON object, and a fault for each name that is unknown or that occurs more than once.
func readMembers(object []byte) (values map[string]jsontext.Value, f faults) {
	values, occurrences := map[string]jsontext.Value{}, map[string]int{}
	d := jsontext.NewDecoder(bytes.NewBuffer(object), jsontext.AllowDuplicateNames(true))
	// The object is valid, so reading it cannot fail.
	_, _ = d.ReadToken()
	for d.PeekKind() != jsontext.KindEndObject {
		token, _ := d.ReadToken()
		name := token.String()
		value, _ := d.ReadValue()
		values[name] = value.Clone()
		occurrences[name]++
		switch known := slices.Contains(members, name); {
		case occurrences[name] == 2:
			f.add(name, "occurs more than once")
		case occurrences[name] == 1 && !known:
			f.add(name, "is not a member"+hint(name))
		}
	}
	return values, f
}

// hint names the member that differs from an unknown name in case alone.
func hint(name string) string {
	if i := slices.IndexFunc(members, func(m string) bool { return strings.EqualFold(name, m) }); i >= 0 {
		return "; it is written " + members[i]
	}
	return ""
}

// set sets a member, or returns what is wrong with its value.
func (p *order) set(member string, value jsontext.Value) (message string) {
	var text string
	isText := value.Kind() == jsontext.KindString && json.Unmarshal(value, &text) == nil
	switch member {
	case memberQuery:
		if p.query = text; text == "" {
			return "must be a path of the API with its parameters, as in /v1/azure/usages?customer_id=…"
		}
	case memberTags:
		if value.Kind() != jsontext.KindBeginArray || json.Unmarshal(value, &p.Tags) != nil {
			return "must be an array of strings"
		}
		return checkTags(p.Tags)
	case memberAll:
		if p.All = string(value) == "true"; !p.All {
			return "must be true, or absent"
		}
	case memberMode:
		if p.Hard = text == "hard"; !isText || text != "hard" && text != "soft" {
			return "must be soft or hard"
		}
	}
	return ""
}

const (
	maxTags     = 100
	maxTagShown = 64 // characters of an invalid tag that are repeated back
)

// checkTags returns everything that is wrong with tags, or "".
func checkTags(tags []string) string {
	switch {
	case len(tags) == 0:
		return "must have at least one tag"
	case len(tags) > maxTags:
		return "must have at most 100 tags"
	}
	var all []string
	for _, tag := range tags {
		message := query.CheckTag(tag)
		if message == "" {
			continue
		}
		if shown := []rune(tag); len(shown) > maxTagShown {
			tag = string(shown[:maxTagShown]) + "…"
		}
		if message = strconv.Quote(tag) + " " + message; !slices.Contains(all, message) {
			all = append(all, message)
		}
	}
	return strings.Join(all, "; ")
}
