package e2e_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// aclRules returns the rules of each ACL SETUSER command in docs/topologies.md: for every node, in addition for the nodes of a
// Cluster, and for Sentinels.
func aclRules(t *testing.T) [][]string {
	t.Helper()
	page, err := os.ReadFile("../../docs/topologies.md")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(string(page), "\\\n", " ")
	var all [][]string
	for _, m := range regexp.MustCompile(`redis-cli .*ACL SETUSER gateway (.*)`).FindAllStringSubmatch(text, -1) {
		all = append(all, strings.Fields(strings.ReplaceAll(m[1], "'", "")))
	}
	if len(all) != 3 {
		t.Fatalf("%d users in docs/topologies.md, want 3", len(all))
	}
	return all
}

// sentCommands are the commands that the gateway sends outside scripts.
var sentCommands = []string{"ping", "eval", "evalsha", "publish", "subscribe", "get", "getrange", "del", "hmget", "info"}

// The documented user has the commands of the scripts and those that the gateway sends, and no others.
func TestDocumentedRedisUserHasTheCommandsOfTheScripts(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../internal/*/scripts/*.lua")
	if err != nil || len(files) == 0 {
		t.Fatal("no scripts", err)
	}
	needed := slices.Clone(sentCommands)
	for _, file := range files {
		script, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`redis\.p?call\('(\w+)'`).FindAllStringSubmatch(string(script), -1) {
			needed = append(needed, strings.ToLower(m[1]))
		}
	}
	slices.Sort(needed)
	needed = slices.Compact(needed)
	var granted []string
	for _, rule := range aclRules(t)[0] {
		if command, ok := strings.CutPrefix(rule, "+"); ok {
			granted = append(granted, command)
		}
	}
	slices.Sort(granted)
	if !slices.Equal(granted, needed) {
		t.Errorf("docs/topologies.md grants\n%v, want\n%v", granted, needed)
	}
}
