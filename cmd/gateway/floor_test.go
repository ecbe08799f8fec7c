package main

import (
	"runtime"
	"runtime/metrics"
	"testing"
)

// While little is cached, the collector waits until the heap has twice the floor.
func TestHeapFloor(t *testing.T) {
	const cacheBytes = 256 << 20
	floor := heapFloor(cacheBytes)
	runtime.GC()
	goal := []metrics.Sample{{Name: "/gc/heap/goal:bytes"}}
	metrics.Read(goal)
	if got := goal[0].Value.Uint64(); got < 2*cacheBytes/floorShare {
		t.Errorf("the next collection is at %d bytes", got)
	}
	runtime.KeepAlive(floor)
}
