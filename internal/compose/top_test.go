package compose_test

import (
	"strings"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/compose"
	"github.com/rocket-gateway/rocket-gateway/internal/fault"
)

func TestTop(t *testing.T) {
	const a, b, c = `{"id":"a", "actual":10.50,"last":1e2,"forecast":null}`, `{"id":"b","actual":0.5,"last":"7"}`, `{"id":"c","actual":-11}`
	for _, tt := range []struct{ name, list, top, currency, want string }{
		{
			"no rows", " [ ] ", "[]", "",
			`{"rows":[],"others":{"count":0,"last":null,"actual":null,"forecast":null},` +
				`"total":{"count":0,"last":null,"actual":null,"forecast":null}}`,
		},
		{
			"some rows", "[" + a + "," + b + "," + c + "]", "[" + a + "]", "BRL",
			`{"currency":"BRL","rows":[` + a + `],"others":{"count":2,"last":null,"actual":-10.5,"forecast":null},` +
				`"total":{"count":3,"last":100,"actual":0,"forecast":null}}`,
		},
		{
			"all rows", "[" + b + "]", "[" + b + "]", "",
			`{"rows":[` + b + `],"others":{"count":0,"last":null,"actual":null,"forecast":null},` +
				`"total":{"count":1,"last":null,"actual":0.5,"forecast":null}}`,
		},
		{
			"a sum of zero is a sum", "[" + c + `,{"actual":1},{"actual":-1.0}]`, "[" + c + "]", "",
			`{"rows":[` + c + `],"others":{"count":2,"last":null,"actual":0,"forecast":null},` +
				`"total":{"count":3,"last":null,"actual":-11,"forecast":null}}`,
		},
		{
			"out of bounds, doubled, no object", `[{"last":1e401,"actual":1,"actual":2,"forecast":` + strings.Repeat("1", 65) + `},7,{"last":-0.0}]`,
			"[]", "",
			`{"rows":[],"others":{"count":3,"last":0,"actual":null,"forecast":null},"total":{"count":3,"last":0,"actual":null,"forecast":null}}`,
		},
		{
			"no value but its sum is exact", `[{"actual":9007199254740993},{"actual":0.1},{"actual":0.2}]`, `[{"actual":9007199254740993}]`, "",
			`{"rows":[{"actual":9007199254740993}],"others":{"count":2,"last":null,"actual":0.3,"forecast":null},` +
				`"total":{"count":3,"last":null,"actual":9007199254740993.3,"forecast":null}}`,
		},
	} {
		got, err := compose.Top([]byte(tt.list), []byte(tt.top), tt.currency)
		if err != nil || string(got) != tt.want {
			t.Errorf("%s: %v\n got %s\nwant %s", tt.name, err, got, tt.want)
		}
	}
}

var noArrays = []string{"", "{}", "null", "[", `[{"id":"secret"}`}

func TestTopOfNoArray(t *testing.T) {
	for _, body := range noArrays {
		for _, bodies := range [][2]string{{body, "[]"}, {"[]", body}} {
			if _, err := compose.Top([]byte(bodies[0]), []byte(bodies[1]), ""); err == nil || strings.Contains(err.Error(), "secret") ||
				fault.Of(err).Kind != fault.UpstreamInvalidResponse {
				t.Errorf("%q: %v", bodies, err)
			}
		}
	}
}
