package doctor

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

const leastVersion = "6.2"

func version(info map[string]string) result {
	has := info["redis_version"]
	switch {
	case has == "":
		return skip("it does not tell")
	case slices.Compare(numbers(has), numbers(leastVersion)) < 0:
		return warn("take "+leastVersion+" or later", "%s", has)
	}
	return good("%s", has)
}

var digits = regexp.MustCompile(`\d+`)

func numbers(version string) (all []int) {
	for _, text := range digits.FindAllString(version, -1) {
		n, _ := strconv.Atoi(text)
		all = append(all, n)
	}
	return all
}

func role(info map[string]string) result {
	switch has := info["role"]; has {
	case "":
		return skip("it does not tell")
	case "master":
		return good("it is the master")
	default:
		return fail(masterAdvice, "it is a replica")
	}
}

// eviction is what Redis does when it is full.
func eviction(info map[string]string) result {
	policy, limit := info["maxmemory_policy"], info["maxmemory"]
	switch {
	case policy == "" || limit == "":
		return skip("it does not tell")
	case limit == "0":
		return good("it has no memory limit of its own")
	case policy == "noeviction":
		return warn("set maxmemory-policy to volatile-lru or volatile-lfu", "noeviction: once Redis is full nothing new is cached in it")
	case strings.HasPrefix(policy, "allkeys-"):
		return warn("set maxmemory-policy to volatile-lru or volatile-lfu", "%s: a full Redis may evict the record of purges", policy)
	}
	return good("%s", policy)
}
