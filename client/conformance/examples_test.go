package conformance_test

import (
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"strings"
	"testing"
)

// example is one of the client's.
type example struct{ name, code, output string }

// examples returns those of the client, whose code is as documentation shows it.
func examples(t *testing.T) (all []example) {
	t.Helper()
	const path = "../example_test.go"
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, path, content, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range doc.Examples(file) {
		block := e.Code.(*ast.BlockStmt)
		code := string(content[files.Position(block.Lbrace).Offset+1 : files.Position(block.Rbrace).Offset])
		code, _, _ = strings.Cut(code, "\t// Output:\n")
		code = strings.ReplaceAll(strings.TrimSpace(code), "\n\t", "\n")
		all = append(all, example{e.Name, code, strings.TrimSpace(e.Output)})
	}
	return all
}

var fence = regexp.MustCompile("(?s)```(go|text)\n(.*?)\n```")

// docs/go-client.md shows each example to the letter, and then its output.
func TestDocsShowTheExamples(t *testing.T) {
	page, err := os.ReadFile("../../docs/go-client.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := fence.FindAllStringSubmatch(string(page), -1)
	shown := map[string]string{} // output by code
	for i, block := range blocks {
		if block[1] == "go" {
			shown[block[2]] = ""
			if i+1 < len(blocks) && blocks[i+1][1] == "text" {
				shown[block[2]] = blocks[i+1][2]
			}
		}
	}
	for _, e := range examples(t) {
		output, ok := shown[e.code]
		if delete(shown, e.code); !ok {
			t.Errorf("docs/go-client.md does not show Example%s as it is:\n%s", e.name, e.code)
		} else if output != e.output {
			t.Errorf("docs/go-client.md shows this output of Example%s:\n%s\nwant:\n%s", e.name, output, e.output)
		}
	}
	for code := range shown {
		t.Errorf("docs/go-client.md shows what is no example:\n%s", code)
	}
}
