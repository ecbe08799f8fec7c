package query

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
)

const (
	maxText     = 256 // characters
	maxView     = 64
	maxCatalogs = 20
)

// faults gathers what is wrong, so that a caller is told everything at once.
type faults struct{ params []fault.Param }

// add blames a parameter. It has one entry, however much is wrong with it.
func (f *faults) add(name, message string) {
	for i, known := range f.params {
		if known.Name == name {
			if !strings.Contains(known.Message, message) {
				f.params[i].Message += "; " + message
			}
			return
		}
	}
	f.params = append(f.params, fault.Param{Name: name, Message: message})
}

// addGiven blames a parameter that the request has.
func (f *faults) addGiven(name, value, message string) {
	if value != "" {
		f.add(name, message)
	}
}

func (f *faults) checkTexts(p *Params) {
	f.checkText("distributor_id", p.DistributorID)
	f.checkText("reseller_id", p.ResellerID)
	f.checkText("customer_id", p.CustomerID)
	f.checkText("subscription_id", p.SubscriptionID)
	f.checkText("resource_group", p.ResourceGroup)
	f.checkText("resource_id", p.ResourceID)
	f.checkText("invoice_type", p.InvoiceType)
	f.checkText("cost", p.Cost)
}

// checkText takes any text of at most maxText characters without control characters. Nothing is trimmed or folded: ids
// are compared exactly.
func (f *faults) checkText(name, value string) {
	if !utf8.ValidString(value) {
		f.add(name, "is not valid UTF-8")
		return
	}
	if len(value) > maxText && utf8.RuneCountInString(value) > maxText {
		f.add(name, "is longer than 256 characters")
	}
	for _, r := range value {
		if unicode.IsControl(r) {
			f.add(name, "has a control character in it; leave it out")
			return
		}
	}
}

func (f *faults) checkView(view string) {
	if view == "" {
		return
	}
	ok := len(view) <= maxView && 'a' <= view[0] && view[0] <= 'z'
	for i := range len(view) {
		c := view[i]
		ok = ok && ('a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '_' || c == '-')
	}
	if !ok {
		f.add("view", "must be 1 to 64 of a-z, 0-9, '_' and '-', with a letter first, as in customers")
	}
}
