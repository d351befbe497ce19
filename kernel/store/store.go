package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/amana-platform/amana/kernel/fault"

	_ "github.com/jackc/pgx/v5/stdlib" // PostgreSQL
	_ "modernc.org/sqlite"             // SQLite
)

// Engine names a database engine.
type Engine string

// The two engines.
const (
	SQLite   Engine = "sqlite"
	Postgres Engine = "postgres"
)

// DB is an open database: one writing connection at a time on SQLite, a pool
// on PostgreSQL, and a pool of reading connections that cannot write.
type DB struct {
	Engine Engine

	url   string
	write *sql.DB
	read  *sql.DB
	reads statements
	mu    sync.Mutex
	free  []*session    // PostgreSQL only: writing connections that wait for work
	lock  chan struct{} // places for writers: one on SQLite, writers on PostgreSQL
	main  *session      // the one SQLite writer

	riders  chan *rider   // statements on working state that wait for a commit
	wheel   chan struct{} // PostgreSQL only: who commits them
	commits atomic.Int64
}

// Commits tells how often this process has waited for the disk.
func (db *DB) Commits() int64 { return db.commits.Load() }

// readers is how many SQLite connections read side by side: three keep two
// cores busy, and each reads its pages anew after every commit.
const readers = 3

// writers is how many PostgreSQL connections write side by side. Who finds none
// waits for a place and not for the pool, to which sessions do not come back.
const writers = 8

// Open opens "sqlite:PATH" or "postgres://…", creating an SQLite file that
// does not exist. The caller closes it.
func Open(ctx context.Context, address string) (*DB, error) {
	db := &DB{url: address, lock: make(chan struct{}, 1), riders: make(chan *rider), wheel: make(chan struct{}, 1)}
	var err error
	if path, ok := strings.CutPrefix(address, "sqlite:"); ok {
		db.Engine = SQLite
		err = db.openSQLite(path, durable...)
	} else if strings.HasPrefix(address, "postgres://") || strings.HasPrefix(address, "postgresql://") {
		db.Engine = Postgres
		err = db.openPostgres(address)
	} else {
		return nil, fmt.Errorf("store: %q is neither sqlite:PATH nor postgres://…", redact(address))
	}
	if err == nil {
		err = db.write.PingContext(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("store: open %s: %w", redact(address), errors.Join(err, db.Close()))
	}
	db.reads.prepare = db.read.PrepareContext
	return db, nil
}

// OpenDisposable opens a new SQLite file that need not survive a power cut:
// the empty database of a verification.
func OpenDisposable(ctx context.Context, path string) (*DB, error) {
	db := &DB{Engine: SQLite, url: "sqlite:" + path, lock: make(chan struct{}, 1), riders: make(chan *rider), wheel: make(chan struct{}, 1)}
	err := db.openSQLite(path, "journal_mode(wal)", "synchronous(off)", "cache_size(-48000)", "wal_autocheckpoint(20000)")
	if err != nil {
		return nil, fmt.Errorf("store: open %s: %w", path, errors.Join(err, db.Close()))
	}
	db.reads.prepare = db.read.PrepareContext
	return db, nil
}

// durable are the settings of a record: synchronous=full, so that what was
// acknowledged survives a power cut; secure_delete, so that an erased value is
// overwritten and not only unlinked. The cache holds the upper pages of every
// tree and no more: a commit that balanced one goes through all of it.
var durable = []string{"journal_mode(wal)", "synchronous(full)", "secure_delete(on)", "cache_size(-6000)", "wal_autocheckpoint(4000)"}

func (db *DB) openSQLite(path string, pragmas ...string) error {
	abs, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	dsn := func(extra ...string) string {
		q := url.Values{"_pragma": append(extra, "busy_timeout(10000)", "foreign_keys(on)", "temp_store(memory)"), "_txlock": {"immediate"}}
		return (&url.URL{Scheme: "file", OmitHost: true, Path: abs, RawQuery: q.Encode()}).String()
	}
	if db.write, err = sql.Open("sqlite", dsn(pragmas...)); err != nil {
		return err
	}
	db.write.SetMaxOpenConns(1)
	if err := db.write.Ping(); err != nil { // make the file before the readers look for it
		return err
	}
	if db.read, err = sql.Open("sqlite", dsn("query_only(on)", "cache_size(-6000)")); err != nil {
		return err
	}
	db.read.SetMaxOpenConns(readers)
	db.read.SetMaxIdleConns(readers)
	return nil
}

func (db *DB) openPostgres(address string) error {
	u, err := url.Parse(address)
	if err != nil {
		return errors.New("malformed address") // url.Parse repeats the password in its error
	}
	if db.write, err = sql.Open("pgx", u.String()); err != nil {
		return err
	}
	q := u.Query()
	q.Set("default_transaction_read_only", "on")
	u.RawQuery = q.Encode()
	if db.read, err = sql.Open("pgx", u.String()); err != nil {
		return err
	}
	db.lock = make(chan struct{}, writers)
	db.write.SetMaxOpenConns(writers + 2) // two for migrations and compaction, beside sessions that wait for work
	db.read.SetMaxOpenConns(24)
	db.read.SetMaxIdleConns(24)
	return nil
}

// Close closes every connection. On SQLite the last one out folds the
// write-ahead log into the file.
func (db *DB) Close() error {
	db.reads.close()
	if db.main != nil {
		db.main.close()
		db.main = nil
	}
	for s := db.taken(); s != nil; s = db.taken() {
		s.close()
	}
	var errs []error
	for _, d := range []*sql.DB{db.read, db.write} {
		if d != nil {
			errs = append(errs, d.Close())
		}
	}
	return errors.Join(errs...)
}

// Address gives the address the database was opened with, without password.
func (db *DB) Address() string { return redact(db.url) }

func redact(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "malformed address"
	}
	return u.Redacted()
}

// Micros brings a time to the form columns keep: microseconds since 1970.
// The zero time is 0.
func Micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// Time reads a column that Micros filled.
func Time(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

// Compact gives unused pages back to the disk and folds the write-ahead log
// into the file, so that nothing deleted is left in any byte of either.
func (db *DB) Compact(ctx context.Context) error {
	if db.Engine == Postgres {
		return db.vacuum(ctx)
	}
	release, err := db.acquire(ctx)
	if err != nil {
		return err
	}
	defer release()
	s, err := db.session(ctx)
	if err != nil {
		return err
	}
	for _, q := range []string{"vacuum", "pragma wal_checkpoint(truncate)"} {
		if _, err := s.conn.ExecContext(ctx, q); err != nil {
			return wrap(err)
		}
	}
	return nil
}

// vacuum rewrites every table of a PostgreSQL database. It wants each for itself,
// and whoever reads a table waits behind it; so it gives way to one that reads
// long, such as a verification, and comes again.
func (db *DB) vacuum(ctx context.Context) error {
	conn, err := db.write.Conn(ctx)
	if err != nil {
		return wrap(err)
	}
	defer func() { _ = conn.Close() }() // it goes back to the pool
	for {
		if _, err = conn.ExecContext(ctx, "set lock_timeout = '500ms'"); err == nil {
			_, err = conn.ExecContext(ctx, "vacuum full")
		}
		if _, e := conn.ExecContext(context.WithoutCancel(ctx), "reset lock_timeout"); e != nil {
			return wrap(errors.Join(err, e))
		}
		if err == nil || !strings.Contains(err.Error(), "55P03") { // lock not available
			return wrap(err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Second):
		}
	}
}

// Checkpoint folds the write-ahead log into the file and empties it.
func (db *DB) Checkpoint(ctx context.Context) error {
	if db.Engine == Postgres {
		return nil
	}
	release, err := db.acquire(ctx)
	if err != nil {
		return err
	}
	defer release()
	s, err := db.session(ctx)
	if err != nil {
		return err
	}
	_, err = s.conn.ExecContext(ctx, "pragma wal_checkpoint(truncate)")
	return wrap(err)
}

// wrap turns what an operator can mend (a full disk, a read-only file, a
// lost server) into a fault that may be shown, and leaves the rest alone.
func wrap(err error) error {
	if err == nil {
		return nil
	}
	s := err.Error()
	for _, sign := range []string{"database or disk is full", "(SQLITE_FULL)", "disk I/O error", "attempt to write a readonly database", "no space left", "53100"} {
		if strings.Contains(s, sign) {
			return fault.Wrap(err, fault.Unavailable, "fault.disk-full")
		}
	}
	if strings.Contains(s, "failed to connect") || strings.Contains(s, "connection refused") || strings.Contains(s, "57P01") {
		return fault.Wrap(err, fault.Unavailable, "fault.store-away")
	}
	return err
}
