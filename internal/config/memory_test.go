package config_test

import (
	"math"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rocket-gateway/rocket-gateway/internal/config"
)

func system(files map[string]string) fstest.MapFS {
	root := fstest.MapFS{}
	for name, content := range files {
		root[name] = &fstest.MapFile{Data: []byte(content)}
	}
	return root
}

func TestContainerMemory(t *testing.T) {
	const group, v1None = "proc/self/cgroup", "9223372036854771712\n"
	const v1Groups = "9:name=systemd:/x\n4:cpu,memory:/docker/abc\n3:cpuset:/y\n0::/\n"
	for name, c := range map[string]struct {
		files map[string]string
		want  int64
	}{
		"no control groups":   {nil, 0},
		"v2, a container":     {map[string]string{group: "0::/\n", "sys/fs/cgroup/memory.max": "536870912\n"}, 536870912},
		"v2, no limit":        {map[string]string{group: "0::/\n", "sys/fs/cgroup/memory.max": "max\n"}, 0},
		"v2, the root of all": {map[string]string{group: "0::/\n"}, 0},
		"v2, a unit of systemd": {
			map[string]string{group: "0::/system.slice/gateway.service\n", "sys/fs/cgroup/system.slice/gateway.service/memory.max": "100\n"}, 100,
		},
		"v2, its parent's": {map[string]string{
			group: "0::/pod/container\n", "sys/fs/cgroup/pod/container/memory.max": "max\n", "sys/fs/cgroup/pod/memory.max": "200\n",
		}, 200},
		"v2, the least": {map[string]string{
			group: "0::/pod/container\n", "sys/fs/cgroup/pod/container/memory.max": "300\n", "sys/fs/cgroup/pod/memory.max": "200\n",
		}, 200},
		"v2, a path of the host's": {map[string]string{group: "0::/../../system.slice/x\n", "sys/fs/cgroup/memory.max": "400\n"}, 400},
		"v1": {
			map[string]string{
				group: v1Groups, "sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes": "500\n", "sys/fs/cgroup/memory/memory.limit_in_bytes": v1None,
			},
			500,
		},
		"v1, a path of the host's":  {map[string]string{group: v1Groups, "sys/fs/cgroup/memory/memory.limit_in_bytes": "600\n"}, 600},
		"v1, no limit":              {map[string]string{group: v1Groups, "sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes": v1None}, 0},
		"v1, another controller's":  {map[string]string{group: "3:cpu:/\n", "sys/fs/cgroup/memory/memory.limit_in_bytes": "700\n"}, 0},
		"unexpected content":        {map[string]string{group: "\n:\n0:\nx\n0::\n", "sys/fs/cgroup/memory.max": "-1\n"}, 0},
		"a file that has no number": {map[string]string{group: "0::/\n", "sys/fs/cgroup/memory.max": "lots\n"}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			if got := config.ContainerMemory(system(c.files)); got != c.want {
				t.Errorf("got %d, want %d", got, c.want)
			}
		})
	}
}

func TestMemoryWarnings(t *testing.T) {
	const mib = 1 << 20
	for name, c := range map[string]struct {
		cache  string // CACHE_MEMORY_BYTES
		memory config.Memory
		says   []string // parts of each warning, separated by |
	}{
		"no limit":    {"268435456", config.Memory{}, nil},
		"just enough": {"268435456", config.Memory{Container: 512 * mib}, nil},
		"a byte too little": {
			"268435456", config.Memory{Container: 512*mib - 1},
			[]string{"CACHE_MEMORY_BYTES is 268435456|limit of 536870912|is 536870911|lower CACHE_MEMORY_BYTES to 268435"},
		},
		"less than the cache": {
			"1073741824", config.Memory{Container: 512 * mib}, []string{"raise the limit, or lower CACHE_MEMORY_BYTES to 268435456"},
		},
		"hardly any":             {"268435456", config.Memory{Container: 128 * mib}, []string{"is 134217728|: raise the limit"}},
		"GOMEMLIMIT just enough": {"268435456", config.Memory{Go: 512 * mib / 10 * 9}, nil},
		"GOMEMLIMIT too low": {
			"268435456", config.Memory{Go: 200 * mib},
			[]string{"needs a GOMEMLIMIT of 483183819|is 209715200|raise GOMEMLIMIT, or lower CACHE_MEMORY_BYTES to"},
		},
		"both too low": {
			"268435456", config.Memory{Container: 256 * mib, Go: 256 * mib}, []string{"the container's is 268435456", "GOMEMLIMIT of"},
		},
		"a cache beyond all machines": {"1099511627776", config.Memory{Container: math.MaxInt64 >> 2}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			warnings := load(t, with("CACHE_MEMORY_BYTES="+c.cache)).MemoryWarnings(c.memory)
			if len(warnings) != len(c.says) {
				t.Fatalf("got %q", warnings)
			}
			for i, w := range warnings {
				for part := range strings.SplitSeq(c.says[i], "|") {
					if !strings.Contains(w, part) {
						t.Errorf("%q is not in %q", part, w)
					}
				}
			}
		})
	}
}

// What a warning advises is enough.
func TestTheAdvisedCacheFits(t *testing.T) {
	for _, limit := range []int64{200 << 20, 512<<20 - 1, 1 << 30, 3 << 30} {
		warnings := load(t, with("CACHE_MEMORY_BYTES=1099511627776")).MemoryWarnings(config.Memory{Container: limit, Go: config.GoMemory(limit)})
		if len(warnings) != 2 {
			t.Fatalf("got %q", warnings)
		}
		for _, w := range warnings {
			_, advised, _ := strings.Cut(w, "lower CACHE_MEMORY_BYTES to ")
			c := load(t, with("CACHE_MEMORY_BYTES="+advised, "CACHE_MAX_ENTRY_BYTES=1"))
			if left := c.MemoryWarnings(config.Memory{Container: limit, Go: config.GoMemory(limit)}); len(left) > 0 {
				t.Errorf("%s: %q", w, left)
			}
		}
	}
}
