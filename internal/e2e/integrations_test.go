package e2e_test

import (
	"encoding/json"
	"net/http"
	"net/url"
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

// infinityQuery is what of a query of the Infinity plugin the test looks at.
type infinityQuery struct {
	Type, Source, Parser string
	URL                  string
	URLOptions           struct {
		Method string
		Params []struct{ Key, Value string }
	} `json:"url_options"`
	RootSelector string `json:"root_selector"`
	Columns      []struct{ Selector, Type string }
}

// target returns the request of a query for May 2025, with a provider of the dashboard.
func (q infinityQuery) target(provider string) string {
	fill := strings.NewReplacer("${provider}", provider, "${invoice_type}", "all",
		"${__from:date:YYYY-MM-DD}", "2025-05-01", "${__to:date:YYYY-MM-DD}", "2025-05-31")
	values := url.Values{}
	for _, p := range q.URLOptions.Params {
		values.Set(p.Key, fill.Replace(p.Value))
	}
	return fill.Replace(q.URL) + "?" + values.Encode()
}

// Every query of the dashboard of costs gets a 200, and its columns are in all rows. Grafana is not among the tests' components.
func TestCostsDashboard(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile(costsDashboard)
	must(t, err)
	var d struct {
		Panels []struct {
			Title   string
			Targets []infinityQuery
		}
	}
	must(t, json.Unmarshal(content, &d))
	now := func() time.Time { return guideDay }
	_, rocket := stand(t, func(o *rocketsim.Options) { o.Customers, o.Now = 0, now })
	g := serveAt(t, now, rocket)
	for _, p := range d.Panels {
		for _, provider := range []string{"azure", "aws", "gcp"} {
			for _, q := range p.Targets {
				wantColumns(t, g, p.Title, q, q.target(provider))
			}
		}
	}
	if len(d.Panels) == 0 {
		t.Error("no panels")
	}
}

func wantColumns(t *testing.T, g *gateway, title string, q infinityQuery, target string) {
	t.Helper()
	if q.Type != "json" || q.Source != "url" || q.Parser != "backend" || q.URLOptions.Method != http.MethodGet {
		t.Errorf("%s: not a GET of JSON in the backend: %+v", title, q)
	}
	resp, text := ask(t, http.MethodGet, g.api+target, "")
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s: %d %s", title, target, resp.StatusCode, text)
	}
	rows := rowsOf(t, text, q.RootSelector)
	if len(rows) == 0 {
		t.Errorf("%s: %s has no rows", title, target)
	}
	for _, row := range rows {
		for _, c := range q.Columns {
			if !fits(row[c.Selector], c.Type) {
				t.Errorf("%s: %s: %s is %v, want a %s", title, target, c.Selector, row[c.Selector], c.Type)
			}
		}
	}
}

// rowsOf returns the rows below a member of a body, or the body itself, which is an array or one row.
func rowsOf(t *testing.T, text, member string) (rows []map[string]any) {
	t.Helper()
	var body any
	must(t, json.Unmarshal([]byte(text), &body))
	if member != "" {
		body = body.(map[string]any)[member]
	}
	list, isList := body.([]any)
	if !isList {
		list = []any{body}
	}
	for _, row := range list {
		rows = append(rows, row.(map[string]any))
	}
	return rows
}

// fits reports whether a value has a type of the plugin.
func fits(value any, kind string) bool {
	text, isText := value.(string)
	_, isNumber := value.(float64)
	_, notADay := time.Parse(time.DateOnly, text)
	switch kind {
	case "number":
		return isNumber
	case "string":
		return isText
	case "timestamp":
		return notADay == nil
	default:
		return false
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
				HealthURL string `yaml:"customHealthCheckUrl"`
			} `yaml:"jsonData"`
		}
	}
	must(t, yaml.Unmarshal(content, &provisioned))
	d := provisioned.Datasources[0]
	if d.Type != infinity || d.JSONData.Method != "oauth2" || d.JSONData.HealthURL != d.URL+"/v1/me" {
		t.Errorf("%+v", d)
	}
	if text := theBlock(t, keycloak, "sh", "client_credentials").text; !strings.Contains(text, d.JSONData.OAuth2.TokenURL) ||
		!strings.Contains(text, "client_id="+d.JSONData.OAuth2.ClientID) {
		t.Errorf("%+v is not the client of %s", d.JSONData.OAuth2, text)
	}
	if dashboard, err := os.ReadFile(costsDashboard); err != nil || !strings.Contains(string(dashboard), `"query": "`+infinity+`"`) {
		t.Errorf("the dashboard does not ask for %s: %v", infinity, err)
	}
}

// The query for Excel gets CSV with the columns that it turns into numbers.
func TestExcelQuery(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile("../../docs/integrations.md")
	must(t, err)
	page := string(content)
	values := url.Values{}
	query := regexp.MustCompile(`Query = \[.*\]`).FindString(page)
	for _, pair := range regexp.MustCompile(`(\w+) = "([^"]*)"`).FindAllStringSubmatch(query, -1) {
		values.Set(pair[1], pair[2])
	}
	path := regexp.MustCompile(`RelativePath = "(.*)"`).FindStringSubmatch(page)[1]
	_, rocket := stand(t)
	resp, text := ask(t, http.MethodGet, serve(t, rocket).api+"/"+path+"?"+values.Encode(), "")
	if resp.StatusCode != http.StatusOK || !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/csv; charset=utf-8") {
		t.Fatalf("%d %v %s", resp.StatusCode, resp.Header, text)
	}
	header, _, _ := strings.Cut(text, "\r\n")
	numbers := regexp.MustCompile(`\{"(\w+)", type number\}`).FindAllStringSubmatch(page, -1)
	for _, number := range numbers {
		if !slices.Contains(strings.Split(header, ","), number[1]) {
			t.Errorf("%s is not among the columns %s", number[1], header)
		}
	}
	if len(numbers) == 0 {
		t.Error("the query turns no columns into numbers")
	}
}
