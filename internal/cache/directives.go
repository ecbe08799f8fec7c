package cache

// Directives are what a caller may ask of the cache (RFC 9111, 5.2.1). Others are not known, so that nobody defeats it.
type Directives struct {
	NoCache      bool // ask Rocket, unless the entry is younger than the floor
	OnlyIfCached bool // never ask Rocket
}
