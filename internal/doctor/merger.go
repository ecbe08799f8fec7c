package doctor

import "sync"

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
	for {
		same, all := m.next()
		if !all || len(same) == 0 {
			return
		}
		m.reported++
		for _, f := range merge(same) {
			m.report(f)
		}
	}
}

// next returns the findings of the next check, and whether there will be no more of it. The caller holds mu.
func (m *merger) next() (same []Finding, all bool) {
	for i, findings := range m.findings {
		switch {
		case m.reported < len(findings):
			same = append(same, findings[m.reported])
		case !m.ended[i]:
			return nil, false
		}
	}
	return same, true
}
