package admin

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"unicode"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
)

// Members of the body of POST /cache/purge. It has exactly one of the first three.
const (
	memberQuery = "query" // a path of the API with its parameters
	memberTags  = "tags"
	memberAll   = "all"  // true
	memberMode  = "mode" // soft, the default, or hard
)

var (
	subjects = []string{memberQuery, memberTags, memberAll}
	members  = append(slices.Clone(subjects), memberMode)
)

// purgeBody is a parsed body of POST /cache/purge. One of query, tags and all is set.
type purgeBody struct {
	query string
	tags  []string
	all   bool
	hard  bool
}

// usage is what a body must be.
const usage = `{"query":"/v1/…"}, {"tags":["customer:…"]} or {"all":true}, with "mode":"soft" or "hard"`

// parsePurge returns the body, or everything that is wrong with it, by member; the name body stands for the whole.
func parsePurge(content []byte) (b purgeBody, faults []fault.Param) {
	if message := notAnObject(content); message != "" {
		return b, []fault.Param{{Name: "body", Message: message}}
	}
	values, faults := readMembers(content)
	subject := ""
	for _, member := range members {
		value, present := values[member]
		if !present {
			continue
		}
		if message := b.set(member, value); message != "" {
			faults = append(faults, fault.Param{Name: member, Message: message})
		}
		if slices.Contains(subjects, member) && subject != "" {
			faults = append(faults, fault.Param{Name: member, Message: "cannot be combined with " + subject})
		} else if slices.Contains(subjects, member) {
			subject = member
		}
	}
	if subject == "" {
		faults = append(faults, fault.Param{Name: "body", Message: "must be " + usage})
	}
	return b, faults
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
func readMembers(object []byte) (values map[string]jsontext.Value, faults []fault.Param) {
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
			faults = append(faults, fault.Param{Name: name, Message: "occurs more than once"})
		case occurrences[name] == 1 && !known:
			faults = append(faults, fault.Param{Name: name, Message: "is not a member" + hint(name)})
		}
	}
	return values, faults
}

// hint names the member that differs from an unknown name in case alone.
func hint(name string) string {
	for _, member := range members {
		if strings.EqualFold(name, member) {
			return "; it is written " + member
		}
	}
	return ""
}

// set takes over a member, or returns what is wrong with its value.
func (b *purgeBody) set(member string, value jsontext.Value) (message string) {
	var text string
	isText := value.Kind() == jsontext.KindString && json.Unmarshal(value, &text) == nil
	switch member {
	case memberQuery:
		if b.query = text; text == "" {
			return "must be a path of the API with its parameters, as in /v1/azure/usages?customer_id=…"
		}
	case memberTags:
		if value.Kind() != jsontext.KindBeginArray || json.Unmarshal(value, &b.tags) != nil {
			return "must be an array of strings"
		}
		return wrongTags(b.tags)
	case memberAll:
		if b.all = string(value) == "true"; !b.all {
			return "must be true, or absent"
		}
	case memberMode:
		if b.hard = text == "hard"; !isText || text != "hard" && text != "soft" {
			return "must be soft or hard"
		}
	}
	return ""
}

const (
	maxTags = 100
	maxTag  = 1100 // an id at its limit, behind its level
)

// wrongTags returns what is wrong with tags, or "".
func wrongTags(tags []string) string {
	switch {
	case len(tags) == 0:
		return "must have at least one tag"
	case len(tags) > maxTags:
		return "must have at most 100 tags"
	case slices.ContainsFunc(tags, func(t string) bool { return !goodTag(t) }):
		return "must be provider:, distributor:, reseller:, customer:, subscription: or period:YYYY-MM, each with a value"
	default:
		return ""
	}
}

func goodTag(tag string) bool {
	level, value, _ := strings.Cut(tag, ":")
	known := slices.Contains([]string{"provider", "distributor", "reseller", "customer", "subscription", "period"}, level)
	return known && value != "" && len(tag) <= maxTag && !strings.ContainsFunc(value, unicode.IsControl)
}
