package client

import "context"

// CSVDialect is a form of CSV.
type CSVDialect string

// The dialects.
const (
	RFC4180 CSVDialect = ""         // with a header row
	ExcelBR CSVDialect = "excel-br" // for a Brazilian Excel: semicolons, decimal commas, a byte order mark
)

// CSV returns a list or a trend, which the type of the parameters selects, as CSV. The field Content-Disposition of the response's header
// has a name for the file.
func CSV[P Tabular[P]](ctx context.Context, c *Client, provider Provider, params P, dialect CSVDialect) (*Response[[]byte], error) {
	r := params.request(provider)
	r.set("format", "csv")
	r.set("csv", string(dialect))
	resp, err := send[[]byte](ctx, c, r, "text/csv")
	if err == nil {
		resp.Body = resp.Raw
	}
	return resp, err
}
