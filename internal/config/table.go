package config

import "strings"

// Table is the README's table of settings, in Markdown.
func Table() string {
	var b strings.Builder
	b.WriteString("| variable | default | meaning |\n| --- | --- | --- |\n")
	for _, s := range settings {
		shown := s.shown
		if shown == "" && s.fallback != "" {
			shown = "`" + s.fallback + "`"
		}
		meaning := s.meaning
		if s.secret {
			meaning += " (secret)"
		}
		b.WriteString("| `" + s.name + "` | " + shown + " | " + meaning + " |\n")
	}
	return b.String()
}
