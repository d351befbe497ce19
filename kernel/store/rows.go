package store

import (
	"context"
	"encoding/hex"
	"fmt"
)

// EachRow reads a whole table in the order of its primary key and calls f for
// each row, every value in one form for both engines: nil, int64 (booleans are
// 0 and 1), string or []byte. f must not keep the row.
func EachRow(ctx context.Context, r Reader, t Table, f func(row []any) error) error {
	w, err := openRows(ctx, r, t)
	if err != nil {
		return err
	}
	defer w.close()
	row := make([]any, len(t.Columns))
	for w.row != nil {
		for i, v := range w.row {
			row[i] = v
			if hexed, ok := v.(blob); ok {
				if row[i], err = hex.DecodeString(string(hexed)); err != nil {
					return fmt.Errorf("store: %s.%s: %w", t.Name, t.Columns[i].Name, err)
				}
			}
		}
		if err := f(row); err != nil {
			return err
		}
		w.next()
	}
	return w.err
}
