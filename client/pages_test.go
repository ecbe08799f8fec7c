package client_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/client"
)

// list responds with pages of a list. changes is how many requests see another state of the list than the one before.
type list struct {
	rows, changes int
	targets       []string
}

func (l *list) respond(r *http.Request) (*http.Response, error) {
	l.targets = append(l.targets, r.URL.RawQuery)
	second := min(len(l.targets), l.changes+1)
	limit, _ := strconv.Atoi(r.URL.Query().Get("limit"))
	offset, _ := strconv.Atoi(r.URL.Query().Get("offset"))
	var page []string
	for n := offset; n < min(offset+limit, l.rows); n++ {
		page = append(page, fmt.Sprintf(`{"value":"%d of %d","label":"x"}`, n, second))
	}
	return response(r, http.StatusOK, "["+strings.Join(page, ",")+"]",
		"X-Total-Count", strconv.Itoa(l.rows), "Last-Modified", fmt.Sprintf("Wed, 25 Jun 2025 16:48:%02d GMT", second)), nil
}

func (l *list) read(t *testing.T, params client.CustomersParams) (values []string, failure error) {
	t.Helper()
	c := clientOf(t, l.respond)
	for row, err := range client.All(t.Context(), c.Customers, client.GCP, params) {
		if err != nil {
			failure = err
			continue
		}
		values = append(values, row.Value)
	}
	return values, failure
}

func TestPages(t *testing.T) {
	l := &list{rows: 5}
	values, err := l.read(t, client.CustomersParams{Limit: 2, Offset: 3, Sort: "label", IfNoneMatch: "*"})
	if want := []string{"0 of 1", "1 of 1", "2 of 1", "3 of 1", "4 of 1"}; err != nil || !slices.Equal(values, want) {
		t.Errorf("got %v, %v", values, err)
	}
	if want := []string{"limit=2&sort=label", "limit=2&offset=2&sort=label", "limit=2&offset=4&sort=label"}; !slices.Equal(l.targets, want) {
		t.Errorf("got %v", l.targets)
	}
}

func TestPagesOfFewRows(t *testing.T) {
	for _, rows := range []int{0, 1, 1000} {
		l := &list{rows: rows}
		if values, err := l.read(t, client.CustomersParams{}); err != nil || len(values) != rows || !slices.Equal(l.targets, []string{"limit=1000"}) {
			t.Errorf("%d rows: got %d, %v by %v", rows, len(values), err, l.targets)
		}
	}
}

func TestPagesOfAListThatChanges(t *testing.T) {
	l := &list{rows: 5, changes: 2}
	values, err := l.read(t, client.CustomersParams{Limit: 2})
	if want := []string{"0 of 3", "1 of 3", "2 of 3", "3 of 3", "4 of 3"}; err != nil || !slices.Equal(values, want) {
		t.Errorf("got %v, %v", values, err)
	}
}

func TestPagesOfAListThatAlwaysChanges(t *testing.T) {
	l := &list{rows: 5, changes: 50}
	values, err := l.read(t, client.CustomersParams{Limit: 2})
	if !errors.Is(err, client.ErrListChanged) || len(values) > 0 || len(l.targets) != 8 {
		t.Errorf("got %v, %v after %d requests", values, err, len(l.targets))
	}
}

// A list that became shorter than it says has changed within a second.
func TestPagesThatEndEarly(t *testing.T) {
	c := clientOf(t, func(r *http.Request) (*http.Response, error) {
		return response(r, http.StatusOK, `[]`, "X-Total-Count", "5"), nil
	})
	for _, err := range client.All(t.Context(), c.Customers, client.GCP, client.CustomersParams{}) {
		if !errors.Is(err, client.ErrListChanged) {
			t.Errorf("got %v", err)
		}
	}
}

// pagesOf returns the error of All, if two rows are on each page.
func pagesOf(t *testing.T, header func(offset string) []string) (rows int, failure error) {
	t.Helper()
	c := clientOf(t, func(r *http.Request) (*http.Response, error) {
		return response(r, http.StatusOK, `[{"value":"1"},{"value":"2"}]`, header(r.URL.Query().Get("offset"))...), nil
	})
	for _, err := range client.All(t.Context(), c.Customers, client.GCP, client.CustomersParams{Limit: 2}) {
		if failure = err; err == nil {
			rows++
		}
	}
	return rows, failure
}

// A list is complete, or there is an error.
func TestPagesThatDoNotAddUp(t *testing.T) {
	for name, header := range map[string]func(offset string) []string{
		"no total":             func(string) []string { return nil },
		"the total is garbage": func(string) []string { return []string{"X-Total-Count", "x"} },
		"more rows than total": func(string) []string { return []string{"X-Total-Count", "5"} },
		"each page is the same": func(string) []string {
			return []string{"X-Total-Count", "4", "Content-Location", "/v1/gcp/customers?limit=2"}
		},
	} {
		rows, err := pagesOf(t, header)
		if err == nil || errors.Is(err, client.ErrListChanged) || rows > 0 {
			t.Errorf("%s: %d rows, %v", name, rows, err)
		}
	}
}

// Last-Modified has whole seconds; a list may change within one.
func TestATotalThatChanges(t *testing.T) {
	rows, err := pagesOf(t, func(offset string) []string {
		return []string{"X-Total-Count", map[string]string{"": "4", "2": "6"}[offset], "Last-Modified", "Wed, 25 Jun 2025 16:48:58 GMT"}
	})
	if !errors.Is(err, client.ErrListChanged) || rows > 0 {
		t.Errorf("%d rows, %v", rows, err)
	}
}

// One fetch from Rocket is enough for all pages.
func TestNoCacheIsSentOnce(t *testing.T) {
	for control, want := range map[string][]string{
		"no-cache":             {"no-cache", "", "", "", ""},
		"No-Cache , max-age=0": {"No-Cache , max-age=0", "max-age=0", "max-age=0", "max-age=0", "max-age=0"},
		"max-age=0,no-cache":   {"max-age=0,no-cache", "max-age=0", "max-age=0", "max-age=0", "max-age=0"},
		"only-if-cached":       {"only-if-cached", "only-if-cached", "only-if-cached", "only-if-cached", "only-if-cached"},
	} {
		l, sent := &list{rows: 5, changes: 1}, []string{}
		c := clientOf(t, func(r *http.Request) (*http.Response, error) {
			sent = append(sent, r.Header.Get("Cache-Control"))
			return l.respond(r)
		})
		for _, err := range client.All(t.Context(), c.Customers, client.GCP, client.CustomersParams{Limit: 2, CacheControl: control}) {
			if err != nil {
				t.Fatal(err)
			}
		}
		if !slices.Equal(sent, want) {
			t.Errorf("%s: sent %q", control, sent)
		}
	}
}

func TestPagesThatFail(t *testing.T) {
	c := clientOf(t, func(r *http.Request) (*http.Response, error) { return response(r, http.StatusForbidden, ``), nil })
	n := 0
	for _, err := range client.All(t.Context(), c.Usages, client.Azure, client.UsagesParams{}) {
		var problem *client.Problem
		if n++; !errors.As(err, &problem) {
			t.Errorf("got %v", err)
		}
	}
	if n != 1 {
		t.Errorf("%d iterations", n)
	}
}

// An iterator can be left early, and used again.
func TestPagesTwice(t *testing.T) {
	l := &list{rows: 3}
	rows := client.All(t.Context(), clientOf(t, l.respond).Customers, client.GCP, client.CustomersParams{Limit: 2})
	for range 2 {
		for row := range rows {
			if row.Value != "0 of 1" {
				t.Errorf("got %s", row.Value)
			}
			break
		}
	}
	if len(l.targets) != 4 {
		t.Errorf("got %v", l.targets)
	}
}
