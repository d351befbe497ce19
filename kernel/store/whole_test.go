package store_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/store/storetest"
)

// TestAnAddressIsOfOneOfTwoEngines, and no error or log repeats a password.
func TestAnAddressIsOfOneOfTwoEngines(t *testing.T) {
	for address, says := range map[string]string{
		"":                     "neither sqlite:PATH nor postgres://",
		"mysql://u:secret@h/d": "neither sqlite:PATH nor postgres://",
		"amana.db":             "neither",
		"sqlite:" + filepath.Join(t.TempDir(), "no", "folder", "x.db"):           "unable to open database file",
		"postgres://u:secret@127.0.0.1:1/d?connect_timeout=1":                    "127.0.0.1:1",
		"postgres://u:secret@h:port/d":                                           "malformed address",
		"postgresql://u:secret@127.0.0.1:1/d?sslmode=nonsense&connect_timeout=1": "",
	} {
		db, err := store.Open(t.Context(), address)
		if err == nil || db != nil {
			t.Errorf("%q was opened", address)
		} else if !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", address, err)
		}
	}
	if _, err := store.OpenDisposable(t.Context(), filepath.Join(t.TempDir(), "no", "folder", "x.db")); err == nil {
		t.Error("a disposable one was opened in no folder")
	}
	db := storetest.OpenAt(t, storetest.SQLite(t))
	if !strings.HasPrefix(db.Address(), "sqlite:/") {
		t.Errorf("%q", db.Address())
	}
}

// TestTimesKeepTheirMicroseconds, and nothing is the zero time.
func TestTimesKeepTheirMicroseconds(t *testing.T) {
	at := time.Date(1969, 12, 31, 23, 0, 0, 123456789, time.FixedZone("", 3600))
	for _, x := range []time.Time{at, time.Date(2026, 11, 28, 0, 0, 0, 1000, time.UTC), {}} {
		if got := store.Time(store.Micros(x)); !got.Equal(x.Truncate(time.Microsecond)) || got.Location() != time.UTC {
			t.Errorf("%v became %v", x, got)
		}
	}
	if store.Micros(time.Time{}) != 0 || !store.Time(0).IsZero() {
		t.Error("the zero time is not 0")
	}
}

// TestABatchThatEndedDoesNothing more, whatever is asked of it.
func TestABatchThatEndedDoesNothing(t *testing.T) {
	db := open(t)
	b, err := db.Begin(t.Context())
	must(t, err)
	must(t, exec(t, b, "insert into notes_notes (id, n) values ('a', 1)"))
	must(t, b.Commit(t.Context()))
	b.Rollback()
	if err := b.Commit(t.Context()); err == nil {
		t.Error("committed twice")
	}
	if err := exec(t, b, "insert into notes_notes (id, n) values ('b', 1)"); err == nil {
		t.Error("written after the commit")
	}
	c, err := db.Begin(t.Context())
	must(t, err)
	must(t, exec(t, c, "insert into notes_notes (id, n) values ('c', 1)"))
	c.Rollback()
	c.Rollback()
	if err := c.Commit(t.Context()); err == nil {
		t.Error("committed what was taken back")
	}
	if n := count(t, db.Reader(), "notes_notes"); n != 1 {
		t.Errorf("%d rows", n)
	}
}

// TestAViewSeesOneCommit while others write; a reader sees the latest.
func TestAViewSeesOneCommit(t *testing.T) {
	db := open(t)
	must(t, db.View(t.Context(), func(r store.Reader) error {
		before := count(t, r, "notes_notes")
		must(t, write(t, db, func(b *store.Batch) error { return exec(t, b, "insert into notes_notes (id, n) values ('a', 1)") }))
		if after := count(t, r, "notes_notes"); after != before || count(t, db.Reader(), "notes_notes") != 1 {
			t.Errorf("%d, then %d", before, after)
		}
		return nil
	}))
	gone := errors.New("mine")
	if err := db.View(t.Context(), func(store.Reader) error { return gone }); !errors.Is(err, gone) {
		t.Errorf("%v", err)
	}
}

// TestListStopsAtTheFirstError and gives what is wrong; more than one row is no
// row.
func TestListStopsAtTheFirstError(t *testing.T) {
	db := open(t)
	must(t, write(t, db, func(b *store.Batch) error {
		return exec(t, b, "insert into notes_notes (id, n) values ('a', 1), ('b', 2), ('c', 3)")
	}))
	read := func(scan store.Scan) (id string, err error) {
		if err = scan(&id); err == nil && id == "c" {
			err = errors.New("not this one")
		}
		return id, err
	}
	got, err := store.List(t.Context(), db.Reader(), "select id from notes_notes where n < $1 order by id", []any{3}, read)
	if err != nil || cmp.Diff([]string{"a", "b"}, got) != "" {
		t.Errorf("%v %v", got, err)
	}
	if _, err := store.List(t.Context(), db.Reader(), "select id from notes_notes order by id", nil, read); err == nil {
		t.Error("an error was lost")
	}
	var id string
	if err := db.Reader().Row(t.Context(), "select id from notes_notes", nil, &id); err == nil || fault.Is(err, fault.NotFound) {
		t.Errorf("three rows are one: %v", err)
	}
}

// TestMigrationsRunOnceInTheirOrder, each whole or not at all.
func TestMigrationsRunOnceInTheirOrder(t *testing.T) {
	db := storetest.Open(t)
	files := fstest.MapFS{
		"0010_c.sql": {Data: []byte("insert into notes_order (n) select count(*) + 10 from notes_order;")},
		"0001_a.sql": {Data: []byte("create table notes_order (n bigint not null primary key);")},
		"0002_b.sql": {Data: []byte("-- +goose Up\ninsert into notes_order (n) values (1);")},
		"readme.txt": {Data: []byte("not a migration")},
	}
	for want := range map[int]bool{3: true} {
		n, err := db.Migrate(t.Context(), "notes", files)
		if err != nil || n != want {
			t.Fatalf("%d %v", n, err)
		}
	}
	if n, err := db.Migrate(t.Context(), "notes", files); n != 0 || err != nil {
		t.Errorf("a second time: %d %v", n, err)
	}
	var sum int
	must(t, db.Reader().Row(t.Context(), "select sum(n) from notes_order", nil, &sum))
	if sum != 12 {
		t.Errorf("sum %d, want 1 and 11", sum)
	}
	files["0011_d.sql"] = &fstest.MapFile{Data: []byte("insert into notes_order (n) values (99);\ninsert into notes_order (n) values (99);")}
	if _, err := db.Migrate(t.Context(), "notes", files); err == nil || !strings.Contains(err.Error(), "notes") {
		t.Errorf("%v", err)
	}
	if n := count(t, db.Reader(), "notes_order"); n != 2 {
		t.Errorf("%d rows: a half migration stands", n)
	}
	files["0011_d.sql"] = &fstest.MapFile{Data: []byte("insert into notes_order (n) values (99);")}
	if n, err := db.Migrate(t.Context(), "notes", files); n != 1 || err != nil {
		t.Errorf("mended: %d %v", n, err)
	}
	if n, err := db.Migrate(t.Context(), "empty", fstest.MapFS{}); n != 0 || err != nil {
		t.Errorf("a module without tables: %d %v", n, err)
	}
	for name, bad := range map[string]fstest.MapFS{"without a number": {"a.sql": {Data: []byte("select 1;")}}, "one number twice": {"0001_a.sql": {Data: []byte("select 1;")}, "0001_b.sql": {Data: []byte("select 1;")}}} {
		if _, err := db.Migrate(t.Context(), "bad", bad); err == nil {
			t.Errorf("%s: migrated", name)
		}
	}
	must(t, write(t, db, func(b *store.Batch) error { return exec(t, b, "insert into notes_order (n) values (100)") }))
}

// TestMigratingAmongWriters: the one connection of SQLite that writes comes back.
func TestMigratingAmongWriters(t *testing.T) {
	db := open(t)
	for i := range 3 {
		must(t, write(t, db, func(b *store.Batch) error {
			return exec(t, b, fmt.Sprintf("insert into notes_notes (id, n) values ('%d', 1)", i))
		}))
		module := fmt.Sprintf("m%d", i)
		if n, err := db.Migrate(t.Context(), module, fstest.MapFS{"0001_x.sql": {Data: []byte("create table " + module + "_x (id text not null primary key);")}}); n != 1 || err != nil {
			t.Fatalf("%d %v", n, err)
		}
	}
	if n := count(t, db.Reader(), "notes_notes"); n != 3 {
		t.Errorf("%d rows", n)
	}
}

// TestTablesAreDescribedAlike on both engines: columns, types and keys in order.
func TestTablesAreDescribedAlike(t *testing.T) {
	db := storetest.Open(t)
	_, err := db.Migrate(t.Context(), "k", fstest.MapFS{"0001_k.sql": {Data: []byte(`create table k_all (b text not null, a bigint not null, raw bytea, yes boolean not null, primary key (a, b)) without rowid;
		create table k_none (x text);`)}})
	must(t, err)
	tables, err := db.Tables(t.Context())
	must(t, err)
	want := []store.Table{
		{Name: "k_all", Columns: []store.Column{{"b", "text", true, 2}, {"a", "bigint", true, 1}, {"raw", "bytea", false, 0}, {"yes", "boolean", true, 0}}},
		{Name: "k_none", Columns: []store.Column{{"x", "text", false, 0}}},
	}
	if diff := cmp.Diff(want, tables); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"a", "b"}, tables[0].Key()); diff != "" || len(tables[1].Key()) != 0 {
		t.Error(diff)
	}
}

// TestEveryRowIsReadInTheOrderOfItsKey in one form for both engines; a table
// without a key by all its columns.
func TestEveryRowIsReadInTheOrderOfItsKey(t *testing.T) {
	db := storetest.Open(t)
	_, err := db.Migrate(t.Context(), "k", fstest.MapFS{"0001_k.sql": {Data: []byte(`create table k_all (b text not null, a bigint not null, raw bytea, yes boolean not null, primary key (a, b)) without rowid; create table k_none (x text, y bigint);`)}})
	must(t, err)
	must(t, write(t, db, func(b *store.Batch) error {
		for _, row := range [][]any{{"é", 2, []byte{0, 255}, true}, {"z", 2, nil, false}, {"Z", 2, []byte{}, false}, {"x", -1, nil, true}} {
			if _, err := b.Exec(t.Context(), "insert into k_all (b, a, raw, yes) values ($1, $2, $3, $4)", row...); err != nil {
				return err
			}
		}
		return exec(t, b, "insert into k_none (x, y) values ('b', 1), ('a', 2), ('a', 1)")
	}))
	tables, err := db.Tables(t.Context())
	must(t, err)
	got := map[string][]string{}
	for _, table := range tables {
		must(t, store.EachRow(t.Context(), db.Reader(), table, func(row []any) error {
			got[table.Name] = append(got[table.Name], strings.TrimSuffix(fmt.Sprintln(row...), "\n"))
			return nil
		}))
	}
	want := map[string][]string{"k_all": {"x -1 <nil> 1", "Z 2 [] 0", "z 2 <nil> 0", "é 2 [0 255] 1"}, "k_none": {"a 1", "a 2", "b 1"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	stop := errors.New("enough")
	if err := store.EachRow(t.Context(), db.Reader(), tables[0], func([]any) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("%v", err)
	}
	if err := store.EachRow(t.Context(), db.Reader(), store.Table{Name: "nowhere", Columns: []store.Column{{Name: "x"}}}, nil); err == nil {
		t.Error("a table that is none was read")
	}
}

// TestWhatIsNotOursIsFound in a schema: an index, a trigger, a view more.
func TestWhatIsNotOursIsFound(t *testing.T) {
	db := open(t)
	before, err := db.Schema(t.Context())
	must(t, err)
	more := []string{"create index sneaky on other_things (name)", "create view peek as select id from notes_notes"}
	if db.Engine == store.SQLite {
		more = append(more, "create trigger hidden after insert on notes_notes begin delete from other_things; end", "create table extra (x text)")
	}
	must(t, write(t, db, func(b *store.Batch) error { return exec(t, b, more...) }))
	after, err := db.Schema(t.Context())
	must(t, err)
	if len(after) != len(before)+len(more) {
		t.Errorf("%d objects, then %d", len(before), len(after))
	}
	for name, def := range before {
		if after[name] != def {
			t.Errorf("%s changed to %q", name, after[name])
		}
	}
	for _, name := range []string{"index sneaky", "view peek"} {
		if after[name] == "" {
			t.Errorf("%s is not found", name)
		}
	}
	must(t, write(t, db, func(b *store.Batch) error {
		return exec(t, b, "drop index notes_notes_open", "create index notes_notes_open on notes_notes (body) where n = 1 and body <> 'A'")
	}))
	if again, err := db.Schema(t.Context()); err != nil || again["index notes_notes_open"] == before["index notes_notes_open"] {
		t.Error("another condition of an index is not seen")
	}
}

// TestCompareStopsWhenToldTo, and counts the rows here.
func TestCompareStopsWhenToldTo(t *testing.T) {
	a, b := open(t), disposable(t)
	must(t, write(t, a, func(w *store.Batch) error {
		return exec(t, w, "insert into other_things (id, name) values ('a', 'x'), ('b', 'x'), ('c', 'x')")
	}))
	table := store.Table{Name: "other_things", Columns: []store.Column{{"id", "text", true, 1}, {"name", "text", true, 0}}}
	seen := 0
	if _, err := store.Compare(t.Context(), a.Reader(), b.Reader(), table, func(store.Difference) bool { seen++; return seen < 2 }); err != nil || seen != 2 {
		t.Errorf("told %d times, %v", seen, err)
	}
	if n, err := store.Compare(t.Context(), a.Reader(), a.Reader(), table, func(store.Difference) bool { t.Error("a table differs from itself"); return true }); n != 3 || err != nil {
		t.Errorf("%d %v", n, err)
	}
	for _, pair := range [][2]*store.DB{{a, b}, {b, a}} {
		if _, err := store.Compare(t.Context(), pair[0].Reader(), pair[1].Reader(), store.Table{Name: "nowhere", Columns: table.Columns}, nil); err == nil {
			t.Error("a table that is none was compared")
		}
	}
}

// TestNothingErasedIsLeftInAnyFile: after a compaction no byte of a deleted
// value is in the database or its log.
func TestNothingErasedIsLeftInAnyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	db := storetest.OpenAt(t, "sqlite:"+path)
	_, err := db.Migrate(t.Context(), "notes", notes)
	must(t, err)
	word := strings.Repeat("a-secret-word-", 400)
	held := func() (found bool) {
		files, err := filepath.Glob(path + "*")
		must(t, err)
		for _, f := range files {
			raw, err := os.ReadFile(f)
			must(t, err)
			found = found || bytes.Contains(raw, []byte("a-secret-word-"))
		}
		return found
	}
	must(t, write(t, db, func(b *store.Batch) error {
		_, err := b.Exec(t.Context(), "insert into notes_notes (id, body, n) values ('a', $1, 1)", word)
		return err
	}))
	if !held() {
		t.Fatal("it was never there")
	}
	must(t, write(t, db, func(b *store.Batch) error { return exec(t, b, "update notes_notes set body = null") }))
	must(t, db.Compact(t.Context()))
	if held() {
		t.Error("a deleted value is still in a file")
	}
	must(t, write(t, db, func(b *store.Batch) error { return exec(t, b, "insert into notes_notes (id, n) values ('b', 1)") }))
	must(t, db.Checkpoint(t.Context()))
	if info, err := os.Stat(path + "-wal"); err == nil && info.Size() != 0 {
		t.Errorf("the log holds %d bytes after a checkpoint", info.Size())
	}
}

// TestAFullDiskIsSaidAndLeavesNothing half written; reading goes on, and so does
// writing when there is room again.
func TestAFullDiskIsSaidAndLeavesNothing(t *testing.T) {
	db := storetest.OpenAt(t, storetest.SQLite(t))
	_, err := db.Migrate(t.Context(), "notes", notes)
	must(t, err)
	limit := func(pages string) {
		t.Helper()
		must(t, write(t, db, func(b *store.Batch) error { return exec(t, b, "pragma max_page_count = "+pages) }))
	}
	limit("24")
	fill := func(id string) error {
		return write(t, db, func(b *store.Batch) error {
			_, err := b.Exec(t.Context(), "insert into notes_notes (id, body, n) values ($1, $2, 1)", id, strings.Repeat("x", 200000))
			return err
		})
	}
	if err := fill("a"); fault.Of(err).Key != "fault.disk-full" || fault.Of(err).Kind != fault.Unavailable {
		t.Errorf("%v", err)
	}
	if n, err := db.Scratch().Exec(t.Context(), "insert into tmp_notes (id) values ($1)", strings.Repeat("y", 200000)); n != 0 || fault.Of(err).Key != "fault.disk-full" {
		t.Errorf("%d %v", n, err)
	}
	if count(t, db.Reader(), "notes_notes")+count(t, db.Reader(), "tmp_notes") != 0 {
		t.Error("something of it was kept")
	}
	limit("24")
	err = write(t, db, func(b *store.Batch) error { // several callers share a transaction: it is lost for all of them
		must(t, b.Savepoint(t.Context(), func() error { return exec(t, b, "insert into notes_notes (id, n) values ('before', 1)") }))
		if err := b.Savepoint(t.Context(), func() error {
			return exec(t, b, "insert into notes_notes (id, body, n) values ('full', hex(zeroblob(200000)), 1)")
		}); fault.Of(err).Key != "fault.disk-full" {
			t.Errorf("%v", err)
		}
		if err := b.Savepoint(t.Context(), func() error { return exec(t, b, "insert into notes_notes (id, n) values ('after', 1)") }); fault.Of(err).Key != "fault.disk-full" {
			t.Errorf("what came after the loss was taken: %v", err)
		}
		return nil
	})
	if n := count(t, db.Reader(), "notes_notes"); fault.Of(err).Key != "fault.disk-full" || n != 0 {
		t.Errorf("%d rows of a transaction that was lost, %v", n, err)
	}
	limit("100000")
	must(t, fill("a"))
	if n, err := db.Scratch().Exec(t.Context(), "insert into tmp_notes (id) values ('a')"); n != 1 || err != nil {
		t.Errorf("%d %v", n, err)
	}
}

// TestWhoIsTiredOfWaitingForTheWriterLeaves, and the next gets the place.
func TestWhoIsTiredOfWaitingForTheWriterLeaves(t *testing.T) {
	db := open(t)
	if db.Engine != store.SQLite {
		t.Skip("there are several writers")
	}
	b, err := db.Begin(t.Context())
	must(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for name, f := range map[string]func() error{
		"a transaction": func() error { _, err := db.Begin(ctx); return err },
		"a compaction":  func() error { return db.Compact(ctx) },
		"a checkpoint":  func() error { return db.Checkpoint(ctx) },
		"a migration": func() error {
			_, err := db.Migrate(ctx, "x", fstest.MapFS{"0001_x.sql": {Data: []byte("select 1;")}})
			return err
		},
	} {
		if err := f(); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
	}
	must(t, exec(t, b, "insert into notes_notes (id, n) values ('a', 1)"))
	must(t, b.Commit(t.Context()))
	must(t, write(t, db, func(b *store.Batch) error { return exec(t, b, "insert into notes_notes (id, n) values ('b', 1)") }))
}

// TestWritingFromApply: Do and One say what they change, and a kept writer none.
func TestWritingFromApply(t *testing.T) {
	db := open(t)
	must(t, write(t, db, func(b *store.Batch) error {
		w := b.Writer(t.Context(), "notes")
		must(t, w.Do("insert into notes_notes (id, n) values ($1, $2), ('b', 2)", "a", 1))
		must(t, w.Do("update notes_notes set n = 9 where id = 'nobody'"))
		n, err := w.Exec("update notes_notes set n = n + 1")
		if err != nil || n != 2 {
			t.Errorf("%d %v", n, err)
		}
		var ids []string
		must(t, w.Each("select id, n from notes_notes where n > $1 order by id", []any{0}, func(scan store.Scan) error {
			var id string
			var n int
			err := scan(&id, &n)
			ids = append(ids, fmt.Sprint(id, n))
			return err
		}))
		if diff := cmp.Diff([]string{"a2", "b3"}, ids); diff != "" {
			t.Error(diff)
		}
		for _, q := range []string{"select id from other_things", "select id from notes_notes, other_things", "update notes_notes set n = 1 returning id"} {
			if err := w.Each(q, nil, func(store.Scan) error { return nil }); err == nil {
				t.Errorf("Each ran %q", q)
			}
		}
		if err := w.Do("drop table notes_notes"); err == nil {
			t.Error("Do dropped a table")
		}
		w.Close()
		for name, err := range map[string]error{"Do": w.Do("delete from notes_notes"), "One": w.One("delete from notes_notes"), "Each": w.Each("select id from notes_notes", nil, nil)} {
			if err == nil {
				t.Errorf("%s after Apply", name)
			}
		}
		return nil
	}))
	if n := count(t, db.Reader(), "notes_notes"); n != 2 {
		t.Errorf("%d rows", n)
	}
}
