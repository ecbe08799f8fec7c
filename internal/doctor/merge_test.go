package doctor

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func finding(name string, o Outcome, detail, advice string, took int64) Finding {
	return Finding{Name: name, Outcome: o, Detail: detail, Advice: advice, Took: took}
}

func TestMerge(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ findings, want []Finding }{
		"equal ones are one, which took as long as the longest": {
			[]Finding{
				finding("azure: sums", OK, "equal", "", 1), finding("aws: sums", OK, "equal", "", 3), finding("gcp: sums", OK, "equal", "", 2),
			},
			[]Finding{finding("azure, aws, gcp: sums", OK, "equal", "", 3)},
		},
		"details that differ are named": {
			[]Finding{
				finding("azure: usages", OK, "1 row", "", 1), finding("aws: usages", OK, "2 rows", "", 1), finding("gcp: usages", OK, "1 row", "", 1),
			},
			[]Finding{finding("azure, aws, gcp: usages", OK, "azure, gcp: 1 row; aws: 2 rows", "", 1)},
		},
		"outcomes and advice that differ are lines": {
			[]Finding{finding("azure: sums", Failed, "x", "a", 1), finding("aws: sums", OK, "x", "", 1), finding("gcp: sums", Failed, "x", "b", 1)},
			[]Finding{finding("azure: sums", Failed, "x", "a", 1), finding("aws: sums", OK, "x", "", 1), finding("gcp: sums", Failed, "x", "b", 1)},
		},
	} {
		if diff := cmp.Diff(tt.want, merge(tt.findings)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// A check is reported once no provider can have more of it, in the order of checks.
func TestMerger(t *testing.T) {
	t.Parallel()
	var reported []string
	m := newMerger(2, func(f Finding) { reported = append(reported, f.Name) })
	expect := func(want ...string) {
		t.Helper()
		if diff := cmp.Diff(want, reported); diff != "" {
			t.Error(diff)
		}
		reported = nil
	}
	m.add(0, finding("azure: usages", OK, "", "", 0))
	m.add(0, finding("azure: views", OK, "", "", 0))
	expect()
	m.add(1, finding("aws: usages", OK, "", "", 0))
	expect("azure, aws: usages")
	m.end(1)
	expect("azure: views")
	m.add(0, finding("azure: sums", OK, "", "", 0))
	expect("azure: sums")
	m.end(0)
	expect()
}
