package tenancy_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
	"github.com/rocket-gateway/rocket-gateway/internal/tenancy"
	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

// granted describes what a claim grants: for each provider its bounds, or a dash if it is denied.
func granted(p tenancy.Profiles) string {
	var all []string
	for _, provider := range providers {
		r := p.Access(provider)
		if r.Denied != "" {
			all = append(all, "-")
			continue
		}
		var bounds []string
		for _, b := range r.Bounds {
			ids := strings.Join(b.IDs, " ")
			if b.All {
				ids += "*"
			}
			bounds = append(bounds, b.Type+" "+ids)
		}
		all = append(all, strings.Join(bounds, ", "))
	}
	return strings.Join(all, " / ")
}

const (
	nothing  = "- / - / -"
	azureOne = `{"provider":"azure","resource_type":"customers","resources":["c1"]}`
	awsAll   = `{"provider":"aws","resource_type":"resellers","resources":["*"]}`
)

func azure(members string) string { return `[{"provider":"azure",` + members + `},` + awsAll + `]` }

func TestClaims(t *testing.T) {
	for name, tt := range map[string]struct{ claim, want string }{
		"none":        {``, nothing},
		"null":        {` null `, nothing},
		"no profile":  {`[]`, nothing},
		"white space": {" [ " + azureOne + " \n,\t" + awsAll + "\r] ", "customers c1 / resellers * / -"},
		"unknown members": {
			azure(`"id":"d7","root":{"a":[1]},"resource_type":"customers","resources":["c1"],"x":null`), "customers c1 / resellers * / -",
		},
		"escapes": {`[{"p\u0072ovider":"\u0061zure","resource_type":"customer\u0073","resources":["\ud83d\ude00\n","a\/b"]}]`, nothing},
		"escaped ids": {
			`[{"p\u0072ovider":"\u0061zure","resource_type":"customer\u0073","resources":["\ud83d\ude00","a\/b"]}]`, "customers a/b 😀 / - / -",
		},
		"sorted and once": {azure(`"resource_type":"customers","resources":["b","a","b","\u0061"]`), "customers a b / resellers * / -"},
		"added up":        {`[` + azureOne + `,{"provider":"azure","resource_type":"customers","resources":["c2"]}]`, "customers c1 c2 / - / -"},
		"types": {
			`[` + azureOne + `,{"provider":"azure","resource_type":"distributors","resources":["*"]}]`, "distributors *, customers c1 / - / -",
		},
		"null costs": {azure(`"resource_type":"customers","resources":["c1"],"costs":null`), "customers c1 / resellers * / -"},
		"no costs":   {azure(`"resource_type":"customers","resources":["c1"],"costs":[]`), "customers c1 / resellers * / -"},
		"the vendor's": {
			`[{"id":"d79e","provider":"azure","root":"3485","resource_type":"distributors","resources":["3485"]},` +
				`{"id":"2993","provider":"aws","root":"2","resource_type":"distributors","resources":["2"]},` +
				`{"id":"c663","provider":"gcp","root":"2","resource_type":"distributors","resources":["2"]},` +
				`{"id":"99ff","provider":"azure/licenses","root":"br","resource_type":"","resources":["br"]}]`,
			"distributors 3485 / distributors 2 / distributors 2",
		},
		"other providers": {`[{"provider":"Azure","resource_type":7},{"provider":"oci","a":1,"a":2},` + azureOne + `]`, "customers c1 / - / -"},

		// Rule 1: what is no such list of ids grants nothing.
		"a star twice":        {azure(`"resource_type":"customers","resources":["*","*"]`), "customers * / resellers * / -"},
		"a star beside ids":   {azure(`"resource_type":"customers","resources":["*","c1"]`), "- / resellers * / -"},
		"ids beside a star":   {azure(`"resource_type":"customers","resources":["c1","*"]`), "- / resellers * / -"},
		"an escaped star":     {azure(`"resource_type":"customers","resources":["c1","\u002a"]`), "- / resellers * / -"},
		"no ids":              {azure(`"resource_type":"customers","resources":[]`), "- / resellers * / -"},
		"resources missing":   {azure(`"resource_type":"customers"`), "- / resellers * / -"},
		"resources null":      {azure(`"resource_type":"customers","resources":null`), "- / resellers * / -"},
		"resources a star":    {azure(`"resource_type":"customers","resources":"*"`), "- / resellers * / -"},
		"resources an object": {azure(`"resource_type":"customers","resources":{"0":"c1"}`), "- / resellers * / -"},
		"a number":            {azure(`"resource_type":"customers","resources":["c1",2]`), "- / resellers * / -"},
		"a null":              {azure(`"resource_type":"customers","resources":["c1",null]`), "- / resellers * / -"},
		"a list in a list":    {azure(`"resource_type":"customers","resources":[["c1"]]`), "- / resellers * / -"},
		"an empty id":         {azure(`"resource_type":"customers","resources":["c1",""]`), "- / resellers * / -"},
		"a long id":           {azure(`"resource_type":"customers","resources":["` + strings.Repeat("é", 257) + `"]`), "- / resellers * / -"},
		"a control character": {azure(`"resource_type":"customers","resources":["c\u0085"]`), "- / resellers * / -"},
		"half a pair":         {azure(`"resource_type":"customers","resources":["c1","\ud83d"]`), "- / resellers * / -"},
		"nothing added to ids": {
			`[` + azureOne + `,{"provider":"azure","resource_type":"customers","resources":["*","c2"]}]`, "customers c1 / - / -",
		},
		"nothing beside another type": {
			`[` + azureOne + `,{"provider":"azure","resource_type":"resellers","resources":[]}]`, nothing,
		},

		// A malformed profile denies its provider.
		"unknown type":          {azure(`"resource_type":"subscriptions","resources":["s1"]`), "- / resellers * / -"},
		"empty type":            {azure(`"resource_type":"","resources":["*"]`), "- / resellers * / -"},
		"type in capitals":      {azure(`"resource_type":"Customers","resources":["c1"]`), "- / resellers * / -"},
		"type missing":          {azure(`"resources":["c1"]`), "- / resellers * / -"},
		"type null":             {azure(`"resource_type":null,"resources":["c1"]`), "- / resellers * / -"},
		"type a list":           {azure(`"resource_type":["customers"],"resources":["c1"]`), "- / resellers * / -"},
		"type twice":            {azure(`"resource_type":"customers","resource_type":"customers","resources":["c1"]`), "- / resellers * / -"},
		"resources twice":       {azure(`"resource_type":"customers","resources":["c1"],"resourc\u0065s":["c1"]`), "- / resellers * / -"},
		"an unknown name twice": {azure(`"resource_type":"customers","resources":["c1"],"id":1,"id":1`), "- / resellers * / -"},
		"half a pair in a name": {azure(`"resource_type":"customers","resources":["c1"],"\udc00":1`), "- / resellers * / -"},
		"costs a string":        {azure(`"resource_type":"customers","resources":["c1"],"costs":"resellers"`), "- / resellers * / -"},
		"costs of numbers":      {azure(`"resource_type":"customers","resources":["c1"],"costs":[1]`), "- / resellers * / -"},
		"an empty cost":         {azure(`"resource_type":"customers","resources":["c1"],"costs":[""]`), "- / resellers * / -"},
		"17 costs": {
			azure(`"resource_type":"customers","resources":["c1"],"costs":["a"` + strings.Repeat(`,"b"`, 16) + `]`), "- / resellers * / -",
		},
		"16 costs": {
			azure(`"resource_type":"customers","resources":["c1"],"costs":["a"` + strings.Repeat(`,"b"`, 15) + `]`),
			"customers c1 / resellers * / -",
		},
		"one is enough": {`[` + azureOne + `,{"provider":"azure","resource_type":"licences","resources":["*"]}]`, nothing},

		// A profile without a known provider may be for any.
		"no provider":    {`[{"resource_type":"customers","resources":["c1"]},` + awsAll + `]`, nothing},
		"provider empty": {`[{"provider":"","resource_type":"customers","resources":["c1"]},` + awsAll + `]`, nothing},
		"provider null":  {`[{"provider":null,"resource_type":"customers","resources":["c1"]},` + awsAll + `]`, nothing},
		"provider twice": {
			`[{"provider":"azure","provider":"azure","resource_type":"customers","resources":["c1"]},` + awsAll + `]`, nothing,
		},
		"provider thrice":     {`[{"provider":"oci","provider":"oci","provider":"oci"},` + awsAll + `]`, nothing},
		"provider half":       {`[{"provider":"\ud83d"},` + awsAll + `]`, nothing},
		"an empty profile":    {`[{},` + awsAll + `]`, nothing},
		"a null profile":      {`[null,` + awsAll + `]`, nothing},
		"a string":            {`["azure",` + awsAll + `]`, nothing},
		"a list of profiles":  {`[[` + azureOne + `]]`, nothing},
		"an object":           {azureOne, nothing},
		"a string of JSON":    {`"[]"`, nothing},
		"trailing garbage":    {`[` + azureOne + `] x`, nothing},
		"trailing comma":      {`[` + azureOne + `,]`, nothing},
		"two arrays":          {`[` + azureOne + `][]`, nothing},
		"truncated":           {`[` + azureOne, nothing},
		"no UTF-8":            {`[` + azureOne + `,{"provider":"oci","x":"` + "\xff" + `"}]`, nothing},
		"a byte order mark":   {"\ufeff[" + azureOne + "]", nothing},
		"a bare control char": {`[{"provider":"azure","resource_type":"customers","resources":["c` + "\n" + `"]}]`, nothing},
	} {
		t.Run(name, func(t *testing.T) {
			if got := granted(tenancy.Parse([]byte(tt.claim))); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestClaimsAreBounded(t *testing.T) {
	many := func(n int, one string) string { return `[` + one + strings.Repeat(`,`+one, n-1) + `]` }
	ids := func(n int) string { return many(n, `"c1"`) }
	half := `{"provider":"azure","resource_type":"customers","resources":` + ids(5000) + `}`
	third := `{"provider":"oci","resource_type":"","resources":["c1"]}`
	for name, tt := range map[string]struct{ claim, want string }{
		"64 profiles":      {many(64, azureOne), "customers c1 / - / -"},
		"65 profiles":      {many(65, azureOne), nothing},
		"10,000 resources": {many(2, half), "customers c1 / - / -"},
		"10,001 resources": {`[` + half + `,` + half + `,` + third + `]`, nothing},
		"a deep nest":      {`[{"provider":"azure","x":` + strings.Repeat("[", 1e6), nothing},
	} {
		if got := granted(tenancy.Parse([]byte(tt.claim))); got != tt.want {
			t.Errorf("%s: got %s, want %s", name, got, tt.want)
		}
	}
}

// A profile may hold exactly the ids that a query may: else there would be ids that are granted and cannot be asked for,
// or the other way round.
func TestIDsHaveTheLimitsOfQueries(t *testing.T) {
	testkit.Check(t, func(t *rapid.T) {
		id := rapid.OneOf(rapid.String(), rapid.StringN(250, 260, -1),
			rapid.SampledFrom([]string{"", "\u0085", "\u200b", "\ufffd"})).Draw(t, "id")
		text, err := json.Marshal(claim(query.GCP, "customers x")[0])
		if err != nil {
			t.Fatal(err)
		}
		quoted, err := json.Marshal(id)
		if err != nil {
			t.Fatal(err)
		}
		p := tenancy.Parse([]byte("[" + strings.Replace(string(text), `"x"`, string(quoted), 1) + "]"))
		_, err = query.New(query.Usages, query.GCP, query.Params{CustomerID: id}, now)
		inQuery, inProfile := err == nil && id != "", p.Access(query.GCP).Denied == ""
		if inQuery != inProfile {
			t.Fatalf("%q: in a query %v, in a profile %v", id, inQuery, inProfile)
		}
	})
}

// Parse does not refer to the claim's bytes after it returns.
func TestParseKeepsNoBytes(t *testing.T) {
	text := []byte(`[` + azureOne + `]`)
	p := tenancy.Parse(text)
	for i := range text {
		text[i] = 'x'
	}
	if got := granted(p); got != "customers c1 / - / -" {
		t.Error(got)
	}
}

// Profiles are kept with their token, and used by concurrent requests.
func TestProfilesAreShared(t *testing.T) {
	p := parse(t, claim(query.Azure, "customers c1 c2 c3", "resellers r1"))
	body := []byte(`[{"value":"c1"},{"value":"x9"}]`)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for i := range 100 {
				_, filter, err := p.Narrow(newQuery(t, query.Azure, "customers"))
				got, failed := filter.Apply(body)
				if err != nil || failed != nil || string(got) != `[{"value":"c1"}]` {
					t.Errorf("%s, %v, %v", got, err, failed)
				}
				ids := p.Access(query.Azure).Bounds[1].IDs
				ids[0] = fmt.Sprint("mine ", i)
			}
		})
	}
	all.Wait()
	if diff := cmp.Diff([]string{"c1", "c2", "c3"}, p.Access(query.Azure).Bounds[1].IDs); diff != "" {
		t.Error(diff)
	}
}
