package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/bits"
	"strings"
	"sync"
)

// session is a writing connection with its prepared statements.
type session struct {
	engine Engine
	conn   *sql.Conn
	stmts  statements
	pure   map[string]error // SQLite: does the compiled query change anything?
	line   pipeline         // PostgreSQL: statements that wait to be sent together
	lost   error            // SQLite: why the engine has taken the whole transaction back
}

// whole gives the error by which a transaction was lost. SQLite takes a
// transaction back by itself where the disk is full or fails; what came after
// would be committed statement by statement.
func (s *session) whole(err error) error {
	if err == nil || s.engine != SQLite {
		return err
	}
	for _, sign := range []string{"database or disk is full", "disk I/O error", "out of memory", "interrupted"} {
		if strings.Contains(err.Error(), sign) {
			s.lost = wrap(err)
			return s.lost
		}
	}
	return err
}

func (db *DB) session(ctx context.Context) (*session, error) {
	if db.Engine == SQLite && db.main != nil {
		return db.main, nil
	}
	if s := db.taken(); s != nil {
		return s, nil
	}
	conn, err := db.write.Conn(ctx)
	if err != nil {
		return nil, wrap(err)
	}
	s := &session{engine: db.Engine, conn: conn, pure: map[string]error{}}
	s.stmts.prepare = conn.PrepareContext
	if db.Engine == SQLite {
		db.main = s
	}
	return s, nil
}

func (s *session) close() {
	s.stmts.close()
	_ = s.conn.Close() // it goes back to the pool; one that broke is dropped there
}

func (s *session) exec(ctx context.Context, text string, args []any) (int64, error) {
	if s.engine == Postgres {
		s.line.add(text, args, anyRows)
		return s.line.flush(ctx, s.conn)
	}
	if s.lost != nil {
		return 0, s.lost
	}
	st, err := s.stmts.get(ctx, text)
	if err != nil {
		return 0, err
	}
	res, err := st.ExecContext(ctx, args...)
	if err != nil {
		return 0, s.whole(wrap(err))
	}
	return res.RowsAffected()
}

// later runs a statement whose outcome nobody waits for: on PostgreSQL it goes
// out with those before and after it, and its error comes with theirs. rows is
// how many it must change, or anyRows.
func (s *session) later(ctx context.Context, text string, args []any, rows int64) error {
	if s.engine == Postgres {
		s.line.add(text, args, rows)
		return nil
	}
	n, err := s.exec(ctx, text, args)
	if err == nil {
		err = counted(text, n, rows)
	}
	return err
}

func (s *session) rows(ctx context.Context, text string, args []any) (*sql.Rows, error) {
	if s.engine == Postgres {
		if _, err := s.line.flush(ctx, s.conn); err != nil {
			return nil, err
		}
		return s.conn.QueryContext(ctx, text, args...)
	}
	if s.lost != nil {
		return nil, s.lost
	}
	if err := s.changesNothing(ctx, text, args); err != nil {
		return nil, err
	}
	st, err := s.stmts.get(ctx, text)
	if err != nil {
		return nil, err
	}
	return st.QueryContext(ctx, args...)
}

// changesNothing asks SQLite itself, once per text: a compiled program that
// opens a write transaction says so in its Transaction instruction. (The
// query_only pragma would do too, but each turn of it throws away every
// prepared statement of the connection.)
func (s *session) changesNothing(ctx context.Context, text string, args []any) error {
	if err, ok := s.pure[text]; ok {
		return err
	}
	rows, err := s.conn.QueryContext(ctx, "explain "+text, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var addr, p1, p2, p3, p5 int
		var opcode string
		var p4, comment sql.NullString
		if err := rows.Scan(&addr, &opcode, &p1, &p2, &p3, &p4, &p5, &comment); err != nil {
			return err
		}
		if opcode == "Transaction" && p2 != 0 || opcode == "OpenWrite" && p1 >= 0 && p2 > 0 {
			err = fmt.Errorf("store: a query that writes: %q", head(text))
		}
	}
	if e := rows.Err(); e != nil {
		return e
	}
	s.pure[text] = err
	return err
}

// acquire takes a place for a writer in this process.
func (db *DB) acquire(ctx context.Context) (func(), error) {
	select {
	case db.lock <- struct{}{}:
		return db.leave, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// leave gives the place back.
func (db *DB) leave() { <-db.lock }

// Batch is a write transaction. Only the journal opens one; it shares a
// batch among the transactions of many callers, each behind a savepoint, so
// that they share one commit.
type Batch struct {
	db      *DB
	s       *session
	release func()
	aboard  []*rider
	done    bool
}

// Begin opens a write transaction, waiting for the writer before it.
func (db *DB) Begin(ctx context.Context) (*Batch, error) {
	release, err := db.acquire(ctx)
	if err != nil {
		return nil, err
	}
	return db.begin(ctx, release)
}

// begin is Begin for who has a place already.
func (db *DB) begin(ctx context.Context, release func()) (*Batch, error) {
	s, err := db.session(ctx)
	if err != nil {
		release()
		return nil, err
	}
	s.lost = nil
	if db.Engine == Postgres {
		s.line.add("begin", nil, anyRows)
	} else if _, err := s.conn.ExecContext(ctx, "begin immediate"); err != nil {
		release()
		return nil, wrap(err)
	}
	return &Batch{db: db, s: s, release: release}, nil
}

// taken takes a waiting PostgreSQL session, nil if there is none. They are
// kept by hand: a pool that forgets them would leave their connections taken
// for good.
func (db *DB) taken() *session {
	db.mu.Lock()
	defer db.mu.Unlock()
	if len(db.free) == 0 {
		return nil
	}
	s := db.free[len(db.free)-1]
	db.free = db.free[:len(db.free)-1]
	return s
}

// put gives a PostgreSQL session back, or drops it after an error.
func (db *DB) put(s *session, err error) {
	if db.Engine == SQLite {
		return
	}
	if err != nil {
		s.close()
		return
	}
	db.mu.Lock()
	defer db.mu.Unlock()
	db.free = append(db.free, s)
}

// Lock makes later batches of any process wait until this one ends; number
// chooses the lock. SQLite has one writer anyway.
func (b *Batch) Lock(ctx context.Context, number int64) error {
	if b.db.Engine == SQLite {
		return nil
	}
	_, err := b.s.exec(ctx, "select pg_advisory_xact_lock($1)", []any{number})
	return err
}

// Commit ends the batch; when it returns nil the rows are on the disk.
func (b *Batch) Commit(ctx context.Context) error {
	if b.done {
		return errors.New("store: the batch has ended")
	}
	err := b.flush(ctx)
	if err != nil {
		b.fail(wrap(err))
		b.Rollback()
		return wrap(err)
	}
	b.db.commits.Add(1)
	b.end(nil)
	return nil
}

// flush makes everything durable; on SQLite the working state that waits too.
func (b *Batch) flush(ctx context.Context) error {
	if b.db.Engine == SQLite {
		b.board(ctx)
		if b.s.lost != nil {
			return b.s.lost
		}
		_, err := b.s.conn.ExecContext(ctx, "commit")
		return err
	}
	if b.s.line.counts() { // a count that is wrong must be seen before it is too late
		if _, err := b.s.line.flush(ctx, b.s.conn); err != nil {
			return err
		}
	}
	b.s.line.add("commit", nil, anyRows)
	_, err := b.s.line.flush(ctx, b.s.conn)
	return err
}

// Rollback ends the batch and leaves nothing of it. After Commit it does nothing.
func (b *Batch) Rollback() {
	if b.done {
		return
	}
	b.s.line.clear()
	_, err := b.s.conn.ExecContext(context.Background(), "rollback")
	b.end(err)
}

func (b *Batch) end(err error) {
	b.done = true
	b.db.put(b.s, err)
	b.release()
	for _, r := range b.aboard {
		close(r.done)
	}
}

// Savepoint runs f and keeps what it did only if it gives no error.
func (b *Batch) Savepoint(ctx context.Context, f func() error) error {
	at := b.s.line.mark()
	if err := b.s.later(ctx, "savepoint one", nil, anyRows); err != nil {
		return err
	}
	err := f()
	if err == nil {
		_, err = b.s.line.flush(ctx, b.s.conn) // before the release: after it nothing can be taken back
	}
	if err == nil {
		return b.s.later(ctx, "release savepoint one", nil, anyRows)
	}
	if b.s.line.back(at) || b.s.lost != nil {
		return err // nothing of it was sent, or everything is taken back
	}
	if _, e := b.s.exec(context.Background(), "rollback to savepoint one", nil); e != nil {
		return errors.Join(err, e)
	}
	if _, e := b.s.exec(context.Background(), "release savepoint one", nil); e != nil {
		return errors.Join(err, e)
	}
	return err
}

// Deciding runs f, which may only read: on PostgreSQL inside a read-only
// subtransaction, on SQLite every statement of the batch's Reader is proven
// read-only by the engine's own compilation of it. After an error the
// savepoint around it must be rolled back.
func (b *Batch) Deciding(ctx context.Context, f func() error) error {
	if b.db.Engine == SQLite {
		return f()
	}
	b.s.line.add("savepoint decide", nil, anyRows)
	b.s.line.add("set transaction read only", nil, anyRows)
	if err := f(); err != nil {
		return err
	}
	b.s.line.add("release savepoint decide", nil, anyRows)
	return nil
}

// Reader reads inside the batch, seeing what it has written so far.
func (b *Batch) Reader() Reader {
	return Reader{query: b.s.rows}
}

// Exec runs one statement on any table; it is the journal's own hand.
func (b *Batch) Exec(ctx context.Context, text string, args ...any) (int64, error) {
	if b.done {
		return 0, errors.New("store: the batch has ended")
	}
	return b.s.exec(ctx, text, args)
}

// Insert inserts many rows by few statements: text is everything up to and
// including "values", tail what follows the rows ("" or "on conflict …"), args
// the values of all rows, width of them a row.
func (b *Batch) Insert(ctx context.Context, text, tail string, width int, args []any) error {
	for len(args) > 0 {
		n := width * share(len(args)/width)
		if err := b.s.later(ctx, many(text, tail, width, n/width), args[:n], anyRows); err != nil {
			return err
		}
		args = args[n:]
	}
	return nil
}

// mostRows are inserted by one statement.
const mostRows = 32

// share gives how many of n rows the next statement takes: a power of two, so
// that few texts are prepared.
func share(n int) int {
	return min(mostRows, 1<<(bits.Len(uint(n))-1))
}

// many writes the statement that inserts rows of width values each.
func many(text, tail string, width, rows int) string {
	key := manyKey{text, tail, width, rows}
	if s, ok := manyTexts.Load(key); ok {
		return s.(string)
	}
	var s strings.Builder
	s.WriteString(text)
	for row := range rows {
		if row > 0 {
			s.WriteByte(',')
		}
		s.WriteString(" (")
		for i := range width {
			if i > 0 {
				s.WriteString(", ")
			}
			fmt.Fprintf(&s, "$%d", row*width+i+1)
		}
		s.WriteByte(')')
	}
	s.WriteString(" " + tail)
	manyTexts.Store(key, s.String())
	return s.String()
}

type manyKey struct {
	text, tail  string
	width, rows int
}

var manyTexts sync.Map
