package journal

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"strings"

	"github.com/amana-platform/amana/kernel/store"
)

// stateMark is the first line of a state.
const stateMark = `{"amana-state":1}`

// shapeLine is the first line of each table in a state.
type shapeLine struct {
	Table   string   `json:"table"`
	Columns []string `json:"columns"` // "id text", in the order of the rows' values
	Key     []string `json:"key"`     // by which the rows are ordered
}

func lineOf(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v) // ends with a line feed
	return escaped(b.Bytes()), err
}

// escaped writes the control characters from U+007F to U+009F, which JSON lets
// stand, as \u00XX: the file store takes none in a text.
func escaped(line []byte) []byte {
	control := func(r rune) bool { return r >= 0x7f && r < 0xa0 }
	if bytes.IndexFunc(line, control) < 0 {
		return line
	}
	var b bytes.Buffer
	for _, r := range string(line) {
		if control(r) {
			fmt.Fprintf(&b, "\\u%04x", r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.Bytes()
}

func shapeOf(t store.Table) ([]byte, error) {
	s := shapeLine{Table: t.Name, Columns: make([]string, len(t.Columns)), Key: t.Key()}
	for i, c := range t.Columns {
		s.Columns[i] = c.Name + " " + c.Type
	}
	return lineOf(s)
}

// writeState writes every compared table of a database, table by table, and
// gives the statement about each.
func writeState(ctx context.Context, w io.Writer, from *store.DB) ([]TableState, error) {
	tables, err := from.Tables(ctx)
	if err != nil {
		return nil, err
	}
	out := bufio.NewWriterSize(w, 64<<10)
	if _, err := out.WriteString(stateMark + "\n"); err != nil {
		return nil, err
	}
	var all []TableState
	for _, t := range tables {
		if !compared(t.Name) {
			continue
		}
		s, err := writeTable(ctx, out, from, t)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, out.Flush()
}

func writeTable(ctx context.Context, w io.Writer, from *store.DB, t store.Table) (TableState, error) {
	sum := sha256.New()
	both := io.MultiWriter(w, sum)
	first, err := shapeOf(t)
	if err == nil {
		_, err = both.Write(first)
	}
	if err != nil {
		return TableState{}, err
	}
	shape := sha256.Sum256(first)
	s := TableState{Name: t.Name, Shape: shape[:]}
	err = store.EachRow(ctx, from.Reader(), t, func(row []any) error {
		s.Rows++
		line, err := lineOf(row) // []byte becomes base64, as encoding/json has it
		if err == nil {
			_, err = both.Write(line)
		}
		return err
	})
	s.Hash = sum.Sum(nil)
	return s, err
}

// hashTables gives the statements about a database without writing a state.
func hashTables(ctx context.Context, db *store.DB) ([]TableState, error) {
	return writeState(ctx, io.Discard, db)
}

// errReshaped means that a state was written for tables of another shape.
var errReshaped = errors.New("the tables have another shape since this closing; start from the first entry, and close again")

// stateReader fills an empty database from a state, checking every table
// against the closing's statement about it.
type stateReader struct {
	closing PeriodClosed
	b       *store.Batch
	tables  map[string]store.Table

	table  store.Table
	insert string
	rows   int64
	sum    hash.Hash
	done   int // tables finished
}

// loadState reads a state into a database whose tables are there and empty.
func loadState(ctx context.Context, r io.Reader, into *store.DB, e PeriodClosed) error {
	tables, err := into.Tables(ctx)
	if err != nil {
		return err
	}
	s := &stateReader{closing: e, tables: map[string]store.Table{}}
	for _, t := range tables {
		if compared(t.Name) {
			s.tables[t.Name] = t
		}
	}
	if len(s.tables) != len(e.Tables) {
		return errReshaped
	}
	if s.b, err = into.Begin(ctx); err != nil {
		return err
	}
	defer s.b.Rollback()
	in := bufio.NewReaderSize(r, 64<<10)
	if line, err := in.ReadString('\n'); err != nil || line != stateMark+"\n" {
		return fmt.Errorf("the state does not begin as one (%w)", err)
	}
	for {
		line, err := in.ReadBytes('\n')
		if errors.Is(err, io.EOF) && len(line) == 0 {
			break
		}
		if err == nil {
			err = s.line(ctx, line)
		}
		if err != nil {
			return err
		}
	}
	if err := s.finish(); err != nil {
		return err
	}
	if s.done != len(e.Tables) {
		return fmt.Errorf("the state has %d tables, the closing speaks of %d", s.done, len(e.Tables))
	}
	return s.b.Commit(ctx)
}

func (s *stateReader) line(ctx context.Context, line []byte) error {
	if line[0] == '{' {
		if err := s.finish(); err != nil {
			return err
		}
		return s.begin(line)
	}
	if s.sum == nil {
		return errors.New("the state has rows of no table")
	}
	s.sum.Write(line)
	s.rows++
	row, err := s.row(line)
	if err != nil {
		return fmt.Errorf("the state of %s, row %d: %w", s.table.Name, s.rows, err)
	}
	_, err = s.b.Exec(ctx, s.insert, row...)
	return err
}

// begin starts a table: it must be the next one the closing speaks of.
func (s *stateReader) begin(line []byte) error {
	var first shapeLine
	if err := json.Unmarshal(line, &first); err != nil {
		return fmt.Errorf("the state: %w", err)
	}
	t, ok := s.tables[first.Table]
	if !ok || s.done >= len(s.closing.Tables) || s.closing.Tables[s.done].Name != first.Table {
		return fmt.Errorf("the state holds %q where the closing speaks of another table", first.Table)
	}
	shape, err := shapeOf(t)
	if err != nil {
		return err
	}
	if !bytes.Equal(shape, line) {
		return errReshaped
	}
	s.table, s.rows, s.sum = t, 0, sha256.New()
	s.sum.Write(line)
	names, marks := make([]string, len(t.Columns)), make([]string, len(t.Columns))
	for i, c := range t.Columns {
		names[i], marks[i] = c.Name, fmt.Sprintf("$%d", i+1)
	}
	s.insert = fmt.Sprintf("insert into %s (%s) values (%s)", t.Name, strings.Join(names, ", "), strings.Join(marks, ", "))
	return nil
}

// finish holds the table that was read against the closing.
func (s *stateReader) finish() error {
	if s.sum == nil {
		return nil
	}
	want := s.closing.Tables[s.done]
	if s.rows != want.Rows || !bytes.Equal(s.sum.Sum(nil), want.Hash) {
		return fmt.Errorf("the state of %s is not what the closing says", s.table.Name)
	}
	s.sum = nil
	s.done++
	return nil
}

// row reads the values of one line by the types of the columns.
func (s *stateReader) row(line []byte) ([]any, error) {
	d := json.NewDecoder(bytes.NewReader(line))
	d.UseNumber()
	var row []any
	if err := d.Decode(&row); err != nil {
		return nil, err
	}
	if len(row) != len(s.table.Columns) {
		return nil, fmt.Errorf("%d values for %d columns", len(row), len(s.table.Columns))
	}
	for i, v := range row {
		x, err := stateValue(v, s.table.Columns[i].Type)
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", s.table.Columns[i].Name, err)
		}
		row[i] = x
	}
	return row, nil
}

func stateValue(v any, typ string) (any, error) {
	switch x := v.(type) {
	case nil:
		return nil, nil
	case json.Number:
		n, err := x.Int64()
		return asStored(n, typ), err
	case string:
		if typ != "bytea" {
			return x, nil
		}
		return base64.StdEncoding.DecodeString(x)
	}
	return nil, fmt.Errorf("a %T", v)
}
