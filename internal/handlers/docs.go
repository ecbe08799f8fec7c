package handlers

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strconv"

	"github.com/go-chi/chi/v5"
	"github.com/swaggest/swgui/v5/static"
	"github.com/vearutop/statigz"
	"go.yaml.in/yaml/v4"

	"github.com/rocket-gateway/rocket-gateway/api"
)

//go:embed docs
var docs embed.FS

// docsPolicy lets the page run its own files and talk to its own host, and nothing else.
const docsPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// mountDocs serves the contract and Swagger UI from embedded files.
func (s *Server) mountDocs(r chi.Router) error {
	contract := withBasePath(api.YAML, s.BasePath)
	asJSON, err := toJSON(contract)
	if err != nil {
		return fmt.Errorf("openapi.yaml: %w", err)
	}
	r.Get("/openapi.yaml", func(w http.ResponseWriter, r *http.Request) { serveStatic(w, r, "openapi.yaml", contract) })
	r.Get("/openapi.json", func(w http.ResponseWriter, r *http.Request) { serveStatic(w, r, "openapi.json", asJSON) })
	r.Get("/docs", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, s.BasePath+"/docs/", http.StatusMovedPermanently)
	})
	assets := http.StripPrefix("/docs/assets", statigz.FileServer(static.FS, statigz.OnNotFound(s.notFound)))
	r.Get("/docs/assets/*", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "public, max-age=3600")
		assets.ServeHTTP(w, r)
	})
	r.Get("/docs/*", s.docsFile)
	return nil
}

// docsFile serves our own few files of the page.
func (s *Server) docsFile(w http.ResponseWriter, r *http.Request) {
	name := chi.URLParam(r, "*")
	if name == "" {
		name = "index.html"
	}
	content, err := fs.ReadFile(docs, path.Join("docs", name))
	if err != nil {
		s.notFound(w, r)
		return
	}
	w.Header().Set("Content-Security-Policy", docsPolicy)
	serveStatic(w, r, name, content)
}

// mediaTypes are given by name: a system's own table may know others.
var mediaTypes = map[string]string{
	".html": "text/html; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".yaml": "application/yaml",
	".json": "application/json",
}

// serveStatic sends a file that changes with the release alone. It is asked for again each time, and mostly not sent again.
// The whole file or nothing: no ranges.
func serveStatic(w http.ResponseWriter, r *http.Request, name string, content []byte) {
	sum := sha256.Sum256(content)
	tag := `"` + base64.RawURLEncoding.EncodeToString(sum[:16]) + `"`
	w.Header().Set("ETag", tag)
	w.Header().Set("Cache-Control", "no-cache")
	if matches(r.Header["If-None-Match"], tag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	w.Header().Set("Content-Type", mediaTypes[path.Ext(name)])
	w.Header().Set("Content-Length", strconv.Itoa(len(content)))
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		_, _ = w.Write(content) //nolint:gosec // embedded files of ours
	}
}

// withBasePath makes the prefix of an ingress the contract's server.
func withBasePath(contract []byte, basePath string) []byte {
	return bytes.Replace(contract, []byte("\n  - url: /\n"), []byte("\n  - url: "+basePath+"/\n"), 1)
}

func toJSON(contract []byte) ([]byte, error) {
	var value any
	if err := yaml.Unmarshal(contract, &value); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", " ")
	err := encoder.Encode(value)
	return b.Bytes(), err
}
