package e2e_test

import (
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const integrationsPage = "../../docs/integrations.md"

// The query for Excel gets CSV with the columns that it turns into numbers.
func TestExcelQuery(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile(integrationsPage)
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

// The reader of docs/integrations.md keeps ids as text, and customers that are called as pandas calls missing values. Only empty cells are
// missing.
func TestPandasKeepsText(t *testing.T) {
	t.Parallel()
	const table = "id,parent_id,type,name,value,actual\r\n" +
		"007,08,1,NA,0123,1.50\r\n" +
		"1e5,,1,null,nan,\r\n"
	gateway := listen(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/csv; charset=utf-8; header=present")
		_, _ = io.WriteString(w, table)
	}))
	programs := newPrograms(t, newIssuer(t))
	b := &block{page: integrationsPage, language: "python", text: `from costs import costs

rows = costs("/v1/aws/usages?format=csv", value=str)
print(rows.isna().sum().to_dict())
print(rows.fillna("").values.tolist())
`}
	programs.write(t, b.file(), b.text)
	b.output = &block{page: integrationsPage, text: `{'id': 0, 'parent_id': 1, 'type': 0, 'name': 0, 'value': 0, 'actual': 1}
[['007', '08', '1', 'NA', '0123', 1.5], ['1e5', '', '1', 'null', 'nan', '']]
`}
	if fault := b.output.differs(programs.run(t, b, "GATEWAY="+strings.TrimSuffix(gateway, "/rocketsvc"), "TOKEN=t")); fault != "" {
		t.Error(fault)
	}
}
