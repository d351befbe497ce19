package e2e

import (
	"encoding/hex"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/amana-platform/amana/kernel/store/storetest"
)

// TestErasedPeopleAreGoneFromADump erases people from a store on PostgreSQL and
// looks for them in what pg_dump writes, its bytes decoded as well, and in the
// data folder beside it.
func TestErasedPeopleAreGoneFromADump(t *testing.T) {
	tool, err := exec.LookPath("pg_dump")
	if err != nil {
		t.Skip("pg_dump is not installed")
	}
	data, url := filled(t), storetest.Postgres(t)
	must(t, "replay", "--data", data, "--into", url)
	db := hand(t, data, "amana.db")
	var people []person
	for _, id := range standing(t, db) {
		people = append(people, known(t, db, id))
	}
	documents := telling(t, db, people)
	db.Close()
	beside := withoutDatabases(t, data)
	before := dumped(t, tool, url)
	for _, p := range people {
		if where := grep(t, before, p.traces); len(where) == 0 {
			t.Fatalf("%v is nowhere in the dump even before", p.traces)
		}
	}
	args := []string{"erase", "--data", beside, "--store", url, "--ground", "L09-08-3", "--authority", "order 7/2026"}
	for _, p := range people {
		args = append(args, p.id)
	}
	must(t, append(args, documents...)...)
	wantClean(t, "--data", beside, "--store", url)
	after := dumped(t, tool, url)
	for _, place := range []string{after, beside} {
		for _, p := range people {
			for _, where := range grep(t, place, p.traces) {
				t.Errorf("%s is still in %s", p.id, where)
			}
		}
	}
	h := headsOf(t, after)
	all := guesses(secretsOf(t, filepath.Join(beside, "amana.key")))
	if found := findNumbers(h, []string{strings.TrimRight(people[0].cnie, "0123456789")}, all); len(found) > 0 {
		t.Errorf("%d numbers are found in the dump, the first by %s", len(found), found[0])
	}
}

// withoutDatabases copies a data folder without its databases: what stands
// beside a store on PostgreSQL.
func withoutDatabases(t testing.TB, data string) string {
	t.Helper()
	beside := filepath.Join(t.TempDir(), "beside")
	copyTree(t, data, beside)
	files, err := filepath.Glob(filepath.Join(beside, "amana*.db*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if err := os.Remove(f); err != nil {
			t.Fatal(err)
		}
	}
	return beside
}

// inHex is a value of bytes as a dump writes it.
var inHex = regexp.MustCompile(`\\x([0-9a-f]{2,})`)

// dumped writes the dump of a database into a folder, and beside it the bytes
// that it writes in hexadecimal.
func dumped(t testing.TB, tool, url string) string {
	t.Helper()
	dump := []byte(run(t, tool, "--no-owner", url))
	var decoded []byte
	for _, m := range inHex.FindAllSubmatch(dump, -1) {
		raw := make([]byte, len(m[1])/2)
		if _, err := hex.Decode(raw, m[1][:2*len(raw)]); err != nil {
			t.Fatal(err)
		}
		decoded = append(append(decoded, raw...), '\n')
	}
	dir := t.TempDir()
	for name, raw := range map[string][]byte{"dump.sql": dump, "bytes": decoded} {
		if len(raw) < 100_000 {
			t.Fatalf("%s holds %d bytes only", name, len(raw))
		}
		if err := os.WriteFile(filepath.Join(dir, name), raw, fs.FileMode(0o600)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
