package e2e

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/journal/tlog"
)

// TestEveryKindOfLogFileIsGuarded changes one file of each kind that the log
// and the file store keep.
func TestEveryKindOfLogFileIsGuarded(t *testing.T) {
	data := folder(t)
	for kind, path := range kindsOfFiles(t, data) {
		whole, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		ways := map[string][]byte{"flipped": flip(whole)}
		if kind == "tile 0" || kind == "stored file" {
			ways["removed"] = nil
		}
		for what, changed := range ways {
			if changed == nil {
				err = os.Remove(path)
			} else {
				err = os.WriteFile(path, changed, 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
			if report, code := verify(t, "--data", data); code != 1 || report.Clean() {
				t.Errorf("%s: %s %s, and verify exits %d", kind, filepath.Base(path), what, code)
			}
		}
		if err := os.WriteFile(path, whole, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	wantClean(t, "--data", data)
}

// kindsOfFiles gives one file of each kind: tiles of each level, whole and
// partial, entry bundles, the checkpoint, stored files. Of the partial ones
// it is the newest tree's, which the checkpoint needs.
func kindsOfFiles(t testing.TB, data string) map[string]string {
	t.Helper()
	kinds := map[string]string{}
	err := filepath.WalkDir(data, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(data, path)
		if err != nil {
			return err
		}
		switch parts := strings.Split(filepath.ToSlash(rel), "/"); {
		case rel == filepath.Join("log", "checkpoint"):
			kinds["checkpoint"] = path
		case len(parts) > 3 && parts[0] == "log" && parts[1] == "tile":
			kind := "tile " + parts[2]
			if strings.Contains(rel, ".p/") {
				kind += " partial"
			}
			if old, ok := kinds[kind]; !ok || newer(t, path, old) {
				kinds[kind] = path
			}
		case len(parts) > 2 && parts[0] == "blobs" && parts[1] == "files":
			kinds["stored file"] = path
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(kinds) < 5 {
		t.Fatalf("only %v", kinds)
	}
	return kinds
}

// newer reports whether a partial tile is of a later tree than another: its
// path, whose last part is the width, is greater.
func newer(t testing.TB, a, b string) bool {
	t.Helper()
	if da, db := filepath.Dir(a), filepath.Dir(b); da != db {
		return da > db
	}
	return len(a) > len(b) || len(a) == len(b) && a > b
}

func flip(b []byte) []byte {
	c := bytes.Clone(b)
	c[len(c)/2] ^= 0x40
	return c
}

// TestConsistentForgery rewrites a unit's entry, its commitment, the whole
// chain behind it and the row that it made, with the master key and
// everything else but the log's key in hand.
func TestConsistentForgery(t *testing.T) {
	data := folder(t)
	db := hand(t, data, "amana.db")
	seq := forge(t, db)
	db.Close()
	report, code := verify(t, "--data", data)
	if code != 1 || !found(report, fmt.Sprintf("%d as stored", seq)) {
		t.Errorf("exit %d, findings %v: the forged entry %d is not named", code, report.Findings, seq)
	}
	for _, f := range report.Findings {
		if !strings.HasPrefix(f.Where, "leaf ") && !strings.Contains(f.What, "no leaf in the log") {
			t.Errorf("the forgery was not consistent: %v", f)
		}
	}
}

// forge moves a unit to another area as if it had been opened there, and
// gives the seq of the entry it rewrote.
func forge(t testing.TB, db *sql.DB) int64 {
	t.Helper()
	seq := one[int64](t, db, "select max(seq) from journal_entries where kind = 'units.unit-opened'")
	var b struct {
		Salt []byte                     `json:"salt"`
		Open map[string]json.RawMessage `json:"open"`
	}
	decode(t, one[[]byte](t, db, "select body from journal_entries where seq = ?", seq), &b)
	b.Open["Area"] = json.RawMessage(`"99.999"`)
	digests := map[string][32]byte{}
	for _, fields := range []map[string]json.RawMessage{b.Open, header(t, db, seq)} {
		for path, value := range fields {
			digests[path] = tlog.FieldDigest(tlog.FieldSalt(b.Salt, path), path, string(value))
		}
	}
	body, err := json.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	commitment := tlog.EntryCommitment(digests)
	execute(t, db, "update journal_entries set body = ?, commitment = ? where seq = ?", body, commitment[:], seq)
	var id string
	decode(t, b.Open["Unit"], &id)
	execute(t, db, "update units_units set area = '99.999' where id = ?", id)
	execute(t, db, "update units_placements set area = '99.999' where unit = ?", id)
	rechain(t, db, seq)
	return seq
}

func decode(t testing.TB, raw []byte, v any) {
	t.Helper()
	if err := json.Unmarshal(raw, v); err != nil {
		t.Fatalf("%v: %s", err, raw)
	}
}

// header gives the fields of an entry's columns as its digests see them.
func header(t testing.TB, db *sql.DB, seq int64) map[string]json.RawMessage {
	t.Helper()
	var founded struct{ Open struct{ Home string } }
	decode(t, one[[]byte](t, db, "select body from journal_entries where seq = 1"), &founded)
	out := map[string]json.RawMessage{"entry.home": json.RawMessage(`"` + founded.Open.Home + `"`)}
	for field, name := range map[string]string{"seq": "seq", "version": "version", "happened": "happened_at", "written": "written_at"} {
		out["entry."+field] = fmt.Append(nil, one[int64](t, db, "select "+name+" from journal_entries where seq = ?", seq))
	}
	for _, name := range []string{"id", "kind", "actor", "unit", "action", "purpose"} {
		raw, err := json.Marshal(one[string](t, db, "select "+name+" from journal_entries where seq = ?", seq))
		if err != nil {
			t.Fatal(err)
		}
		out["entry."+name] = raw
	}
	return out
}

// rechain computes the chain anew from an entry on.
func rechain(t testing.TB, db *sql.DB, from int64) {
	t.Helper()
	prev := journal.Hash(one[[]byte](t, db, "select chain from journal_entries where seq = ?", from-1))
	last := one[int64](t, db, "select max(seq) from journal_entries")
	execute(t, db, "begin")
	for seq := from; seq <= last; seq++ {
		prev = journal.Chain(prev, seq, journal.Hash(one[[]byte](t, db, "select commitment from journal_entries where seq = ?", seq)))
		execute(t, db, "update journal_entries set chain = ? where seq = ?", prev[:], seq)
	}
	execute(t, db, "commit")
}
