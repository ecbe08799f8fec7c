package client_test

import (
	"errors"
	"net/http"
	"reflect"
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
	if !reflect.DeepEqual(got, want) {
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
		if want := (&client.Problem{Title: "Bad Gateway", Status: 502, RequestID: "R"}); !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, want %+v", got, want)
		}
		if got.Error() != "rocket-gateway: 502 Bad Gateway" {
			t.Errorf("got %s", got)
		}
	}
}
