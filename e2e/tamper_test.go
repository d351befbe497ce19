package e2e

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestVerifyOfACleanFolder counts what is there and finds nothing, with the
// key inside the folder or beside it.
func TestVerifyOfACleanFolder(t *testing.T) {
	data := folder(t)
	report := wantClean(t, "--data", data)
	if report.Entries < 2000 || report.Accesses < 3 || report.Keys < 1000 || report.Tables < 20 || report.Rows < 10_000 || report.Leaves < report.Entries || report.Unlogged != 0 {
		t.Errorf("implausible counts: %+v", report)
	}
	if n := one[int64](t, hand(t, data, "amana.db"), "select count(*) from journal_entries"); n != report.Entries {
		t.Errorf("%d entries counted, %d are there", report.Entries, n)
	}
	key := filepath.Join(t.TempDir(), "elsewhere.key")
	if err := os.Rename(filepath.Join(data, "amana.key"), key); err != nil {
		t.Fatal(err)
	}
	wantClean(t, "--data", data, "--key", key)
	if r := amana(t, "verify", "--data", data); r.code != 2 {
		t.Errorf("without a key: exit %d, want 2: the work could not be done", r.code)
	}
}

// tables lists the tables that entries or their reading fill, with columns.
func tables(t testing.TB, db *sql.DB) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	for _, name := range column(t, db, "select name from sqlite_master where type = 'table' and name not like 'sqlite_%' order by name") {
		if !strings.HasPrefix(name, "tmp_") && !strings.HasPrefix(name, "goose_") {
			out[name] = column(t, db, "select name from pragma_table_info(?) order by cid", name)
		}
	}
	return out
}

// other gives an expression for a value that is not the column's.
func other(c string) string {
	return fmt.Sprintf("case typeof(%[1]s) when 'null' then 'x' when 'integer' then case when %[1]s = 0 then 1 else %[1]s - 1 end when 'blob' then %[1]s || x'01' else %[1]s || 'x' end", c)
}

// alter changes one column of one row of a table and reports whether the
// engine let it.
func alter(t testing.TB, db *sql.DB, table, c string, row int) bool {
	t.Helper()
	key := column(t, db, "select name from pragma_table_info(?) where pk > 0 order by pk", table)
	list := strings.Join(key, ", ")
	r, err := db.Exec(fmt.Sprintf("update %s set %s = %s where (%s) = (select %s from %s order by %s limit 1 offset %d)", table, c, other(c), list, list, table, list, row))
	if err != nil {
		return false
	}
	n, err := r.RowsAffected()
	return err == nil && n == 1
}

// TestAnyAlteredRowIsNamed alters in each round one column of one row in
// every table at once; the report must name every one of the tables.
func TestAnyAlteredRowIsNamed(t *testing.T) {
	rounds := 2
	if testing.Short() {
		rounds = 1
	}
	for round := range rounds {
		data := folder(t)
		db := hand(t, data, "amana.db")
		var altered []string
		for name, columns := range tables(t, db) {
			if strings.HasPrefix(name, "journal_") {
				continue
			}
			rows := one[int](t, db, "select count(*) from "+name)
			c := columns[(round*7+len(name))%len(columns)]
			if rows > 0 && alter(t, db, name, c, round%rows) {
				altered = append(altered, name+"."+c)
			}
		}
		db.Close()
		report, code := verify(t, "--data", data)
		if code != 1 {
			t.Errorf("exit %d, want 1", code)
		}
		for _, a := range altered {
			table, _, _ := strings.Cut(a, ".")
			if !found(report, "table "+table+" ") {
				t.Errorf("%s was altered unseen", a)
			}
		}
		if len(altered) < 12 {
			t.Errorf("only %v altered", altered)
		}
	}
}

// TestAnyAlteredEntryIsNamed alters each column of the journal, each on an
// entry of its own, and each of the access lane.
func TestAnyAlteredEntryIsNamed(t *testing.T) {
	for _, c := range []struct {
		file, table, named string
		step               int
	}{{"amana.db", "journal_entries", "entry %d", 10}, {"amana-access.db", "access_entries", "access main/%d", 1}} {
		data := folder(t)
		db := hand(t, data, c.file)
		var altered []string
		for i, name := range column(t, db, "select name from pragma_table_info(?)", c.table) {
			seq := 1 + c.step*i
			if name != "seq" && name != "lane" && alter(t, db, c.table, name, seq-1) {
				altered = append(altered, fmt.Sprintf(c.named, seq))
			}
		}
		db.Close()
		report, code := verify(t, "--data", data)
		if code != 1 || len(altered) < 5 {
			t.Errorf("%s: exit %d after altering %v", c.table, code, altered)
		}
		for _, where := range altered {
			if !found(report, where) {
				t.Errorf("%s was altered unseen: %v", where, report.Findings)
			}
		}
	}
}

// TestOtherSingleChanges tries what is neither a column of a row nor of an
// entry. Changes of one group do not touch each other; each must be named.
func TestOtherSingleChanges(t *testing.T) {
	type change struct{ statement, named string }
	for _, group := range []struct {
		name, file string
		changes    []change
	}{
		{"keys and schema", "amana.db", []change{
			{"delete from journal_keys where subject = (select min(id) from index_persons)", "key "},
			{"update journal_keys set wrapped = x'00' || wrapped where subject = (select max(id) from index_persons)", "does not open"},
			{"create table extra (id text)", "schema table extra"},
			{"drop index units_units_parent", "schema index units_units_parent"},
			{"create trigger quiet after insert on units_units begin delete from units_units where id = new.id; end", "schema trigger quiet"},
			{"insert into journal_cursors (follower, seq, mac) values ('ghost', 5, x'00')", "cursor ghost"},
		}},
		{"a lost entry", "amana.db", []change{{"delete from journal_entries where seq = 100", "entry 101"}}},
		{"a lost last entry", "amana.db", []change{{"delete from journal_entries where seq = (select max(seq) from journal_entries)", "leaf"}}},
		{"rows", "amana.db", []change{
			{"", "table units_units"}, // one that nobody opened
			{"delete from idx_index_person_keys where person = (select min(person) from idx_index_person_keys)", "table idx_index_person_keys"},
		}},
		{"a lost access", "amana-access.db", []change{{"delete from access_entries where seq = 2", "access"}}},
	} {
		t.Run(group.name, func(t *testing.T) {
			data := folder(t)
			db := hand(t, data, group.file)
			for _, c := range group.changes {
				if c.statement == "" {
					c.statement = doubled(t, db)
				}
				execute(t, db, c.statement)
			}
			db.Close()
			report, code := verify(t, "--data", data)
			for _, c := range group.changes {
				if code != 1 || !found(report, c.named) {
					t.Errorf("%s: exit %d, findings %v; %q should be named", c.statement, code, report.Findings, c.named)
				}
			}
		})
	}
}

// doubled writes a statement that adds a unit which nobody opened.
func doubled(t testing.TB, db *sql.DB) string {
	t.Helper()
	columns := column(t, db, "select name from pragma_table_info('units_units') order by cid")
	values := slices.Clone(columns)
	for i, c := range columns {
		if c == "id" || c == "code" {
			values[i] += " || 'x'"
		}
	}
	return fmt.Sprintf("insert into units_units (%s) select %s from units_units limit 1", strings.Join(columns, ", "), strings.Join(values, ", "))
}

// TestTheEndCutOff puts an older, perfectly sound copy in the place of the
// folder: only a checkpoint kept elsewhere tells.
func TestTheEndCutOff(t *testing.T) {
	data := folder(t)
	older := filepath.Join(t.TempDir(), "older")
	copyTree(t, data, older)
	s := serve(t, data)
	s.as("inspector").Get("/journal")
	s.stop()
	witness := filepath.Join(t.TempDir(), "checkpoint")
	raw, err := os.ReadFile(filepath.Join(data, "log", "checkpoint"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(witness, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	wantClean(t, "--data", data, "--witness", witness)
	wantClean(t, "--data", older)
	report, code := verify(t, "--data", older, "--witness", witness)
	if code != 1 || !found(report, "witness") {
		t.Errorf("exit %d, findings %v", code, report.Findings)
	}
}

// TestALogTakenAway removes the signed log whole, and again with the noted
// places of its leaves.
func TestALogTakenAway(t *testing.T) {
	data := folder(t)
	if err := os.RemoveAll(filepath.Join(data, "log")); err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{"select 1", "delete from tmp_access_leaves"} {
		db := hand(t, data, "amana-access.db")
		execute(t, db, statement)
		db.Close()
		if report, code := verify(t, "--data", data); code != 1 || !found(report, "log") {
			t.Errorf("after %q: exit %d, findings %v", statement, code, report.Findings)
		}
	}
}

// TestADeletedKeyDressedUp deletes a person's key and what the tables know of
// them, and adds the row that an erasure would have left.
func TestADeletedKeyDressedUp(t *testing.T) {
	data := folder(t)
	db := hand(t, data, "amana.db")
	id := one[string](t, db, "select id from index_persons order by id limit 1")
	execute(t, db, "delete from journal_keys where subject = ?", id)
	execute(t, db, "insert into journal_erased (subject, seq, ground) values (?, 7, 'L09-08-3')", id)
	execute(t, db, "update index_persons set family = null, family_ar = null, given = null, given_ar = null, cnie = null, phones = null, address = null where id = ?", id)
	db.Close()
	report, code := verify(t, "--data", data)
	if code != 1 || !found(report, "key "+id) {
		t.Errorf("exit %d, findings %v", code, report.Findings)
	}
}

// TestRebuildRepairsAndSaysSo alters a table and a search index, rebuilds,
// and finds the folder sound with the evidence in the journal.
func TestRebuildRepairsAndSaysSo(t *testing.T) {
	data := folder(t)
	db := hand(t, data, "amana.db")
	execute(t, db, "update units_units set area = '00.000' where id = (select max(id) from units_units)")
	execute(t, db, "delete from idx_index_person_keys")
	db.Close()
	out := must(t, "rebuild", "--data", data, "--ground", "inspection 3/2026")
	for _, name := range []string{"units_units", "idx_index_person_keys"} {
		if !strings.Contains(out, name) {
			t.Errorf("%s is not said to be rebuilt: %s", name, out)
		}
	}
	wantClean(t, "--data", data)
	if n := one[int](t, hand(t, data, "amana.db"), "select count(*) from journal_entries where kind = 'journal.rebuilt'"); n != 1 {
		t.Errorf("%d entries tell of it", n)
	}
	if again := must(t, "rebuild", "--data", data, "--ground", "once more"); strings.Contains(again, "units_units") {
		t.Errorf("rebuilt again: %s", again)
	}
}
