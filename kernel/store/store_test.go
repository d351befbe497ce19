package store_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/store/storetest"
)

var notes = fstest.MapFS{"0001_notes.sql": {Data: []byte(`
create table notes_notes (id text not null primary key, body text, n bigint not null) without rowid;
create index notes_notes_n on notes_notes (n);
create index notes_notes_open on notes_notes (body) where n = 0 and body <> 'A';
create table tmp_notes (id text not null primary key);
create table other_things (id text not null primary key, name text not null);
`)}}

func open(t *testing.T) *store.DB {
	t.Helper()
	db := storetest.Open(t)
	if _, err := db.Migrate(t.Context(), "notes", notes); err != nil {
		t.Fatal(err)
	}
	return db
}

func write(t *testing.T, db *store.DB, f func(*store.Batch) error) error {
	t.Helper()
	b, err := db.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer b.Rollback()
	if err := f(b); err != nil {
		return err
	}
	return b.Commit(t.Context())
}

func count(t *testing.T, r store.Reader, table string) (n int) {
	t.Helper()
	if err := r.Row(t.Context(), "select count(*) from "+table, nil, &n); err != nil {
		t.Fatal(err)
	}
	return n
}

var writingQueries = []string{
	"update notes_notes set n = 9 where id = 'a' returning id",
	"insert into notes_notes (id, n) values ('z', 1) returning id",
	"delete from notes_notes returning id",
	"with x as (select 1) insert into notes_notes (id, n) values ('z', 1) returning id",
	"with x as (select 1) update notes_notes set n = 9 returning id",
	"select 1; delete from notes_notes",
	"pragma query_only = off",
	"drop table notes_notes",
	"/* harmless */ delete from notes_notes returning id",
	"select 'unterminated",
}

func TestReadersCannotWrite(t *testing.T) {
	db := open(t)
	must(t, write(t, db, func(b *store.Batch) error {
		_, err := b.Exec(t.Context(), "insert into notes_notes (id, body, n) values ('a', 'x', 1)")
		return err
	}))
	try := func(where string, r store.Reader) {
		for _, q := range writingQueries {
			rows, err := r.Query(t.Context(), q)
			if err == nil {
				for rows.Next() {
				}
				err = rows.Err()
				rows.Close()
			}
			if err == nil {
				t.Errorf("%s reader ran %q", where, q)
			}
		}
	}
	try("pool", db.Reader())
	must(t, db.View(t.Context(), func(r store.Reader) error {
		for _, q := range writingQueries[:5] {
			if rows, err := r.Query(t.Context(), q); err == nil {
				rows.Next()
				if rows.Err() == nil {
					t.Errorf("view reader ran %q", q)
				}
				rows.Close()
			}
		}
		return nil
	}))
	for _, q := range writingQueries { // each in its own batch: PostgreSQL aborts at the first refusal
		write(t, db, func(b *store.Batch) error {
			err := b.Deciding(t.Context(), func() error {
				rows, err := b.Reader().Query(t.Context(), q)
				if err != nil {
					return err
				}
				defer rows.Close()
				for rows.Next() {
				}
				return rows.Err()
			})
			if err == nil {
				t.Errorf("batch reader ran %q", q)
			}
			return nil
		})
	}
	var n int
	must(t, db.Reader().Row(t.Context(), "select n from notes_notes where id = 'a'", nil, &n))
	if n != 1 || count(t, db.Reader(), "notes_notes") != 1 {
		t.Fatalf("a reader changed something: n=%d", n)
	}
}

func TestWriterReachesOnlyItsModule(t *testing.T) {
	db := open(t)
	refused := []string{
		"insert into other_things (id, name) values ('a', 'b')",
		"insert into notes_notes (id, n) select id, 1 from other_things",
		"update notes_notes set n = (select count(*) from other_things)",
		"delete from notes_notes where id in (select o.id from notes_notes n join other_things o on o.id = n.id)",
		"insert into tmp_notes (id) values ('a')",
		"insert into notes_notes (id, n) values ('a', 1); delete from notes_notes",
		"create table notes_more (id text)",
		"drop table notes_notes",
		"select 1",
		`update "other_things" set name = 'x'`,
		"insert into journal_entries (seq) values (1)",
	}
	must(t, write(t, db, func(b *store.Batch) error {
		w := b.Writer(t.Context(), "notes")
		for _, q := range refused {
			if _, err := w.Exec(q); err == nil {
				t.Errorf("the writer ran %q", q)
			}
		}
		if err := w.One("insert into notes_notes (id, n) values ($1, $2) on conflict (id) do update set n = excluded.n", "a", 1); err != nil {
			t.Error(err)
		}
		err := b.Savepoint(t.Context(), func() error { return w.One("update notes_notes set n = 2 where id = 'missing'") })
		if err == nil {
			t.Error("One accepts a row that is not there")
		}
		w.Close()
		if _, err := w.Exec("delete from notes_notes"); err == nil {
			t.Error("the writer lives on after Apply")
		}
		return nil
	}))
	if count(t, db.Reader(), "notes_notes") != 1 {
		t.Fatal("a refused statement changed something")
	}
}

func TestApplyMayWriteWhileItReads(t *testing.T) {
	db := open(t)
	must(t, write(t, db, func(b *store.Batch) error {
		w := b.Writer(t.Context(), "notes")
		defer w.Close()
		for _, id := range []string{"a", "b", "c"} {
			must(t, w.One("insert into notes_notes (id, body, n) values ($1, $2, $3)", id, "x", 1))
		}
		var seen []string
		err := w.Each("select id, body, n, n = 1 from notes_notes order by id", nil, func(scan store.Scan) error {
			var id string
			var body *string
			var n int
			var one bool
			if err := scan(&id, &bodyOf{&body}, &n, &one); err != nil {
				return err
			}
			seen = append(seen, fmt.Sprint(id, *body, n, one))
			return w.One("update notes_notes set n = n + 1 where id = $1", id)
		})
		if strings.Join(seen, " ") != "ax1true bx1true cx1true" && strings.Join(seen, " ") != "ax1 true bx1 true cx1 true" {
			t.Errorf("saw %q", seen)
		}
		return err
	}))
	var sum int
	must(t, db.Reader().Row(t.Context(), "select sum(n) from notes_notes", nil, &sum))
	if sum != 6 {
		t.Fatalf("sum %d", sum)
	}
}

// bodyOf scans a nullable text.
type bodyOf struct{ to **string }

func (b *bodyOf) Scan(v any) error {
	if s, ok := v.(string); ok {
		*b.to = &s
	}
	return nil
}

func TestScratchWritesWorkingStateOnly(t *testing.T) {
	db := open(t)
	s := db.Scratch()
	if _, err := s.Exec(t.Context(), "insert into tmp_notes (id) values ($1)", "a"); err != nil {
		t.Fatal(err)
	}
	for _, q := range []string{"insert into notes_notes (id, n) values ('a', 1)", "delete from tmp_notes where id in (select id from notes_notes)", "drop table tmp_notes", "delete from tmp_notes; delete from notes_notes"} {
		if _, err := s.Exec(t.Context(), q); err == nil {
			t.Errorf("scratch ran %q", q)
		}
	}
}

func TestSavepointKeepsOthersWork(t *testing.T) {
	db := open(t)
	insert := func(b *store.Batch, id string) error {
		_, err := b.Exec(t.Context(), "insert into notes_notes (id, n) values ($1, 1)", id)
		return err
	}
	must(t, write(t, db, func(b *store.Batch) error {
		must(t, b.Savepoint(t.Context(), func() error { return insert(b, "a") }))
		err := b.Savepoint(t.Context(), func() error {
			must(t, insert(b, "b"))
			return insert(b, "a") // a duplicate: this transaction fails alone
		})
		if err == nil {
			t.Error("the duplicate passed")
		}
		return b.Savepoint(t.Context(), func() error { return insert(b, "c") })
	}))
	if n := count(t, db.Reader(), "notes_notes"); n != 2 {
		t.Fatalf("%d rows, want a and c", n)
	}
}

func TestOneWriterAtATime(t *testing.T) {
	db := open(t)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for k := range 10 {
				b, err := db.Begin(context.Background())
				if err != nil {
					t.Error(err)
					return
				}
				if err = b.Lock(context.Background(), 1); err == nil {
					_, err = b.Exec(context.Background(), "insert into notes_notes (id, n) select $1, coalesce(max(n), 0) + 1 from notes_notes", fmt.Sprintf("%d-%d", i, k))
				}
				if err == nil {
					err = b.Commit(context.Background())
				}
				if err != nil {
					t.Error(err)
				}
				b.Rollback()
			}
		})
	}
	wg.Wait()
	var distinct int
	must(t, db.Reader().Row(t.Context(), "select count(distinct n) from notes_notes", nil, &distinct))
	if distinct != 80 {
		t.Fatalf("%d numbers for 80 rows", distinct)
	}
}

func TestRowTellsMissingFromError(t *testing.T) {
	db := open(t)
	var id string
	if err := db.Reader().Row(t.Context(), "select id from notes_notes where id = $1", []any{"x"}, &id); !fault.Is(err, fault.NotFound) {
		t.Fatalf("got %v", err)
	}
	if err := db.Reader().Row(t.Context(), "select nothing from notes_notes", nil, &id); err == nil || fault.Is(err, fault.NotFound) {
		t.Fatalf("got %v", err)
	}
}

func TestNewerDataIsRefused(t *testing.T) {
	db := open(t)
	newer := fstest.MapFS{"0001_notes.sql": notes["0001_notes.sql"], "0002_more.sql": {Data: []byte("create table notes_more (id text not null primary key);")}}
	if _, err := db.Migrate(t.Context(), "notes", newer); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Migrate(t.Context(), "notes", notes); !fault.Is(err, fault.Unavailable) {
		t.Fatalf("an older program opened newer data: %v", err)
	}
}

func TestCompareNamesEachDifference(t *testing.T) {
	a, b := open(t), disposable(t)
	for i, db := range []*store.DB{a, b} {
		must(t, write(t, db, func(w *store.Batch) error {
			for _, id := range []string{"a", "b", "c"} {
				if _, err := w.Exec(t.Context(), "insert into notes_notes (id, body, n) values ($1, $2, $3)", id, "same", 1); err != nil {
					return err
				}
			}
			if i == 0 {
				return exec(t, w, "update notes_notes set n = 2 where id = 'a'", "delete from notes_notes where id = 'b'", "insert into notes_notes (id, n) values ('d', 1)")
			}
			return nil
		}))
	}
	tables, err := b.Tables(t.Context())
	must(t, err)
	var got []string
	for _, table := range tables {
		if table.Name != "notes_notes" {
			continue
		}
		n, err := store.Compare(t.Context(), a.Reader(), b.Reader(), table, func(d store.Difference) bool {
			got = append(got, d.Key+":"+d.Column+":"+fmt.Sprint(d.Here == "", d.There == ""))
			return true
		})
		if err != nil || n != 3 {
			t.Fatalf("%d rows, %v", n, err)
		}
	}
	if want := "a:n:false false|b::true false|d::false true"; strings.Join(got, "|") != want {
		t.Fatalf("got %v", got)
	}
}

func TestSchemaIsTheSameOnBothEngines(t *testing.T) {
	a, err := open(t).Schema(t.Context())
	must(t, err)
	b, err := disposable(t).Schema(t.Context())
	must(t, err)
	for name, def := range b {
		if a[name] != def {
			t.Errorf("%s: %q and %q", name, a[name], def)
		}
	}
	if len(a) != len(b) {
		t.Errorf("%d and %d objects", len(a), len(b))
	}
}

func disposable(t *testing.T) *store.DB {
	t.Helper()
	db, err := store.OpenDisposable(t.Context(), filepath.Join(t.TempDir(), "b.db"))
	must(t, err)
	t.Cleanup(func() { db.Close() })
	_, err = db.Migrate(t.Context(), "notes", notes)
	must(t, err)
	return db
}

func exec(t *testing.T, b *store.Batch, texts ...string) error {
	for _, q := range texts {
		if _, err := b.Exec(t.Context(), q); err != nil {
			return err
		}
	}
	return nil
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestWritersAreNotLost collects garbage between batches: on PostgreSQL a
// connection forgotten with its session would stay taken, and the pool of
// eight would soon be empty.
func TestWritersAreNotLost(t *testing.T) {
	db := open(t)
	for range 20 {
		must(t, write(t, db, func(b *store.Batch) error { return exec(t, b, "update notes_notes set n = n") }))
		runtime.GC()
		runtime.GC()
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	b, err := db.Begin(ctx)
	must(t, err)
	b.Rollback()
}

// TestMoreWritersThanPlaces: who must wait for a place gets one when somebody
// ends, although on PostgreSQL connections that wrote do not go back to the pool.
func TestMoreWritersThanPlaces(t *testing.T) {
	db := open(t)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	held := make(chan struct{})
	errs := make(chan error)
	for range 40 {
		go func() {
			b, err := db.Begin(ctx)
			if err == nil {
				<-held
				b.Rollback()
			}
			errs <- err
		}()
	}
	time.Sleep(200 * time.Millisecond)
	close(held)
	for range 40 {
		must(t, <-errs)
	}
}

// TestManyRowsByFewStatements inserts row counts around the powers of two, with
// a tail that passes over what is there.
func TestManyRowsByFewStatements(t *testing.T) {
	db := open(t)
	for _, n := range []int{0, 1, 2, 3, 31, 33, 70} {
		var args []any
		for i := range n {
			args = append(args, fmt.Sprint(i), "body", int64(i))
		}
		must(t, write(t, db, func(b *store.Batch) error {
			return b.Insert(t.Context(), "insert into notes_notes (id, body, n) values", "on conflict do nothing", 3, args)
		}))
		var count, sum int
		must(t, db.Reader().Row(t.Context(), "select count(*), coalesce(sum(n), 0) from notes_notes", nil, &count, &sum))
		if count != n || sum != n*(n-1)/2 {
			t.Fatalf("%d rows, sum %d, want %d rows", count, sum, n)
		}
	}
}

// TestWhatFailsLaterFailsItsOwnTransaction: on PostgreSQL statements wait to
// be sent together; one that fails must take its savepoint with it and no other.
func TestWhatFailsLaterFailsItsOwnTransaction(t *testing.T) {
	db := open(t)
	must(t, write(t, db, func(b *store.Batch) error {
		add := func(id string, times int) error {
			return b.Savepoint(t.Context(), func() error {
				w := b.Writer(t.Context(), "notes")
				defer w.Close()
				for range times {
					if err := w.One("insert into notes_notes (id, n) values ($1, 1)", id); err != nil {
						return err
					}
				}
				return w.One("update notes_notes set n = 2 where id = $1 and id <> 'nobody'", id)
			})
		}
		if err := errors.Join(add("a", 1), add("c", 1)); err != nil {
			return err
		}
		if add("b", 2) == nil {
			t.Error("a duplicate passed")
		}
		if add("nobody", 1) == nil { // only its last statement changes no row
			t.Error("a change of no row passed")
		}
		if b.Savepoint(t.Context(), func() error { return errors.New("before anything was sent") }) == nil {
			t.Error("an error was lost")
		}
		return add("d", 1)
	}))
	var ids string
	must(t, db.Reader().Each(t.Context(), "select id from notes_notes where n = 2 order by id", nil, func(scan store.Scan) error {
		var id string
		err := scan(&id)
		ids += id
		return err
	}))
	if ids != "acd" {
		t.Fatalf("kept %q, want acd", ids)
	}
}
