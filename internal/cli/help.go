package cli

// helpCommand lists help among the commands. It has no Run, since `help x` becomes `x --help`.
type helpCommand struct {
	Command []string `arg:"" optional:"" help:"The command."`
}
