package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"reflect"
	"strings"
)

// Writer changes the rows of one module's tables from inside Apply. It takes
// single statements that begin with insert, update or delete, and refuses
// any table whose name does not begin with the module's prefix (or idx_ and
// the prefix). After Apply has returned it refuses everything.
type Writer struct {
	ctx    context.Context
	b      *Batch
	prefix string
	dead   bool
}

// Writer makes a writer for the tables of the module with this name.
func (b *Batch) Writer(ctx context.Context, module string) *Writer {
	return &Writer{ctx: ctx, b: b, prefix: module}
}

// Close ends the writer's life.
func (w *Writer) Close() { w.dead = true }

// Exec runs one insert, update or delete and gives the number of rows.
func (w *Writer) Exec(text string, args ...any) (int64, error) {
	if err := w.permit(text, "insert", "update", "delete"); err != nil {
		return 0, err
	}
	return w.b.s.exec(w.ctx, text, args)
}

// Do is Exec for whoever does not ask how many rows. On PostgreSQL it may fail
// later, with the whole transaction.
func (w *Writer) Do(text string, args ...any) error {
	if err := w.permit(text, "insert", "update", "delete"); err != nil {
		return err
	}
	return w.b.s.later(w.ctx, text, args, anyRows)
}

// One is Do for a statement that must change exactly one row: the record
// that an entry speaks of must exist.
func (w *Writer) One(text string, args ...any) error {
	if err := w.permit(text, "insert", "update", "delete"); err != nil {
		return err
	}
	return w.b.s.later(w.ctx, text, args, 1)
}

// Each queries the module's own tables and calls f for each row; the rows
// are gathered first, so that f may write.
func (w *Writer) Each(text string, args []any, f func(Scan) error) error {
	if err := w.permit(text, "select"); err != nil {
		return err
	}
	var all [][]any
	var columns int
	err := Reader{query: w.b.s.rows}.rows(w.ctx, text, args, func(rows *sql.Rows) error {
		if columns == 0 {
			names, err := rows.Columns()
			if err != nil {
				return err
			}
			columns = len(names)
		}
		row, dest := make([]any, columns), make([]any, columns)
		for i := range row {
			dest[i] = &row[i]
		}
		all = append(all, row)
		return rows.Scan(dest...)
	})
	for _, row := range all {
		if err == nil {
			err = f(func(dest ...any) error { return assignAll(dest, row) })
		}
	}
	return err
}

// assignAll is Scan for a gathered row.
func assignAll(dest, row []any) error {
	if len(dest) != len(row) {
		return fmt.Errorf("store: %d places for %d columns", len(dest), len(row))
	}
	for i, d := range dest {
		if err := assign(d, row[i]); err != nil {
			return fmt.Errorf("store: column %d: %w", i+1, err)
		}
	}
	return nil
}

// assign puts a driver's value where dest points, as database/sql would for
// the few types that columns have.
func assign(dest, v any) error {
	if s, ok := dest.(sql.Scanner); ok {
		return s.Scan(v)
	}
	p := reflect.ValueOf(dest)
	if p.Kind() != reflect.Pointer {
		return fmt.Errorf("cannot fill a %T", dest)
	}
	to := p.Elem()
	switch x := v.(type) {
	case string:
		if to.Kind() == reflect.String {
			to.SetString(x)
			return nil
		}
	case int64:
		switch to.Kind() {
		case reflect.Int64, reflect.Int, reflect.Int32:
			to.SetInt(x)
			return nil
		case reflect.Bool: // SQLite keeps a boolean as a number
			to.SetBool(x != 0)
			return nil
		}
	case bool:
		if to.Kind() == reflect.Bool {
			to.SetBool(x)
			return nil
		}
	case []byte:
		if to.Kind() == reflect.Slice && to.Type().Elem().Kind() == reflect.Uint8 {
			to.SetBytes(bytes.Clone(x))
			return nil
		}
		if to.Kind() == reflect.String {
			to.SetString(string(x))
			return nil
		}
	}
	if to.Kind() == reflect.Interface {
		to.Set(reflect.ValueOf(&v).Elem())
		return nil
	}
	return fmt.Errorf("a %T does not fit a %T", v, dest)
}

// permits remembers which texts a prefix may run.
var permits = checked{check1: func(key string) error {
	prefix, text, _ := strings.Cut(key, "\x00")
	return each(text, func(table string) error {
		if Owned(table, prefix) {
			return nil
		}
		return fmt.Errorf("store: module %s may not touch table %s", prefix, table)
	})
}}

// each calls f for every table that a single statement names.
func each(text string, f func(table string) error) error {
	words := tokens(text)
	listed := []bool{false} // by depth of parentheses: does a comma bring another table?
	for i, w := range words {
		top := len(listed) - 1
		switch w {
		case ";":
			return fmt.Errorf("store: more than one statement in %q", head(text))
		case "(":
			listed = append(listed, false)
		case ")":
			listed = listed[:max(top, 1)]
		case "from", "join", "using":
			listed[top] = true
		case "where", "set", "group", "order", "having", "limit", "union", "except", "intersect", "returning", "select", "values":
			listed[top] = false
		}
		if !namesTable(words, i) && (w != "," || !listed[top]) || i+1 == len(words) || words[i+1] == "(" {
			continue
		}
		if err := f(words[i+1]); err != nil {
			return err
		}
	}
	return nil
}

// namesTable reports whether the word after words[i] is a table's name, or a
// string: SQLite takes one for a name there.
func namesTable(words []string, i int) bool {
	if i+1 >= len(words) {
		return false
	}
	switch words[i] {
	case "into", "from", "join", "using", "table":
		return true
	case "update": // "do update set" of an upsert names none
		return words[i+1] != "set"
	}
	return false
}

// Owned reports whether a table belongs to the module: "cases_measures" and
// "idx_cases_words" to "cases".
func Owned(table, module string) bool {
	return strings.HasPrefix(strings.TrimPrefix(table, "idx_"), module+"_")
}

func (w *Writer) permit(text string, verbs ...string) error {
	if w.dead {
		return errors.New("store: the writer was kept after Apply returned")
	}
	verb, _, _ := strings.Cut(strings.TrimSpace(text), " ")
	for _, v := range verbs {
		if strings.EqualFold(verb, v) {
			return permits.check(w.prefix + "\x00" + text)
		}
	}
	return fmt.Errorf("store: Apply may not run %q", head(text))
}
