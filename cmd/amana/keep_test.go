package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// kept are the two folders of a backup.
type kept struct{ record, keys string }

func (s *shop) backup() kept {
	s.t.Helper()
	dir := s.t.TempDir()
	k := kept{filepath.Join(dir, "record"), filepath.Join(dir, "keys")}
	s.run("backup", k.record, "--keys", k.keys).ends(s.t, 0, "backed up to "+k.record, "keys to "+k.keys)
	return k
}

// restored gives the place into which a backup is restored: another machine, with
// the key file and what is kept beside it, whose signing process has signed nothing.
func (s *shop) restored() *shop {
	s.t.Helper()
	out := *s
	dir := s.t.TempDir()
	out.data, out.key = filepath.Join(dir, "data"), filepath.Join(dir, filepath.Base(s.key))
	beside, err := filepath.Glob(s.key + "*")
	s.must(err)
	for _, path := range beside {
		if !strings.HasSuffix(path, ".signed") {
			s.must(copyFile(path, filepath.Join(dir, filepath.Base(path))))
		}
	}
	out.signs()
	return &out
}

// TestABackupSaysNothingWithoutItsKeys: the record alone names nobody; no table is
// in it, nor the key file; an old folder is not written over.
func TestABackupSaysNothingWithoutItsKeys(t *testing.T) {
	s := newShop(t)
	k := s.backup()
	for _, name := range []string{"Berkani", "Ouazzani", "Zouhair"} {
		for _, folder := range []string{k.record, k.keys} {
			if found := traced(t, folder, name); len(found) > 0 {
				t.Errorf("%s is in %v", name, found)
			}
		}
	}
	for folder, want := range map[string][]string{k.record: {"blobs", "log", "record.db"}, k.keys: {"subject-keys.db"}} {
		all, err := os.ReadDir(folder)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, e := range all {
			got = append(got, e.Name())
		}
		if missing := slices.DeleteFunc(slices.Clone(got), func(n string) bool { return slices.Contains(want, n) }); len(missing) > 0 || !slices.Contains(got, want[len(want)-1]) {
			t.Errorf("%s holds %v", folder, got)
		}
	}
	before := read(t, filepath.Join(k.record, "record.db"))
	s.run("backup", k.record, "--keys", t.TempDir()).ends(t, 2, "record.db exists; a backup needs an empty folder")
	s.run("backup", filepath.Join(t.TempDir(), "b"), "--keys", k.keys).ends(t, 2, "subject-keys.db exists")
	if !slices.Equal(before, read(t, filepath.Join(k.record, "record.db"))) {
		t.Error("an older backup was written over")
	}
	s.clean()
}

// TestARestoreForgetsAgain: what was there is there again and verifies; who was
// erased since the backup is erased again, whatever the backup holds.
func TestARestoreForgetsAgain(t *testing.T) {
	s := newShop(t)
	r, _ := s.report()
	k := s.backup()
	s.run("erase", string(s.persons[0]), "--ground", "L09-08-3", "--authority", "order 9/2026").ends(t, 0)
	b := s.restored()
	b.run("restore", k.record, "--keys", k.keys).ends(t, 0, fmt.Sprintf("%d entries restored; 1 subjects erased since the backup were erased again", r.Entries), "Everything is as the entries say.")
	if left := traced(t, b.data, "Berkani"); len(left) > 0 {
		t.Errorf("who was erased is back in %v", left)
	}
	if len(traced(t, b.data, "Ouazzani")) == 0 {
		t.Error("somebody else was lost")
	}
	b.clean()
	b.run("restore", k.record, "--keys", k.keys).ends(t, 2) // into a place that holds something
	b.clean()
}

// TestARestoreFromTheWrongPlace: a folder that is no backup, keys that are not its
// own, a key file of another service or of none: refused, and nothing is made there.
func TestARestoreFromTheWrongPlace(t *testing.T) {
	s := newShop(t)
	k := s.backup()
	empty := t.TempDir()
	other := filepath.Join(t.TempDir(), "other.json")
	amana(t, "key", "new", other, "--origin", "other.invalid/amana").ends(t, 0)
	for name, tc := range map[string]struct {
		from, keys, key string
		more            []string
		says            string
	}{
		"no backup":          {empty, k.keys, s.key, nil, "is no backup: there is no record.db in it"},
		"no keys":            {k.record, empty, s.key, nil, "is no backup: there is no subject-keys.db in it"},
		"no key file":        {k.record, k.keys, filepath.Join(empty, "none.json"), nil, "restoring needs the key file"},
		"another's key file": {k.record, k.keys, other, nil, ""},
		"no former key file": {k.record, k.keys, s.key, []string{"--previous", filepath.Join(empty, "none.json")}, "none.json"},
	} {
		t.Run(name, func(t *testing.T) {
			data := filepath.Join(t.TempDir(), "data")
			a := amana(t, append([]string{"restore", tc.from, "--keys", tc.keys, "--key", tc.key, "--data", data, "--signer", s.socket}, tc.more...)...)
			if a.code == 0 || !strings.Contains(a.said, tc.says) {
				t.Errorf("exit %d: %s%s", a.code, a.out, a.said)
			}
		})
	}
	if left, err := os.ReadDir(empty); err != nil || len(left) > 0 {
		t.Errorf("made in a folder that was only read: %v %v", left, err)
	}
	s.clean()
}

// TestCopyingATree: what a log's checkpoint speaks of is there before it; work in
// progress stays behind; a folder that is not there is nothing.
func TestCopyingATree(t *testing.T) {
	from, to := t.TempDir(), filepath.Join(t.TempDir(), "to")
	for name, content := range map[string]string{"tile/0/000": "a tile", "checkpoint": "a note", "staging/half": "half a file", "x": "y"} {
		path := filepath.Join(from, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := copyTree(from, to); err != nil {
		t.Fatal(err)
	}
	if string(read(t, filepath.Join(to, "tile", "0", "000")))+string(read(t, filepath.Join(to, "checkpoint")))+string(read(t, filepath.Join(to, "x"))) != "a tilea notey" {
		t.Error("not the same")
	}
	if there(filepath.Join(to, "staging")) {
		t.Error("work in progress was copied")
	}
	if err := copyTree(filepath.Join(from, "nowhere"), filepath.Join(to, "nowhere")); err != nil || there(filepath.Join(to, "nowhere")) {
		t.Errorf("a folder that is not there: %v", err)
	}
	if err := copyFile(filepath.Join(from, "gone"), filepath.Join(to, "gone")); err != nil || there(filepath.Join(to, "gone")) {
		t.Errorf("a tile that was completed meanwhile: %v", err)
	}
	if err := copyFile(filepath.Join(from, "x"), filepath.Join(to, "no", "folder")); err == nil {
		t.Error("a copy that cannot be made")
	}
}
