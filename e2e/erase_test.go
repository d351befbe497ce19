package e2e

import (
	"bytes"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// person is what a folder knows of somebody in the clear.
type person struct {
	id     string
	traces []string // what must not be found in any byte afterwards
	cnie   string
}

// known reads a person as the tables have them. Words that others share, a
// first name for instance, are nobody's trace: only those are kept that no
// other row of the store holds.
func known(t testing.TB, db *sql.DB, id string) person {
	t.Helper()
	p := person{id: id, cnie: one[string](t, db, "select cnie from index_persons where id = ?", id)}
	for _, c := range []string{"cnie", "phones", "address"} {
		v := one[string](t, db, "select coalesce("+c+", '') from index_persons where id = ?", id)
		for _, part := range strings.FieldsFunc(v, func(r rune) bool { return unicode.IsControl(r) || strings.ContainsRune("[]\"", r) }) {
			if one[int](t, db, "select count(*) from index_persons where instr(coalesce(cnie, '') || coalesce(phones, '') || coalesce(address, ''), ?) > 0", part) == 1 {
				p.traces = append(p.traces, part)
			}
		}
	}
	for _, c := range []string{"family", "family_ar", "mother", "father"} {
		v := one[string](t, db, "select coalesce("+c+", '') from index_persons where id = ?", id)
		if v != "" && !elsewhere(t, db, v, id) {
			p.traces = append(p.traces, v)
		}
	}
	if len(p.traces) < 3 {
		t.Fatalf("nothing to look for: %+v", p)
	}
	return p
}

// elsewhere reports whether a word stands in a text of the store beside a
// person's own row.
func elsewhere(t testing.TB, db *sql.DB, word, id string) bool {
	t.Helper()
	for table, columns := range tables(t, db) {
		if strings.HasPrefix(table, "journal_") || strings.HasPrefix(table, "idx_") {
			continue
		}
		for _, c := range columns {
			own := "1"
			if table == "index_persons" {
				own = "id <> '" + id + "'"
			}
			if one[int](t, db, fmt.Sprintf("select exists (select 1 from %s where %s and instr(cast(coalesce(%s, '') as text), ?) > 0)", table, own, c), word) == 1 {
				return true
			}
		}
	}
	return false
}

// TestErasedPeopleAreGone erases people who stand in complaints and cases, by
// command, and looks for them in every byte of the folder.
func TestErasedPeopleAreGone(t *testing.T) {
	data := folder(t)
	backup, keys := filepath.Join(t.TempDir(), "backup"), filepath.Join(t.TempDir(), "keys")
	must(t, "backup", "--data", data, "--keys", keys, backup)
	db := hand(t, data, "amana.db")
	var people []person
	for _, id := range standing(t, db) {
		people = append(people, known(t, db, id))
	}
	documents := telling(t, db, people)
	db.Close()
	for _, p := range people {
		if where := grep(t, data, p.traces); len(where) == 0 {
			t.Fatalf("%v is nowhere even before", p.traces)
		}
	}
	args := []string{"erase", "--data", data, "--ground", "L09-08-3", "--authority", "order 7/2026"}
	for _, p := range people {
		args = append(args, p.id)
	}
	args = append(args, documents...)
	must(t, args...)
	gone(t, data, people)
	report := wantClean(t, "--data", data)
	if report.Unlogged > 1 {
		t.Errorf("%d entries without a leaf", report.Unlogged)
	}
	into := filepath.Join(t.TempDir(), "again.db")
	must(t, "replay", "--data", data, "--into", "sqlite:"+into)
	sameTables(t, filepath.Join(data, "amana.db"), into)
	restored(t, data, backup, keys, people, len(people))
}

// standing chooses persons: of those who stand in something, if any do.
func standing(t testing.TB, db *sql.DB) []string {
	t.Helper()
	for _, q := range []string{"select distinct person from cases_parties order by person limit 2", "select id from index_persons order by id limit 2"} {
		if rows, err := db.Query(q); err == nil {
			rows.Close()
			if ids := column(t, db, q); len(ids) == 2 {
				return append(ids, column(t, db, "select owner from index_vehicles where owner not in (?, ?) order by owner limit 1", ids[0], ids[1])...)
			}
		}
	}
	t.Fatal("nobody is there")
	return nil
}

// telling lists the documents whose text speaks of people: a report, a
// dossier. Their words are sealed under the document's own key, and go with it.
func telling(t testing.TB, db *sql.DB, people []person) []string {
	t.Helper()
	seen := map[string]bool{}
	for table, columns := range tables(t, db) {
		if strings.HasPrefix(table, "journal_") || strings.HasPrefix(table, "idx_") || strings.HasPrefix(table, "index_") {
			continue
		}
		subject := "id"
		if slices.Contains(columns, "subject") {
			subject = "subject"
		} else if !slices.Contains(columns, "id") {
			continue
		}
		for _, c := range columns {
			for _, p := range people {
				for _, trace := range p.traces {
					for _, id := range column(t, db, fmt.Sprintf("select %s from %s where instr(cast(coalesce(%s, '') as text), ?) > 0", subject, table, c), trace) {
						seen[id] = seen[id] || id != p.id
					}
				}
			}
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

// gone looks for people in a folder, also by digests of their numbers.
func gone(t testing.TB, data string, people []person) {
	t.Helper()
	for _, p := range people {
		for _, where := range grep(t, data, p.traces) {
			t.Errorf("%s is still in %s", p.id, where)
		}
	}
	for _, p := range people {
		noDigest(t, data, p.cnie)
	}
}

// grep gives the files of a folder that hold one of several words, and which.
func grep(t testing.TB, data string, words []string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(data, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		for _, w := range words {
			if bytes.Contains(raw, []byte(w)) {
				out = append(out, fmt.Sprintf("%s (%q)", filepath.Base(path), w))
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// noDigest looks for the number of an erased person by the plain digests that
// somebody careless would have kept for looking it up, as bytes or in hexadecimal.
// TestEveryNumberIsTried goes the attacker's way, through all numbers.
func noDigest(t testing.TB, data, cnie string) {
	t.Helper()
	there := digestsIn(t, data)
	bare := strings.TrimLeft(cnie, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
	for _, form := range []string{cnie, strings.ToLower(cnie), bare, strings.TrimSuffix(cnie, bare) + "-" + bare, `"` + cnie + `"`} {
		if there[sha256.Sum256([]byte(form))] {
			t.Errorf("the digest of %q is still there", form)
		}
	}
}

// digestsIn gathers every value in the databases that could be a digest.
func digestsIn(t testing.TB, data string) map[[32]byte]bool {
	t.Helper()
	out := map[[32]byte]bool{}
	for _, file := range []string{"amana.db", "amana-access.db"} {
		db := hand(t, data, file)
		for table, columns := range tables(t, db) {
			for _, c := range columns {
				for _, v := range column(t, db, fmt.Sprintf("select coalesce(cast(%s as blob), '') from %s where length(%s) in (32, 64)", c, table, c)) {
					if raw, err := hex.DecodeString(v); err == nil && len(raw) == 32 {
						out[[32]byte(raw)] = true
					} else if len(v) == 32 {
						out[[32]byte([]byte(v))] = true
					}
				}
			}
		}
		db.Close()
	}
	return out
}

// restored brings the older backup back: the people stay gone.
func restored(t testing.TB, data, backup, keys string, people []person, subjects int) {
	t.Helper()
	again := filepath.Join(t.TempDir(), "restored")
	if err := os.MkdirAll(again, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"amana.key", "amana.key.erased", "amana.key.signed"} {
		raw, err := os.ReadFile(filepath.Join(data, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(again, name), raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out := amana(t, "restore", "--data", again, "--keys", keys, backup)
	var entries, forgotten int
	if n, err := fmt.Sscanf(out.out, "%d entries restored; %d subjects erased since", &entries, &forgotten); out.code != 0 || n != 2 || forgotten < subjects {
		t.Fatalf("restore: exit %d, %d subjects (%v), %s", out.code, forgotten, err, out.out)
	}
	gone(t, again, people)
	wantClean(t, "--data", again)
}
