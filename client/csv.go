package client

import "context"

// Table is the parameters of a list or a trend, which [Client.CSV] can return.
type Table interface {
	request(Provider) *request
	table()
}

// CSVDialect is a form of CSV.
type CSVDialect string

// The dialects.
const (
	CSV        CSVDialect = ""         // RFC 4180, with a header row
	CSVExcelBR CSVDialect = "excel-br" // for a Brazilian Excel: semicolons, decimal commas, a byte order mark
)

// CSV returns a list or a trend as CSV. The name under which to save it is in the header field Content-Disposition.
func (c *Client) CSV(ctx context.Context, provider Provider, table Table, dialect CSVDialect) (*Response[[]byte], error) {
	r := table.request(provider)
	r.text("format", "csv")
	r.text("csv", string(dialect))
	resp, err := send[[]byte](ctx, c, r)
	if err == nil {
		resp.Body = resp.Raw
	}
	return resp, err
}
