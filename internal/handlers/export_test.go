package handlers

// The bounds of the memory of questions.
const (
	MaxRecalled   = maxRecalled
	MaxRecallable = maxRecallable
)

// Recalled says how many questions the server keeps, and what they weigh.
func (s *Server) Recalled() (questions int, weight uint64) {
	s.known.questions.CleanUp()
	return s.known.questions.EstimatedSize(), s.known.questions.WeightedSize()
}
