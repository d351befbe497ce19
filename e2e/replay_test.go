package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/amana-platform/amana/kernel/store/storetest"
)

// TestReplayIsEqualByOutsideTools replays a folder and compares every table by
// the dumps that the engines' own tools make.
func TestReplayIsEqualByOutsideTools(t *testing.T) {
	data := folder(t)
	original := filepath.Join(data, "amana.db")
	into := filepath.Join(t.TempDir(), "again.db")
	if out := must(t, "replay", "--data", data, "--into", "sqlite:"+into); !strings.Contains(out, "entries replayed") {
		t.Errorf("it says %q", out)
	}
	sameTables(t, original, into)
	if r := amana(t, "replay", "--data", data, "--into", "sqlite:"+into); r.code == 0 {
		t.Error("replayed into a database that is not empty")
	}
}

// TestReplayAcrossEngines goes SQLite → PostgreSQL → PostgreSQL → SQLite and
// ends where it began.
func TestReplayAcrossEngines(t *testing.T) {
	first, second := storetest.Postgres(t), storetest.Postgres(t)
	data := filled(t)
	key := filepath.Join(data, "amana.key")
	must(t, "replay", "--data", data, "--into", first)
	beside := t.TempDir() // the stored files are no table: they are there as they were
	if err := os.CopyFS(filepath.Join(beside, "blobs"), os.DirFS(filepath.Join(data, "blobs"))); err != nil {
		t.Fatal(err)
	}
	wantClean(t, "--data", beside, "--store", first, "--key", key)
	must(t, "replay", "--data", t.TempDir(), "--store", first, "--key", key, "--into", second)
	back := filepath.Join(t.TempDir(), "back.db")
	must(t, "replay", "--data", t.TempDir(), "--store", second, "--key", key, "--into", "sqlite:"+back)
	sameTables(t, filepath.Join(data, "amana.db"), back)
	same(t, "the two PostgreSQL databases", psql(t, first), psql(t, second))
}

// dumpable are the tables that a replay makes again: not working state, not
// the migrations' own, not what the lanes keep elsewhere.
func dumpable(name string) bool {
	return !strings.HasPrefix(name, "tmp_") && !strings.HasPrefix(name, "goose_") && !strings.HasPrefix(name, "sqlite_")
}

// sameTables compares two SQLite files by the sorted dumps of sqlite3.
func sameTables(t testing.TB, a, b string) {
	t.Helper()
	tool, err := exec.LookPath("sqlite3")
	if err != nil {
		t.Skip("sqlite3 is not installed")
	}
	same(t, "the two SQLite files", sqliteDump(t, tool, a), sqliteDump(t, tool, b))
}

func sqliteDump(t testing.TB, tool, file string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for name := range strings.FieldsSeq(run(t, tool, file, "select name from sqlite_master where type = 'table'")) {
		if dumpable(name) {
			out[name] = sorted(run(t, tool, "-quote", file, "select * from "+name))
		}
	}
	return out
}

// psql dumps a PostgreSQL database with its own client.
func psql(t testing.TB, address string) map[string]string {
	t.Helper()
	tool, err := exec.LookPath("psql")
	if err != nil {
		t.Skip("psql is not installed")
	}
	out := map[string]string{}
	for name := range strings.FieldsSeq(run(t, tool, "-XAtc", "select tablename from pg_tables where schemaname = 'public'", address)) {
		if dumpable(name) {
			out[name] = sorted(run(t, tool, "-XAtc", "select * from "+name, address))
		}
	}
	return out
}

func run(t testing.TB, tool string, args ...string) string {
	t.Helper()
	out, err := exec.Command(tool, args...).Output()
	if err != nil {
		t.Fatalf("%s %v: %v", tool, args, err)
	}
	return string(out)
}

func sorted(dump string) string {
	lines := strings.Split(dump, "\n")
	sort.Strings(lines)
	return strings.Join(lines, "\n")
}

// same compares dumps by table.
func same(t testing.TB, what string, a, b map[string]string) {
	t.Helper()
	if len(a) < 20 {
		t.Fatalf("only %d tables", len(a))
	}
	var differ []string
	for name, dump := range a {
		if dump != b[name] {
			differ = append(differ, fmt.Sprintf("%s (%d and %d bytes)", name, len(dump), len(b[name])))
		}
	}
	slices.Sort(differ)
	if len(differ) > 0 || len(a) != len(b) {
		t.Errorf("%s differ: %v; %d and %d tables", what, differ, len(a), len(b))
	}
}
