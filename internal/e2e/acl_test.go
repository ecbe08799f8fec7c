package e2e_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
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

// oldestRedis is what docs/supported-versions.md requires: ACL rules for channels, as the documented user has them, came with it.
const oldestRedis = "6.2.0"

// Every command that the gateway sends, also to a Cluster and to Sentinels, is older than the oldest supported Redis.
func TestOldestRedisHasTheCommands(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/supported-versions.md")
	if err != nil {
		t.Fatal(err)
	}
	if want := "Redis " + strings.TrimSuffix(oldestRedis, ".0") + " or later"; !strings.Contains(string(page), want) {
		t.Errorf("docs/supported-versions.md does not say %q", want)
	}
	client := redis.NewClient(&redis.Options{Addr: testkit.StartRedis(t).Address, Protocol: 3})
	defer func() { _ = client.Close() }()
	for _, rule := range slices.Concat(aclRules(t)...) {
		command, ok := strings.CutPrefix(rule, "+")
		if !ok || strings.HasPrefix(command, "sentinel|") { // a server that is no Sentinel does not describe its commands
			continue
		}
		docs, err := client.Do(t.Context(), "COMMAND", "DOCS", command).Result()
		if err != nil {
			t.Fatal(err)
		}
		all, _ := docs.(map[any]any)
		described, _ := all[command].(map[any]any)
		since, _ := described["since"].(string)
		if since == "" || since > oldestRedis { // no part of these versions has two digits
			t.Errorf("%s came with Redis %q", command, since)
		}
	}
}
