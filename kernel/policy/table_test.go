package policy_test

import (
	"database/sql"
	"os"
	"slices"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the two engines that the filters are tried on
	_ "modernc.org/sqlite"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
)

// columns is where the tests' table of cases keeps what the policies read.
var columns = policy.Columns{
	ID: "c.id", Unit: "c.unit",
	Under:  map[string]string{"task": "c.task"},
	Attrs:  map[string]string{"state": "c.state", "sealed": "c.sealed", "level": "c.level", "until": "c.until"},
	Sets:   map[string]string{"assigned": "select a.officer from cases_assigned a where a.case_id = c.id"},
	Within: "select u.unit from units_closure u where u.ancestor = ?",
}

// table is a temporary table of cases, in SQLite or, when AMANA_TEST_POSTGRES
// holds the address of a server, in PostgreSQL. Its columns may be null, to
// show what then happens.
type table struct{ *sql.DB }

func newTable(t testing.TB) table {
	t.Helper()
	driver, address := "sqlite", ":memory:"
	if server := os.Getenv("AMANA_TEST_POSTGRES"); server != "" {
		driver, address = "pgx", server
	}
	db, err := sql.Open(driver, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	db.SetMaxOpenConns(1)
	tb := table{db}
	tb.exec(t, `create temp table cases (id text primary key, unit text, task text, state text, sealed boolean, level bigint, until bigint)`)
	tb.exec(t, `create temp table cases_assigned (case_id text not null, officer text not null)`)
	tb.exec(t, `create temp table units_closure (ancestor text not null, unit text not null)`)
	for _, unit := range []ident.ID{national, rabat, agdal, fes} {
		for _, above := range append(units.Ancestors(unit), unit) {
			tb.exec(t, `insert into units_closure (ancestor, unit) values ($1, $2)`, above, unit)
		}
	}
	return tb
}

func (tb table) exec(t testing.TB, query string, args ...any) {
	t.Helper()
	if _, err := tb.Exec(query, args...); err != nil {
		t.Fatal(err)
	}
}

// insert stores a resource; an attribute it lacks becomes null.
func (tb table) insert(t testing.TB, r policy.Resource) {
	t.Helper()
	task := ident.ID("")
	if len(r.Under) > 0 {
		task = r.Under[0].ID
	}
	tb.exec(t, `insert into cases (id, unit, task, state, sealed, level, until) values ($1, $2, $3, $4, $5, $6, $7)`,
		r.Ref.ID, r.Unit, task, r.Attrs["state"], r.Attrs["sealed"], r.Attrs["level"], r.Attrs["until"])
	assigned, _ := r.Attrs["assigned"].([]string)
	for _, officer := range assigned {
		tb.exec(t, `insert into cases_assigned (case_id, officer) values ($1, $2)`, r.Ref.ID, officer)
	}
}

// list gives the cases that a page would show, in order; the predicate
// follows another condition, as it does in real queries.
func (tb table) list(t testing.TB, pred policy.Predicate) []ident.ID {
	t.Helper()
	shifted := pred.Shift(1)
	rows, err := tb.Query(`select c.id from cases c where c.id > $1 and `+shifted.SQL, append([]any{""}, shifted.Args...)...)
	if err != nil {
		t.Fatalf("%v in %s", err, shifted.SQL)
	}
	defer rows.Close()
	var ids []ident.ID
	for rows.Next() {
		var id ident.ID
		if err := rows.Scan(&id); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	slices.Sort(ids)
	return ids
}
