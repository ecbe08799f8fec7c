package cli

import (
	"fmt"
	"slices"
	"text/tabwriter"

	"github.com/rocket-gateway/rocket-gateway/internal/app"
)

type configCommand struct{}

// Run prints a table of the settings, then the warnings. Faults are an error, as for serve.
func (configCommand) Run(p process) error {
	c, err := app.Load(p.environ)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "VARIABLE\tVALUE\tSOURCE")
	for _, o := range c.Origins {
		fmt.Fprintf(table, "%s\t%s\t%s\n", o.Name, o.Value, o.Source)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for _, w := range slices.Concat(c.Warnings, c.MemoryWarnings(p.memory())) {
		fmt.Fprintln(p.stderr, "warning:", w)
	}
	return nil
}
