package cache

// Event is something that metrics count and answers do not tell.
type Event string

// The events.
const (
	LeaseGranted  Event = "lease granted"  // this replica fetches for all
	LeaseTaken    Event = "lease taken"    // another one does
	LeaseNeedless Event = "lease needless" // another one has by now
	LeaseAlone    Event = "lease alone"    // Redis fails, or the answer cannot be shared: every replica fetches for itself

	CollapsedHere      Event = "collapsed here"      // a caller rode on the fetch of another caller of this replica
	CollapsedElsewhere Event = "collapsed elsewhere" // on the fetch of another replica

	EvictedForRoom Event = "evicted for room" // the tier in memory was full
	EvictedForAge  Event = "evicted for age"  // what is in there is of no more use

	Dropped Event = "dropped" // a value in Redis could not be used
)

func (o *Options) count(e Event) {
	if o.OnEvent != nil {
		o.OnEvent(e)
	}
}
