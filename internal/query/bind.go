package query

import (
	"net/url"
	"reflect"
	"slices"
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

const unknownName = "is not a parameter of this call"

// Bind reads a query string of an endpoint, a URL's RawQuery, strictly: a malformed pair, an unknown name and a repeated one are faults
// with a name. p has everything that could be read. New checks what values mean.
func Bind(e *Endpoint, raw string) (p Params, faults []fault.Param) {
	r, params := reader{rest: raw}, reflect.ValueOf(&p).Elem()
	for r.next() {
		i := slices.Index(names, r.name)
		switch {
		case i < 0 || !table[i].of(e):
			r.unknown(e, Names(e))
		case table[i].List:
			r.add(table[i].list(params))
		case r.first(i):
			params.Field(table[i].field).SetString(r.value)
		}
	}
	return p, r.all()
}

// BindNone reads the query string of a call that has no parameters.
func BindNone(raw string) []fault.Param {
	r := reader{rest: raw}
	for r.next() {
		r.unknown(nil, nil)
	}
	return r.all()
}

// reader walks over the pairs of one query string.
type reader struct {
	rest   string
	name   string // decoded name of the current pair
	value  string
	bad    string // why the pair is malformed, or ""
	seen   uint64 // bits of the rows that first was called for
	faults []fault.Param
	more   int // faults beyond maxFaults
}

// next goes to the next pair that is not empty, and reports whether there is one.
func (r *reader) next() bool {
	for r.rest != "" {
		var pair string
		pair, r.rest, _ = strings.Cut(r.rest, "&")
		if pair != "" {
			r.decode(pair)
			return true
		}
	}
	return false
}

func (r *reader) decode(pair string) {
	r.bad = ""
	rawName, rawValue, _ := strings.Cut(pair, "=")
	if strings.Contains(pair, ";") {
		r.bad = "has a ';' in it; separate parameters by '&', and write a ';' in a value as %3B"
	}
	var nameErr, valueErr error
	r.name, nameErr = unescape(rawName)
	r.value, valueErr = unescape(rawValue)
	if nameErr != nil || valueErr != nil {
		r.bad = "is not percent-encoded properly; write a '%' in a value as %25"
	}
}

// unescape returns s as it is with the error if s cannot be decoded.
func unescape(s string) (string, error) {
	decoded, err := url.QueryUnescape(s)
	if err != nil {
		return s, err
	}
	return decoded, nil
}

// first reports whether this is the first pair of the row with this index; another one is a fault. A malformed value is a fault too,
// but counts: otherwise the parameter would be missing as well.
func (r *reader) first(row int) bool {
	bit := uint64(1) << row
	if r.seen&bit != 0 {
		r.fault("is given more than once; send it once")
		return false
	}
	r.seen |= bit
	if r.bad != "" {
		r.fault(r.bad)
	}
	return true
}

// add adds the current value to list.
func (r *reader) add(list *[]string) {
	if r.bad != "" {
		r.fault(r.bad)
		return
	}
	*list = append(*list, r.value)
}

// periods are the names of the parameters that other endpoints have for the period.
var periods = []string{"period", "start_time", "end_time"}

// unknown adds the fault of a name that is none of known.
func (r *reader) unknown(e *Endpoint, known []string) {
	if r.bad != "" {
		r.fault(r.bad)
		return
	}
	reported := func(f fault.Param) bool { return f.Name == shown(r.name) && strings.HasPrefix(f.Message, unknownName) }
	if slices.ContainsFunc(r.faults, reported) {
		return // looking for the nearest name again would only cost time
	}
	message := unknownName
	if e == Trend && slices.Contains(periods, r.name) {
		message += "; a trend has until and months"
	} else if len(r.faults) < maxFaults {
		if near := spell.Nearest(r.name, known); near != "" {
			message += "; did you mean " + near + "?"
		}
	}
	r.fault(message)
}

// fault adds a fault of the current pair, once.
func (r *reader) fault(message string) {
	f := fault.Param{Name: shown(r.name), Message: message}
	switch {
	case slices.Contains(r.faults, f):
	case len(r.faults) == maxFaults:
		r.more++
	default:
		r.faults = append(r.faults, f)
	}
}

// all returns the faults found so far, each once.
func (r *reader) all() []fault.Param {
	if r.more == 0 {
		return r.faults
	}
	return append(r.faults, fault.Param{Name: "…", Message: "and " + strconv.Itoa(r.more) + " more faults"})
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
