package cache

import "context"

// Directives are what a caller may ask of the cache (RFC 9111, 5.2.1), and what it may not. Others are not known, so that nobody
// defeats it.
type Directives struct {
	NoCache      bool // ask Rocket, unless the entry is younger than the floor
	OnlyIfCached bool // never ask Rocket
	Unhurried    bool // whatever others wait for goes first

	// Admit is asked before Rocket is on this caller's account; its error is the caller's answer then, unless a stale one does.
	// Callers who ride on another's fetch are not asked. Nil admits.
	Admit func(context.Context) error
}
