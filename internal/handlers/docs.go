package handlers

import (
	"bytes"
	"embed"
	"html/template"
	"net/http"
	"path"
	"strings"

	"github.com/go-chi/chi/v5"
	swaggerui "github.com/swaggest/swgui/v5/static"
)

//go:embed docs
var docs embed.FS

// startText is the body of the page at /, in the frame of the explanations.
//
//go:embed start.html
var startText string

// docsPolicy lets the page run its own files and talk to its own host, and nothing else.
const docsPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// mountDocs serves the start page, the contract and Swagger UI from embedded files.
func mountDocs(r chi.Router, o Options, problems problems) error {
	start, err := startPage(problems.basePath)
	if err != nil {
		return err
	}
	pages, err := readAll(docs, "docs", docsPolicy, revalidate)
	if err != nil {
		return err
	}
	page, err := newDocsPage(o.Login)
	if err != nil {
		return err
	}
	assets, err := readAll(swaggerui.FS, ".", "", "public, max-age=3600")
	if err != nil {
		return err
	}
	asYAML, asJSON := newContract(o).files()
	r.Get("/", start.serve)
	r.Get("/openapi.yaml", asYAML.serve)
	r.Get("/openapi.json", asJSON.serve)
	r.Get("/docs", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, problems.basePath+"/docs/", http.StatusMovedPermanently)
	})
	r.Get("/docs/*", page.or(oneOf(pages, "*", problems)))
	r.Get("/docs/assets/*", oneOf(assets, "*", problems))
	return nil
}

// startPage returns the page at /, which says what this is and links to the docs.
func startPage(basePath string) (*static, error) {
	text, err := template.New("start").Parse(startText)
	if err != nil {
		return nil, err
	}
	var body bytes.Buffer
	if err := text.Execute(&body, basePath); err != nil {
		return nil, err
	}
	return framed("start.html", map[string]any{
		"Title": "rocket-gateway", "Text": template.HTML(body.String()), //nolint:gosec // made of an embedded file of ours
	})
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
