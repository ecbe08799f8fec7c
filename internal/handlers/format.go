package handlers

import (
	"net/http"
	"slices"
	"strings"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
	"github.com/rocket-gateway/rocket-gateway/internal/table"
)

// format is the format of a response.
type format struct {
	csv      bool // else JSON
	byAccept bool // selected by the Accept field, not by the query
	dialect  table.Dialect
}

var csvType = []string{"text/csv; charset=utf-8; header=present"}

// negotiate returns the format that the query names, else the one that the Accept field prefers.
func negotiate(q *query.Query, accept []string) (format, error) {
	f := format{csv: q.Format == query.FormatCSV}
	switch {
	case q.Format != "":
	case !q.HasFormats():
		if !acceptsJSON(accept) {
			return f, notAcceptable(jsonMedia)
		}
	case plain(accept):
	default:
		json, csv := quality(accept, jsonMedia), quality(accept, csvMedia)
		if json == 0 && csv == 0 {
			return f, notAcceptable(jsonMedia + " or " + csvMedia)
		}
		f.csv = csv > json
		f.byAccept = f.csv
	}
	if q.CSV != "" {
		f.dialect = table.ExcelBR
	}
	return f, nil
}

// fits returns err with what is wrong if the query has a parameter of CSV and the response is not CSV.
func (f format) fits(q *query.Query, err error) error {
	if q.CSV == "" || f.csv {
		return err
	}
	wrong := fault.Error{Kind: fault.InvalidRequest}
	if err != nil {
		wrong = *fault.Of(err)
	}
	if wrong.Kind == fault.InvalidRequest {
		wrong.Params = append(slices.Clip(wrong.Params), fault.Param{Name: "csv", Message: query.NeedsCSV})
	}
	return &wrong
}

// setLocation sets Content-Location to the canonical URL, which selects the format by itself.
func (f format) setLocation(h *header, q *resolved) {
	switch {
	case q.location == nil:
	case !f.byAccept:
		h.set("Content-Location", q.location)
	case len(q.location[0])+len(formatParam) <= maxLocation:
		h.set("Content-Location", []string{q.location[0] + formatParam})
	}
}

const formatParam = "&format=" + query.FormatCSV

// setType sets the media type, and the name under which a browser saves CSV.
func (f format) setType(h http.Header, q *query.Query) {
	if !f.csv {
		h["Content-Type"] = jsonType
		return
	}
	h["Content-Type"] = csvType
	h["Content-Disposition"] = []string{`attachment; filename="` + fileName(q) + `"`}
}

// fileName returns what a browser calls the file: provider, resource and period.
func fileName(q *query.Query) string {
	return string(q.Provider) + "-" + strings.ReplaceAll(q.Endpoint.Name, "/", "-") + "-" + q.PeriodName() + ".csv"
}
