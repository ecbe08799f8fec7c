package app

// ballastShare is the part of CACHE_MEMORY_BYTES that the garbage collector counts as live from the start: 32 MiB by default.
const ballastShare = 8

// heapBallast returns memory that is never written, so that the system never has to back it. Go collects garbage whenever the heap has
// doubled: a heap that holds little would be collected every few megabytes, tens of times each second under load, which costs
// more than everything else that the gateway does for a hit. The larger the cache, the less the ballast changes; so it is a share
// of the memory that the operator has set aside for the cache.
func heapBallast(cacheBytes int64) []byte { return make([]byte, cacheBytes/ballastShare) }
