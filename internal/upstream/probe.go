package upstream

import "time"

// failing reports whether stale entries are to be served at once, and whether one refresh may be sent as a probe all the same.
func (h *health) failing() (failing, probe bool) {
	state, _ := h.breaker()
	h.mu.Lock()
	defer h.mu.Unlock()
	return state != BreakerClosed, h.probeDue(h.now())
}

// fails reports whether the breaker is not closed.
func (h *health) fails() bool {
	state, _ := h.breaker()
	return state != BreakerClosed
}

// probeDue reports whether a probe may be sent. The caller holds mu.
func (h *health) probeDue(now time.Time) bool {
	return now.Sub(h.lastProbe) >= probeInterval*time.Duration(max(1, h.probes))
}

// refuses reports whether permit would return false now.
func (h *health) refuses(background bool) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.restricted(background) && !h.probeDue(h.now())
}

// restricted reports whether only probes are sent. The caller holds mu.
func (h *health) restricted(background bool) bool {
	state := h.state(h.now())
	return state == BreakerOpen || background && state == BreakerSuspect
}

// permit reports whether a request may be sent. release must be called when it has ended, if so.
func (h *health) permit(background bool) (release func(), ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.restricted(background) {
		return func() {}, true
	}
	now := h.now()
	if !h.probeDue(now) {
		return nil, false
	}
	h.probes++
	h.lastProbe = now
	return func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.probes--
	}, true
}
