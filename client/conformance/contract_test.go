package conformance_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"

	"github.com/rocket-gateway/rocket-gateway/api"
	"github.com/rocket-gateway/rocket-gateway/client"
)

// contract is what these tests read of api/openapi.yaml.
type contract struct {
	Paths map[string]struct {
		Get operation `yaml:"get"`
	} `yaml:"paths"`
	Components struct {
		Parameters map[string]struct {
			Name string `yaml:"name"`
			In   string `yaml:"in"`
		} `yaml:"parameters"`
		Responses map[string]struct {
			Content map[string]struct {
				Examples map[string]any `yaml:"examples"`
			} `yaml:"content"`
		} `yaml:"responses"`
	} `yaml:"components"`
}

type operation struct {
	OperationID string `yaml:"operationId"`
	Parameters  []struct {
		Ref string `yaml:"$ref"`
	} `yaml:"parameters"`
}

func theContract(t *testing.T) (c contract) {
	t.Helper()
	if err := yaml.Unmarshal(api.YAML, &c); err != nil {
		t.Fatal(err)
	}
	return c
}

// parameters returns the names of an operation's parameters, but for those of CSV.
func (c contract) parameters(o operation) (names []string) {
	for _, p := range o.Parameters {
		p := c.Components.Parameters[p.Ref[strings.LastIndexByte(p.Ref, '/')+1:]]
		if p.In != "path" && p.Name != "format" && p.Name != "csv" {
			names = append(names, p.Name)
		}
	}
	slices.Sort(names)
	return names
}

// method returns the client's method for an operation, and its parameters with a change.
func (o operation) method(t *testing.T, c *client.Client, change func(params reflect.Value)) func() (raw []byte, body any) {
	t.Helper()
	method := reflect.ValueOf(c).MethodByName(strings.TrimPrefix(o.OperationID, "get"))
	if !method.IsValid() {
		t.Fatalf("the client has no method for %s", o.OperationID)
	}
	in := []reflect.Value{reflect.ValueOf(t.Context())}
	if method.Type().NumIn() == 3 {
		params := reflect.New(method.Type().In(2)).Elem()
		change(params)
		in = append(in, reflect.ValueOf(client.Azure), params)
	}
	return func() ([]byte, any) {
		t.Helper()
		out := method.Call(in)
		if err := out[1].Interface(); err != nil {
			t.Fatalf("%s: %v", o.OperationID, err)
		}
		return out[0].Elem().FieldByName("Raw").Bytes(), out[0].Elem().FieldByName("Body").Interface()
	}
}

// The client decodes the response of each operation, and loses nothing of it.
func TestOperations(t *testing.T) {
	g := start(t, "BILLING_CURRENCY=BRL")
	for name, who := range map[string]profile{
		"all": everything(client.Azure), "one reseller": {client.Azure, "resellers", []string{"1153013"}},
	} {
		c := g.client(who)
		for path, item := range theContract(t).Paths {
			raw, body := item.Get.method(t, c, func(params reflect.Value) {
				if until := params.FieldByName("Until"); until.IsValid() {
					until.SetString(june)
				} else {
					params.FieldByName("Period").SetString(june)
				}
			})()
			encoded, err := json.Marshal(body)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(parsed(t, raw), parsed(t, encoded)); diff != "" || len(raw) < 20 {
				t.Errorf("%s, %s: -body +decoded and encoded:\n%s", name, path, diff)
			}
		}
	}
}

// parsed returns a JSON value, with all digits of its numbers.
func parsed(t *testing.T, text []byte) (value any) {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&value); err != nil {
		t.Fatalf("%v: %.200s", err, text)
	}
	return value
}

// Each parameter of the contract is a field, and is sent.
func TestParameters(t *testing.T) {
	var sent *http.Request
	transport := roundTripper(func(r *http.Request) *http.Response {
		sent = r
		return &http.Response{
			StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader("null")), Request: r,
		}
	})
	c, err := client.New("http://gateway", client.WithHTTPClient(&http.Client{Transport: transport}))
	if err != nil {
		t.Fatal(err)
	}
	spec := theContract(t)
	for path, item := range spec.Paths {
		fields := map[string]string{} // by value
		item.Get.method(t, c, func(params reflect.Value) {
			for i := range params.NumField() {
				name, value := params.Type().Field(i).Name, strconv.Itoa(100+i)
				switch field := params.Field(i); field.Kind() {
				case reflect.Int:
					field.SetInt(int64(100 + i))
				case reflect.Slice:
					field.Set(reflect.ValueOf([]string{value}))
				default:
					field.SetString(value)
				}
				fields[value] = name
			}
		})()
		if want := strings.Replace(path, "{provider}", "azure", 1); sent.URL.Path != want {
			t.Errorf("%s: sent to %s", path, sent.URL.Path)
		}
		got := sent.URL.Query()
		for _, name := range []string{"If-None-Match", "Cache-Control"} {
			if value := sent.Header.Get(name); value != "" {
				got.Set(name, value)
			}
		}
		var names []string
		for name, values := range got {
			names = append(names, name)
			delete(fields, values[0])
		}
		slices.Sort(names)
		if diff := cmp.Diff(spec.parameters(item.Get), names); diff != "" || len(fields) > 0 {
			t.Errorf("%s: -contract +client:\n%s\nfields that are not sent: %v", path, diff, fields)
		}
	}
}

type roundTripper func(*http.Request) *http.Response

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r), nil }
