package rocketsim

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// query is the filters of one request, checked.
type query struct {
	period      span
	ids         [levels]string // by level; empty: any
	emptyID     bool           // an id was given, and is empty
	view        level
	viewName    string
	invoiceType string // empty: any
	cost        level  // distributors, resellers or customers
	costName    string
	catalogs    map[string]bool // empty: any
}

var idKeys = map[string]level{
	"distributor_id": distributors, "reseller_id": resellers, "customer_id": customers,
	"subscription_id": subscriptions, "resource_group": groups, "resource_id": resources,
}

// readQuery is strict: known keys, each once except catalog, days that exist.
func readQuery(body io.Reader) (*query, error) {
	decoder := json.NewDecoder(body)
	decoder.DisallowUnknownFields()
	var wire struct {
		Filters []struct {
			Key   *string `json:"key"`
			Value *string `json:"value"`
		} `json:"filters"`
	}
	if err := decoder.Decode(&wire); err != nil {
		return nil, fmt.Errorf("the body is not {\"filters\":[{\"key\",\"value\"}]}: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) { // More would accept a stray } or ]
		return nil, errors.New("the body continues after the filters")
	}
	values := map[string]string{}
	q := &query{view: customers, viewName: "customers", cost: resellers, costName: "resellers", catalogs: map[string]bool{}}
	for _, f := range wire.Filters {
		if f.Key == nil || f.Value == nil {
			return nil, errors.New("a filter needs a key and a value, both text")
		}
		if _, twice := values[*f.Key]; twice && *f.Key != "catalog" {
			return nil, fmt.Errorf("filter %q is given twice", *f.Key)
		}
		values[*f.Key] = *f.Value
		if err := q.set(*f.Key, *f.Value); err != nil {
			return nil, err
		}
	}
	switch {
	case values["start_time"] == "" || values["end_time"] == "":
		return nil, errors.New("start_time and end_time are required")
	case q.period.last < q.period.first:
		return nil, errors.New("end_time is before start_time")
	}
	return q, nil
}

// set applies a filter. A known key with an empty value has no effect.
func (q *query) set(key, value string) (err error) {
	at, isID := idKeys[key]
	known := true
	switch {
	case isID:
		q.ids[at], q.emptyID = value, q.emptyID || value == ""
	case key == "invoice_type":
		q.invoiceType = value
	case key == "catalog":
		if value != "" {
			q.catalogs[value] = true
		}
	case key != "start_time" && key != "end_time" && key != "view" && key != "cost":
		return fmt.Errorf("filter %q is not known", key)
	case value == "":
	case key == "start_time":
		q.period.first, err = readDay(key, value)
	case key == "end_time":
		q.period.last, err = readDay(key, value)
	case key == "view":
		q.view, known = views[value]
		q.viewName = value
	case key == "cost":
		q.cost, known = views[value]
		known = known && q.cost <= customers
		q.costName = value
	}
	if !known {
		return fmt.Errorf("%s %q is not known", key, value)
	}
	return err
}

func readDay(key, value string) (day, error) {
	t, err := time.Parse(time.DateOnly, value)
	if err != nil {
		return 0, fmt.Errorf("%s %q is not a day as YYYY-MM-DD", key, value)
	}
	return dayOf(t), nil
}

// selection is a query with the resources that it selects, as of today.
type selection struct {
	*query
	past      span // the part of the period that has costs
	before    span // the month before the period
	resources []*resource
}

// choose applies the filters: all together, or, if the simulator is lax, only the most specific id, plus the resources of one customer that
// it does not select.
func (w *world) choose(q *query, today day, lax bool) *selection {
	ids := q.ids
	if lax {
		ids = mostSpecific(ids)
	}
	known := history(today)
	s := &selection{query: q, past: q.period.and(known), before: monthBefore(q.period.first).and(known)}
	var stranger *node
	for _, r := range w.resources {
		within := r.within(ids)
		if lax && stranger == nil && !within {
			stranger = r.path[customers]
		}
		if within && r.billedAs(q) || stranger != nil && r.path[customers] == stranger {
			s.resources = append(s.resources, r)
		}
	}
	return s
}

func (r *resource) within(ids [levels]string) bool {
	for at, id := range ids {
		if id != "" && r.path[at].id != id {
			return false
		}
	}
	return true
}

func (r *resource) billedAs(q *query) bool {
	return (q.invoiceType == "" || r.invoiceType == q.invoiceType) && (len(q.catalogs) == 0 || q.catalogs[r.catalog])
}

func mostSpecific(ids [levels]string) (one [levels]string) {
	for at, id := range ids { // from high to low
		if id != "" {
			one = [levels]string{}
			one[at] = id
		}
	}
	return one
}
