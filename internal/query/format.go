package query

// The values of the parameters of a response's format.
const (
	FormatCSV  = "csv"
	formatJSON = "json"
	excelBR    = "excel-br" // of CSV
)

// NeedsCSV is what is wrong with the parameter csv if the response is not CSV.
const NeedsCSV = "applies only to a CSV response; send format=csv with it"

func (f *faults) checkFormat(p *Params) {
	f.addIf(p.Format != "" && p.Format != FormatCSV && p.Format != formatJSON, "format", "must be csv or json")
	f.addIf(p.CSV != "" && p.CSV != excelBR, "csv", "must be excel-br")
	f.addIf(p.CSV != "" && p.Format == formatJSON, "csv", NeedsCSV)
}

// HasFormats reports whether callers can have the response as CSV too.
func (q *Query) HasFormats() bool { return q.Endpoint.Shape == List || q.Endpoint == Trend }
