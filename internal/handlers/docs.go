package handlers

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"

	"github.com/go-chi/chi/v5"
	swaggerui "github.com/swaggest/swgui/v5/static"
	"go.yaml.in/yaml/v4"

	"github.com/rocket-gateway/rocket-gateway/api"
)

//go:embed docs
var docs embed.FS

// docsPolicy lets the page run its own files and talk to its own host, and nothing else.
const docsPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// mountDocs serves the contract and Swagger UI from embedded files.
func mountDocs(r chi.Router, problems problems) error {
	asJSON, err := contractJSON()
	if err != nil {
		return fmt.Errorf("openapi.yaml: %w", err)
	}
	pages, err := readAll(docs, "docs", docsPolicy, revalidate)
	if err != nil {
		return err
	}
	assets, err := readAll(swaggerui.FS, ".", "", "public, max-age=3600")
	if err != nil {
		return err
	}
	pages[""] = pages["index.html"]
	r.Get("/openapi.yaml", newStatic("openapi.yaml", onServer(api.YAML, "url: /", problems.basePath), "", revalidate).serve)
	r.Get("/openapi.json", newStatic("openapi.json", onServer(asJSON, `"url": "/`, problems.basePath), "", revalidate).serve)
	r.Get("/docs", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, problems.basePath+"/docs/", http.StatusMovedPermanently)
	})
	r.Get("/docs/*", oneOf(pages, "*", problems))
	r.Get("/docs/assets/*", oneOf(assets, "*", problems))
	return nil
}

// readAll reads the files of a directory. Their keys are the names without ".gz".
func readAll(files embed.FS, directory, policy, cacheControl string) (map[string]*static, error) {
	entries, err := files.ReadDir(directory)
	if err != nil {
		return nil, err
	}
	all := make(map[string]*static, len(entries))
	for _, e := range entries {
		content, err := files.ReadFile(path.Join(directory, e.Name()))
		if err != nil {
			return nil, err
		}
		all[strings.TrimSuffix(e.Name(), ".gz")] = newStatic(e.Name(), content, policy, cacheControl)
	}
	return all, nil
}

// oneOf serves the content that a parameter of the route names.
func oneOf(all map[string]*static, parameter string, problems problems) http.HandlerFunc {
	return problems.handle(func(w http.ResponseWriter, r *http.Request) error {
		f, ok := all[chi.URLParam(r, parameter)]
		if !ok {
			return problems.notFound(w, r)
		}
		f.serve(w, r)
		return nil
	})
}

// onServer returns the contract with the prefix of an ingress in the URL of its server, which ends with a slash.
func onServer(contract []byte, url, basePath string) []byte {
	return bytes.Replace(contract, []byte(url), []byte(strings.TrimSuffix(url, "/")+basePath+"/"), 1)
}

// contractJSON returns the contract as JSON. It never changes, and reading the YAML is most of what building a server costs.
var contractJSON = sync.OnceValues(func() ([]byte, error) {
	var value any
	if err := yaml.Unmarshal(api.YAML, &value); err != nil {
		return nil, err
	}
	return encodeJSON(value, " ")
})

// mediaTypes are listed here because the system's own table may lack some.
var mediaTypes = map[string]string{
	".html": "text/html; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".png":  "image/png",
	".yaml": "application/yaml",
	".json": "application/json",
}

// static is content that changes with the release alone.
type static struct {
	mediaType    string
	policy       string // Content-Security-Policy; empty: that of all responses
	cacheControl string
	plain        func() representation
	gzip         *representation // nil: there is none
}

// representation is the content in one coding, with its strong validator.
type representation struct {
	content []byte
	etag    string
}

func newRepresentation(content []byte) representation {
	sum := sha256.Sum256(content)
	return representation{content, `"` + base64.RawURLEncoding.EncodeToString(sum[:16]) + `"`}
}

// revalidate is the Cache-Control of content that clients revalidate each time.
const revalidate = "no-cache"

// newStatic returns a file. Most of Swagger UI is embedded as gzip alone; it is decompressed for the first client that does not accept
// gzip.
func newStatic(name string, content []byte, policy, cacheControl string) *static {
	name, zipped := strings.CutSuffix(name, ".gz")
	embedded := newRepresentation(content)
	f := &static{mediaType: mediaTypes[path.Ext(name)], policy: policy, cacheControl: cacheControl}
	if zipped {
		f.gzip = &embedded
		f.plain = sync.OnceValue(func() representation { return newRepresentation(unzip(content)) })
	} else {
		f.plain = func() representation { return embedded }
	}
	return f
}

// unzip decompresses an embedded file, which cannot fail.
func unzip(packed []byte) (content []byte) {
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err == nil {
		content, err = io.ReadAll(r)
	}
	if err != nil {
		panic(err)
	}
	return content
}

// serve sends the whole content, or 304; there are no ranges.
func (f *static) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	if f.gzip != nil {
		h.Add("Vary", "Accept-Encoding")
	}
	chosen, zipped := f.gzip, f.gzip != nil && acceptsGzip(r.Header["Accept-Encoding"])
	if !zipped {
		plain := f.plain()
		chosen = &plain
	}
	if f.policy != "" {
		h.Set("Content-Security-Policy", f.policy)
	}
	h.Set("ETag", chosen.etag)
	h.Set("Cache-Control", f.cacheControl)
	if matches(r.Header["If-None-Match"], chosen.etag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	if zipped {
		h["Content-Encoding"] = gzipCoding
	}
	h.Set("Content-Type", f.mediaType)
	h.Set("Content-Length", strconv.Itoa(len(chosen.content)))
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		_, _ = w.Write(chosen.content)
	}
}
