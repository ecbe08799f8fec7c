package e2e_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

const dashboardFile = "../../deploy/grafana/rocket-gateway.json"

// dashboard is what of Grafana's format the tests look at.
type dashboard struct {
	UID        string
	Title      string
	Panels     []panel
	Templating struct {
		List []struct {
			Name, Type string
			Query      any
		}
	}
	Annotations struct{ List []struct{ Expr string } }
}

type panel struct {
	ID          int
	Type        string
	Title       string
	Description string
	Datasource  source
	GridPos     struct{ X, Y, W, H int }
	FieldConfig struct{ Defaults fieldDefaults }
	Targets     []target
}

type fieldDefaults struct {
	Unit   string
	Custom struct{ Stacking struct{ Mode string } }
}

type source struct{ Type, UID string }

type target struct {
	RefID        string
	Datasource   source
	Expr         string
	LegendFormat string
}

func readDashboard(t *testing.T) dashboard {
	t.Helper()
	content, err := os.ReadFile(dashboardFile)
	if err != nil {
		t.Fatal(err)
	}
	var d dashboard
	if err := json.Unmarshal(content, &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// panelTitled returns the panel with a title.
func (d *dashboard) panelTitled(t *testing.T, title string) panel {
	t.Helper()
	for _, p := range d.Panels {
		if p.Title == title {
			return p
		}
	}
	t.Fatalf("the dashboard has no panel %q", title)
	return panel{}
}

// asked is the query as Grafana would send it, over so long a window.
func (g target) asked(window string) string {
	return strings.NewReplacer("$__rate_interval", window, "$job", ".+", "$instance", ".+").Replace(g.Expr)
}

// Panels lie beside one another within the width, have names of their own, and follow the variables of the dashboard.
func TestDashboardIsWhole(t *testing.T) {
	t.Parallel()
	d := readDashboard(t)
	var variables []string
	for _, v := range d.Templating.List {
		variables = append(variables, v.Name)
	}
	if got := strings.Join(variables, " "); got != "datasource job instance" || d.UID == "" || d.Title == "" {
		t.Errorf("dashboard %q (%s) with the variables %q", d.Title, d.UID, got)
	}
	ids, titles := map[int]bool{}, map[string]bool{}
	for i, p := range d.Panels {
		if ids[p.ID] || p.ID == 0 || titles[p.Type+p.Title] || p.Title == "" {
			t.Errorf("panel %d %q: its id or title is another's, or none", p.ID, p.Title)
		}
		ids[p.ID], titles[p.Type+p.Title] = true, true
		if p.GridPos.X+p.GridPos.W > 24 || p.GridPos.W == 0 || p.GridPos.H == 0 {
			t.Errorf("%q lies at %+v", p.Title, p.GridPos)
		}
		for _, other := range d.Panels[:i] {
			if p.overlaps(other) {
				t.Errorf("%q lies over %q", p.Title, other.Title)
			}
		}
		p.wantTargets(t)
	}
}

func (p *panel) overlaps(o panel) bool {
	a, b := p.GridPos, o.GridPos
	return a.X < b.X+b.W && b.X < a.X+a.W && a.Y < b.Y+b.H && b.Y < a.Y+a.H
}

func (p *panel) wantTargets(t *testing.T) {
	t.Helper()
	if p.Type == "row" {
		return
	}
	ours := source{"prometheus", "${datasource}"}
	if len(p.Targets) == 0 || p.Datasource != ours {
		t.Errorf("%q has %d targets and the data source %+v", p.Title, len(p.Targets), p.Datasource)
	}
	for _, g := range p.Targets {
		if g.Datasource != ours || !strings.Contains(g.Expr, `job=~"$job",instance=~"$instance"`) {
			t.Errorf("%q does not follow the variables: %s", p.Title, g.Expr)
		}
		if rest := g.asked("1m"); strings.Contains(rest, "$") {
			t.Errorf("%q has a variable that nobody knows: %s", p.Title, rest)
		}
	}
}
