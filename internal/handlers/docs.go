package handlers

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

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
func (s *Server) mountDocs(r chi.Router) error {
	contract := withBasePath(api.YAML, s.BasePath)
	asJSON, err := toJSON(contract)
	if err != nil {
		return fmt.Errorf("openapi.yaml: %w", err)
	}
	r.Get("/openapi.yaml", newStatic("openapi.yaml", contract, "").serve)
	r.Get("/openapi.json", newStatic("openapi.json", asJSON, "").serve)
	r.Get("/docs", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, s.BasePath+"/docs/", http.StatusMovedPermanently)
	})
	pages, err := readAll(docs, "docs", func(name string, content []byte) *static { return newStatic(name, content, docsPolicy) })
	if err != nil {
		return err
	}
	pages[""] = pages["index.html"]
	assets, err := readAll(swaggerui.FS, ".", func(name string, content []byte) *static {
		plain, packed := strings.CutSuffix(name, ".gz")
		return newAsset(plain, content, packed)
	})
	if err != nil {
		return err
	}
	r.Get("/docs/*", s.oneOf(pages, "*"))
	r.Get("/docs/assets/*", s.oneOf(assets, "*"))
	return nil
}

// readAll reads the files of a directory. Their keys are the names without ".gz".
func readAll(files embed.FS, directory string, read func(name string, content []byte) *static) (map[string]*static, error) {
	entries, err := files.ReadDir(directory)
	if err != nil {
		return nil, err
	}
	all := make(map[string]*static, len(entries))
	for _, e := range entries {
		content, err := files.ReadFile(strings.TrimPrefix(directory+"/", "./") + e.Name())
		if err != nil {
			return nil, err
		}
		all[strings.TrimSuffix(e.Name(), ".gz")] = read(e.Name(), content)
	}
	return all, nil
}

// oneOf serves the content that a parameter of the route names.
func (s *Server) oneOf(all map[string]*static, parameter string) http.HandlerFunc {
	return s.handler(func(w http.ResponseWriter, r *http.Request) error {
		f, ok := all[chi.URLParam(r, parameter)]
		if !ok {
			return notFound(w, r)
		}
		f.serve(w, r)
		return nil
	})
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
