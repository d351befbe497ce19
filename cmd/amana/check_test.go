package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/amana-platform/amana/kernel/fault"
)

// TestHowACommandEnds: 0 all is well; 1 a check found something, which was printed;
// 2 the command could not do its work, and says why, in words where it has any.
func TestHowACommandEnds(t *testing.T) {
	for _, tc := range []struct {
		err  error
		code int
		said string
	}{
		{nil, 0, ""}, {errFound, 1, ""}, {fmt.Errorf("verify: %w", errFound), 1, ""},
		{errors.New("the disk is gone"), 2, "amana: the disk is gone\n"},
		{fault.New(fault.NotFound, "no.such.words"), 2, "no.such.words"},
		{fault.New(fault.NotFound, "fault.not-found"), 2, "fault.not-found"},
		{fault.Wrap(errors.New("store: ward was shaped"), fault.Unavailable, "faults.newer-data", "module", "ward", "found", 9, "known", 2), 2, "ward"},
	} {
		var said strings.Builder
		if code := status(tc.err, &said); code != tc.code || !strings.Contains(said.String(), tc.said) || tc.said == "" && said.Len() > 0 {
			t.Errorf("%v: exit %d, %q", tc.err, code, said.String())
		}
	}
}

// TestWhatACommandLineNeeds: a missing flag, an argument too many and an unknown
// word are refused before anything is opened or written.
func TestWhatACommandLineNeeds(t *testing.T) {
	dir := t.TempDir()
	for _, tc := range []struct {
		line string
		says string
	}{
		{"unknown", `unknown command "unknown"`}, {"verify all", `unknown command "all"`}, {"verify --nothing", "unknown flag"}, {"verify --data", "needs an argument"},
		{"rebuild", `"ground"`}, {"replay", `"into"`}, {"close", `"ground"`}, {"erase", "at least 1 arg"}, {"erase x", `"ground"`}, {"erase x --ground L09-08", `"authority"`},
		{"backup", "accepts 1 arg"}, {"backup a b --keys c", "accepts 1 arg"}, {"backup a", `"keys"`}, {"restore", "accepts 1 arg"}, {"restore a", `"keys"`},
		{"proof check", "accepts 1 arg"}, {"key new", "accepts 1 arg"}, {"key new f", `"origin"`}, {"key show", "accepts 1 arg"}, {"key rotate", `"authority"`},
		{"key split f", `"to"`}, {"key join a", "at least 2 arg"}, {"key join a b", `"to"`}, {"log renew", `"authority"`}, {"log renew --authority x", `"origin"`},
		{"checkpoint print", "accepts 1 arg"}, {"log-signer", `"key"`}, {"log-signer --key k", `"log", "socket"`}, {"witness", `"log"`}, {"witness --log k", `"name"`},
		{"timestamp-authority", `"ca"`}, {"routes all", `unknown command "all"`}, {"version all", `unknown command "all"`}, {"demo all", `unknown command "all"`}, {"serve all", `unknown command "all"`},
	} {
		t.Run(tc.line, func(t *testing.T) {
			t.Chdir(dir)
			amana(t, strings.Fields(tc.line)...).ends(t, 2, tc.says)
		})
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

// TestTheWrongPlace: no folder, an empty one, no key, another service's key: each
// command says so under 2, and makes nothing there.
func TestTheWrongPlace(t *testing.T) {
	s := newShop(t)
	other := filepath.Join(t.TempDir(), "other.json")
	amana(t, "key", "new", other, "--origin", "other.invalid/amana").ends(t, 0)
	empty := t.TempDir()
	for name, tc := range map[string]struct {
		data, key string
		says      string
	}{
		"no folder":         {filepath.Join(empty, "nowhere"), s.key, "there are no records in"},
		"an empty folder":   {empty, s.key, "there are no records in"},
		"no key":            {s.data, filepath.Join(empty, "nothing.json"), "nothing.json"},
		"no key of its own": {s.data, "", "amana.key"},
		"another's key":     {s.data, other, ""},
		"a key of nothing":  {s.data, write(t, "broken.json", "{"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			lines := [][]string{{"verify"}, {"verify", "--json"}}
			if name != "another's key" { // a copy needs no key opened
				lines = append(lines, []string{"replay", "--into", "sqlite:" + filepath.Join(empty, "into.db")}, []string{"backup", filepath.Join(empty, "b"), "--keys", filepath.Join(empty, "k")})
			}
			for _, line := range lines {
				a := amana(t, append(line, "--data", tc.data, "--key", tc.key)...)
				if a.code == 0 || !strings.Contains(a.out+a.said, tc.says) {
					t.Errorf("%v: exit %d: %s%s", line, a.code, a.out, a.said)
				}
			}
		})
	}
	if left, err := os.ReadDir(empty); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
	s.clean()
}

// TestAFolderOfANewerProgram is refused in words by every command that writes or
// checks: what an older program finds in it says nothing.
func TestAFolderOfANewerProgram(t *testing.T) {
	s := newShop(t)
	s.sql("insert into goose_register (version_id, is_applied) values (9999, 1)")
	for _, line := range [][]string{{"rebuild", "--ground", "x"}, {"erase", string(s.persons[0]), "--ground", "L09-08", "--authority", "1"}, {"close", "--ground", "x"},
		{"verify"}, {"verify", "--json"}, {"replay", "--into", "sqlite:" + filepath.Join(t.TempDir(), "into.db")}} {
		s.run(line...).ends(t, 2, "newer", "register")
	}
	lane := newShop(t)
	lane.sqlIn("amana-access.db", "insert into goose_access (version_id, is_applied) values (9999, 1)")
	lane.run("verify").ends(t, 2, "newer", "access")
}

// TestAVerificationPrintsItsReport: as a sentence and as JSON, whose names do not
// change.
func TestAVerificationPrintsItsReport(t *testing.T) {
	s := newShop(t)
	s.run("verify").ends(t, 0, "entries", "keys; ", "Everything is as the entries say.")
	var raw map[string]any
	if err := json.Unmarshal([]byte(s.run("verify", "--json").out), &raw); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"entries", "accesses", "keys", "tables", "rows", "leaves", "unlogged", "blobs", "seconds", "findings"} {
		if _, ok := raw[name]; !ok {
			t.Errorf("no %s in %v", name, raw)
		}
	}
	if raw["entries"].(float64) < 2 || raw["keys"].(float64) < 2 || raw["leaves"].(float64)+raw["unlogged"].(float64) < raw["entries"].(float64) {
		t.Errorf("%v", raw)
	}
}

// TestWhatAVerificationFinds: an altered row, a lost key, a log taken away; each is
// named and the exit status is 1; put back, all is well again.
func TestWhatAVerificationFinds(t *testing.T) {
	s := newShop(t)
	t.Run("an altered row", func(t *testing.T) {
		c := s.copied(t)
		c.sql("update index_persons set occupation = 'judge' where id = ?", string(s.persons[0]))
		c.finds("index_persons")
		c.run("verify").ends(t, exitFound, "index_persons")
	})
	t.Run("a key that is gone", func(t *testing.T) {
		c := s.copied(t)
		c.sql("delete from journal_keys where subject = ?", string(s.persons[0]))
		c.finds(string(s.persons[0]))
	})
	t.Run("an entry cut off", func(t *testing.T) {
		c := s.copied(t)
		c.sql("delete from journal_entries where seq = (select max(seq) from journal_entries)")
		if _, a := c.report(); a.code != exitFound {
			t.Errorf("exit %d: %s", a.code, a.out)
		}
	})
	t.Run("no log", func(t *testing.T) {
		c := s.copied(t)
		c.must(os.RemoveAll(filepath.Join(c.data, "log")))
		if _, a := c.report(); a.code != exitFound {
			t.Errorf("exit %d: %s", a.code, a.out)
		}
	})
	s.clean()
}

// TestACheckpointKeptElsewhere: a copy of the service's own, a page printed from it
// and none at all; a store that went back behind it fails there and only there.
func TestACheckpointKeptElsewhere(t *testing.T) {
	s := newShop(t)
	early := s.copied(t)
	s.run("close", "--ground", "period 1").ends(t, 0, "Closed with entry")
	kept := write(t, "kept", string(read(t, filepath.Join(s.data, "log", "checkpoint"))))
	s.clean("--witness", kept)
	early.clean()
	early.finds("witness "+kept, "--witness", kept)
	for name, content := range map[string]string{"empty": "", "broken": "not a checkpoint\n", "another's": "other.invalid/log\n5\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"} {
		path := write(t, strings.ReplaceAll(name, "'", ""), content)
		s.finds("witness "+path, "--witness", path)
	}
	s.finds("witness /nowhere/kept", "--witness", "/nowhere/kept")
	s.finds("witness /nowhere/kept", "--witness", kept, "--witness", "/nowhere/kept")
}

// TestCheckingFromAClosedPeriod: there is none before the first; from then on the
// checks may start at the last or at its number, and nowhere else.
func TestCheckingFromAClosedPeriod(t *testing.T) {
	s := newShop(t)
	for _, since := range []string{"last", "1", "x"} {
		s.run("verify", "--since", since).ends(t, 2)
		s.run("replay", "--since", since, "--into", "sqlite:"+filepath.Join(t.TempDir(), "x.db")).ends(t, 2)
	}
	a := s.run("close", "--ground", "year 2026, order 4/2027")
	a.ends(t, 0, "Closed with entry ")
	_, number, _ := strings.Cut(a.out, "Closed with entry ")
	number, _, _ = strings.Cut(number, ":")
	for _, since := range []string{"last", number} {
		r, a := s.report("--since", since)
		if a.code != 0 || fmt.Sprint(r.Since) != number {
			t.Errorf("since %s: exit %d, %d, %v", since, a.code, r.Since, r.Findings)
		}
		s.run("replay", "--since", since, "--into", "sqlite:"+filepath.Join(t.TempDir(), "x.db")).ends(t, 0, "entries replayed into")
	}
	s.run("verify", "--since", "1").ends(t, 2)
	s.clean()
}

// TestAReplayFillsAnEmptyDatabase: the same rows, as many entries as there are; a
// database that holds something is refused and left alone.
func TestAReplayFillsAnEmptyDatabase(t *testing.T) {
	s := newShop(t)
	into := filepath.Join(t.TempDir(), "into.db")
	r, _ := s.report()
	s.run("replay", "--into", "sqlite:"+into).ends(t, 0, fmt.Sprintf("%d entries replayed into", r.Entries))
	if len(traced(t, filepath.Dir(into), "Berkani")) == 0 {
		t.Error("the people are not in it")
	}
	before := read(t, into)
	s.run("replay", "--into", "sqlite:"+into).ends(t, 2)
	if !slices.Equal(before, read(t, into)) {
		t.Error("a database that held something was touched")
	}
	s.run("replay", "--into", "mysql://x").ends(t, 2)
	s.clean()
}

// TestARebuildSaysWhatItDid: nothing where nothing differs; else which tables, and
// why in the journal, so that the record verifies again.
func TestARebuildSaysWhatItDid(t *testing.T) {
	s := newShop(t)
	s.run("rebuild", "--ground", "inspection 4/2026").ends(t, 0, "nothing was changed")
	before, _ := s.report()
	s.sql("update index_persons set occupation = 'judge' where id = ?", string(s.persons[0]))
	s.finds("index_persons")
	s.run("rebuild", "--ground", "inspection 4/2026").ends(t, 0, "Rebuilt:", "index_persons", "kept in the journal")
	s.clean()
	if after, _ := s.report(); after.Entries <= before.Entries {
		t.Errorf("%d entries after %d: nobody was told", after.Entries, before.Entries)
	}
}

// TestErasingFromTheCommandLine: what is no id, or nobody's, is refused and nothing
// is erased; a person is forgotten to the last byte, by id or by reference, and the
// record still verifies; a second time there is nobody.
func TestErasingFromTheCommandLine(t *testing.T) {
	s := newShop(t)
	erase := func(subjects ...string) answer {
		return s.run(append(append([]string{"erase"}, subjects...), "--ground", "L09-08-3", "--authority", "order 9/2026")...)
	}
	erase("Berkani").ends(t, 2, `"Berkani" is not the id of a subject`)
	erase(string(s.persons[0]), "Berkani").ends(t, 2, "is not the id")
	erase("00000000-0000-7000-8000-000000000001").ends(t, 2)
	for _, name := range []string{"Berkani", "Ouazzani"} {
		if len(traced(t, s.data, name)) == 0 {
			t.Fatalf("%s was forgotten by a command that failed", name)
		}
	}
	erase("person/"+string(s.persons[0])).ends(t, 0)
	if left := traced(t, s.data, "Berkani"); len(left) > 0 {
		t.Errorf("Berkani is left in %v", left)
	}
	if len(traced(t, s.data, "Ouazzani")) == 0 {
		t.Error("somebody else was forgotten too")
	}
	s.clean()
	erase(string(s.persons[1]), string(s.persons[1])).ends(t, 0)
	s.clean()
}
