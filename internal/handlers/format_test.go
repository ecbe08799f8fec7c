package handlers_test

import (
	"net/http"
	"strings"
	"testing"
)

// The query names the format, else the Accept field prefers one.
func TestFormats(t *testing.T) {
	a := newAPI(t)
	const csv, json = "text/csv; charset=utf-8; header=present", "application/json"
	for _, tt := range []struct{ target, accept, want string }{
		{"usages", "", json}, {"usages", "*/*", json}, {"usages", "text/*", csv}, {"usages", "text/csv", csv},
		{"usages", "TEXT/CSV;header=present", csv},
		{"usages", "text/csv, application/json", json}, {"usages", "text/csv, application/json;q=0.9", csv},
		{"usages", "text/csv;q=0.8, */*;q=0.9", json},
		{"usages", "application/json;q=0, */*", csv}, {"usages", "text/csv;q=0, */*;q=0.1", json}, {"usages", "text/html", "406"},
		{"usages", "application/json;q=0, text/csv;q=0, */*", "406"}, {"usages?format=csv", json, csv}, {"usages?format=json", "text/csv", json},
		{"usages?format=csv", "image/png", csv}, {"usages?csv=excel-br", "text/csv", csv}, {"usages?csv=excel-br", "", "400"},
		{"trend", "text/csv", csv}, {"trend", "text/html", "406"}, {"customers", "text/csv", csv}, {"by-day", "text/csv", csv},
		{"overview", "text/csv", "406"}, {"usages/top", "text/csv", "406"}, {"by-tag", "text/csv", "406"},
		{"indicators", "text/csv, */*;q=0.1", json},
	} {
		for _, when := range []string{"first", "memoized"} {
			resp := a.get("/v1/azure/"+tt.target, "Accept", tt.accept)
			got := resp.Header.Get("Content-Type")
			if resp.StatusCode != 200 {
				got = resp.Status[:3]
			}
			if got != tt.want {
				t.Errorf("%s, %s, Accept %q: %s, want %s", tt.target, when, tt.accept, got, tt.want)
			}
		}
	}
	if got := a.get("/v1/azure/usages", "Accept", "text/csv").Header.Get("Vary"); got != "Authorization, Accept, Accept-Encoding" {
		t.Errorf("Vary %q", got)
	}
}

func TestCSV(t *testing.T) {
	a := newAPI(t)
	a.responds(`[{"id":"1","name":"Álvaro, filho","actual":1234.50,"extra":{"a":"x"}},{"id":"2","name":"=1+1","actual":null}]`)
	const header = "id,parent_id,parent_name,resource_type,type,name,last,actual,forecast,leaf,extra\r\n"
	resp := a.get("/v1/azure/usages?period=2025-06", "Accept", "text/csv")
	wantBody(t, resp, header+`1,,,,,"Álvaro, filho",,1234.50,,,"{""a"":""x""}"`+"\r\n2,,,,,'=1+1,,,,,\r\n")
	wantHeader(t, resp, "Content-Disposition", `attachment; filename="azure-usages-2025-06.csv"`)
	location := resp.Header.Get("Content-Location")
	if !strings.HasSuffix(location, "&format=csv") {
		t.Errorf("Content-Location %q", location)
	}
	again := a.get(location)
	wantHeader(t, again, "Etag", resp.Header.Get("Etag"))
	wantHeader(t, again, "Content-Location", location)
	if json := a.get("/v1/azure/usages?period=2025-06"); json.Header.Get("Etag") == resp.Header.Get("Etag") {
		t.Error("JSON has the tag of CSV")
	}
	resp = a.get("/v1/azure/usages?start_time=2025-06-02&end_time=2025-06-30&sort=-id&limit=1&csv=excel-br&format=csv")
	wantBody(t, resp, "\ufeff"+strings.ReplaceAll(header, ",", ";")+"2;;;;;'=1+1;;;;;\r\n")
	wantHeader(t, resp, "Content-Disposition", `attachment; filename="azure-usages-2025-06-02_2025-06-30.csv"`)
	wantHeader(t, resp, "X-Total-Count", "2")
	if resp := a.get("/v1/azure/usages?format=csv", "If-None-Match", "*"); resp.StatusCode != http.StatusNotModified ||
		resp.Header.Get("Content-Type") != "" {
		t.Errorf("%d, Content-Type %q", resp.StatusCode, resp.Header.Get("Content-Type"))
	}
	wantHeader(t, a.get("/v1/azure/trend?months=4&until=2025-04&format=csv"), "Content-Disposition",
		`attachment; filename="azure-trend-2025-01_2025-04.csv"`)
	wantCalls(t, a, 6)
}
