// Package compose makes the bodies of the composed resources, usages/top, trend and overview, from bodies of other endpoints. It is
// pure: it knows no caller, no clock and no cache.
//
// Rows and parts keep Rocket's bytes; what the gateway computes is exact. Numbers out of bounds count as none (package decimal).
//
// Errors are a *fault.Error: bodies that Rocket should not have sent.
package compose

import (
	"github.com/go-json-experiment/json/jsontext"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
)

// noList returns the error of a body that is no JSON array.
func noList(cause error) error {
	return &fault.Error{Kind: fault.UpstreamInvalidResponse, Detail: "Rocket's response is not a JSON array of rows.", Cause: cause}
}

// appendText appends a JSON string.
func appendText(body []byte, text string) []byte {
	body, _ = jsontext.AppendQuote(body, text) // the error is that of invalid UTF-8, which is replaced
	return body
}

// appendCurrency appends the member currency and a comma, or nothing if the operator has stated none.
func appendCurrency(body []byte, currency string) []byte {
	if currency == "" {
		return body
	}
	return append(appendText(append(body, `"currency":`...), currency), ',')
}

// appendValue appends a JSON value of Rocket's, or null if it has none.
func appendValue(body, value []byte) []byte {
	if value == nil {
		return append(body, "null"...)
	}
	return append(body, value...)
}
