package upstream_test

import (
	"bytes"
	"compress/flate"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
)

// encoded sends content under a Content-Encoding.
func encoded(coding string, content []byte) response {
	return func(w http.ResponseWriter, _ *http.Request, _ int) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Encoding", coding)
		_, _ = w.Write(content)
	}
}

func deflated(content string) []byte {
	var b bytes.Buffer
	w, _ := flate.NewWriter(&b, flate.DefaultCompression)
	_, _ = io.WriteString(w, content)
	_ = w.Close()
	return b.Bytes()
}

// unlike is a response that a failure must name. The detail contains detail, and the error does not contain not.
type unlike struct {
	rocket      response
	kind        fault.Kind
	status      int
	detail, not string
}

var misunderstood = map[string]unlike{
	"304":               {responds(304), fault.UpstreamInvalidResponse, 304, "304 (Not Modified)", "redirect"},
	"302":               {redirects(302, "/"), fault.UpstreamInvalidResponse, 302, "redirect", "304"},
	"206":               {responds(206), fault.UpstreamInvalidResponse, 206, "206 instead of 200", ""},
	"a byte order mark": {returns("\xef\xbb\xbf[]"), fault.UpstreamInvalidResponse, 200, "byte order mark", "array"},
	"deflate":           {encoded("deflate", deflated("[]")), fault.UpstreamInvalidResponse, 200, "(deflate)", "array"},
	"x-gzip":            {encoded("X-Gzip", zip([]byte("[]"))), fault.UpstreamInvalidResponse, 200, "(x-gzip)", "array"},
	"gzip twice": {
		encoded("gzip, gzip", zip(zip([]byte("[]")))), fault.UpstreamInvalidResponse, 200, "(unknown to the gateway)", "array",
	},
	"an unknown encoding": {encoded("Bearer s3cret", []byte("[]")), fault.UpstreamInvalidResponse, 200, "(unknown to the gateway)", "s3cret"},
	"gzip that is none": {
		encoded("gzip", []byte("[] and more than a header of gzip")), fault.UpstreamInvalidResponse, 200, "not valid gzip", "reached",
	},
	"gzip that is damaged": {encoded("gzip", damaged(zip([]byte("[]")))), fault.UpstreamInvalidResponse, 200, "not valid gzip", "reached"},
	"gzip that is short":   {encoded("gzip", []byte("[]")), fault.UpstreamInvalidResponse, 200, "not valid gzip", "reached"},
	"gzip without its end": {encoded("gzip", zip([]byte("[]"))[:20]), fault.UpstreamInvalidResponse, 200, "not valid gzip", "reached"},
}

// damaged changes the checksum of a gzip file.
func damaged(file []byte) []byte {
	file[len(file)-8] ^= 1
	return file
}

func wantNamed(t *testing.T, err error, c unlike) {
	t.Helper()
	e := wantFault(t, err, c.kind, c.status)
	if !strings.Contains(e.Detail, c.detail) || c.not != "" && strings.Contains(e.Error(), c.not) {
		t.Errorf("got %q, want %q, not %q", e, c.detail, c.not)
	}
}

func TestFailuresNameTheResponse(t *testing.T) {
	for name, c := range misunderstood {
		t.Run(name, func(t *testing.T) {
			r := start(t, nil, c.rocket)
			_, err := fetch(t, connect(t, options(t, r.URL)), usages(t))
			wantNamed(t, err, c)
			r.wantCounts(t, 1, 1)
		})
	}
}

func TestFailedLoginsNameTheResponse(t *testing.T) {
	for name, c := range misunderstood {
		t.Run(name, func(t *testing.T) {
			r := start(t, c.rocket, returns("[]"))
			_, err := fetch(t, connect(t, options(t, r.URL)), usages(t))
			wantNamed(t, err, c)
			r.wantCounts(t, 1, 0)
		})
	}
}

func TestIdentityIsNoEncoding(t *testing.T) {
	r := start(t, nil, encoded("identity", []byte("[]")))
	mustFetch(t, connect(t, options(t, r.URL)))
}

// Only a login that is refused for its credentials is about the password.
func TestRefusalsNameWhatToChange(t *testing.T) {
	for name, c := range map[string]struct {
		login, data response
		status      int
		detail, not string
	}{
		"login 400":         {responds(400), nil, 400, "user name or password", "permissions"},
		"login 401":         {responds(401), nil, 401, "user name or password", "permissions"},
		"login 403":         {responds(403), nil, 403, "not allow the gateway's service account to log in", "password"},
		"request 403":       {nil, responds(403), 403, "permissions extended at Rocket", "user name"},
		"request 401, 401":  {nil, responds(401), 401, "access at Rocket", "password"},
		"oauth: login 403":  {responds(403), nil, 403, "to log in", "password"},
		"oauth: login 401 ": {responds(401), nil, 401, "user name or password", "permissions"},
	} {
		t.Run(name, func(t *testing.T) {
			r := start(t, c.login, c.data)
			o := options(t, r.URL)
			if strings.HasPrefix(name, "oauth") {
				o = oauthOptions(t, r.URL)
			}
			_, err := fetch(t, connect(t, o), usages(t))
			wantNamed(t, err, unlike{nil, fault.UpstreamCredentials, c.status, c.detail, c.not})
		})
	}
}
