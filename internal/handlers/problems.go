package handlers

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"

	"github.com/go-chi/chi/v5"
)

// explanations has one page body for each kind, and the frame around it.
//
//go:embed problems/*.html
var explanations embed.FS

const pagePolicy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// mountProblems renders every page once; a kind without an explanation is a fault of ours.
func (s *Server) mountProblems(r chi.Router) error {
	frame, err := template.ParseFS(explanations, "problems/frame.html")
	if err != nil {
		return err
	}
	pages := make(map[string]*static, len(kinds))
	for name, kind := range kinds {
		text, err := explanations.ReadFile("problems/" + string(name) + ".html")
		if err != nil {
			return fmt.Errorf("problem %s has no explanation: %w", name, err)
		}
		var page bytes.Buffer
		err = frame.Execute(&page, map[string]any{
			"Type": string(name), "Title": kind.title, "Status": kind.status, "StatusText": http.StatusText(kind.status),
			"Text": template.HTML(text), //nolint:gosec // embedded files of ours
		})
		if err != nil {
			return err
		}
		pages[string(name)] = newStatic(string(name)+".html", page.Bytes(), pagePolicy)
	}
	r.Get(problemsPath+"{type}", s.oneOf(pages, "type"))
	return nil
}
