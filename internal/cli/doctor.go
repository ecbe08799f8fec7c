package cli

import (
	"context"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/app"
	"github.com/rocket-gateway/rocket-gateway/internal/doctor"
)

type doctorCommand struct {
	Account string `help:"The service account to check, if there are several. Default: the first."`
	JSON    bool   `short:"j" help:"One JSON document at the end instead of a line for each check. -json is the same."`
}

// Run checks everything that serve would depend on, with the same settings. The exit status is 1 if a check fails, or if a signal
// interrupts it; it then prints what it has checked.
func (d doctorCommand) Run(ctx context.Context, p process) error {
	o, closeAll, err := app.DoctorOptions(p.environ, d.Account)
	if err != nil {
		return err
	}
	defer closeAll()
	text := doctor.Text{W: p.stdout, Terminal: p.colours(p.stdout)}
	o.Progress, o.End = text.Progress, text.End
	if d.JSON {
		o.Progress, o.End = func(doctor.Progress) {}, func(doctor.Finding) {}
	}
	started := time.Now()
	report := doctor.Run(ctx, o)
	if d.JSON {
		err = report.Write(p.stdout)
	} else {
		text.Sum(report, time.Since(started))
	}
	if err == nil && (report.Outcome == doctor.Failed || report.Interrupted) {
		err = errReported
	}
	return err
}
