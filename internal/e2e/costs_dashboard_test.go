package e2e_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/rocket-gateway/rocket-gateway/internal/rocketsim"
)

const (
	costsDashboard  = "../../deploy/grafana-costs/dashboard.json"
	costsDatasource = "../../deploy/grafana-costs/datasource.yaml"
	infinity        = "yesoreyeram-infinity-datasource"
)

// Every query of the dashboard of costs gets a 200, and its columns are in all rows; a period without costs is no error. Grafana is not
// among the tests' components.
func TestCostsDashboard(t *testing.T) {
	t.Parallel()
	d := readCostsDashboard(t)
	now := func() time.Time { return guideDay }
	_, rocket := stand(t, func(o *rocketsim.Options) { o.Customers, o.Now = 0, now })
	g := serveAt(t, now, rocket)
	for _, p := range d.Panels {
		for _, q := range p.Targets {
			for _, provider := range []string{"azure", "aws", "gcp"} {
				if len(wantColumns(t, g, p.Title, q, q.target(provider, "all"))) == 0 {
					t.Errorf("%s: no rows of %s", p.Title, provider)
				}
			}
			wantColumns(t, g, p.Title, q, q.target("azure", "none"))
		}
	}
	if len(d.Panels) == 0 || d.Timezone != "utc" { // labels of by-day are midnights of UTC
		t.Errorf("%d panels, with the days of %s", len(d.Panels), d.Timezone)
	}
}

// The page has the selectors and the variables of days that the dashboard has, to copy into other panels.
func TestCostsDashboardIsDescribed(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(integrationsPage)
	must(t, err)
	for _, p := range readCostsDashboard(t).Panels {
		for _, q := range p.Targets {
			texts := []string{q.RootSelector}
			for _, param := range q.URLOptions.Params {
				texts = append(texts, regexp.MustCompile(`^\$\{__.*`).FindString(param.Value))
			}
			for _, text := range texts {
				if text != "" && !strings.Contains(string(page), "`"+strings.ReplaceAll(text, "|", `\|`)+"`") {
					t.Errorf("%s: %s does not name %s", p.Title, integrationsPage, text)
				}
			}
		}
	}
}

// The data source is of the plugin that the dashboard asks for, and has the issuer and the client of docs/api.md.
func TestCostsDatasource(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile(costsDatasource)
	must(t, err)
	var provisioned struct {
		Datasources []struct {
			Type     string
			URL      string
			JSONData struct {
				Method string `yaml:"auth_method"`
				OAuth2 struct {
					ClientID string `yaml:"client_id"`
					TokenURL string `yaml:"token_url"`
				}
				AllowedHosts []string `yaml:"allowedHosts"`
				HealthURL    string   `yaml:"customHealthCheckUrl"`
			} `yaml:"jsonData"`
		}
	}
	must(t, yaml.Unmarshal(content, &provisioned))
	d := provisioned.Datasources[0]
	if d.Type != infinity || d.JSONData.Method != "oauth2" || d.JSONData.HealthURL != d.URL+"/v1/me" {
		t.Errorf("%+v", d)
	}
	if allowed := d.JSONData.AllowedHosts; strings.HasSuffix(d.URL, "/") || !slices.Equal(allowed, []string{d.URL + "/"}) {
		t.Errorf("requests and the token can go beyond %s: %v", d.URL, allowed)
	}
	if text := theBlock(t, keycloak, "sh", "client_credentials").text; !strings.Contains(text, d.JSONData.OAuth2.TokenURL) ||
		!strings.Contains(text, "client_id="+d.JSONData.OAuth2.ClientID) {
		t.Errorf("%+v is not the client of %s", d.JSONData.OAuth2, text)
	}
	if dashboard, err := os.ReadFile(costsDashboard); err != nil || !strings.Contains(string(dashboard), `"query": "`+infinity+`"`) {
		t.Errorf("the dashboard does not ask for %s: %v", infinity, err)
	}
}
