package table_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
	"github.com/rocket-gateway/rocket-gateway/internal/table"
)

// threeHundred returns a list of 300 rows of this form, which has the place of a number.
func threeHundred(form string) []byte {
	all := make([]string, 300)
	for i := range all {
		all[i] = fmt.Sprintf(form, i)
	}
	return []byte("[" + strings.Join(all, ",") + "]")
}

func BenchmarkWrite(b *testing.B) {
	usage := `{"id":"96e9b693-5cc0-4f19-bc9a-%012d","parent_id":"1153005","resource_type":"customers","type":"customer",` +
		`"name":"Padaria São João","last":4711.081500,"actual":899.17,"forecast":12.5,"leaf":false,"extra":{"currency":"BRL"}}`
	trend := `{"id":"96e9b693-5cc0-4f19-bc9a-%012d","parent_id":"1153005","resource_type":"customers","name":"Padaria São João",` +
		`"actual":[1` + strings.Repeat(",899.17", 23) + `],"total":20681.91,"change":0,"change_ratio":0}`
	for _, bm := range []struct {
		name    string
		list    []byte
		columns []table.Column
	}{
		{"usages", threeHundred(usage), table.ListColumns(query.Usages)},
		{"trend of 24 months", threeHundred(trend), table.TrendColumns(make([]string, 24))},
	} {
		b.Run(bm.name, func(b *testing.B) {
			b.SetBytes(int64(len(bm.list)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := table.Write(bm.list, bm.columns, table.ExcelBR); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
