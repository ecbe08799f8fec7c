package rocketsim

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
)

// question is one request's filters, checked.
type question struct {
	period      span
	ids         [levels]string // by level; empty: any
	view        level
	invoiceType string // empty: any
	cost        priceLevel
	markup      string // the cost level's name
	catalogs    map[string]bool
}

// wireQuestion is the body as the vendor's page has it.
type wireQuestion struct {
	Filters []wireFilter `json:"filters"`
}

type wireFilter struct {
	Key   *string `json:"key"`
	Value *string `json:"value"`
}

var idKeys = map[string]level{
	"distributor_id": distributors, "reseller_id": resellers, "customer_id": customers,
	"subscription_id": subscriptions, "resource_group": groups, "resource_id": resources,
}

// readQuestion is strict: known keys, each once but for catalog, days that exist.
func readQuestion(body io.Reader) (*question, error) {
	decoder := json.NewDecoder(body)
	decoder.DisallowUnknownFields()
	var wire wireQuestion
	if err := decoder.Decode(&wire); err != nil {
		return nil, fmt.Errorf("the body is not {\"filters\":[{\"key\",\"value\"}]}: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) { // More would let a stray } or ] pass
		return nil, errors.New("the body goes on after the filters")
	}
	values := map[string]string{}
	q := &question{view: customers, cost: pricedForResellers, markup: "resellers", catalogs: map[string]bool{}}
	for _, f := range wire.Filters {
		if f.Key == nil || f.Value == nil {
			return nil, errors.New("a filter needs a key and a value, both text")
		}
		if *f.Key == "catalog" {
			if *f.Value != "" {
				q.catalogs[*f.Value] = true
			}
			continue
		}
		if _, twice := values[*f.Key]; twice {
			return nil, fmt.Errorf("filter %q is given twice", *f.Key)
		}
		values[*f.Key] = *f.Value
	}
	return q, q.take(values)
}

func (q *question) take(values map[string]string) error {
	var err error
	for key, value := range values {
		var ok bool
		if value == "" && known(key) { // as good as left out
			continue
		}
		if at, isID := idKeys[key]; isID {
			q.ids[at] = value
			continue
		}
		switch key {
		case "start_time":
			q.period.first, err = readDay(key, value)
		case "end_time":
			q.period.last, err = readDay(key, value)
		case "invoice_type":
			q.invoiceType = value
		case "view":
			if q.view, ok = views[value]; !ok {
				err = fmt.Errorf("view %q is not known", value)
			}
		case "cost":
			q.markup = value
			if q.cost, ok = priceLevels[value]; !ok {
				err = fmt.Errorf("cost %q is not known", value)
			}
		default:
			err = fmt.Errorf("filter %q is not known", key)
		}
		if err != nil {
			return err
		}
	}
	if values["start_time"] == "" || values["end_time"] == "" {
		return errors.New("start_time and end_time are needed")
	}
	if q.period.last < q.period.first {
		return errors.New("end_time is before start_time")
	}
	return nil
}

func known(key string) bool {
	_, isID := idKeys[key]
	return isID || slices.Contains([]string{"start_time", "end_time", "invoice_type", "view", "cost"}, key)
}

func readDay(key, value string) (day, error) {
	t, err := time.Parse(time.DateOnly, value)
	if err != nil {
		return 0, fmt.Errorf("%s %q is not a day as YYYY-MM-DD", key, value)
	}
	return dayOf(t), nil
}
