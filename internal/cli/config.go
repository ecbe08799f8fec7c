package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"

	"github.com/rocket-gateway/rocket-gateway/internal/app"
	"github.com/rocket-gateway/rocket-gateway/internal/config"
)

type configCommand struct {
	JSON bool `short:"j" help:"One JSON document with the settings and the warnings. -json is the same."`
}

// Run prints a table of the settings, then the warnings. Faults are an error, as for serve.
func (c configCommand) Run(p process) error {
	settings, err := app.Load(p.environ)
	if err != nil {
		return err
	}
	warnings := slices.Concat(settings.Warnings, settings.MemoryWarnings(p.memory()))
	if c.JSON {
		return writeSettings(p.stdout, settings.Origins, warnings)
	}
	table := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "VARIABLE\tVALUE\tSOURCE")
	for _, o := range settings.Origins {
		fmt.Fprintf(table, "%s\t%s\t%s\n", o.Name, o.Value, o.Source)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for _, w := range warnings {
		fmt.Fprintln(p.stderr, "warning:", w)
	}
	return nil
}

func writeSettings(w io.Writer, settings []config.Origin, warnings []string) error {
	out := json.NewEncoder(w)
	out.SetIndent("", "  ")
	out.SetEscapeHTML(false)
	return out.Encode(struct {
		Settings []config.Origin `json:"settings"`
		Warnings []string        `json:"warnings"`
	}{settings, append([]string{}, warnings...)})
}
