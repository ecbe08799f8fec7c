package config_test

import "testing"

func TestSizes(t *testing.T) {
	for value, want := range map[string]int64{
		"8388608": 8 << 20, "512Ki": 512 << 10, "256Mi": 256 << 20, "1Gi": 1 << 30, "1Ti": 1 << 40, "1024Gi": 1 << 40, "0512Ki": 512 << 10,
	} {
		c := load(t, with("CACHE_MEMORY_BYTES="+value, "CACHE_MAX_ENTRY_BYTES=512Ki"))
		if c.CacheMemoryBytes != want || c.CacheMaxEntryBytes != 512<<10 {
			t.Errorf("%s is %d, want %d", value, c.CacheMemoryBytes, want)
		}
		if got := origin(t, c, "CACHE_MEMORY_BYTES").Value; got != value {
			t.Errorf("%s is shown as %s", value, got)
		}
	}
}

func TestAFaultOfASizeSaysWhatToWrite(t *testing.T) {
	const example = ", as in 268435456 or 256Mi"
	wantFault(t, with("CACHE_MEMORY_BYTES=256MB"), "CACHE_MEMORY_BYTES", "must be a number of bytes from 1 to 1Ti"+example)
	wantFault(t, with("CACHE_MAX_ENTRY_BYTES=2Gi"), "CACHE_MAX_ENTRY_BYTES", "must be a number of bytes from 1 to 1Gi"+example)
	wantFault(t, with("CACHE_MEMORY_BYTES=4Mi"), "CACHE_MAX_ENTRY_BYTES", "must not be larger than CACHE_MEMORY_BYTES")
}
