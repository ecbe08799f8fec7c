package compose_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/compose"
)

// The oracle composes bodies in the plainest way: everything decoded by encoding/json, and all numbers as rationals of math/big.

type row map[string]json.RawMessage // without the members that it has several times

// decoded returns the rows of a list, and reports whether it is one.
func decoded(list []byte) (all []row, ok bool) {
	var raw []json.RawMessage
	if !bytes.HasPrefix(bytes.TrimLeft(list, " \t\r\n"), []byte("[")) || json.Unmarshal(list, &raw) != nil {
		return nil, false
	}
	for _, object := range raw {
		all = append(all, members(object))
	}
	return all, true
}

func members(object json.RawMessage) row {
	found, seen := row{}, map[string]bool{}
	d := json.NewDecoder(bytes.NewReader(object))
	if start, _ := d.Token(); start != json.Delim('{') {
		return found
	}
	for d.More() {
		token, _ := d.Token()
		var value json.RawMessage
		if d.Decode(&value) != nil {
			panic("the object has been decoded before")
		}
		name := token.(string)
		if found[name] = value; seen[name] {
			delete(found, name)
		}
		seen[name] = true
	}
	return found
}

// rational returns the number that a value is; nil if it is none within the bounds.
func rational(value json.RawMessage) *big.Rat {
	text := string(value)
	if len(text) == 0 || len(text) > 64 || !strings.ContainsRune("-0123456789", rune(text[0])) {
		return nil
	}
	mantissa, exponent, _ := strings.Cut(strings.ToLower(text), "e")
	if !strings.ContainsAny(mantissa, "123456789") {
		return new(big.Rat)
	}
	if n, err := strconv.Atoi(exponent); exponent != "" && (err != nil || n > 1000 || n < -1000) {
		return nil
	}
	r, _ := new(big.Rat).SetString(text)
	largest := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(400), nil))
	size := new(big.Rat).Abs(r)
	if size.Cmp(largest) > 0 || size.Cmp(new(big.Rat).Inv(largest)) < 0 {
		return nil
	}
	return r
}

// added returns x + y, either of which may be nil.
func added(x, y *big.Rat) *big.Rat {
	switch {
	case x == nil:
		return y
	case y == nil:
		return x
	}
	return new(big.Rat).Add(x, y)
}

// plain returns a number with some digits after the decimal point, rounded half away from zero, and without zeros at the end.
func plain(r *big.Rat, digits int) string {
	if r == nil {
		return "null"
	}
	text := strings.TrimRight(strings.TrimRight(r.FloatString(digits), "0"), ".")
	if text == "-0" {
		return "0"
	}
	return text
}

const exact = 500 // more digits than any sum has

// wantSums returns the sums of rows that the oracle expects.
func wantSums(all []row) string {
	text := `{"count":` + strconv.Itoa(len(all))
	for _, name := range []string{"last", "actual", "forecast"} {
		var sum *big.Rat
		for _, r := range all {
			sum = added(sum, rational(r[name]))
		}
		text += `,"` + name + `":` + plain(sum, exact)
	}
	return text + "}"
}

type joined struct {
	id, resourceType string
	texts            [4]string
	actual           []*big.Rat
	digits           []string // Rocket's
}

// wantTrend returns the rows and the total that the oracle expects.
func wantTrend(months [][]row, isComparable bool) (rows, total string) {
	all := map[string]*joined{}
	totals := make([]*big.Rat, len(months))
	for m, list := range months {
		ofMonth := map[string]bool{}
		for _, r := range list {
			number := rational(r["actual"])
			totals[m] = added(totals[m], number)
			id, resourceType := meaning(r["id"]), meaning(r["resource_type"])
			if id == "" {
				continue
			}
			key := id + "\x00" + resourceType
			if all[key] == nil {
				all[key] = &joined{id: id, resourceType: resourceType, actual: make([]*big.Rat, len(months)), digits: make([]string, len(months))}
			}
			if j := all[key]; !ofMonth[key] {
				j.texts = [4]string{text(r["id"]), text(r["parent_id"]), text(r["resource_type"]), text(r["name"])}
			}
			ofMonth[key] = true
			all[key].add(m, number, string(r["actual"]))
		}
	}
	var list []string
	for _, j := range sorted(all) {
		list = append(list, `{"id":`+j.texts[0]+`,"parent_id":`+j.texts[1]+`,"resource_type":`+j.texts[2]+`,"name":`+j.texts[3]+
			`,"actual":[`+strings.Join(j.digits, ",")+`]`+changes(j.actual, isComparable)+"}")
	}
	var sums []string
	for _, t := range totals {
		sums = append(sums, plain(t, exact))
	}
	return "[" + strings.Join(list, ",") + "]", `{"actual":[` + strings.Join(sums, ",") + `]` + changes(totals, isComparable) + "}"
}

func (j *joined) add(month int, number *big.Rat, digits string) {
	if number != nil && j.actual[month] != nil {
		digits = plain(added(j.actual[month], number), exact)
	}
	if number != nil {
		j.actual[month], j.digits[month] = added(j.actual[month], number), digits
	}
}

// meaning returns what a value stands for, with its type; "" for none.
func meaning(value json.RawMessage) string {
	var s string
	switch {
	case value == nil || string(value) == "null":
		return ""
	case json.Unmarshal(value, &s) == nil:
		return "text " + s
	}
	return "value " + string(value)
}

func text(value json.RawMessage) string { return cmp.Or(string(value), "null") }

func sorted(all map[string]*joined) []*joined {
	var list []*joined
	for _, j := range all {
		for m, digits := range j.digits {
			j.digits[m] = cmp.Or(digits, "null")
		}
		list = append(list, j)
	}
	bare := func(s string) string { _, s, _ = strings.Cut(s, " "); return s }
	slices.SortFunc(list, func(a, b *joined) int {
		return cmp.Or(cmp.Compare(bare(a.id), bare(b.id)), cmp.Compare(bare(a.resourceType), bare(b.resourceType)),
			cmp.Compare(a.id, b.id), cmp.Compare(a.resourceType, b.resourceType))
	})
	return list
}

func changes(months []*big.Rat, isComparable bool) string {
	var total, change, ratio *big.Rat
	for _, m := range months {
		total = added(total, m)
	}
	if n := len(months); isComparable && n > 1 && (months[n-1] != nil || months[n-2] != nil) {
		change = added(new(big.Rat), months[n-1])
		if before := months[n-2]; before != nil {
			change = new(big.Rat).Sub(change, before)
			if before.Sign() != 0 {
				ratio = new(big.Rat).Quo(change, new(big.Rat).Abs(before))
			}
		}
	}
	return `,"total":` + plain(total, exact) + `,"change":` + plain(change, exact) + `,"change_ratio":` + plain(ratio, 4)
}

// trend returns the rows and the whole body of months without texts of their own.
func trend(t testing.TB, isComparable bool, bodies ...string) (rows, body string) {
	t.Helper()
	var months []compose.Month
	for _, b := range bodies {
		months = append(months, compose.Month{Body: []byte(b)})
	}
	got, err := compose.NewTrend(months, isComparable)
	if err != nil {
		t.Fatal(err)
	}
	whole, _ := got.Body("", got.Rows())
	return string(got.Rows()), string(whole)
}
