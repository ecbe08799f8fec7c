package doctor

import (
	"slices"
	"sync"
)

// Progress is how far Run is.
type Progress struct {
	Done, Total int      // checks; Total is 0 as long as the providers are not known
	Running     []string // names of the checks under way
}

// reporter calls the functions of Options, one at a time. It is safe for concurrent use.
type reporter struct {
	progress func(Progress)
	end      func(Finding)

	mu  sync.Mutex
	now Progress // guarded by mu
}

// say reports a finding.
func (r *reporter) say(f Finding) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.end(f)
}

// plan adds checks to those that the progress is of.
func (r *reporter) plan(checks int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now.Total += checks
}

// begin reports the progress with the check that begins.
func (r *reporter) begin(check string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now.Running = append(r.now.Running, check)
	r.progress(r.now)
}

// done counts a check that has ended.
func (r *reporter) done(check string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now.Done++
	r.now.Running = slices.DeleteFunc(r.now.Running, func(running string) bool { return running == check })
}
