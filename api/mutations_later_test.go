package api_test

// later are mutations of contracts that another mutation has made.
var later = []struct {
	before mutation
	mutationTest
}{
	{ends(100), mutationTest{"an end is postponed", every(sunset(100), sunset(101)), "", ""}},
	{ends(100), mutationTest{"an operation ends no more", every("      deprecated: true\n"+sunset(100), ""), "", ""}},
	{ends(300), mutationTest{"an end is nearer", every(sunset(300), sunset(299)), "api-sunset-date-changed-earlier", "GET /v1/me x-sunset"}},
	{ends(300), mutationTest{"an end has no date", every(sunset(300), ""), "sunset-deleted", "GET /v1/me x-sunset"}},
	{ends(-1), mutationTest{"an operation has ended", every("  /v1/me:\n    get:\n", "  /v1/me:\n    post:\n"), "", "GET /v1/me"}},
	{posts, mutationTest{"a body may be smaller", every("minLength: 2", "minLength: 1"), "", ""}},
	{posts, mutationTest{"a body may lack a member", every("required: [a]", "required: []"), "", ""}},
	{posts, mutationTest{"a body may have another value", every("enum: [x]", "enum: [x, y]"), "", ""}},
	{posts, mutationTest{"a body must have another member", every("required: [a]", "required: [a, b]"),
		"request-property-became-required", "POST /v1/me requestBody content application/json schema required b"}},
}

// posts adds an operation with a body.
var posts = first("  /v1/me:\n", `  /v1/me:
    post:
      requestBody:
        content:
          application/json:
            schema: {type: object, required: [a], properties: {a: {type: string, minLength: 2}, b: {type: string, enum: [x]}}}
      responses: {'200': {description: posted}}
`)
