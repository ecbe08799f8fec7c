// Package form reads a query string strictly and once: a malformed pair, an unknown name and a repeated one are faults that
// are named, never dropped. What values mean is package query's business.
package form

import (
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/spell"
)

const (
	maxFaults    = 50 // named one by one; the rest is counted
	maxNameShown = 64 // bytes of a caller's parameter name that are repeated back
)

const notKnown = "is not a parameter of this call"

// Query walks over the pairs of one query string. Call Next, then exactly one of Set, Append and Unknown.
type Query struct {
	rest   string
	name   string
	value  string
	bad    string // why the pair is malformed, or ""
	seen   uint64 // bits of the parameters that were Set
	faults []fault.Param
	more   int // faults beyond maxFaults
}

// Read starts at the first pair of raw, a URL's RawQuery.
func Read(raw string) Query { return Query{rest: raw} }

// Next goes to the next pair that is not empty, and says whether there is one.
func (q *Query) Next() bool {
	for q.rest != "" {
		var pair string
		pair, q.rest, _ = strings.Cut(q.rest, "&")
		if pair == "" {
			continue
		}
		q.decode(pair)
		return true
	}
	return false
}

// Name is the decoded name of the current pair.
func (q *Query) Name() string { return q.name }

// Set puts the current value into p, the parameter with this number. A second time is a fault; so is a malformed value,
// which is kept as it came so that the parameter does not count as missing.
func (q *Query) Set(number int, p *string) {
	bit := uint64(1) << number
	if q.seen&bit != 0 {
		q.fault("is given more than once; give it once")
		return
	}
	q.seen |= bit
	*p = q.value
	if q.bad != "" {
		q.fault(q.bad)
	}
}

// Append adds the current value to list.
func (q *Query) Append(list *[]string) {
	if q.bad != "" {
		q.fault(q.bad)
		return
	}
	*list = append(*list, q.value)
}

// Unknown reports a name that is none of known.
func (q *Query) Unknown(known ...string) {
	if q.bad != "" {
		q.fault(q.bad)
		return
	}
	if q.reported() {
		return
	}
	if len(q.faults) == maxFaults { // no more guessing for a flood of names
		q.more++
		return
	}
	message := notKnown
	if near := spell.Nearest(q.name, known); near != "" {
		message += "; did you mean " + near + "?"
	}
	q.fault(message)
}

// reported says whether the current name is among the unknown ones already: guessing again would only cost time.
func (q *Query) reported() bool {
	name := shown(q.name)
	for _, f := range q.faults {
		if f.Name == name && strings.HasPrefix(f.Message, notKnown) {
			return true
		}
	}
	return false
}

// Faults are those found so far, each once.
func (q *Query) Faults() []fault.Param {
	if q.more == 0 {
		return q.faults
	}
	return append(q.faults, fault.Param{Name: "…", Message: "and " + strconv.Itoa(q.more) + " more faults"})
}

func (q *Query) decode(pair string) {
	q.bad = ""
	rawName, rawValue, _ := strings.Cut(pair, "=")
	if strings.Contains(pair, ";") {
		q.bad = "has a ';' in it; separate parameters by '&', and write a ';' in a value as %3B"
	}
	var badName, badValue bool
	q.name, badName = unescape(rawName)
	q.value, badValue = unescape(rawValue)
	if badName || badValue {
		q.bad = "is not percent-encoded properly; write a '%' in a value as %25"
	}
}

// unescape leaves what needs no decoding as it is, without a copy, and so what cannot be decoded.
func unescape(s string) (text string, bad bool) {
	if !strings.ContainsAny(s, "%+") {
		return s, false
	}
	decoded, err := url.QueryUnescape(s)
	if err != nil {
		return s, true
	}
	return decoded, false
}

func (q *Query) fault(message string) {
	name := shown(q.name)
	for _, f := range q.faults {
		if f.Name == name && f.Message == message {
			return
		}
	}
	if len(q.faults) == maxFaults {
		q.more++
		return
	}
	q.faults = append(q.faults, fault.Param{Name: name, Message: message})
}

// shown cuts a caller's name to what a problem document may repeat.
func shown(name string) string {
	if len(name) > maxNameShown {
		cut := maxNameShown
		for cut > 0 && !utf8.RuneStart(name[cut]) {
			cut--
		}
		name = name[:cut] + "…"
	}
	return strings.ToValidUTF8(name, "\uFFFD")
}
