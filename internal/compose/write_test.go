package compose

import (
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/decimal"
	"github.com/rocket-gateway/rocket-gateway/internal/fault"
)

// Rows are refused before they fill the memory. The bound itself is too large for a test.
func TestRowsAreBounded(t *testing.T) {
	j := &join{series: map[key]*series{}, totals: make([]decimal.Sum, 1)}
	if err := j.add(0, []byte(`[{"id":1},{"id":2}]`)); err != nil {
		t.Fatal(err)
	}
	const two = `[{"id":1,"parent_id":null,"resource_type":null,"name":null,"actual":[null],"total":null,"change":null,"change_ratio":null},` +
		`{"id":2,"parent_id":null,"resource_type":null,"name":null,"actual":[null],"total":null,"change":null,"change_ratio":null}]`
	enough := len(two) - len("[,]")
	w := &writer{maxRows: enough, months: make([]decimal.Sum, 1)}
	if got, err := w.rows(j.sorted()); err != nil || string(got) != two {
		t.Errorf("got %s, %v", got, err)
	}
	w.maxRows = enough - 1
	if got, err := w.rows(j.sorted()); got != nil || fault.Of(err).Kind != fault.UpstreamInvalidResponse {
		t.Errorf("got %s, %v", got, err)
	}
}
