package packs

import (
	"slices"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
)

// table holds the rows of one kind, in the order of the pack's files, and
// finds the one in force.
type table[T any, P rowOf[T]] struct {
	kind   string
	rows   []T
	byCode map[string][]int
}

func newTable[T any, P rowOf[T]](kind string, rows []T) table[T, P] {
	t := table[T, P]{kind: kind, rows: rows, byCode: make(map[string][]int, len(rows))}
	for i := range rows {
		code := P(&rows[i]).base().Code
		t.byCode[code] = append(t.byCode[code], i)
	}
	return t
}

// on gives the row of a code in force on a day.
func (t *table[T, P]) on(code string, day Date) (row T, ok bool) {
	for _, i := range t.byCode[code] {
		if P(&t.rows[i]).base().Holds(day) {
			return t.rows[i], true
		}
	}
	return row, false
}

// all lists the rows in force on a day.
func (t *table[T, P]) all(day Date) []T {
	var out []T
	for i := range t.rows {
		if P(&t.rows[i]).base().Holds(day) {
			out = append(out, t.rows[i])
		}
	}
	return out
}

// at is on with the fault a caller may pass on.
func (t *table[T, P]) at(p *Pack, code string, at time.Time) (T, error) {
	row, ok := t.on(code, p.Day(at))
	if !ok {
		return row, p.absent(t.kind, code, at)
	}
	return row, nil
}

// during lists the rows of a code that are in force on any day of a row.
func (t *table[T, P]) during(code string, r *Row) []T {
	var out []T
	for _, i := range t.byCode[code] {
		other := P(&t.rows[i]).base()
		if (r.To.IsZero() || other.From.Before(r.To)) && (other.To.IsZero() || r.From.Before(other.To)) {
			out = append(out, t.rows[i])
		}
	}
	return out
}

// covers reports whether a code exists on every day on which a row holds.
func (t *table[T, P]) covers(code string, r *Row) bool {
	day := r.From
	for range len(t.byCode[code]) + 1 {
		row, ok := t.on(code, day)
		if !ok {
			return false
		}
		to := P(&row).base().To
		if to.IsZero() || !r.To.IsZero() && !to.Before(r.To) {
			return true
		}
		day = to
	}
	return false
}

func (p *Pack) absent(kind, code string, at time.Time) error {
	return fault.New(fault.NotFound, "packs.absent", "kind", kind, "code", code, "day", p.Day(at).String())
}

// overlaps gives the pairs of rows of one code that are in force on one day.
func (t *table[T, P]) overlaps() [][2]*Row {
	var out [][2]*Row
	for _, code := range t.codes() {
		rows := make([]*Row, 0, 2)
		for _, i := range t.byCode[code] {
			rows = append(rows, P(&t.rows[i]).base())
		}
		slices.SortStableFunc(rows, func(a, b *Row) int { return compareDates(a.From, b.From) })
		for i := 1; i < len(rows); i++ {
			if rows[i-1].To.IsZero() || rows[i].From.Before(rows[i-1].To) {
				out = append(out, [2]*Row{rows[i-1], rows[i]})
			}
		}
	}
	return out
}

// codes lists each code once, in file order.
func (t *table[T, P]) codes() []string {
	var out []string
	for i := range t.rows {
		if code := P(&t.rows[i]).base().Code; t.byCode[code][0] == i {
			out = append(out, code)
		}
	}
	return out
}

func compareDates(a, b Date) int {
	switch {
	case a.Before(b):
		return -1
	case b.Before(a):
		return 1
	}
	return 0
}
