package query

import (
	"iter"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
)

// Params is the table of the parameters of the data routes. A field is a row; its tags say everything about it:
//
//	param    its name in the contract
//	check    period, view, selection or format, if it has rules of its own; without this tag, the value is checked as text
//	only     the kinds of endpoints that have it, separated by commas; without this tag, all have it
//	default  the value that stands for an absent one; a comma separates values of a list
//	wire     Rocket's key if that is not the name; empty for a parameter that is resolved into others and not sent
//	omit     the value for which Rocket is sent no such filter; in a list it stands alone
//
// Binding, checks, Key, what Rocket is sent and the audit all follow the table, in its order. A new filter parameter is a row behind
// the last one, in addition to the contract. Rocket is sent it only if it has a value, and queries without it keep their keys.
type Params struct {
	Start          Day      `param:"start_time" check:"period" only:"lists,objects,top,overview"`
	End            Day      `param:"end_time" check:"period" only:"lists,objects,top,overview"`
	Period         string   `param:"period" check:"period" only:"lists,objects,top,overview" wire:""`
	DistributorID  string   `param:"distributor_id"`
	ResellerID     string   `param:"reseller_id"`
	CustomerID     string   `param:"customer_id"`
	SubscriptionID string   `param:"subscription_id"`
	ResourceGroup  string   `param:"resource_group"`
	ResourceID     string   `param:"resource_id"`
	View           string   `param:"view" check:"view"`
	InvoiceType    string   `param:"invoice_type" default:"1" omit:"all"`
	Cost           string   `param:"cost"`
	Catalog        []string `param:"catalog" default:"consumption,marketplace" omit:"all"`
	Sort           string   `param:"sort" check:"selection" only:"lists,trend" wire:""`
	Limit          string   `param:"limit" check:"selection" only:"lists,trend" wire:""`
	Offset         string   `param:"offset" check:"selection" only:"lists,trend" wire:""`
	Q              string   `param:"q" check:"selection" only:"lists,trend" wire:""`
	N              string   `param:"n" check:"selection" only:"top,overview" wire:""`
	By             string   `param:"by" check:"selection" only:"top" wire:""`
	Months         string   `param:"months" check:"period" only:"trend" wire:""`
	Until          string   `param:"until" check:"period" only:"trend" wire:""`
	Align          string   `param:"align" check:"period" only:"trend" wire:""`
	Format         string   `param:"format" check:"format" only:"lists,trend" wire:""`
	CSV            string   `param:"csv" check:"format" only:"lists,trend" wire:""`
}

// Param is a row of the table.
type Param struct {
	Name string // in the contract
	Wire string // Rocket's key, which only package upstream interprets; empty: not sent, and not part of the key
	Omit string // the value for which Rocket is sent no such filter; empty: none
	List bool   // may be repeated

	field    int
	check    string
	kinds    []string // of the endpoints that have it; nil: all
	defaults []string // shared by all queries; never written to
	later    bool     // added after canonicalVersion was set; see appendParams
}

var (
	table = rowsOf(reflect.TypeFor[Params]())
	names = namesOf(table)
)

func rowsOf(t reflect.Type) (rows []Param) {
	later := false
	for field := range t.Fields() {
		tag := field.Tag
		p := Param{
			Name: tag.Get("param"), Wire: tag.Get("param"), Omit: tag.Get("omit"), List: field.Type.Kind() == reflect.Slice,
			field: field.Index[0], check: tag.Get("check"), later: later,
		}
		if wire, ok := tag.Lookup("wire"); ok {
			p.Wire = wire
		}
		if kinds := tag.Get("only"); kinds != "" {
			p.kinds = strings.Split(kinds, ",")
		}
		if value := tag.Get("default"); value != "" {
			p.defaults = strings.Split(value, ",")
		}
		rows = append(rows, p)
		later = later || field.Name == "Catalog"
	}
	return rows
}

func namesOf(rows []Param) (names []string) {
	for _, p := range rows {
		names = append(names, p.Name)
	}
	return names
}

// of reports whether the endpoint has the parameter.
func (p *Param) of(e *Endpoint) bool { return p.kinds == nil || slices.Contains(p.kinds, e.kind()) }

// Names returns the names of all parameters of an endpoint, in the order of the table.
func Names(e *Endpoint) (names []string) {
	for _, p := range table {
		if p.of(e) {
			names = append(names, p.Name)
		}
	}
	return names
}

// All returns each parameter with its value, in the order of the table: a list once for each value, others also if they are empty,
// unless they are behind Catalog.
func (p *Params) All() iter.Seq2[Param, string] {
	return func(yield func(Param, string) bool) {
		params := reflect.ValueOf(p).Elem()
		for _, row := range table {
			for _, value := range row.values(params, nil) {
				if !yield(row, value) {
					return
				}
			}
		}
	}
}

// values returns the values in params: those of a list, or the one of another parameter, for which space has room.
func (p *Param) values(params reflect.Value, space []string) []string {
	if p.List {
		return *p.list(params)
	}
	value := params.Field(p.field).String()
	if p.later && value == "" {
		return nil
	}
	return append(space, value)
}

// Sent reports whether Rocket is sent a filter for this value.
func (p *Param) Sent(value string) bool { return p.Wire != "" && !p.omits(value) }

// omits reports whether the value asks for a query without the filter.
func (p *Param) omits(value string) bool { return p.Omit != "" && value == p.Omit }

func (p *Param) list(params reflect.Value) *[]string {
	return params.Field(p.field).Addr().Interface().(*[]string)
}

const (
	maxText   = 256 // characters
	maxValues = 20  // of a list
)

// faults collects what is wrong, so that a caller reads everything at once.
type faults struct {
	params    []fault.Param
	malformed int // so many of params are from Bind
}

// add adds a fault of a parameter. A parameter has one entry, however many faults it has; a malformed one has no further faults.
func (f *faults) add(name, message string) {
	for i, known := range f.params {
		if known.Name == name {
			if i >= f.malformed && !strings.Contains(known.Message, message) {
				f.params[i].Message += "; " + message
			}
			return
		}
	}
	f.params = append(f.params, fault.Param{Name: name, Message: message})
}

func (f *faults) addIf(wrong bool, name, message string) {
	if wrong {
		f.add(name, message)
	}
}

// clear empties the faulty parameters.
func (f *faults) clear(p *Params) {
	params := reflect.ValueOf(p).Elem()
	for _, row := range table {
		if slices.ContainsFunc(f.params, func(known fault.Param) bool { return known.Name == row.Name }) {
			params.Field(row.field).SetZero()
		}
	}
}

// normalize checks all parameters but the period, puts lists into their canonical form and fills defaults in.
func (f *faults) normalize(p *Params) {
	params := reflect.ValueOf(p).Elem()
	for _, row := range table {
		if row.check != "" || row.List {
			continue
		}
		field := params.Field(row.field)
		f.checkText(row.Name, field.String(), maxText)
		if field.String() == "" && row.defaults != nil {
			field.SetString(row.defaults[0])
		}
	}
	f.checkView(p.View)
	for _, row := range table {
		if row.List {
			list := row.list(params)
			*list = f.canonicalList(row, *list)
		}
	}
}

// canonicalList returns the distinct values in order, without empty ones, or the default if none remains.
func (f *faults) canonicalList(p Param, values []string) []string {
	distinct := make([]string, 0, len(values))
	for _, v := range values {
		if v != "" {
			f.checkText(p.Name, v, maxText)
			distinct = append(distinct, v)
		}
	}
	slices.Sort(distinct)
	distinct = slices.Compact(distinct)
	switch {
	case len(distinct) == 0:
		return p.defaults
	case len(distinct) > maxValues:
		f.add(p.Name, "has more than 20 different values; send at most 20")
	case len(distinct) > 1 && slices.ContainsFunc(distinct, p.omits):
		f.add(p.Name, "has other values beside "+p.Omit+"; send either "+p.Omit+" alone, or those values")
	}
	return distinct
}

// checkText accepts any text of at most limit characters without control characters. Nothing is trimmed or folded: ids
// are compared exactly.
func (f *faults) checkText(name, value string, limit int) {
	if !utf8.ValidString(value) {
		f.add(name, "is not valid UTF-8")
		return
	}
	f.addIf(len(value) > limit && utf8.RuneCountInString(value) > limit, name, "is longer than "+strconv.Itoa(limit)+" characters")
	f.addIf(strings.ContainsFunc(value, unicode.IsControl), name, "has a control character in it; leave it out")
}

var viewPattern = regexp.MustCompile("^[a-z][a-z0-9_-]{0,63}$")

func (f *faults) checkView(view string) {
	f.addIf(view != "" && !viewPattern.MatchString(view), "view",
		"must be 1 to 64 of a-z, 0-9, '_' and '-', with a letter first, as in customers")
}
