package journal_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/amana-platform/amana/kernel/blobs"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/journal/journaltest"
	"github.com/amana-platform/amana/kernel/journal/tlog"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/store/storetest"
)

// house is a journal with a closed period, entries after it, and a log that
// has a leaf of each entry as it was written.
type house struct {
	*journal.Journal
	db     *store.DB
	files  *blobs.Store
	folder string
	leaves []tlog.Leaf
	people []ident.ID
}

func newHouse(t *testing.T) *house {
	t.Helper()
	o := journaltest.Options(t, storetest.Address(t), nil)
	j, err := journal.Open(t.Context(), o)
	must(t, err)
	t.Cleanup(func() { must(t, j.Close()) })
	h := &house{Journal: j, db: o.DB, folder: t.TempDir()}
	h.files, err = blobs.Open(t.Context(), blobs.Config{Place: h.folder, Secret: journaltest.Master, Keys: j.BlobKeys()})
	must(t, err)
	t.Cleanup(func() { must(t, h.files.Close()) })
	for _, name := range []string{"Anna", "Badr", "Chama & \"sons\" <سعاد> \u007f\u0085\u2028", "Driss"} {
		h.people = append(h.people, admit(t, j, name))
	}
	must(t, j.Erase(t.Context(), journaltest.Grant(t), journal.Erased{Subjects: h.people[3:], Ground: "09-08"}))
	must(t, j.Lane().Record(t.Context(), journal.Access{Actor: h.people[0], Action: "ward.read", Outcome: journal.Read}))
	h.close(t)
	h.people = append(h.people, admit(t, j, "Elias"))
	do(t, j, func(_ context.Context, _ store.Reader, d *journal.Draft) error {
		d.Add(journaltest.Moved{Person: h.people[0], Ward: 7})
		return nil
	})
	h.sign(t)
	return h
}

// granted gives the grant when it is asked for.
func granted(t *testing.T) func() (policy.Grant, error) {
	return func() (policy.Grant, error) { return journaltest.Grant(t), nil }
}

func (h *house) close(t *testing.T) journal.Meta {
	t.Helper()
	m, err := h.ClosePeriod(t.Context(), journaltest.Closing(h.files), granted(t))
	must(t, err)
	return m
}

// sign remembers the leaves of all entries: from here on nobody can change
// what the log says.
func (h *house) sign(t *testing.T) {
	t.Helper()
	h.leaves = nil
	must(t, h.db.Reader().Each(t.Context(), "select seq, kind, written_at, commitment from journal_entries order by seq", nil, func(scan store.Scan) error {
		leaf := tlog.Leaf{Source: string(h.Home())}
		var written int64
		var c []byte
		err := scan(&leaf.Seq, &leaf.Type, &written, &c)
		leaf.Minute = written / 60e6
		copy(leaf.Commitment[:], c)
		h.leaves = append(h.leaves, leaf)
		return err
	}))
}

func (h *house) verify(t *testing.T, since string) *journal.Report {
	t.Helper()
	r, err := h.Verify(t.Context(), journal.Scope{Since: since, Files: h.files, Log: func(_ context.Context, visit func(uint64, tlog.Leaf) error) error {
		for i, leaf := range h.leaves {
			if err := visit(uint64(i), leaf); err != nil {
				return err
			}
		}
		return nil
	}})
	must(t, err)
	return r
}

func TestVerificationAndReplayStartAtAClosing(t *testing.T) {
	h := newHouse(t)
	all, since := h.verify(t, ""), h.verify(t, "last")
	if !all.Clean() || !since.Clean() {
		t.Fatalf("%+v\n%+v", all.Findings, since.Findings)
	}
	if all.Since != 0 || since.Since != 7 || all.Entries != 9 || since.Entries != 3 || since.Rows != all.Rows || since.Tables != all.Tables || since.Leaves != all.Leaves {
		t.Fatalf("%+v\n%+v", all, since)
	}
	for _, name := range []string{"7", "last"} {
		into := storetest.OpenAt(t, "sqlite:"+filepath.Join(t.TempDir(), "again.db"))
		n, err := h.ReplaySince(t.Context(), into, nil, name, h.files, nil)
		if err != nil || n != 3 {
			t.Fatal(n, err)
		}
		again, err := journal.OpenForReading(t.Context(), journal.Options{DB: into, Master: journaltest.Master, Modules: []journal.Module{journaltest.Ward()}, Node: "main"})
		must(t, err)
		if r := verify(t, again); !r.Clean() || r.Entries != 9 {
			t.Fatalf("replayed from %s: %+v", name, r)
		}
	}
	second := h.close(t) // starts at the first one
	h.sign(t)
	if r := h.verify(t, "last"); !r.Clean() || r.Since != second.Seq || r.Entries != 1 {
		t.Fatalf("%+v", r)
	}
	if r := h.verify(t, "7"); !r.Clean() || r.Since != 7 || r.Entries != 4 {
		t.Fatalf("%+v", r)
	}
}

// TestWhatIsWrongAroundAClosingIsFound changes one thing at a time; a full
// verification, one from the closing, or both must find it.
func TestWhatIsWrongAroundAClosingIsFound(t *testing.T) {
	for _, c := range []struct {
		name, change  string
		whole, closed bool
	}{
		{"a row of before", "update ward_people set ward = 99 where ward <> 7", true, true},
		{"a search row", "delete from idx_ward_names", true, true},
		{"an entry of before, what it says", "update journal_entries set action = 'other' where seq = 2", true, false}, // that is what the whole verification is for
		{"an entry of before, its commitment", "update journal_entries set commitment = (select commitment from journal_entries where seq = 3) where seq = 2", true, true},
		{"an entry of before is gone", "delete from journal_entries where seq = 3", true, true},
		{"an entry after", "update journal_entries set action = 'other' where seq = 8", true, true},
		{"the closing's entry", "update journal_entries set unit = 'x' where seq = 7", true, true},
		{"the chain at its end", "update journal_entries set chain = (select chain from journal_entries where seq = 5) where seq = 6", true, true},
		{"the closing's row", "update journal_closings set through_seq = 5", true, true},
		{"the closing's key", "delete from journal_keys where subject = (select id from journal_closings)", true, true},
		{"a dressed-up erasure before", "insert into journal_erased (subject, seq, ground) values ('x', 4, 'y')", true, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHouse(t)
			change(t, h.db, c.change)
			j, err := journal.OpenForReading(t.Context(), journal.Options{DB: h.db, Master: journaltest.Master, Modules: []journal.Module{journaltest.Ward()}, Node: "main"})
			must(t, err)
			h.Journal = j // without the living one's memory of keys
			if r := h.verify(t, ""); r.Clean() == c.whole {
				t.Errorf("the whole verification: %+v", r.Findings)
			}
			if r, err := j.Verify(t.Context(), journal.Scope{Since: "7", Files: h.files, Log: func(_ context.Context, visit func(uint64, tlog.Leaf) error) error {
				for i, leaf := range h.leaves {
					if err := visit(uint64(i), leaf); err != nil {
						return err
					}
				}
				return nil
			}}); err == nil && r.Clean() == c.closed {
				t.Errorf("from the closing: %+v", r.Findings)
			} else if err != nil && !fault.Is(err, fault.NotFound) {
				t.Error(err)
			}
		})
	}
}

func TestAnAlteredStateIsFound(t *testing.T) {
	h := newHouse(t)
	var stored []string
	must(t, filepath.WalkDir(h.folder, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			stored = append(stored, path)
		}
		return err
	}))
	if len(stored) != 1 {
		t.Fatalf("%v", stored)
	}
	raw, err := os.ReadFile(stored[0])
	must(t, err)
	if strings.Contains(string(raw), "Anna") {
		t.Fatal("the state lies open on the disk")
	}
	raw[len(raw)/2] ^= 1
	must(t, os.WriteFile(stored[0], raw, 0o600))
	if r := h.verify(t, "last"); r.Clean() {
		t.Fatal("an altered state went unseen")
	}
	n := 0
	must(t, journal.States(t.Context(), h.Reader(), func(i blobs.Info) error {
		n++
		if h.files.Verify(t.Context(), i) == nil {
			t.Error("the file is taken for sound")
		}
		return nil
	}))
	if n != 1 {
		t.Fatalf("%d states", n)
	}
}

// TestAForgedClosing is made by someone who holds the database and its keys,
// and not the log's: a sound closing over another past.
func TestAForgedClosing(t *testing.T) {
	h := newHouse(t)
	h.leaves = h.leaves[:6] // the log never saw a closing
	r := h.verify(t, "last")
	if r.Clean() || !strings.Contains(r.Findings[0].Where, "closing 7") {
		t.Fatalf("%+v", r.Findings)
	}
}

func TestErasureForgetsTheStates(t *testing.T) {
	h := newHouse(t)
	must(t, h.Erase(t.Context(), journaltest.Grant(t), journal.Erased{Subjects: h.people[:1], Ground: "09-08"}))
	h.sign(t)
	if _, err := h.Verify(t.Context(), journal.Scope{Since: "7", Files: h.files}); !fault.Is(err, fault.NotFound) {
		t.Fatalf("started from a state that knows the erased: %v", err)
	}
	if _, err := h.Verify(t.Context(), journal.Scope{Since: "last", Files: h.files}); !fault.Is(err, fault.NotFound) {
		t.Fatalf("a closing stands: %v", err)
	}
	if r := h.verify(t, ""); !r.Clean() {
		t.Fatalf("%+v", r.Findings)
	}
	h.close(t)
	h.sign(t)
	if r := h.verify(t, "last"); !r.Clean() || r.Entries != 1 {
		t.Fatalf("%+v", r)
	}
}

func TestAClosingIsRefused(t *testing.T) {
	h := newHouse(t)
	g := journaltest.Grant(t)
	c := journaltest.Closing(h.files)
	c.Covered = func(context.Context, int64) error { return errors.New("behind") }
	if _, err := h.ClosePeriod(t.Context(), c, granted(t)); !fault.Is(err, fault.Unavailable) {
		t.Errorf("while the log is behind: %v", err)
	}
	c.Covered = func(ctx context.Context, _ int64) error { // somebody is erased while the state is made
		return h.Erase(ctx, g, journal.Erased{Subjects: h.people[1:2], Ground: "09-08"})
	}
	if _, err := h.ClosePeriod(t.Context(), c, granted(t)); !fault.Is(err, fault.Conflict) {
		t.Errorf("with somebody in it who is erased: %v", err)
	}
	change(t, h.db, "update journal_entries set action = 'other' where seq = 9")
	if _, err := h.ClosePeriod(t.Context(), journaltest.Closing(h.files), granted(t)); !fault.Is(err, fault.Refused) {
		t.Errorf("over unsound entries: %v", err)
	}
}

// TestAClosingDoesNotBelieveTheTables: what somebody put into a table does not
// become part of a signed state.
func TestAClosingDoesNotBelieveTheTables(t *testing.T) {
	h := newHouse(t)
	change(t, h.db, "update ward_people set ward = 99 where ward <> 7")
	h.close(t)
	h.sign(t)
	if r := h.verify(t, "last"); r.Clean() || !strings.Contains(r.Findings[0].Where, "table ward_people") {
		t.Fatalf("%+v", r.Findings)
	}
}
