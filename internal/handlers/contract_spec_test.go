package handlers_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"
	"github.com/pb33f/libopenapi-validator/config"
	"github.com/pb33f/libopenapi-validator/errors"
	"github.com/pb33f/libopenapi-validator/responses"
	v3 "github.com/pb33f/libopenapi/datamodel/high/v3"

	spec "github.com/rocket-gateway/rocket-gateway/api"
)

// transport are the fields that any HTTP response has; the contract documents all others.
var transport = []string{"Content-Type", "Content-Length", "Date"}

// strict refuses whatever the contract does not document: statuses, members, fields. The extra of a row is open, but the
// validator's strict mode does not take additionalProperties for a declaration.
var strict = []config.Option{
	config.WithStrictMode(), config.WithFormatAssertions(), config.WithStrictIgnoredHeaders(transport...),
	config.WithStrictIgnorePaths("$.body[*].extra.*", "$.body.rows[*].extra.*", "$.body.top.rows[*].extra.*", "$.body.by_day[*].extra.*"),
}

// contract is api/openapi.yaml.
type contract struct {
	model      *v3.Document
	validator  validator.Validator
	operations []documented        // in the order of the file
	problems   map[string]document // the examples of problems, by the last segment of their type
}

// documented is a path and the contract's operation for GET.
type documented struct {
	path string
	*v3.Operation
}

// target is a path of the operation for a provider.
func (o documented) target(provider string) string {
	return strings.Replace(o.path, "{provider}", provider, 1)
}

var loadContract = sync.OnceValues(func() (*contract, error) {
	document, err := libopenapi.NewDocument(spec.YAML)
	if err != nil {
		return nil, err
	}
	model, err := document.BuildV3Model()
	if err != nil {
		return nil, err
	}
	v, faults := validator.NewValidator(document, strict...)
	if len(faults) > 0 {
		return nil, faults[0]
	}
	if valid, faults := v.ValidateDocument(); !valid {
		return nil, faults[0]
	}
	problems, err := examplesOfProblems(&model.Model)
	if err != nil {
		return nil, err
	}
	c := &contract{model: &model.Model, validator: v, problems: problems}
	for path, item := range model.Model.Paths.PathItems.FromOldest() {
		c.operations = append(c.operations, documented{path, item.Get})
	}
	return c, nil
})

func theContract(t testing.TB) *contract {
	t.Helper()
	c, err := loadContract()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// operationOf returns the operation of a target.
func (c *contract) operationOf(t testing.TB, target string) documented {
	t.Helper()
	path, _, _ := strings.Cut(target, "?")
	for _, o := range c.operations {
		if segments := strings.SplitN(path, "/", 4); len(segments) == 4 && o.path == "/v1/{provider}/"+segments[3] || o.path == path {
			return o
		}
	}
	t.Fatalf("the contract has no %s", target)
	return documented{}
}

// wantConforming fails the test for all in which a response to GET differs from the contract, and returns the body.
func wantConforming(t testing.TB, target string, resp *http.Response) string {
	t.Helper()
	c := theContract(t)
	content := body(t, resp)
	for _, violation := range c.violations(c.operationOf(t, target), http.MethodGet, resp, content) {
		t.Errorf("%s %d: %s", target, resp.StatusCode, violation)
	}
	return content
}

// violations returns all in which a response differs from the contract. HEAD has the header of GET (RFC 9110, 9.3.2), other
// methods are refused as GET may be, and OPTIONS has a 204 with Allow.
func (c *contract) violations(o documented, method string, resp *http.Response, content string) []string {
	code := strconv.Itoa(resp.StatusCode)
	declared := o.Responses.Codes.GetOrZero(code)
	if slices.Contains(c.failures(o), resp.StatusCode) {
		declared = o.Responses.Default
		if found := failureViolations(resp); len(found) > 0 {
			return found
		}
	}
	switch {
	case method == http.MethodOptions && resp.StatusCode == http.StatusNoContent:
		return nil
	case declared == nil:
		return []string{"the contract does not document the status " + code}
	case declared.Headers == nil:
		return []string{"the contract documents no header fields"}
	}
	as := httptest.NewRequest(http.MethodGet, o.target("azure"), nil)
	if method == http.MethodHead || resp.StatusCode == http.StatusNotModified {
		_, faults := responses.ValidateResponseHeaders(as, resp, declared.Headers, o.path, code, strict...)
		if content != "" {
			return append(describe(faults), "there is a body")
		}
		return describe(faults)
	}
	if content == "" {
		return []string{"there is no body"}
	}
	if resp.Header.Get("Content-Encoding") == "gzip" {
		r, err := gzip.NewReader(strings.NewReader(content))
		if err != nil {
			return []string{err.Error()}
		}
		plain, err := io.ReadAll(r)
		if err != nil {
			return []string{err.Error()}
		}
		content = string(plain)
	}
	resp.Body = io.NopCloser(bytes.NewBufferString(content))
	_, faults := c.validator.ValidateHttpResponse(as, resp)
	return describe(faults)
}

func describe(faults []*errors.ValidationError) (all []string) {
	for _, f := range faults {
		text := f.Message + ": " + f.Reason
		for _, detail := range f.SchemaValidationErrors {
			text += fmt.Sprintf("; %s %s", detail.FieldPath, detail.Reason)
		}
		all = append(all, text)
	}
	return all
}
