package tenancy_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
	"github.com/rocket-gateway/rocket-gateway/internal/tenancy"
)

// list is a megabyte of usages as Rocket sends them.
func list() []byte {
	var b strings.Builder
	b.WriteByte('[')
	for i := 0; b.Len() < 1<<20; i++ {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"id":"53184d73-92b5-4555-9ad9-%012d","parent_id":"1153005","resource_type":"customers","type":"1",`+
			`"name":"Padaria São João %d","last":1620.8050073074419,"actual":1141.067082266125,"forecast":1369.2804987193501,`+
			`"leaf":false,"extra":{"alias":null,"estimate":1424.05}}`, i, i)
	}
	b.WriteByte(']')
	return []byte(b.String())
}

func BenchmarkApply(b *testing.B) {
	body := list()
	for _, n := range []int{1, 100, 10_000} {
		p := profile{Provider: query.Azure, ResourceType: "customers"}
		for i := range n {
			p.Resources = append(p.Resources, fmt.Sprintf("53184d73-92b5-4555-9ad9-%012d", i))
		}
		_, filter, err := parse(b, []profile{p}).Narrow(newQuery(b, query.Azure, "usages?view=customers"))
		if err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := filter.Apply(body); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("json.Valid", func(b *testing.B) { // the measure
		b.SetBytes(int64(len(body)))
		for b.Loop() {
			if !json.Valid(body) {
				b.Fatal("not valid")
			}
		}
	})
}

func BenchmarkNarrow(b *testing.B) {
	for _, c := range []struct{ profiles, target string }{
		{"distributors *", "usages"},
		{"customers c1", "indicators"},
		{"resellers r1; customers c1 c2 c3", "usages?view=customers"},
	} {
		p := parse(b, claim(query.Azure, strings.Split(c.profiles, ";")...))
		q := newQuery(b, query.Azure, c.target)
		b.Run(c.profiles, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := p.Narrow(q); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkParse(b *testing.B) {
	many := claim(query.Azure, "customers")
	for i := range 1000 {
		many[0].Resources = append(many[0].Resources, fmt.Sprintf("53184d73-92b5-4555-9ad9-%012d", i))
	}
	for name, claim := range map[string][]profile{"one id": claim(query.Azure, "customers c1"), "1000 ids": many} {
		text, err := json.Marshal(claim)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				tenancy.Parse(text)
			}
		})
	}
}
