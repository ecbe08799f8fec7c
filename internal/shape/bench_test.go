package shape_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
	"github.com/rocket-gateway/rocket-gateway/internal/shape"
)

// threeHundred is a list of usage rows, 64 KB.
func threeHundred() []byte {
	all := make([]string, 300)
	for i := range all {
		all[i] = fmt.Sprintf(`{"id":"96e9b693-5cc0-4f19-bc9a-%012d","parent_id":"1153005","resource_type":"customers","type":"customer",`+
			`"name":"Padaria São João %d","last":%d.%06d,"actual":%d.%d,"forecast":%d.5,"leaf":false,"extra":{}}`,
			i, i*37%300, i*7919%5000, i, i*7907%900, i, i*31%300)
	}
	return []byte("[" + strings.Join(all, ",") + "]")
}

func BenchmarkNew(b *testing.B) {
	body := threeHundred()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := shape.New(body, query.Usages); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSelect(b *testing.B) {
	body := threeHundred()
	index, err := shape.New(body, query.Usages)
	if err != nil {
		b.Fatal(err)
	}
	b.Logf("an index of 300 rows weighs %d bytes", index.Weight())
	for _, raw := range []string{
		"limit=20", "sort=-actual&limit=20", "sort=-actual,name,id&limit=20", "q=joao", "q=joao%2012&limit=20", "sort=-actual",
	} {
		b.Run(raw, func(b *testing.B) {
			q := parsed(b, query.Usages, raw)
			b.ReportAllocs()
			for b.Loop() {
				index.Select(body, q)
			}
		})
	}
}
