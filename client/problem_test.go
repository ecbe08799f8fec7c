package client_test

import (
	"errors"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/rocket-gateway/rocket-gateway/client"
)

func problemOf(t *testing.T, status int, body string, header ...string) *client.Problem {
	t.Helper()
	c := clientOf(t, func(r *http.Request) (*http.Response, error) { return response(r, status, body, header...), nil }, client.WithRetries(0))
	_, err := c.Me(t.Context())
	var problem *client.Problem
	if !errors.As(err, &problem) {
		t.Fatalf("%v is not a problem", err)
	}
	return problem
}

func TestProblem(t *testing.T) {
	got := problemOf(t, http.StatusBadRequest, `{"type":"/base/problems/invalid-request","title":"Invalid request","status":400,
		"detail":"2 parameters need a change.","instance":"/v1/azure/trend","request_id":"R","part":"2025-06",
		"errors":[{"parameter":"end_time","message":"is missing; start_time and end_time go together"},{"parameter":"n","message":"is no number."}]}`,
		"Content-Type", "application/problem+json; charset=utf-8", "Retry-After", "9")
	want := &client.Problem{
		Type: client.ProblemInvalidRequest, Title: "Invalid request", Status: 400, Detail: "2 parameters need a change.",
		Instance: "/v1/azure/trend", RequestID: "R", Part: "2025-06", RetryAfter: 9 * time.Second,
		Errors: []client.ParameterFault{
			{Parameter: "end_time", Message: "is missing; start_time and end_time go together"}, {Parameter: "n", Message: "is no number."},
		},
	}
	if got.Header.Get("Retry-After") != "9" {
		t.Errorf("got %v", got.Header)
	}
	if got.Header = nil; !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	const text = "rocket-gateway: 400 Invalid request (2025-06): 2 parameters need a change. " +
		"end_time is missing; start_time and end_time go together. n is no number."
	if got.Error() != text {
		t.Errorf("got %s", got)
	}
}

// A proxy before the gateway has its own error pages.
func TestAResponseWithoutAProblemDocument(t *testing.T) {
	for _, header := range [][]string{{"Content-Type", "text/html"}, {"Content-Type", "application/problem+json"}} {
		got := problemOf(t, http.StatusBadGateway, `<html>`, append(header, "X-Request-Id", "R")...)
		got.Header = nil
		if want := (&client.Problem{Title: "Bad Gateway", Status: 502, RequestID: "R"}); !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, want %+v", got, want)
		}
		if got.Error() != "rocket-gateway: 502 Bad Gateway" {
			t.Errorf("got %s", got)
		}
	}
}

// A document that is not all of the contract's keeps what it says.
func TestOddProblemDocuments(t *testing.T) {
	const forbidden, blank = `{"type":"/problems/forbidden","title":"Forbidden","detail":"D"`, client.ProblemType("")
	for body, want := range map[string]client.Problem{
		`{"type":"","detail":"D"}`:                           {Type: blank, Title: "Forbidden", Detail: "D", RequestID: "R"},
		`{"type":7,"title":"T","detail":"D"}`:                {Type: blank, Title: "T", Detail: "D", RequestID: "R"},
		forbidden + `,"status":"403","errors":"x"}`:          {Type: client.ProblemForbidden, Title: "Forbidden", Detail: "D", RequestID: "R"},
		forbidden + `,"request_id":null,"errors":[{"a":1}]}`: {Type: client.ProblemForbidden, Title: "Forbidden", Detail: "D", RequestID: "R", Errors: []client.ParameterFault{{}}},
		`null`: {Type: blank, Title: "Forbidden", RequestID: "R"},
		`[]`:   {Type: blank, Title: "Forbidden", RequestID: "R"},
	} {
		got := problemOf(t, http.StatusForbidden, body, "Content-Type", "Application/Problem+JSON", "X-Request-Id", "R")
		got.Header, want.Status = nil, http.StatusForbidden
		if !reflect.DeepEqual(*got, want) {
			t.Errorf("%s: got %+v, want %+v", body, got, want)
		}
	}
}

// The documents of others have other types.
func TestTypesOfOtherDocuments(t *testing.T) {
	for _, kind := range []string{
		"about:blank", "forbidden", "urn:problems/forbidden", "/errors/forbidden", "/problems/", "/problems/a/forbidden", "//x/problems/forbidden",
		"https://apigw.example/errors/forbidden", "https://apigw.example/problems/forbidden",
	} {
		got := problemOf(t, http.StatusForbidden, `{"type":"`+kind+`","detail":"D"}`, "Content-Type", "application/problem+json")
		if got.Type != "" || got.Detail != "D" {
			t.Errorf("%s: got %+v", kind, got)
		}
	}
}

// The Location of another status names what was created, or nothing.
func TestOnlyRedirectsRedirect(t *testing.T) {
	for status, redirects := range map[int]bool{http.StatusCreated: false, http.StatusTemporaryRedirect: true, http.StatusNotFound: false} {
		if got := problemOf(t, status, ``, "Location", "/login"); strings.Contains(got.Detail, "redirects to") != redirects {
			t.Errorf("%d: got %q", status, got.Detail)
		}
	}
}

func TestAStatusWithoutAName(t *testing.T) {
	if got := problemOf(t, 599, ``).Error(); got != "rocket-gateway: 599" {
		t.Errorf("got %q", got)
	}
}

func TestARetryAfterThatOverflows(t *testing.T) {
	for _, wait := range []string{"10000000000", "99999999999999999999", "Fri, 31 Dec 9999 23:59:59 GMT"} {
		if got := problemOf(t, http.StatusServiceUnavailable, ``, "Retry-After", wait); got.RetryAfter < 24*time.Hour {
			t.Errorf("%s: got %s", wait, got.RetryAfter)
		}
	}
}
