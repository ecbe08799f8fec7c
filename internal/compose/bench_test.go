package compose_test

import (
	"context"
	"fmt"
	"runtime/metrics"
	"strings"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/compose"
)

// threeHundred is a list of usage rows of a month, 64 KB.
func threeHundred(month int) []byte {
	all := make([]string, 300)
	for i := range all {
		all[i] = fmt.Sprintf(`{"id":"96e9b693-5cc0-4f19-bc9a-%012d","parent_id":"1153005","resource_type":"customers","type":"customer",`+
			`"name":"Padaria São João %d","last":%d.%06d,"actual":%d.%d,"forecast":%d.5,"leaf":false,"extra":{}}`,
			i, i*37%300, i*7919%5000, i, i*7907%900+month, i*31%300, i)
	}
	return []byte("[" + strings.Join(all, ",") + "]")
}

func twoYears() []compose.Month {
	months := make([]compose.Month, 24)
	for i := range months {
		months[i] = compose.Month{
			Period: fmt.Sprintf("20%02d-%02d", 24+i/12, i%12+1), Start: "2026-01-01", End: "2026-01-31", State: "closed", Body: threeHundred(i),
		}
	}
	return months
}

func BenchmarkTop(b *testing.B) {
	list := threeHundred(0)
	top := append(append([]byte{}, list[:strings.Index(string(list), `,{"id":"96e9b693-5cc0-4f19-bc9a-000000000010"`)]...), ']')
	b.ReportAllocs()
	for b.Loop() {
		if _, err := compose.Top(list, top, "BRL"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkTrend(b *testing.B) {
	months := twoYears()
	b.ReportAllocs()
	for b.Loop() {
		trend, err := compose.NewTrend(context.Background(), months, true)
		if err != nil {
			b.Fatal(err)
		}
		trend.Body("BRL", trend.Rows())
	}
}

func BenchmarkOverview(b *testing.B) {
	list := threeHundred(0)
	parts := []compose.Part{{Name: "indicators", Reason: "Name one id."}, {Name: "by_day", Body: list}, {Name: "top", Body: list}}
	b.ReportAllocs()
	for b.Loop() {
		compose.Overview("BRL", compose.Period{Start: "2026-10-01", End: "2026-10-31", State: "settling"}, parts)
	}
}

// BenchmarkHostile composes the most expensive numbers within the bounds: sums of them have 860 digits.
func BenchmarkHostile(b *testing.B) {
	digits := strings.Repeat("9", 57)
	list := func(numbers ...string) []byte {
		all := make([]string, 30_000) // as many as the bound on rows lets through
		for i := range all {
			all[i] = fmt.Sprintf(`{"id":"%d","actual":%s}`, i, numbers[i%len(numbers)])
		}
		return []byte("[" + strings.Join(all, ",") + "]")
	}
	large, small := digits+".9e+343", "-9."+digits[1:]+"e-400"
	b.Run("Top", func(b *testing.B) {
		both := list(large, small)
		b.ReportAllocs()
		for b.Loop() {
			if _, err := compose.Top(both, []byte("[]"), ""); err != nil {
				b.Fatal(err)
			}
		}
		reportPeak(b)
	})
	b.Run("Trend", func(b *testing.B) {
		months := []compose.Month{{Body: list(large)}, {Body: list(small)}, {Body: list(large, small)}}
		b.ReportAllocs()
		for b.Loop() {
			trend, err := compose.NewTrend(context.Background(), months, true)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(len(trend.Rows())>>20), "MB/rows")
		}
		reportPeak(b)
	})
}

// reportPeak reports the memory that the process has taken from the system.
func reportPeak(b *testing.B) {
	sample := []metrics.Sample{{Name: "/memory/classes/total:bytes"}}
	metrics.Read(sample)
	b.ReportMetric(float64(sample[0].Value.Uint64()>>20), "MB/process")
}
