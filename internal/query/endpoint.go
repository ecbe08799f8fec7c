package query

// Shape is the outer form of an answer.
type Shape int

// The two shapes that Rocket's answers have.
const (
	List   Shape = iota // an array
	Object              // one object: totals, or the root of a tree
)

// Levels of the reseller business that rows may stand for.
const (
	levelResellers     = "resellers"
	levelCustomers     = "customers"
	levelSubscriptions = "subscriptions"
)

// Endpoint is one kind of question. There are exactly those below; compare them by address.
type Endpoint struct {
	Name   string // last segment of the path
	Shape  Shape
	Picker bool   // rows to choose from rather than amounts
	view   string // default view; empty: it follows from the query
}

// The questions that can be asked.
var (
	Usages        = &Endpoint{Name: "usages", Shape: List}
	Indicators    = &Endpoint{Name: "indicators", Shape: Object, view: levelResellers}
	ByDay         = &Endpoint{Name: "by-day", Shape: List, view: levelResellers}
	ByMonth       = &Endpoint{Name: "by-month", Shape: List, view: levelResellers}
	ByPublisher   = &Endpoint{Name: "by-publisher", Shape: List, view: levelResellers}
	ByCategory    = &Endpoint{Name: "by-category", Shape: Object, view: levelResellers}
	ByTag         = &Endpoint{Name: "by-tag", Shape: Object, view: levelResellers}
	Customers     = &Endpoint{Name: "customers", Shape: List, Picker: true, view: levelCustomers}
	Subscriptions = &Endpoint{Name: "subscriptions", Shape: List, Picker: true, view: levelSubscriptions}
	Resellers     = &Endpoint{Name: "resellers", Shape: List, Picker: true, view: levelResellers}
)

// Endpoints lists them all.
func Endpoints() []*Endpoint {
	return []*Endpoint{
		Usages, Indicators, ByDay, ByMonth, ByPublisher, ByCategory, ByTag, Customers, Subscriptions, Resellers,
	}
}

// Provider is a cloud provider.
type Provider string

// The providers that Rocket knows.
const (
	Azure Provider = "azure"
	AWS   Provider = "aws"
	GCP   Provider = "gcp"
)

// Valid says whether p is one of them.
func (p Provider) Valid() bool { return p == Azure || p == AWS || p == GCP }
