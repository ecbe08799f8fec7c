package cli

import (
	"runtime/debug"
	"testing"
	"testing/fstest"
)

func TestGoAdoptsTheContainersMemoryLimit(t *testing.T) {
	before := debug.SetMemoryLimit(-1)
	defer debug.SetMemoryLimit(before)
	limited := fstest.MapFS{
		"proc/self/cgroup": {Data: []byte("0::/\n")}, "sys/fs/cgroup/memory.max": {Data: []byte("1000000000\n")},
	}
	for name, c := range map[string]struct {
		root    fstest.MapFS
		environ []string
		want    int64
	}{
		"a limit":             {limited, []string{"HOME=/root"}, 900_000_000},
		"no limit":            {fstest.MapFS{}, nil, before},
		"GOMEMLIMIT":          {limited, []string{"GOMEMLIMIT=1GiB"}, before},
		"GOMEMLIMIT=off":      {limited, []string{"GOMEMLIMIT=off"}, before},
		"an empty GOMEMLIMIT": {limited, []string{"GOMEMLIMIT="}, 900_000_000},
	} {
		t.Run(name, func(t *testing.T) {
			debug.SetMemoryLimit(before)
			process{environ: c.environ, root: c.root}.adoptContainerMemory()
			if got := debug.SetMemoryLimit(-1); got != c.want {
				t.Errorf("got %d, want %d", got, c.want)
			}
		})
	}
}

func TestMemoryLimitsThatApply(t *testing.T) {
	before := debug.SetMemoryLimit(300 << 20)
	defer debug.SetMemoryLimit(before)
	root := fstest.MapFS{"proc/self/cgroup": {Data: []byte("0::/\n")}, "sys/fs/cgroup/memory.max": {Data: []byte("400\n")}}
	if m := (process{root: root}).memory(); m.Container != 400 || m.Go != 300<<20 {
		t.Errorf("%+v", m)
	}
}
