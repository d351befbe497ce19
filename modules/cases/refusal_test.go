package cases_test

import (
	"slices"
	"testing"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/store"
)

// leaves gives the kinds of the entries that an act appends, in their order.
func (h *house) leaves(act func() error) ([]string, error) {
	h.t.Helper()
	before := h.head()
	err := act()
	kinds, e := store.List(ctx, h.k.Reader, "select kind from journal_entries where seq > $1 order by seq", []any{before}, func(scan store.Scan) (kind string, err error) {
		err = scan(&kind)
		return kind, err
	})
	h.must(e)
	return kinds, err
}

// run is a subtest that uses the house.
func (h *house) run(name string, do func(t *testing.T)) {
	h.t.Helper()
	outer := h.t
	outer.(*testing.T).Run(name, func(t *testing.T) {
		h.t = t
		defer func() { h.t = outer }()
		do(t)
	})
}

// refusal is an attempt that must fail: how, with which code, on which field.
type refusal struct {
	name  string
	do    func() error
	kind  fault.Kind
	key   string
	field string
}

// refuses makes attempts that must fail as they say and write nothing.
func (h *house) refuses(all []refusal) {
	h.t.Helper()
	for _, x := range all {
		h.run(x.name, func(t *testing.T) {
			left, err := h.leaves(x.do)
			got := fault.All(err)
			if !slices.ContainsFunc(got, func(f *fault.Error) bool { return f.Kind == x.kind && f.Key == x.key && f.Field == x.field }) {
				t.Errorf("got %v, want %s %s (%s)", got, x.kind, x.key, x.field)
			}
			if len(left) > 0 {
				t.Errorf("and yet it left %v", left)
			}
		})
	}
}
