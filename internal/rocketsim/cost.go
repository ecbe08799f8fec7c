package rocketsim

import "time"

// mix is a stateless random number: the same inputs give the same one (the finaliser of splitmix64).
func mix(seed uint64, n int) uint64 {
	z := seed + uint64(n)*0x9E3779B97F4A7C15
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return z ^ z>>31
}

// bought is what the distributor pays for the resource on a day: a base with weekends, a slow swell over the year and noise.
func (r *resource) bought(d day) Amount {
	if d < r.life.first || d > r.life.last {
		return 0
	}
	share := int64(900 + mix(r.seed, int(d))%201)
	if w := (int(d) + 4) % 7; w == int(time.Saturday) || w == int(time.Sunday) {
		share = share * 82 / 100
	}
	share += int64(d) % 365 / 6
	return r.base.perMille(share) + Amount(mix(r.seed+1, int(d))%1000)
}

// price is what the level pays: each level above adds its markup to what it paid itself.
func (r *resource) price(bought Amount, level priceLevel) Amount {
	price := bought
	if level >= pricedForResellers {
		price += price.perMille(r.path[distributors].markup)
	}
	if level >= pricedForCustomers {
		price += price.perMille(r.path[resellers].markup)
	}
	return price
}

// total is the price of the resource over a span.
func (r *resource) total(s span, level priceLevel) Amount {
	var sum Amount
	s = s.and(r.life)
	for d := s.first; d <= s.last; d++ {
		sum += r.price(r.bought(d), level)
	}
	return sum
}

// quantity is the hours that the resource ran over a span.
func (r *resource) quantity(s span) Amount {
	var quarters Amount
	s = s.and(r.life)
	for d := s.first; d <= s.last; d++ {
		quarters += 96 - Amount(mix(r.seed+2, int(d))%24)
	}
	return quarters * one / 4
}

type priceLevel int

// Price levels from low to high price.
const (
	pricedForDistributors priceLevel = iota
	pricedForResellers
	pricedForCustomers
)

var priceLevels = map[string]priceLevel{
	"distributors": pricedForDistributors,
	"resellers":    pricedForResellers,
	"customers":    pricedForCustomers,
}
