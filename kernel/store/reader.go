package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
)

// Reader queries and cannot write: it has no method that executes, it takes
// only statements that begin with select, with or values, and the engine
// refuses those that would change a row (`with x as (…) update … returning`,
// a function with a side effect).
type Reader struct {
	query func(ctx context.Context, sql string, args []any) (*sql.Rows, error)
}

// Query runs a query. The caller closes the rows.
func (r Reader) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if err := queries.check(query); err != nil {
		return nil, err
	}
	rows, err := r.query(ctx, query, args)
	return rows, wrap(err)
}

// Scan reads the columns of one row into dest; see database/sql's Rows.Scan.
type Scan func(dest ...any) error

// Row runs a query that gives at most one row and reads it into dest; where
// there is none the error is fault.NotFound.
func (r Reader) Row(ctx context.Context, query string, args []any, dest ...any) error {
	found := false
	err := r.Each(unwatched(ctx), query, args, func(scan Scan) error {
		if found {
			return errors.New("store: more than one row")
		}
		found = true
		return scan(dest...)
	})
	if err == nil && !found {
		return fault.New(fault.NotFound, "fault.not-found")
	}
	return err
}

// Each runs a query and calls f for each row.
func (r Reader) Each(ctx context.Context, query string, args []any, f func(Scan) error) error {
	return r.rows(ctx, query, args, func(rows *sql.Rows) error { return f(rows.Scan) })
}

func (r Reader) rows(ctx context.Context, query string, args []any, f func(*sql.Rows) error) error {
	rows, err := r.Query(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := f(rows); err != nil {
			return err
		}
	}
	return wrap(rows.Err())
}

// List runs a query and gathers what read makes of each row.
func List[T any](ctx context.Context, r Reader, query string, args []any, read func(Scan) (T, error)) ([]T, error) {
	var all []T
	err := r.Each(ctx, query, args, func(s Scan) error {
		v, err := read(s)
		all = append(all, v)
		return err
	})
	return all, err
}

// One runs a query for one record and gives what read makes of its first row;
// where there is none the error is fault.NotFound.
func One[T any](ctx context.Context, r Reader, query string, args []any, read func(Scan) (T, error)) (T, error) {
	return First(List(unwatched(ctx), r, query, args, read))
}

// unwatched is the context of a query for one record: it is over before anybody
// could give up, and watching whether they do costs two goroutines, as much as the query.
func unwatched(ctx context.Context) context.Context {
	if ctx.Err() != nil {
		return ctx
	}
	return context.WithoutCancel(ctx)
}

// First gives the first of a list that was read; of an empty one it says
// fault.NotFound.
func First[T any](all []T, err error) (T, error) {
	if err == nil && len(all) == 0 {
		err = fault.New(fault.NotFound, "fault.not-found")
	}
	if err != nil {
		var none T
		return none, err
	}
	return all[0], nil
}

// Scanner reads a column into something of its own kind.
type Scanner = sql.Scanner

// At reads a column of microseconds into a time; 0 is the zero time.
func At(t *time.Time) Scanner { return moment{t} }

type moment struct{ t *time.Time }

// Scan reads whole microseconds.
func (m moment) Scan(v any) error {
	*m.t = time.Time{}
	if us, ok := v.(int64); ok && us != 0 {
		*m.t = Time(us)
	}
	return nil
}

// Reader gives a reader in which each query sees the latest commit.
func (db *DB) Reader() Reader {
	return Reader{query: func(ctx context.Context, query string, args []any) (*sql.Rows, error) {
		if db.Engine == Postgres { // pgx keeps prepared statements itself
			return db.read.QueryContext(ctx, query, args...)
		}
		st, err := db.reads.get(ctx, query)
		if err != nil {
			return nil, err
		}
		return st.QueryContext(ctx, args...)
	}}
}

// View gives f a reader in which all queries see one and the same commit.
func (db *DB) View(ctx context.Context, f func(Reader) error) error {
	tx, err := db.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true, Isolation: db.snapshot()})
	if err != nil {
		return wrap(err)
	}
	defer tx.Rollback()
	return f(Reader{query: func(ctx context.Context, query string, args []any) (*sql.Rows, error) {
		if db.Engine == Postgres {
			return tx.QueryContext(ctx, query, args...)
		}
		st, err := db.reads.get(ctx, query)
		if err != nil {
			return nil, err
		}
		return tx.StmtContext(ctx, st).QueryContext(ctx, args...)
	}})
}

func (db *DB) snapshot() sql.IsolationLevel {
	if db.Engine == Postgres {
		return sql.LevelRepeatableRead
	}
	return sql.LevelDefault
}

// statements keeps prepared statements by their text.
type statements struct {
	prepare func(context.Context, string) (*sql.Stmt, error)
	mu      sync.Mutex
	byText  map[string]*sql.Stmt
}

// limit bounds the cache: list filters make texts of their own.
const statementLimit = 512

func (s *statements) get(ctx context.Context, query string) (*sql.Stmt, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if st := s.byText[query]; st != nil {
		return st, nil
	}
	st, err := s.prepare(ctx, query)
	if err != nil {
		return nil, err
	}
	if s.byText == nil || len(s.byText) >= statementLimit {
		s.byText = map[string]*sql.Stmt{} // the dropped ones close when the garbage collector finds them unused
	}
	s.byText[query] = st
	return st, nil
}

func (s *statements) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, st := range s.byText {
		_ = st.Close() // its connections close next
	}
	s.byText = nil
}

// queries remembers which texts are queries.
var queries = checked{check1: func(text string) error {
	words := tokens(text)
	if len(words) == 0 || words[0] != "select" && words[0] != "with" && words[0] != "values" {
		return fmt.Errorf("store: a reader cannot run %q", head(text))
	}
	for _, w := range words {
		if w == ";" {
			return fmt.Errorf("store: more than one statement in %q", head(text))
		}
	}
	return nil
}}

// checked remembers texts that passed a check.
type checked struct {
	check1 func(string) error
	seen   sync.Map
}

func (c *checked) check(text string) error {
	if _, ok := c.seen.Load(text); ok {
		return nil
	}
	if err := c.check1(text); err != nil {
		return err
	}
	c.seen.Store(text, true)
	return nil
}

func head(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	return text[:min(len(text), 60)]
}

// tokens splits SQL into lower-case words and marks, leaving out comments and
// the insides of string literals, which stand as a quote: enough to tell what a
// statement is and which tables it names.
func tokens(text string) []string {
	var out []string
	for i := 0; i < len(text); {
		c := text[i]
		switch {
		case c == '\'' || c == '"' || c == '`':
			end := strings.IndexByte(text[i+1:], c)
			if end < 0 {
				return append(out, ";") // unterminated: no single statement
			}
			if c == '\'' {
				out = append(out, "'")
			} else {
				out = append(out, strings.ToLower(text[i+1:i+1+end]))
			}
			i += end + 2
		case strings.HasPrefix(text[i:], "--"):
			i += skip(text[i:], "\n")
		case strings.HasPrefix(text[i:], "/*"):
			i += skip(text[i:], "*/")
		case wordByte(c):
			j := i
			for j < len(text) && wordByte(text[j]) {
				j++
			}
			out = append(out, strings.ToLower(text[i:j]))
			i = j
		default:
			if c == ';' || c == '(' || c == ')' || c == ',' {
				out = append(out, string(c))
			}
			i++
		}
	}
	return out
}

func wordByte(c byte) bool {
	return c == '_' || c == '.' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

func skip(text, end string) int {
	if n := strings.Index(text, end); n >= 0 {
		return n + len(end)
	}
	return len(text)
}
