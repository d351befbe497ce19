package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/amana-platform/amana/kernel/fault"
)

// allowed reports whether Apply of the module notes may run a statement.
func allowed(text string) bool {
	return (&Writer{prefix: "notes"}).permit(text, "insert", "update", "delete") == nil
}

// TestAModuleNamesItsOwnTablesOnly, in whatever way SQL lets one name a table.
func TestAModuleNamesItsOwnTablesOnly(t *testing.T) {
	for text, want := range map[string]bool{
		"insert into notes_notes (id) values ($1)":                                                                 true,
		"INSERT INTO notes_notes (id) VALUES ($1)":                                                                 true,
		"insert into idx_notes_words (a, b) values ($1, $2), ($3, $4)":                                             true,
		"insert into notes_notes (id) values ($1) on conflict (id) do update set n = 1, m = 2":                     true,
		"update notes_notes set a = 1, b = 2 where id in (select id from notes_other, notes_more)":                 true,
		"delete from notes_notes where id in ($1, $2)":                                                             true,
		"insert into notes_notes (id) select a from notes_a join notes_b on a = b where c in (1, 2) order by a, b": true,
		"update notes_notes set a = 'from other_things, into x'":                                                   true,
		"update notes_notes set a = 1 -- from other_things":                                                        true,
		"update notes_notes set a = /* from other_things */ 1":                                                     true,
		"insert into notes (id) values (1)":                                                                        false,
		"insert into notesx_a (id) values (1)":                                                                     false,
		"insert into idx_other_words (a) values (1)":                                                               false,
		"insert into idx_idx_notes_a (a) values (1)":                                                               false,
		"insert into other_things (id) values (1)":                                                                 false,
		"insert into 'other_things' (id) values (1)":                                                               false,
		"delete from 'other_things'":                                                                               false,
		`delete from "other_things"`:                                                                               false,
		"delete from `other_things`":                                                                               false,
		"delete from [other_things]":                                                                               false,
		"delete from main.notes_notes":                                                                             false,
		"delete from/**/other_things":                                                                              false,
		"delete from\n\tother_things":                                                                              false,
		"delete from only other_things":                                                                            false,
		"delete from notes_notes using other_things where true":                                                    false,
		"update or ignore other_things set a = 1":                                                                  false,
		"update notes_notes set a = 1 from other_things":                                                           false,
		"update notes_notes set a = (select b from notes_a, other_things)":                                         false,
		"update notes_notes set a = (select b from notes_a x, other_things)":                                       false,
		"update notes_notes set a = (select b from notes_a x join notes_b y on x.a = y.a, other_things)":           false,
		"insert into notes_notes (a) select a from notes_a union select a from other_things":                       false,
		"insert into notes_notes (a) select a from (select a from other_things)":                                   false,
		"insert into notes_notes (a) select a from (select a from notes_a), other_things":                          false,
		"insert into notes_notes table other_things":                                                               false,
		"update notes_notes set a = 1; delete from notes_notes":                                                    false,
		"update notes_notes set a = 'x":                                                                            false,
		"select 1":                                                                                                 false,
		"replace into notes_notes values (1)":                                                                      false,
		"pragma writable_schema = on":                                                                              false,
		"attach 'x' as notes_x":                                                                                    false,
		"":                                                                                                         false,
		"insert":                                                                                                   true, // the engine's to refuse: it names nothing
	} {
		if got := allowed(text); got != want {
			t.Errorf("allowed %t: %s", got, text)
		}
	}
}

// TestNoWayOfWritingHidesATable: a foreign table is found under any case,
// quotes, comments and spaces, wherever a statement may name one.
func TestNoWayOfWritingHidesATable(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		name := rapid.SampledFrom([]string{"other_things", "journal_entries", "sqlite_master", "pg_class", "tmp_sessions"}).Draw(r, "name")
		if rapid.Bool().Draw(r, "upper") {
			name = strings.ToUpper(name)
		}
		quotes := rapid.SampledFrom([]string{"%s", `"%s"`, "`%s`", "[%s]", "'%s'", "main.%s", `main."%s"`, `"main".%s`}).Draw(r, "quotes")
		space := func() string {
			return rapid.SampledFrom([]string{" ", "\n", "\t ", " /* x */ ", " -- from notes_notes\n", " /* ' */ ", " /*;*/ "}).Draw(r, "space")
		}
		pattern := rapid.SampledFrom([]string{"insert into~%s (id) values ($1)", "update~%s set~a = 1", "delete from~%s where~a = 'x'", "insert into notes_notes (id)~select id from~%s",
			"delete from notes_notes where id in (select~id from notes_a,~%s)", "update notes_notes set a = (select~max(b) from notes_a x join~%s y on true)", "delete from notes_notes~using~%s",
			"update notes_notes set a = ',', b = 'from' from~notes_a,~%s"}).Draw(r, "pattern")
		text := fmt.Sprintf(pattern, fmt.Sprintf(quotes, name))
		for strings.Contains(text, "~") {
			text = strings.Replace(text, "~", space(), 1)
		}
		if allowed(text) {
			r.Fatalf("allowed: %s", text)
		}
	})
}

// FuzzTokens: no text makes the reader of SQL fall, and what it reads as one
// statement holds no unquoted semicolon.
func FuzzTokens(f *testing.F) {
	for _, s := range []string{"select 1", "a'b", `"`, "--", "/*", "/*/", "select ';'", "\x00;", "select 1;", "`a;b`"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		words := tokens(text)
		bare := !strings.ContainsAny(text, "'\"`") && !strings.Contains(text, "--") && !strings.Contains(text, "/*")
		if bare && strings.Contains(text, ";") && queries.check1(text) == nil {
			t.Errorf("%q is one query: %q", text, words)
		}
		_ = permits.check1("notes\x00" + text)
		_ = scratches.check1(text)
		_ = head(text)
	})
}

// TestAssigningIsScanning: a gathered value lands where it fits, and is refused
// where it does not.
func TestAssigningIsScanning(t *testing.T) {
	var s string
	var n int64
	var i int
	var i32 int32
	var b bool
	var raw []byte
	type name string
	var named name
	for _, c := range []struct {
		dest, v any
		want    string // "" where it does not fit
	}{
		{&s, "x", "x"}, {&named, "x", "x"}, {&s, []byte("x"), "x"}, {&n, int64(7), "7"}, {&i, int64(7), "7"}, {&i32, int64(7), "7"}, {&b, int64(1), "true"}, {&b, int64(0), "false"}, {&b, true, "true"},
		{&raw, []byte{1}, "[1]"}, {&s, int64(7), ""}, {&n, "7", ""}, {&b, "true", ""}, {&raw, "x", ""}, {s, "x", ""}, {&n, true, ""}, {&s, nil, ""}, {&n, 1.5, ""},
	} {
		err := assign(c.dest, c.v)
		if (err == nil) != (c.want != "") {
			t.Errorf("%T from %v: %v", c.dest, c.v, err)
		}
	}
	if s != "x" || named != "x" || n != 7 || i != 7 || i32 != 7 || !b || len(raw) != 1 {
		t.Errorf("%q %q %d %d %d %t %v", s, named, n, i, i32, b, raw)
	}
	from := []byte{1, 2}
	if err := assign(&raw, from); err != nil || &raw[0] == &from[0] {
		t.Error("a row's bytes are shared")
	}
	if err := assignAll([]any{&s}, []any{"a", "b"}); err == nil {
		t.Error("one place took two columns")
	}
	if err := assignAll([]any{&s, &n}, []any{"a", "b"}); err == nil || !strings.Contains(err.Error(), "column 2") {
		t.Errorf("%v", err)
	}
}

// TestWhatAnOperatorCanMendIsSaid, and everything else is left as it is.
func TestWhatAnOperatorCanMendIsSaid(t *testing.T) {
	for text, want := range map[string]string{
		"database or disk is full (13)": "fault.disk-full", "write: no space left on device": "fault.disk-full", "disk I/O error (778)": "fault.disk-full", "attempt to write a readonly database (8)": "fault.disk-full",
		"ERROR: could not extend file (SQLSTATE 53100)": "fault.disk-full", "failed to connect to `host=x`": "fault.store-away", "dial tcp 127.0.0.1:1: connection refused": "fault.store-away",
		"terminating connection (SQLSTATE 57P01)": "fault.store-away", "UNIQUE constraint failed": "fault.internal", "context canceled": "fault.internal",
	} {
		cause := fmt.Errorf("outer: %w", &text1{text})
		err := wrap(cause)
		if f := fault.Of(err); f.Key != want || want != "fault.internal" && f.Kind != fault.Unavailable {
			t.Errorf("%q is %v", text, f)
		}
		if want == "fault.internal" && !errors.Is(err, cause) {
			t.Errorf("%q was wrapped", text)
		}
	}
	if wrap(nil) != nil {
		t.Error("nothing became something")
	}
}

type text1 struct{ s string }

func (t *text1) Error() string { return t.s }

// TestOneFormForBothEngines: what a driver gives is the same value on both, and
// differs from what only looks like it.
func TestOneFormForBothEngines(t *testing.T) {
	for _, c := range []struct {
		v, want any
		typ     string
	}{
		{nil, nil, "text"}, {true, int64(1), "boolean"}, {false, int64(0), "boolean"}, {int64(1), int64(1), "boolean"}, {"x", "x", "text"}, {[]byte{0xab}, blob("ab"), "bytea"},
		{[]byte("x"), "bytes 78", "text"}, {1.5, "float64 1.5", "bigint"},
	} {
		if got := plainValue(c.v, c.typ); got != c.want {
			t.Errorf("%v of %s is %#v, want %#v", c.v, c.typ, got, c.want)
		}
	}
	values := []any{nil, int64(-1), int64(2), "a", "b", blob("00"), blob("01")}
	for i, a := range values {
		for k, b := range values {
			same := compareValues(a, b) == 0
			if same != (i == k) || compareValues(a, b) != -compareValues(b, a) {
				t.Errorf("%#v and %#v: %d", a, b, compareValues(a, b))
			}
		}
	}
}

// TestPreparedStatementsHaveABound: list filters make texts of their own.
func TestPreparedStatementsHaveABound(t *testing.T) {
	db, err := OpenDisposable(t.Context(), t.TempDir()+"/x.db")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for i := range 2 * statementLimit {
		var n int
		if err := db.Reader().Row(context.Background(), fmt.Sprintf("select %d", i), nil, &n); err != nil || n != i {
			t.Fatalf("%d: %d %v", i, n, err)
		}
		if len(db.reads.byText) > statementLimit {
			t.Fatalf("%d statements are kept", len(db.reads.byText))
		}
	}
}
