package main

// floorShare is the part of CACHE_MEMORY_BYTES that Go's collector takes for in use from the start: 32 MiB by default.
const floorShare = 8

// heapFloor is memory that nobody writes to, so that the system never has to back it. Go collects garbage whenever the heap has
// doubled: one that holds little yet would be collected every few megabytes, tens of times each second under load, which costs
// more than all else that the gateway does for a hit. The larger the cache, the less the floor changes; so it is no larger than
// what the operator gave for the cache bears.
func heapFloor(cacheBytes int64) []byte { return make([]byte, cacheBytes/floorShare) }
