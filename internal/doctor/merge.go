package doctor

import (
	"slices"
	"strings"
)

// group is the findings of several providers that become one.
type group struct {
	Finding
	providers []string
	details   []*detail
}

// detail is one that some of the providers have.
type detail struct {
	providers []string
	text      string
}

// merge returns one finding for all of a check that have the same outcome and advice. If details differ, their providers are named.
func merge(findings []Finding) (merged []Finding) {
	var groups []*group
	for _, f := range findings {
		i := slices.IndexFunc(groups, func(g *group) bool { return g.Outcome == f.Outcome && g.Advice == f.Advice })
		if i < 0 {
			i, groups = len(groups), append(groups, &group{Finding: f})
		}
		groups[i].add(f)
	}
	for _, g := range groups {
		merged = append(merged, g.finding())
	}
	return merged
}

func (g *group) add(f Finding) {
	provider, _, _ := strings.Cut(f.Name, ": ")
	g.providers = append(g.providers, provider)
	g.Took = max(g.Took, f.Took)
	i := slices.IndexFunc(g.details, func(d *detail) bool { return d.text == f.Detail })
	if i < 0 {
		i, g.details = len(g.details), append(g.details, &detail{text: f.Detail})
	}
	g.details[i].providers = append(g.details[i].providers, provider)
}

func (g *group) finding() Finding {
	_, check, _ := strings.Cut(g.Name, ": ")
	f := g.Finding
	f.Name = strings.Join(g.providers, ", ") + ": " + check
	if len(g.details) == 1 {
		return f
	}
	var texts []string
	for _, d := range g.details {
		texts = append(texts, strings.Join(d.providers, ", ")+": "+d.text)
	}
	f.Detail = strings.Join(texts, "; ")
	return f
}
