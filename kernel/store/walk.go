package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/hex"
	"fmt"
	"strings"
)

// rowWalk reads a table in the order of its key, every value in one form for
// both engines: nil, int64, string, or hexadecimal bytes.
type rowWalk struct {
	rows    *sql.Rows
	types   []Column
	keys    []int
	row     []any
	keyVals []any
	key     string
	err     error
}

type blob string // bytes in hexadecimal, told apart from text

func openRows(ctx context.Context, r Reader, t Table) (*rowWalk, error) {
	names := make([]string, len(t.Columns))
	w := &rowWalk{types: t.Columns}
	for i, c := range t.Columns {
		names[i] = c.Name
	}
	for _, k := range t.Key() {
		for i, c := range t.Columns {
			if c.Name == k {
				w.keys = append(w.keys, i)
			}
		}
	}
	by := t.Key()
	if len(by) == 0 { // a table without a key is compared as a whole
		by = names
		for i := range t.Columns {
			w.keys = append(w.keys, i)
		}
	}
	rows, err := r.Query(ctx, "select "+strings.Join(names, ", ")+" from "+t.Name+" order by "+strings.Join(by, ", ")) //nolint:rowserrcheck // next asks for it, at the end of the rows
	if err != nil {
		return nil, err
	}
	w.rows = rows
	w.next()
	return w, w.err
}

func (w *rowWalk) close() { w.rows.Close() }

func (w *rowWalk) next() {
	w.row = nil
	if !w.rows.Next() {
		w.err = w.rows.Err()
		return
	}
	vals := make([]any, len(w.types))
	dest := make([]any, len(vals))
	for i := range vals {
		dest[i] = &vals[i]
	}
	if w.err = w.rows.Scan(dest...); w.err != nil {
		return
	}
	for i := range vals {
		vals[i] = plainValue(vals[i], w.types[i].Type)
	}
	w.row = vals
	w.keyVals = w.keyVals[:0]
	parts := make([]string, len(w.keys))
	for i, k := range w.keys {
		w.keyVals = append(w.keyVals, vals[k])
		parts[i] = show(vals[k])
	}
	w.key = strings.Join(parts, " ")
}

// plainValue brings what a driver gives to one form. A value of another type
// than its column's (SQLite allows it) is marked, so that it differs.
func plainValue(v any, typ string) any {
	switch v := v.(type) {
	case nil:
		return nil
	case bool:
		if v {
			return int64(1)
		}
		return int64(0)
	case int64:
		return v
	case []byte:
		if typ == "text" {
			return "bytes " + hex.EncodeToString(v)
		}
		return blob(hex.EncodeToString(v))
	case string:
		return v
	}
	return fmt.Sprintf("%T %v", v, v)
}

func compareValues(a, b any) int {
	switch x := a.(type) {
	case int64:
		if y, ok := b.(int64); ok {
			return cmp.Compare(x, y)
		}
	case string:
		if y, ok := b.(string); ok {
			return cmp.Compare(x, y)
		}
	case blob:
		if y, ok := b.(blob); ok {
			return cmp.Compare(x, y)
		}
	}
	return cmp.Compare(fmt.Sprintf("%T", a), fmt.Sprintf("%T", b))
}

func show(v any) string {
	if v == nil {
		return "null"
	}
	return fmt.Sprint(v)
}

func (w *rowWalk) text() string {
	parts := make([]string, len(w.row))
	for i, v := range w.row {
		parts[i] = w.types[i].Name + "=" + show(v)
	}
	return strings.Join(parts, " ")
}
