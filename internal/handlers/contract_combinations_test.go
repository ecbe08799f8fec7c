package handlers_test

// combinations are requests with several parameters, by one that the operation has.
var combinations = map[string][]request{
	"period": {
		{"?start_time=2025-06-01", invalid("end_time")}, {"?end_time=2025-06-01", invalid("start_time")},
		{"?start_time=2025-06-02&end_time=2025-06-01", invalid("end_time")},
		{"?start_time=2024-01-01&end_time=2025-06-01", invalid("end_time")},
		{"?start_time=2025-02-30&end_time=2025-03-01", invalid("start_time")},
		{"?start_time=2025-06-01&end_time=2025-06-01&period=", success},
		{"?period=current&start_time=2025-06-01&end_time=2025-06-01", invalid("period")},
	},
	"catalog": {
		{"?catalog=consumption&catalog=consumption", success}, {"?catalog=", success}, {"?catalog=a,b", anything},
		{"?catalog=all&catalog=consumption", invalid("catalog")},
	},
	"limit": {
		{"?offset=0", invalid("offset")}, {"?limit=&offset=1", invalid("offset")}, {"?limit=1000&offset=1000000", success},
		{"?limit=1001", invalid("limit")}, {"?limit=1&offset=1000001", invalid("offset")}, {"?limit=1&offset=-1", invalid("offset")},
		{"?limit=%2B1", invalid("limit")}, {"?limit=1.0", invalid("limit")}, {"?limit=99999999999999999999", invalid("limit")},
		{"?sort=value,-value", invalid("sort")}, {"?sort=Label", invalid("sort")}, {"?sort=name,", invalid("sort")},
		{"?sort=--name", invalid("sort")}, {"?limit=2&q=a", success}, {"?limit=2&offset=2", success},
	},
	"format": {
		{"?csv=excel-br", invalid("csv")}, {"?format=json&csv=excel-br", invalid("csv")}, {"?format=csv&csv=excel-br&limit=1", success},
		{"?format=CSV", invalid("format")}, {"?format=csv&csv=excel", invalid("csv")},
	},
	"n": {{"?n=100", success}, {"?n=101", invalid("n")}, {"?n=0", invalid("n")}, {"?n=%2B1", invalid("n")}, {"?n=1.0", invalid("n")}},
	"months": {
		{"?period=2025-06", invalid("period")}, {"?months=24", success}, {"?months=25", invalid("months")}, {"?months=2.0", invalid("months")},
		{"?align=days", invalid("align")}, {"?align=days&months=4", invalid("align")}, {"?align=days&months=2&until=previous", success},
		{"?sort=name,total", invalid("sort")}, {"?sort=actual", invalid("sort")},
	},
}
