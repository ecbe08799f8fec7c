package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// completeCommand is what the scripts of completionCommand call. It follows the model of all commands: a new one needs nothing here.
type completeCommand struct {
	Words []string `arg:"" optional:""`
}

// Run prints what the last word may become, one possibility a line.
func (c completeCommand) Run(p process, parser *kong.Kong) error {
	if len(c.Words) == 0 {
		return nil
	}
	before, last := c.Words[:len(c.Words)-1], c.Words[len(c.Words)-1]
	if len(before) > 0 && before[0] == "help" {
		before = before[1:]
	}
	for _, word := range candidates(parser.Model.Node, before, strings.HasPrefix(last, "-")) {
		if strings.HasPrefix(word, last) {
			fmt.Fprintln(p.stdout, word)
		}
	}
	return nil
}

// candidates returns what may follow the words: values of the flag that the last one is, else flags, sub-commands or values of an
// argument. It is empty if any text may follow.
func candidates(node *kong.Node, words []string, flags bool) (all []string) {
	var open *kong.Flag // waits for its value
	for _, word := range words {
		if open != nil {
			open = nil
		} else if child := childOf(node, word); child != nil {
			node = child
		} else if flag := flagOf(node, word); flag != nil && !flag.IsBool() {
			open = flag
		}
	}
	switch {
	case open != nil:
		return values(open.Value)
	case flags:
		for _, flag := range flagsOf(node) {
			all = append(all, "--"+flag.Name)
		}
	case len(node.Positional) > 0:
		return values(node.Positional[0])
	default:
		for _, child := range node.Children {
			if !child.Hidden {
				all = append(all, child.Name)
			}
		}
	}
	return all
}

func values(v *kong.Value) []string {
	if v.Enum == "" {
		return nil
	}
	return v.EnumSlice()
}

func childOf(node *kong.Node, name string) *kong.Node {
	if i := slices.IndexFunc(node.Children, func(c *kong.Node) bool { return c.Name == name }); i >= 0 {
		return node.Children[i]
	}
	return nil
}

func flagOf(node *kong.Node, word string) *kong.Flag {
	flags := flagsOf(node)
	if i := slices.IndexFunc(flags, func(f *kong.Flag) bool { return "--"+f.Name == word }); i >= 0 {
		return flags[i]
	}
	return nil
}

// flagsOf returns the flags that may follow a command, those of its default sub-command among them.
func flagsOf(node *kong.Node) []*kong.Flag {
	if node.DefaultCmd != nil {
		node = node.DefaultCmd
	}
	return slices.Concat(node.AllFlags(true)...)
}
