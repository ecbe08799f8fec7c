package query

import "slices"

// Shape is the outermost JSON value of a response body.
type Shape int

// The shapes of response bodies.
const (
	List     Shape = iota // an array of objects
	Object                // one object: totals, or the root of a tree
	Composed              // an object that the gateway makes from responses to other queries
)

// Levels of the reseller business that rows may stand for.
const (
	levelResellers     = "resellers"
	levelCustomers     = "customers"
	levelSubscriptions = "subscriptions"
)

// Member is a member of rows.
type Member struct {
	Name     string
	Number   bool // its values are Rocket's numbers
	Sum      bool // its values are numbers that the gateway computed, of any length
	Searched bool // by q
}

// The members of the rows of lists.
var (
	usageMembers = []Member{
		{Name: "id"}, {Name: "name", Searched: true},
		{Name: "last", Number: true}, {Name: "actual", Number: true}, {Name: "forecast", Number: true},
	}
	pickerMembers    = []Member{{Name: "label", Searched: true}, {Name: "value"}}
	breakdownMembers = []Member{{Name: "label", Searched: true}, {Name: "value", Number: true}}
	trendMembers     = []Member{{Name: "name", Searched: true}, {Name: "total", Sum: true}, {Name: "change", Sum: true}}
)

// Endpoint is a data route. There are exactly those below; compare them by address.
type Endpoint struct {
	Name     string // of the path, behind the provider
	Shape    Shape
	Required []string // members that each object of a List, or the Object, has at least; a body without them is refused
	Picker   bool     // rows are choices for a user interface rather than amounts
	Members  []Member // of the rows of a List, by which callers sort and in which they search
	view     string   // default view; empty: it depends on the query
}

// kind returns the name of the endpoints that have the same parameters.
func (e *Endpoint) kind() string {
	switch {
	case e == Top:
		return "top"
	case e.Shape == Composed:
		return e.Name
	case e.Shape == Object:
		return "objects"
	default:
		return "lists"
	}
}

// The endpoints of Rocket.
var (
	Usages      = &Endpoint{Name: "usages", Required: []string{"id"}, Members: usageMembers}
	Indicators  = &Endpoint{Name: "indicators", Shape: Object, Required: []string{"actual", "last"}, view: levelResellers}
	ByDay       = &Endpoint{Name: "by-day", Required: []string{"label"}, Members: breakdownMembers, view: levelResellers}
	ByMonth     = &Endpoint{Name: "by-month", Required: []string{"label"}, Members: breakdownMembers, view: levelResellers}
	ByPublisher = &Endpoint{Name: "by-publisher", Required: []string{"label"}, Members: breakdownMembers, view: levelResellers}
	ByCategory  = &Endpoint{Name: "by-category", Shape: Object, Required: []string{"name"}, view: levelResellers}
	ByTag       = &Endpoint{Name: "by-tag", Shape: Object, Required: []string{"name"}, view: levelResellers}
	Customers   = &Endpoint{
		Name: "customers", Required: []string{"label", "value"}, Picker: true, Members: pickerMembers, view: levelCustomers,
	}
	Subscriptions = &Endpoint{
		Name: "subscriptions", Required: []string{"label", "value"}, Picker: true, Members: pickerMembers, view: levelSubscriptions,
	}
	Resellers = &Endpoint{
		Name: "resellers", Required: []string{"label", "value"}, Picker: true, Members: pickerMembers, view: levelResellers,
	}
)

// The endpoints that the gateway makes from them.
var (
	Top      = &Endpoint{Name: "usages/top", Shape: Composed, Members: usageMembers}
	Trend    = &Endpoint{Name: "trend", Shape: Composed, Members: trendMembers}
	Overview = &Endpoint{Name: "overview", Shape: Composed, Members: usageMembers}
)

// Endpoints returns those of Rocket.
func Endpoints() []*Endpoint {
	return []*Endpoint{
		Usages, Indicators, ByDay, ByMonth, ByPublisher, ByCategory, ByTag, Customers, Subscriptions, Resellers,
	}
}

// EndpointNamed returns the endpoint with this name, or nil.
func EndpointNamed(name string) *Endpoint {
	all := append(Endpoints(), Top, Trend, Overview)
	if i := slices.IndexFunc(all, func(e *Endpoint) bool { return e.Name == name }); i >= 0 {
		return all[i]
	}
	return nil
}

// Provider is a cloud provider.
type Provider string

// The providers that Rocket knows.
const (
	Azure Provider = "azure"
	AWS   Provider = "aws"
	GCP   Provider = "gcp"
)

// Valid reports whether p is one of them.
func (p Provider) Valid() bool { return p == Azure || p == AWS || p == GCP }
