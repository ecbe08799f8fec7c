// Package client calls a rocket-gateway: cloud costs of Azure, AWS and GCP by month, customer, subscription and day.
//
//	c, err := client.New("https://costs.example.com", client.WithTokenSource(tokens))
//	total, err := c.Indicators(ctx, client.Azure, client.IndicatorsParams{Period: "previous"})
//	fmt.Println(total.Body.Actual, total.PeriodState)
//
// Each operation of the gateway's contract is a method of [Client]. Its parameters are a struct whose zero values are left out. Its result
// is a [Response]: the body, and what the gateway says of it. [All] reads a list page by page, and [CSV] returns a list as CSV.
//
// Requests that fail in a way that may pass are sent again, within the bounds of their context; see [WithRetries]. Any status but 200, and
// 304 to IfNoneMatch, is a [*Problem].
//
// Amounts are exact decimals, with the digits of the vendor, or no number. Do not add them as float64; see [Decimal].
package client

//go:generate go tool -modfile=../tools/go.mod oapi-codegen -config generate/models.yaml ../api/openapi.yaml
//go:generate go tool -modfile=../tools/go.mod oapi-codegen -config generate/operations.yaml ../api/openapi.yaml
