package rocketsim

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"
)

// level is a level of the reseller business, from high to low.
type level int

// The levels.
const (
	distributors level = iota
	resellers
	customers
	subscriptions
	groups
	resources
	levels
)

// views has the level of each view. Those of groups and resources are not documented.
var views = map[string]level{
	"distributors": distributors, "resellers": resellers, "customers": customers,
	"subscriptions": subscriptions, "resource_groups": groups, "resources": resources,
}

// node is one company, subscription or group.
type node struct {
	id     string
	name   string
	markup int64 // per mille, on what it pays
}

// resource is what has costs. Its path has its node on every level, itself last.
type resource struct {
	path        [levels]*node
	service     service
	catalog     string
	invoiceType string
	environment string
	costCenter  string
	base        Amount // cost of a usual day
	seed        uint64
	life        span
}

// world is everything that a provider bills.
type world struct {
	provider  string
	resources []*resource
	roots     []string // ids of the distributors
	profile   string   // id of the account's profile
}

// builder builds a world; ids and names depend only on its random numbers.
type builder struct {
	*world
	rand *rand.Rand
	next int // for ids that are numbers
}

func newWorld(provider string, customerCount int) *world {
	seed := uint64(len(provider))<<8 + uint64(provider[0])
	b := &builder{world: &world{provider: provider}, rand: rand.New(rand.NewPCG(seed, 2024)), next: 1153000}
	var roots []*node
	var sellers [][2]*node // distributor and reseller
	for i, name := range resellerNames {
		if i < len(distributorNames) {
			roots = append(roots, &node{id: b.companyID(i + 2), name: distributorNames[i], markup: 40 + 15*int64(i)})
			b.roots = append(b.roots, roots[i].id)
		}
		b.next += 1 + b.rand.IntN(9)
		seller := &node{id: strconv.Itoa(b.next), name: name, markup: 80 + b.rand.Int64N(120)}
		sellers = append(sellers, [2]*node{roots[i%len(distributorNames)], seller})
	}
	for i := range customerCount {
		b.addCustomer(sellers[i%len(sellers)], i)
	}
	b.profile = b.guid()
	return b.world
}

// addCustomer adds a customer of a reseller. Most have always been there, some come or go in some month.
func (b *builder) addCustomer(above [2]*node, number int) {
	name := customerKinds[number%len(customerKinds)] + " " + customerNames[number/len(customerKinds)%len(customerNames)]
	if lap := number / (len(customerKinds) * len(customerNames)); lap > 0 {
		name += " " + strconv.Itoa(lap+1)
	}
	b.next += 1 + b.rand.IntN(9)
	path := [levels]*node{above[0], above[1], {id: b.companyID(b.next), name: name}}
	life := span{0, dayOf(time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC))}
	switch b.rand.IntN(10) {
	case 0, 1:
		life.first = b.someMonth()
	case 2:
		life.last = b.someMonth() - 1
	}
	for i := range 1 + b.rand.IntN(4) {
		b.addSubscription(path, life, i)
	}
}

func (b *builder) addSubscription(path [levels]*node, life span, number int) {
	name := subscriptionNames[number%len(subscriptionNames)]
	path[subscriptions] = &node{id: b.subscriptionID(), name: name + " " + path[customers].name}
	invoiceType := "1"
	if b.rand.IntN(6) == 0 {
		invoiceType = "2"
	}
	first := b.rand.IntN(len(groupNames))
	for i := range 1 + b.rand.IntN(3) {
		group := groupNames[(first+i)%len(groupNames)]
		path[groups] = &node{id: group, name: group}
		for range 1 + b.rand.IntN(5) {
			b.addResource(path, life, invoiceType)
		}
	}
}

func (b *builder) addResource(path [levels]*node, life span, invoiceType string) {
	kinds, catalog := services[b.provider], "consumption"
	if b.rand.IntN(7) == 0 {
		kinds, catalog = marketplace, "marketplace"
	}
	kind := kinds[b.rand.IntN(len(kinds))]
	name := fmt.Sprintf("%s-%04x", kind.prefix, b.rand.IntN(1<<16))
	path[resources] = &node{id: b.resourceID(path, name), name: name}
	b.resources = append(b.resources, &resource{
		path: path, service: kind, catalog: catalog, invoiceType: invoiceType,
		environment: environments[b.rand.IntN(len(environments))], costCenter: costCenters[b.rand.IntN(len(costCenters))],
		base: Amount(float64(one) * min(400, 0.5+14*b.rand.ExpFloat64())), seed: b.rand.Uint64(), life: life,
	})
}

// someMonth returns the first day of a month in the years 2025 to 2027.
func (b *builder) someMonth() day {
	return dayOf(time.Date(2025, time.Month(1+b.rand.IntN(36)), 1, 0, 0, 0, 0, time.UTC))
}

// companyID returns a GUID on azure and a short number elsewhere, as in the vendor's tokens.
func (b *builder) companyID(number int) string {
	if b.provider == "azure" {
		return b.guid()
	}
	return strconv.Itoa(number)
}

func (b *builder) subscriptionID() string {
	switch b.provider {
	case "aws":
		return fmt.Sprintf("%012d", b.rand.Int64N(1e12))
	case "gcp":
		return fmt.Sprintf("projeto-%010x", b.rand.Int64N(1<<40))
	default:
		return b.guid()
	}
}

func (b *builder) resourceID(path [levels]*node, name string) string {
	within, group := path[subscriptions].id, path[groups].id
	switch b.provider {
	case "aws":
		return "arn:aws:service:sa-east-1:" + within + ":" + group + "/" + name
	case "gcp":
		return "//cloud/projects/" + within + "/" + group + "/" + name
	default:
		return "/subscriptions/" + within + "/resourceGroups/" + group + "/providers/" + name
	}
}

func (b *builder) guid() string {
	hi, lo := b.rand.Uint64(), b.rand.Uint64()
	return fmt.Sprintf("%08x-%04x-4%03x-%04x-%012x", hi>>32, hi>>16&0xffff, hi&0xfff, 0x8000|lo>>48&0x3fff, lo&0xffffffffffff)
}
