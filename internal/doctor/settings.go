package doctor

import (
	"context"
	"strings"
)

// configuration has a line for each fault, or one for all settings and one for each warning.
func (d *doctor) configuration() (checks []check) {
	add := func(r result) {
		checks = append(checks, check{name: "configuration", run: func(context.Context) result { return r }})
	}
	for _, line := range d.Faults {
		name, _, _ := strings.Cut(line, ":")
		add(fail("correct "+name+" and run doctor again", "%s", line))
	}
	if len(checks) > 0 {
		return checks
	}
	add(good("%d settings; `gateway config` shows them", d.Settings))
	for _, line := range d.Warnings {
		name, _, _ := strings.Cut(line, " ")
		add(warn("correct or unset "+name+", unless it is meant", "%s", line))
	}
	return checks
}
