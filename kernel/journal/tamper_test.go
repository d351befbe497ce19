package journal_test

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/journal/journaltest"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/store/storetest"
)

// world is a journal with something in every table, and a second hand on its
// database.
func world(t *testing.T) (*journal.Journal, *store.DB) {
	t.Helper()
	address := storetest.Address(t)
	o := journaltest.Options(t, address, nil)
	j, err := journal.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	anna, badr := admit(t, j, "Anna"), admit(t, j, "Badr")
	do(t, j, func(_ context.Context, _ store.Reader, d *journal.Draft) error {
		d.Add(journaltest.Visited{Person: badr, Visitors: []journaltest.Visitor{{ID: anna, Words: journal.Seal("words")}}})
		return nil
	})
	gone := admit(t, j, "Gone")
	g := journaltest.Grant(t)
	must(t, j.Erase(t.Context(), g, journal.Erased{Subjects: []ident.ID{gone}, Ground: "09-08"}))
	must(t, j.Hold(t.Context(), g, journal.Held{Ref: ident.Ref{Kind: "subject", ID: anna}, Ground: "order"}))
	must(t, j.Advance(t.Context(), g, "mailer", 3, nil))
	for range 3 {
		must(t, j.Lane().Record(t.Context(), journal.Access{Actor: anna, Action: "ward.read", Outcome: journal.Read, Refs: []ident.Ref{{Kind: "person", ID: badr}}}))
	}
	n, err := j.ExpireAccesses(t.Context(), granted(t), journal.Expiry{Class: "access-log", Ground: "row", Before: time.Now()})
	if must(t, err); n != 3 {
		t.Fatalf("%d expired", n)
	}
	_, err = j.PlantControl(t.Context(), g)
	must(t, err)
	missed, err := j.CheckControls(t.Context(), g, always)
	if must(t, err); len(missed) != 0 {
		t.Fatal("missed", missed)
	}
	must(t, j.Count(t.Context()))
	do(t, j, func(_ context.Context, _ store.Reader, d *journal.Draft) error {
		d.Add(journal.CheckpointPrinted{Origin: "x", Size: 7, Root: make([]byte, 32)})
		return nil
	})
	_, err = j.ClosePeriod(t.Context(), journaltest.Closing(journaltest.Files(t, j)), granted(t))
	must(t, err)
	_, err = j.NoteRenewal(t.Context(), succession(t, 1, 2, 7, 7), "order")
	must(t, err)
	for range 3 {
		must(t, j.Lane().Record(t.Context(), journal.Access{Actor: anna, Action: "ward.read", Outcome: journal.Read, Refs: []ident.Ref{{Kind: "person", ID: badr}}, Said: journal.Said{Query: "Badr"}}))
	}
	if r := verify(t, j); !r.Clean() {
		t.Fatalf("not clean to begin with: %+v", r.Findings)
	}
	return j, o.DB
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// change runs a statement as somebody who holds the database would.
func change(t *testing.T, db *store.DB, text string, args ...any) int64 {
	t.Helper()
	b, err := db.Begin(t.Context())
	must(t, err)
	defer b.Rollback()
	n, err := b.Exec(t.Context(), text, args...)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	must(t, b.Commit(t.Context()))
	return n
}

// TestEveryColumnOfEveryRowIsGuarded alters each column of each table's first
// row in turn, verifies, and puts it back.
func TestEveryColumnOfEveryRowIsGuarded(t *testing.T) {
	j, db := world(t)
	tables, err := db.Tables(t.Context())
	must(t, err)
	tried := 0
	for _, table := range tables {
		if strings.HasPrefix(table.Name, "tmp_") {
			continue
		}
		var n int
		must(t, db.Reader().Row(t.Context(), "select count(*) from "+table.Name, nil, &n))
		if n == 0 {
			t.Errorf("table %s is empty: nothing is tried on it", table.Name)
		}
		for _, c := range table.Columns {
			tried++
			alterColumn(t, j, db, table, c)
		}
		removeRow(t, j, db, table)
	}
	if tried < 50 {
		t.Fatalf("only %d columns tried", tried)
	}
	if r := verify(t, j); !r.Clean() {
		t.Fatalf("not put back: %+v", r.Findings)
	}
}

var other = map[string]string{
	"text": "%s || 'x'", "bigint": "%s + 1", "boolean": "not %s",
	"bytea": "case when length(%[1]s) > 0 then %[1]s || %[1]s else %[2]s end",
}

func alterColumn(t *testing.T, j *journal.Journal, db *store.DB, table store.Table, c store.Column) {
	where, args := firstRow(t, db, table)
	bytes := "x'01'"
	if db.Engine == store.Postgres {
		bytes = `'\x01'::bytea`
	}
	expr := fmt.Sprintf(other[c.Type], c.Name, bytes)
	if strings.Count(expr, "%!") > 0 {
		expr = fmt.Sprintf(other[c.Type], c.Name)
	}
	var before any
	must(t, db.Reader().Row(t.Context(), "select "+c.Name+" from "+table.Name+" where "+where, args, &before))
	b, err := db.Begin(t.Context())
	must(t, err)
	_, err = b.Exec(t.Context(), "update "+table.Name+" set "+c.Name+" = "+expr+" where "+where, args...)
	if err != nil { // the key of another row: the engine refuses it by itself
		b.Rollback()
		return
	}
	must(t, b.Commit(t.Context()))
	if r := verify(t, j); r.Clean() {
		t.Errorf("%s.%s was altered unseen", table.Name, c.Name)
	}
	restore(t, db, table, c, before, args)
}

// restore puts a value back; a changed key is found by what it was made from.
func restore(t *testing.T, db *store.DB, table store.Table, c store.Column, before any, key []any) {
	t.Helper()
	var conds []string
	var args []any
	for i, name := range table.Key() {
		if name == c.Name {
			continue
		}
		args = append(args, key[i])
		conds = append(conds, fmt.Sprintf("%s = $%d", name, len(args)))
	}
	if c.Key > 0 {
		var now any
		query := "select " + c.Name + " from " + table.Name + " where " + strings.Join(append(conds, c.Name+" = "+fmt.Sprintf(strings.NewReplacer("%s", "$%d").Replace(map[string]string{"text": "%s || 'x'", "bigint": "%s + 1"}[c.Type]), len(args)+1)), " and ")
		if c.Type == "text" && db.Engine == store.Postgres {
			query = strings.Replace(query, fmt.Sprintf("$%d ||", len(args)+1), fmt.Sprintf("$%d::text ||", len(args)+1), 1)
		}
		must(t, db.Reader().Row(t.Context(), query, append(args, before), &now))
		args = append(args, now)
		conds = append(conds, fmt.Sprintf("%s = $%d", c.Name, len(args)))
	}
	args = append(args, before)
	change(t, db, fmt.Sprintf("update %s set %s = $%d where %s", table.Name, c.Name, len(args), strings.Join(conds, " and ")), args...)
}

func firstRow(t *testing.T, db *store.DB, table store.Table) (string, []any) {
	t.Helper()
	key := table.Key()
	vals, dest, conds := make([]any, len(key)), make([]any, len(key)), make([]string, len(key))
	for i, k := range key {
		dest[i], conds[i] = &vals[i], fmt.Sprintf("%s = $%d", k, i+1)
	}
	must(t, db.Reader().Row(t.Context(), "select "+strings.Join(key, ", ")+" from "+table.Name+" order by "+strings.Join(key, ", ")+" limit 1", nil, dest...))
	return strings.Join(conds, " and "), vals
}

// removeRow takes the first row away and puts it back.
func removeRow(t *testing.T, j *journal.Journal, db *store.DB, table store.Table) {
	t.Helper()
	where, args := firstRow(t, db, table)
	names := make([]string, len(table.Columns))
	vals, dest, marks := make([]any, len(names)), make([]any, len(names)), make([]string, len(names))
	for i, c := range table.Columns {
		names[i], dest[i], marks[i] = c.Name, &vals[i], fmt.Sprintf("$%d", i+1)
	}
	cols := strings.Join(names, ", ")
	must(t, db.Reader().Row(t.Context(), "select "+cols+" from "+table.Name+" where "+where, args, dest...))
	change(t, db, "delete from "+table.Name+" where "+where, args...)
	if r := verify(t, j); r.Clean() && table.Name != "journal_cursors" { // a lost cursor starts again from the first entry
		t.Errorf("a row of %s was removed unseen", table.Name)
	}
	change(t, db, "insert into "+table.Name+" ("+cols+") values ("+strings.Join(marks, ", ")+")", vals...)
}

func TestForeignObjectsInTheSchemaShow(t *testing.T) {
	j, db := world(t)
	for _, c := range []struct{ make, drop string }{
		{"create table extra (id text)", "drop table extra"},
		{"create index extra_i on ward_people (ward)", "drop index extra_i"},
		{"create view extra_v as select id from ward_people", "drop view extra_v"},
		{"alter table ward_people add column extra text", "alter table ward_people drop column extra"},
	} {
		change(t, db, c.make)
		if r := verify(t, j); r.Clean() {
			t.Errorf("%s went unseen", c.make)
		}
		change(t, db, c.drop)
	}
	change(t, db, "drop index journal_entries_actor")
	if r := verify(t, j); r.Clean() {
		t.Error("a dropped index went unseen")
	}
}

// TestOneTableHidesNoOther makes more wrong in one table than a report says of
// it; what is wrong elsewhere is said all the same.
func TestOneTableHidesNoOther(t *testing.T) {
	j, db := world(t)
	for i := range 250 {
		change(t, db, "insert into ward_people (id, name, born, ward, moves, at, vip, mark) select 'x"+strconv.Itoa(i)+"', name, born, ward, moves, at, vip, mark from ward_people limit 1")
	}
	change(t, db, "create table extra (id text)")
	r := verify(t, j)
	of := map[string]int{}
	for _, f := range r.Findings {
		about, _, _ := strings.Cut(f.Where, " key")
		of[about]++
	}
	if of["schema table extra"] != 1 || len(r.Findings) > 210 || len(r.Findings) < 200 {
		t.Errorf("%d findings: %v", len(r.Findings), of)
	}
}

// TestALogThatIsNotThere verifies without a log what was in one.
func TestALogThatIsNotThere(t *testing.T) {
	j, db := world(t)
	change(t, db, "insert into tmp_access_leaves (source, seq, leaf_index) values ('home', 1, 0)")
	if r, err := j.Verify(t.Context(), journal.Scope{Logged: true}); err != nil || r.Clean() {
		t.Error("a log with a leaf was taken away unseen")
	}
}

func TestADeletedKeyIsNoErasure(t *testing.T) {
	j, db := world(t)
	var subject string
	must(t, db.Reader().Row(t.Context(), "select id from ward_people where name = 'Anna'", nil, &subject))
	change(t, db, "delete from journal_keys where subject = $1", subject)
	change(t, db, "insert into journal_erased (subject, seq, ground) values ($1, 5, '09-08')", subject)
	change(t, db, "update ward_people set name = null, born = null where id = $1", subject)
	change(t, db, "update ward_visits set words = null where visitor = $1", subject)
	change(t, db, "delete from idx_ward_names where person = $1", subject)
	again, err := journal.OpenForReading(t.Context(), journal.Options{DB: db, Master: journaltest.Master, Modules: []journal.Module{journaltest.Ward()}, Node: "main"})
	must(t, err)
	if r := verify(t, again); r.Clean() {
		t.Fatal("a deleted key passed for an erasure")
	}
	_ = j
}

func TestRebuildMendsAndSaysSo(t *testing.T) {
	j, db := world(t)
	change(t, db, "update ward_people set ward = 99")
	change(t, db, "delete from idx_ward_names")
	names, err := j.Rebuild(t.Context(), "inspection 3/2026")
	must(t, err)
	if strings.Join(names, " ") != "idx_ward_names ward_people" {
		t.Fatalf("mended %v", names)
	}
	if r := verify(t, j); !r.Clean() {
		t.Fatalf("%+v", r.Findings)
	}
	found, err := j.Search(t.Context(), journal.Search{Kind: "journal.rebuilt"})
	must(t, err)
	if len(found) != 1 || !strings.Contains(found[0].Entry.(journal.Rebuilt).Evidence.Text(), "ward") {
		t.Fatalf("the evidence is lost: %+v", found)
	}
}

func TestRebuildRefusesUnsoundEntries(t *testing.T) {
	j, db := world(t)
	change(t, db, "update journal_entries set actor = 'x' where seq = 3")
	if _, err := j.Rebuild(t.Context(), "x"); err == nil {
		t.Fatal("tables were rebuilt from an altered entry")
	}
}
