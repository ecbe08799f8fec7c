package decimal

// Sum is the exact sum of some numbers, of none at first. The restrictions of Decimal apply.
type Sum struct {
	Value   Decimal
	Numbers int // how many the sum has

	number Decimal // memory for the number that is being added
}

// Add adds a JSON value, and reports whether it counts: only a number within the bounds does.
func (s *Sum) Add(value []byte) bool {
	n, ok := Parse(value)
	if !ok {
		return false
	}
	s.number.Set(n)
	s.Value.Add(&s.Value, &s.number)
	s.Numbers++
	return true
}

// AddSum adds the numbers of another sum.
func (s *Sum) AddSum(x *Sum) {
	s.Value.Add(&s.Value, &x.Value)
	s.Numbers += x.Numbers
}

// SubSum removes the numbers of another sum, which must be among those of s.
func (s *Sum) SubSum(x *Sum) {
	s.Value.Sub(&s.Value, &x.Value)
	s.Numbers -= x.Numbers
}

// Reset removes all numbers. It keeps the memory for others.
func (s *Sum) Reset() {
	s.Value.coefficient.SetInt64(0)
	s.Value.scale, s.Numbers = 0, 0
}

// AppendJSON appends the sum in plain digits, or null if it has no numbers.
func (s *Sum) AppendJSON(text []byte) []byte {
	if s.Numbers == 0 {
		return append(text, "null"...)
	}
	return s.Value.Append(text)
}
