package client_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/client"
)

func TestCSV(t *testing.T) {
	var query string
	c := clientOf(t, func(r *http.Request) (*http.Response, error) {
		query = r.URL.Path + "?" + r.URL.RawQuery
		return response(r, http.StatusOK, "id\r\n", "Content-Type", "text/csv; charset=utf-8; header=present"), nil
	})
	for dialect, want := range map[client.CSVDialect]string{
		client.RFC4180: "/base/v1/azure/trend?format=csv&months=3",
		client.ExcelBR: "/base/v1/azure/trend?csv=excel-br&format=csv&months=3",
	} {
		resp, err := client.CSV(t.Context(), c, client.Azure, client.TrendParams{Months: 3}, dialect)
		if err != nil || string(resp.Body) != "id\r\n" || query != want {
			t.Errorf("got %v, %v by %s", resp, err, query)
		}
	}
}

func TestCSVThatIsNone(t *testing.T) {
	for media, body := range map[string]string{"text/html": "<html>", "text/csv": ""} {
		c := clientOf(t, func(r *http.Request) (*http.Response, error) {
			return response(r, http.StatusOK, body, "Content-Type", media), nil
		})
		resp, err := client.CSV(t.Context(), c, client.Azure, client.UsagesParams{}, client.RFC4180)
		if err == nil || !strings.Contains(err.Error(), "instead of text/csv") || string(resp.Raw) != body {
			t.Errorf("%s: got %v, %v", media, resp, err)
		}
	}
}
