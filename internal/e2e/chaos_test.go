//go:build chaos

package e2e_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"text/tabwriter"
	"time"
)

var (
	rowPattern = flag.String("row", "", "regular expression that selects rows of TestChaos by name")
	seed       = flag.Uint64("seed", rand.Uint64(), "seed of the random choices of TestChaos")
)

// row is one scenario. It starts what it needs, breaks it under load, and checks its own criteria.
type row struct {
	name string
	run  func(t *trial)
}

// rows returns all scenarios in the order of the table.
func rows() []row {
	all := []row{{"hits, all is well", hitsWhileHealthy}}
	for _, group := range [][]row{
		coldRows, leaseRows, redisRows, frozenRows, memoryRows, purgeRows, lostRows, aclRows, failoverRows, rocketRows, outageRows, rollingRows,
		mixedRows,
	} {
		all = append(all, group...)
	}
	return all
}

// TestChaos runs the rows that -row selects against real processes and prints their table. `make chaos` calls it.
func TestChaos(t *testing.T) {
	selected, err := regexp.Compile(*rowPattern)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Printf("seed %d\n", *seed)
	endOnSignal(t)
	table := &strings.Builder{}
	columns := tabwriter.NewWriter(table, 0, 0, 1, ' ', 0)
	fmt.Fprint(columns, tableHeader)
	healthy := startHealthyFleet(t)
	for _, r := range rows() {
		if selected.MatchString(r.name) {
			fmt.Fprint(columns, r.report(t, healthy))
		}
	}
	_ = columns.Flush()
	fmt.Fprintf(os.Stdout, "\n%s", table)
}

// report runs the row, prints its progress and returns its line of the table.
func (r row) report(t *testing.T, healthy *fleet) (line string) {
	fmt.Printf("%s\n", r.name)
	begun := time.Now()
	t.Run(r.name, func(t *testing.T) {
		rocket := startRocket(t)
		trial := &trial{T: t, fleet: &fleet{rocket: rocket}, healthy: healthy, client: newClient(t), rand: r.rand()}
		verdict := "skipped"
		defer func() {
			if t.Failed() {
				verdict = "FAILED"
			}
			line = trial.line(r.name, verdict)
			fmt.Printf("  %s after %s: %s\n", verdict, time.Since(begun).Round(time.Second), trial.summary())
			for _, b := range trial.broken {
				fmt.Printf("  - %s\n", b)
			}
		}()
		r.run(trial)
		verdict = "ok"
	})
	return line
}

// rand returns the row's random choices; they do not depend on which other rows run.
func (r row) rand() *rand.Rand {
	sum := uint64(0)
	for _, c := range []byte(r.name) {
		sum = sum*31 + uint64(c)
	}
	return rand.New(rand.NewPCG(*seed, sum))
}

// endOnSignal ends the processes of the row that runs, also stopped ones, if this process is interrupted or terminated.
func endOnSignal(t *testing.T) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	t.Cleanup(func() {
		signal.Stop(signals)
		close(signals)
	})
	go func() {
		if _, ok := <-signals; ok {
			_ = exec.Command("pkill", "-KILL", "-P", strconv.Itoa(os.Getpid())).Run()
			os.Exit(1)
		}
	}()
}
