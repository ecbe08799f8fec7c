package doctor

import (
	"slices"
	"strings"
	"sync"
)

// merger reports the findings of providers that are examined at the same time: a check once all of them have it, and equal findings as
// one. It is safe for concurrent use.
type merger struct {
	report func(Finding)

	mu       sync.Mutex
	findings [][]Finding // guarded by mu: by provider
	ended    []bool      // guarded by mu: providers without further findings
	reported int         // guarded by mu: checks
}

func newMerger(providers int, report func(Finding)) *merger {
	return &merger{report: report, findings: make([][]Finding, providers), ended: make([]bool, providers)}
}

// add adds the next finding of a provider.
func (m *merger) add(provider int, f Finding) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.findings[provider] = append(m.findings[provider], f)
	m.flush()
}

// end ends the findings of a provider.
func (m *merger) end(provider int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.ended[provider] = true
	m.flush()
}

// flush reports the checks that all providers have. The caller holds mu.
func (m *merger) flush() {
	for ; ; m.reported++ {
		var same []Finding // of the same check
		for i, findings := range m.findings {
			switch {
			case m.reported < len(findings):
				same = append(same, findings[m.reported])
			case !m.ended[i]:
				return
			}
		}
		if same == nil {
			return
		}
		for _, f := range merge(same) {
			m.report(f)
		}
	}
}

// detail is the detail of one or several providers' findings.
type detail struct {
	providers []string
	text      string
}

// merge returns one finding for all of a check that have the same outcome and advice. Details that differ are named by their providers.
func merge(findings []Finding) (merged []Finding) {
	for len(findings) > 0 {
		alike := func(f Finding) bool { return f.Outcome == findings[0].Outcome && f.Advice == findings[0].Advice }
		one, details, providers := findings[0], []detail(nil), []string(nil)
		var rest []Finding
		for _, f := range findings {
			if !alike(f) {
				rest = append(rest, f)
				continue
			}
			provider, _, _ := strings.Cut(f.Name, ": ")
			providers = append(providers, provider)
			details = addDetail(details, provider, f.Detail)
			one.Took = max(one.Took, f.Took)
		}
		_, name, _ := strings.Cut(one.Name, ": ")
		one.Name, one.Detail = strings.Join(providers, ", ")+": "+name, joined(details)
		merged, findings = append(merged, one), rest
	}
	return merged
}

func addDetail(details []detail, provider, text string) []detail {
	i := slices.IndexFunc(details, func(d detail) bool { return d.text == text })
	if i < 0 {
		return append(details, detail{[]string{provider}, text})
	}
	details[i].providers = append(details[i].providers, provider)
	return details
}

func joined(details []detail) string {
	if len(details) == 1 {
		return details[0].text
	}
	var texts []string
	for _, d := range details {
		texts = append(texts, strings.Join(d.providers, ", ")+": "+d.text)
	}
	return strings.Join(texts, "; ")
}
