package conformance_test

import (
	"bytes"
	"math/big"
	"net/http"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/client"
)

// The sum over pages is the gateway's own sum, and the rows are those of the whole list.
func TestPages(t *testing.T) {
	c := start(t).client(everything(client.AWS))
	params := client.UsagesParams{Period: june, View: "customers", Sort: "name"}
	whole, err := c.Usages(t.Context(), client.AWS, params)
	if err != nil {
		t.Fatal(err)
	}
	top, err := c.UsagesTop(t.Context(), client.AWS, client.UsagesTopParams{Period: june, View: "customers"})
	if err != nil {
		t.Fatal(err)
	}
	params.Limit = 7
	sum, n := new(big.Rat), 0
	for row, err := range client.All(t.Context(), c.Usages, client.AWS, params) {
		if err != nil {
			t.Fatal(err)
		}
		if row.ID != whole.Body[n].ID {
			t.Fatalf("row %d is %s, want %s", n, row.ID, whole.Body[n].ID)
		}
		sum.Add(sum, row.Actual.Rat())
		n++
	}
	if total := top.Body.Total; n != total.Count || sum.Cmp(total.Actual.Rat()) != 0 || n < 10 {
		t.Errorf("%d rows with %s, want %d with %s", n, sum.FloatString(10), total.Count, total.Actual)
	}
}

// A caller that has a body gets no other one while it is current, and the metadata all the same.
func TestPolling(t *testing.T) {
	c := start(t).client(everything(client.GCP))
	params := client.IndicatorsParams{Period: june}
	first, err := c.Indicators(t.Context(), client.GCP, params)
	if err != nil {
		t.Fatal(err)
	}
	if want := (client.CacheStatus{Fwd: "miss", FwdStatus: http.StatusOK, Stored: true}); first.CacheStatus != want || first.NotModified {
		t.Errorf("first %+v", first.CacheStatus)
	}
	params.IfNoneMatch = first.ETag
	again, err := c.Indicators(t.Context(), client.GCP, params)
	if err != nil {
		t.Fatal(err)
	}
	if s := again.CacheStatus; !again.NotModified || len(again.Raw) > 0 || !s.Hit || s.TTL <= 0 || s.Detail != "memory" {
		t.Errorf("again %+v", again)
	}
	if again.ETag != first.ETag || !again.LastModified.Equal(first.LastModified) || again.PeriodState != client.PeriodClosed ||
		again.FreshFor <= 0 || again.ContentLocation != first.ContentLocation || again.RequestID == first.RequestID {
		t.Errorf("first %+v, again %+v", first.Metadata, again.Metadata)
	}
}

// A caller with several customers gets an overview without the parts for which it has to choose one.
func TestOmittedParts(t *testing.T) {
	c := start(t).client(profile{client.Azure, "customers", []string{"0a246b61-045b-4e59-965e-73cb1261eea6", "97146891-fb1a-453a-8c04-f521bf073e06"}})
	resp, err := c.Overview(t.Context(), client.Azure, client.OverviewParams{Period: june})
	if err != nil {
		t.Fatal(err)
	}
	if b := resp.Body; b.Indicators != nil || b.ByDay != nil || b.ByCategory != nil || len(b.Omitted) != 3 || b.Top.Total.Count != 2 {
		t.Errorf("got %s", resp.Raw)
	}
}

func TestCSV(t *testing.T) {
	c := start(t).client(everything(client.Azure))
	wantCSV(t, c, client.UsagesParams{Period: june})
	wantCSV(t, c, client.TrendParams{Until: june, Months: 2})
	wantCSV(t, c, client.ByDayParams{Period: june})
	wantCSV(t, c, client.ByMonthParams{Period: june})
	wantCSV(t, c, client.ByPublisherParams{Period: june})
	wantCSV(t, c, client.CustomersParams{Period: june})
	wantCSV(t, c, client.SubscriptionsParams{Period: june})
	wantCSV(t, c, client.ResellersParams{Period: june})
}

func wantCSV[P client.Tabular[P]](t *testing.T, c *client.Client, params P) {
	t.Helper()
	for dialect, separator := range map[client.CSVDialect]string{client.RFC4180: ",", client.ExcelBR: ";"} {
		resp, err := client.CSV(t.Context(), c, client.Azure, params, dialect)
		if err != nil {
			t.Fatal(err)
		}
		header, _, _ := bytes.Cut(resp.Body, []byte("\r\n"))
		if !bytes.Contains(header, []byte(separator)) || resp.Header.Get("Content-Disposition") == "" {
			t.Errorf("%T: %s", params, header)
		}
	}
}
