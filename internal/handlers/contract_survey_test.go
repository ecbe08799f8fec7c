package handlers_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// survey sends requests, holds every response against the contract, and notes which statuses each operation has shown.
type survey struct {
	*contract
	t        *testing.T
	requests int
	reached  map[string]map[int]int // by path and status
	recorded []recorded
	kept     map[string]int // of recorded, by path, status and problem
	checked  map[string]bool
}

// known reports whether a response was checked before that differs from this one in its request id and its age alone.
func (s *survey) known(o documented, method string, resp *http.Response, content string) bool {
	fields, id := resp.Header.Clone(), resp.Header.Get("X-Request-Id")
	for _, field := range []string{"X-Request-Id", "Age", "Cache-Control", "Cache-Status", "Ratelimit"} {
		for i, value := range fields[field] {
			fields[field][i] = strings.Map(func(r rune) rune { return map[bool]rune{true: '0', false: r}[r >= '0' && r <= '9'] }, value)
		}
	}
	if len(id) == len(fields.Get("X-Request-Id")) && id != "" {
		content = strings.ReplaceAll(content, id, "id")
		fields.Set("X-Request-Id", "id")
	}
	response := fmt.Sprint(o.path, method, resp.StatusCode, fields, content)
	before := s.checked[response]
	s.checked[response] = true
	return before
}

// send sends a request and checks the response. Beyond the contract, it checks what the request should lead to.
func (s *survey) send(g *gateway, o documented, method, target string, want wanted, header ...string) *http.Response {
	s.t.Helper()
	resp, content := g.send(method, target, header...)
	s.requests++
	if s.reached[o.path] == nil {
		s.reached[o.path] = map[int]int{}
	}
	s.reached[o.path][resp.StatusCode]++
	s.record(o, resp, content)
	shown := fmt.Sprintf("%s %.200s: %d", method, target, resp.StatusCode)
	if !s.known(o, method, resp, content) {
		for _, violation := range s.violations(o, method, resp, content) {
			s.t.Errorf("%s: %s", shown, violation)
		}
	}
	if want.status != 0 && resp.StatusCode != want.status && !refusedByRocket(want, content) {
		s.t.Errorf("%s, want %d: %.300s", shown, want.status, content)
	}
	if want.problem != "" && method != http.MethodHead {
		var d document
		if err := json.Unmarshal([]byte(content), &d); err != nil || d.Type != "/problems/"+want.problem {
			s.t.Errorf("%s: %.300s, want %s", shown, content, want.problem)
		}
		named := func(e struct{ Parameter, Message string }) bool { return e.Parameter == want.names }
		if want.names != "" && !slices.ContainsFunc(d.Errors, named) {
			s.t.Errorf("%s does not name %s: %.300s", shown, want.names, content)
		}
	}
	return resp
}

// refusedByRocket reports whether Rocket refused a request that the contract allows, as it may: not every text is a cost.
func refusedByRocket(want wanted, content string) bool {
	return want == success && strings.Contains(content, "/problems/upstream-rejected")
}

// grant is a profile for each provider.
func grant(resourceType string, ids ...string) (all []profile) {
	for _, provider := range []string{"azure", "aws", "gcp"} {
		all = append(all, profile{provider, resourceType, ids, nil})
	}
	return all
}

func bearer(p person) []string { return []string{"Authorization", "Bearer " + p.token} }

func (s *survey) byStatus() map[int]int {
	sum := map[int]int{}
	for _, statuses := range s.reached {
		for status, n := range statuses {
			sum[status] += n
		}
	}
	return sum
}

// unreached returns the documented statuses that no response had.
func (s *survey) unreached() map[string][]int {
	missing := map[string][]int{}
	for _, o := range s.operations {
		documented := s.failures(o)
		for code := range o.Responses.Codes.KeysFromOldest() {
			status, _ := strconv.Atoi(code)
			documented = append(documented, status)
		}
		for _, status := range documented {
			if s.reached[o.path][status] == 0 {
				missing[o.path] = append(missing[o.path], status)
			}
		}
	}
	return missing
}
