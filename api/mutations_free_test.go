package api_test

import "strings"

// free are mutations that no client notices. oasdiff notices some.
var free = []mutationTest{
	{"a description changes", first("summary: List usage rows", "summary: Usage rows"), "", ""},
	{"an operation gets another name", first(ofMe, "      operationId: getCaller\n"), "", ""},
	{"a component gets another name", every("NotModified", "Unchanged"), "", ""},
	{"a recursive component gets another name", every("CostTree", "Tree"), "response-property-any-of-added", ""},
	{"a path is new", first("\npaths:\n", "\npaths:\n  /v1/new: {get: {responses: {'200': {description: new}}}}\n"), "", ""},
	{"an operation is new", first("  /v1/me:\n", "  /v1/me:\n    post: {responses: {'200': {description: new}}}\n"), "", ""},
	{"an optional parameter is new", first(search, search+added), "", ""},
	{"a member of responses is new", first(problem, problem+"        new: {type: string}\n"), "", ""},
	{"a required member of responses is new",
		first(problem, strings.Replace(problem, "]", ", new]", 1)+"        new: {type: string}\n"), "", ""},
	{"a header field is new", first("      headers:\n", "      headers:\n        X-New: {schema: {type: string}}\n"), "", ""},
	{"a header field is always sent", first("      schema: {type: integer, minimum: 1}\n      example: 5",
		"      required: true\n      schema: {type: integer, minimum: 1}\n      example: 5"), "", ""},
	{"a bound of a parameter is wider", first(limit, "{type: integer, minimum: 0, maximum: 2000}"), "", ""},
	{"a bound of a parameter is gone", first(limit, "{type: integer}"), "", ""},
	{"a pattern of a parameter is gone", first("        pattern: '^([a-z][a-z0-9_-]{0,63})?$'\n", ""), "", ""},
	{"a parameter may have another value", first(formats, "enum: [csv, json, xlsx]"), "", ""},
	{"an operation ends with notice", ends(noticeDays + 10), "", ""},
	{"a list is written as by default, in words", first("explode: true", "explode: true\n      style: form"), "", ""},
	{"a list is written as by default, without words", first("      explode: true\n", ""), "", ""},
	{"a keyword has its default", first(ofMe, ofMe+"      deprecated: false\n"), "", ""},
	{"the specification has a patch", first("openapi: 3.1.0", "openapi: 3.1.1"), "", ""},
	{"types have another order", first("type: [string, 'null']", "type: ['null', string]"), "", ""},
	{"a server is new", first("    description: this gateway\n", "    description: this gateway\n  - url: /new\n"), "", ""},
	{"a reference has a description", first(currency, strings.Replace(currency, "}", ", description: new}", 1)), "", ""},
}
