package app

import (
	"runtime"
	"runtime/metrics"
	"testing"
)

// While little is cached, the collector waits until the heap has twice the ballast.
func TestHeapBallast(t *testing.T) {
	const cacheBytes = 256 << 20
	ballast := heapBallast(cacheBytes)
	runtime.GC()
	goal := []metrics.Sample{{Name: "/gc/heap/goal:bytes"}}
	metrics.Read(goal)
	if got := goal[0].Value.Uint64(); got < 2*cacheBytes/ballastShare {
		t.Errorf("the next collection is at %d bytes", got)
	}
	runtime.KeepAlive(ballast)
}
