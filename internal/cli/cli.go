package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"os"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/rocket-gateway/rocket-gateway/internal/version"
)

// process is what the commands need of the process that they run in.
type process struct {
	environ        []string
	root           fs.FS // the system's files, for its limits
	stdin          io.Reader
	stdout, stderr io.Writer
}

// commands are the sub-commands; each has a file of its own.
type commands struct {
	ShowVersion kong.VersionFlag `name:"version" help:"Print the version."`

	Serve       serveCommand       `cmd:"" help:"Serve the API, with settings from the environment."`
	Demo        demoCommand        `cmd:"" help:"Serve the API on loopback in front of a built-in simulator of Rocket. Needs nothing else."`
	Doctor      doctorCommand      `cmd:"" help:"Check everything that the gateway depends on, and print what to do."`
	Config      configCommand      `cmd:"" help:"Print the effective settings and their sources, with masked secrets."`
	Warm        warmCommand        `cmd:"" help:"Send queries to a gateway, so that later callers find them cached."`
	Purge       purgeCommand       `cmd:"" help:"Make cached entries stale, or delete them, in all replicas."`
	Explain     explainCommand     `cmd:"" help:"Print what the gateway would do with a request now, and why. Sends no request to Rocket."`
	Token       tokenCommand       `cmd:"" help:"Make a development token, or explain one."`
	Healthcheck healthcheckCommand `cmd:"" help:"Exit with 0 if the gateway at ADMIN_ADDR is alive, for images without a shell."`
	Version     versionCommand     `cmd:"" help:"Print the version."`
	Completion  completionCommand  `cmd:"" help:"Print a script for a shell that completes commands, flags and their values."`
	Complete    completeCommand    `cmd:"" hidden:""`
	Help        helpCommand        `cmd:"" help:"Print the help of a command."`
}

const (
	exitOK    = 0
	exitFault = 1
	exitUsage = 2
)

// errReported is a failure that the command itself has reported.
var errReported = errors.New("reported")

// Main runs the command that args name, without the program's name, in the current process. It returns the exit status.
func Main(args []string) int {
	return run(untilSignal(), args, process{
		environ: os.Environ(), root: os.DirFS("/"), stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr,
	})
}

func run(ctx context.Context, args []string, p process) int {
	// net/http's client writes unsolicited data of a server, a token for example, to the standard logger, and knows no other.
	log.SetOutput(io.Discard)
	exited := -1
	parser, err := kong.New(&commands{},
		kong.Name("gateway"),
		kong.Description("A caching REST gateway in front of Rocket."),
		kong.Writers(p.stdout, p.stderr),
		kong.Exit(func(code int) { exited = code }),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(p),
		kong.Vars{"version": version.Line("gateway")},
		kong.UsageOnError(),
	)
	if err != nil {
		return p.fail(err, exitFault)
	}
	command, err := parser.Parse(conventional(args))
	switch {
	case exited >= 0: // by --help or --version
		return exited
	case err != nil:
		return p.fail(err, exitUsage)
	}
	if err := command.Run(); errors.Is(err, errReported) {
		return exitFault
	} else if err != nil {
		return p.fail(err, exitFault)
	}
	return exitOK
}

// conventional replaces forms that other commands have: -json, as Go's own, which kong would read as four short flags, and help.
func conventional(args []string) []string {
	args = slices.Clone(args)
	if len(args) > 0 && args[0] == "help" {
		args = append(args[1:], "--help")
	}
	for i, a := range args {
		if a == "-json" {
			args[i] = "--json"
		}
	}
	return args
}

// fail prints the error, one line for each fault, and returns the status.
func (p process) fail(err error, status int) int {
	for line := range strings.SplitSeq(err.Error(), "\n") {
		fmt.Fprintln(p.stderr, "gateway:", line)
	}
	return status
}
