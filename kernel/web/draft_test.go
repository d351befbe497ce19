package web

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/clock"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/store/storetest"
)

// desk is drafts on an empty database, with a clock that stands.
func desk(t *testing.T) (*drafts, *store.DB, *clock.Fixed) {
	t.Helper()
	db := storetest.Open(t)
	if _, err := db.Migrate(t.Context(), "web", Migrations()); err != nil {
		t.Fatal(err)
	}
	at := clock.At(time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC))
	d, err := newDrafts(Config{Reader: db.Reader(), Scratch: db.Scratch(), Clock: at, Seal: key('b')})
	if err != nil {
		t.Fatal(err)
	}
	return d, db, at
}

func key(b byte) []byte { return bytes.Repeat([]byte{b}, 32) }

// saveOne saves one field as one page of one officer does.
func saveOne(d *drafts, form, page, value string, version int64) (Draft, error) {
	return d.save(context.Background(), typing{form: form, owner: "o", field: "facts", who: "o", page: page}, value, version)
}

func TestAFieldIsSavedByWhoKnowsItsState(t *testing.T) {
	d, _, _ := desk(t)
	for i, c := range []struct {
		page, value string
		version     int64
		left        string // what stands afterwards
		now         int64  // its version
		conflict    bool
	}{
		{"one", "a", 0, "a", 1, false},
		{"one", "ab", 0, "ab", 2, false}, // its answer was lost
		{"two", "x", 0, "ab", 2, true},
		{"two", "x", 1, "ab", 2, true},
		{"two", "abx", 2, "abx", 3, false},
		{"one", "abc", 2, "abx", 3, true},
		{"", "y", 0, "abx", 3, true}, // a page without a name is no page's own
		{"", "y", 3, "y", 4, false},
		{"", "z", 3, "y", 4, true},
	} {
		got, err := saveOne(d, "f", c.page, c.value, c.version)
		if fault.Is(err, fault.Conflict) != c.conflict || (err != nil && !c.conflict) || got.Value != c.left || got.Version != c.now {
			t.Errorf("%d: %+v, %v", i, got, err)
		}
	}
}

func TestOneSaveOfManyWins(t *testing.T) {
	d, _, _ := desk(t)
	if _, err := saveOne(d, "f", "p", "start", 0); err != nil {
		t.Fatal(err)
	}
	won := make(chan bool)
	for i := range 8 {
		go func() {
			_, err := saveOne(d, "f", string(rune('a'+i)), "mine", 1)
			if err != nil && !fault.Is(err, fault.Conflict) {
				t.Error(err)
			}
			won <- err == nil
		}()
	}
	n := 0
	for range 8 {
		if <-won {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%d pages believe that theirs stands", n)
	}
}

func TestDraftsOfOneFormAreListed(t *testing.T) {
	d, _, at := desk(t)
	for _, form := range []string{"c", "c.2", "c.3", "ca", "c%", "d"} {
		at.Advance(time.Minute)
		if _, err := saveOne(d, form, "p", "x", 0); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := d.begun(t.Context(), "c", "o"); err != nil || !slices.Equal(got, []string{"c.3", "c.2", "c"}) {
		t.Errorf("%v, %v", got, err)
	}
	if got, err := d.begun(t.Context(), "c", "another"); err != nil || len(got) > 0 {
		t.Errorf("of another: %v, %v", got, err)
	}
	if err := d.drop(t.Context(), "c.2", "o"); err != nil {
		t.Fatal(err)
	}
	if got, _ := d.begun(t.Context(), "c", "o"); !slices.Equal(got, []string{"c.3", "c"}) {
		t.Errorf("after dropping one: %v", got)
	}
}

func TestWhatNobodyGoesOnTypingEnds(t *testing.T) {
	d, _, at := desk(t)
	for _, form := range []string{"old", "new"} {
		if _, err := saveOne(d, form, "p", "x", 0); err != nil {
			t.Fatal(err)
		}
		at.Advance(draftLife)
	}
	if err := (&Server{drafts: d}).Forget(t.Context()); err != nil {
		t.Fatal(err)
	}
	for form, want := range map[string]int{"old": 0, "new": 1} {
		if got, err := d.read(t.Context(), form, "o"); err != nil || len(got) != want {
			t.Errorf("%s: %v, %v", form, got, err)
		}
	}
}

// TestADraftIsSealedInItsPlace finds no typed word in the table, and lets no
// value be moved to another field or form.
func TestADraftIsSealedInItsPlace(t *testing.T) {
	d, db, _ := desk(t)
	if _, err := saveOne(d, "f", "p", "a secret word", 0); err != nil {
		t.Fatal(err)
	}
	var sealed []byte
	if err := db.Reader().Row(t.Context(), "select value from tmp_drafts", nil, &sealed); err != nil || bytes.Contains(sealed, []byte("secret")) {
		t.Fatalf("%q, %v", sealed, err)
	}
	if _, err := db.Scratch().Exec(t.Context(), "update tmp_drafts set field = 'place'"); err != nil {
		t.Fatal(err)
	}
	if got, err := d.read(t.Context(), "f", "o"); err == nil {
		t.Errorf("a value moved to another field is read: %v", got)
	}
	for _, n := range []int{0, 5, len(sealed) - 1} {
		if _, err := d.open(sealed[:n], "f/facts"); err == nil {
			t.Errorf("%d bytes of it open", n)
		}
	}
}

// TestDraftsFollowAChangeOfKeys reads under the key before, and seals anew.
func TestDraftsFollowAChangeOfKeys(t *testing.T) {
	d, db, at := desk(t)
	if _, err := saveOne(d, "f", "p", "kept", 0); err != nil {
		t.Fatal(err)
	}
	c := Config{Reader: db.Reader(), Scratch: db.Scratch(), Clock: at, Seal: key('n'), SealBefore: key('b')}
	turning, err := newDrafts(c)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := turning.read(t.Context(), "f", "o"); err != nil || got["facts"].Value != "kept" {
		t.Errorf("while turning: %v, %v", got, err)
	}
	if err := (&Server{drafts: turning}).Reseal(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.SealBefore = nil
	after, err := newDrafts(c)
	if got, failed := after.read(t.Context(), "f", "o"); errors.Join(err, failed) != nil || got["facts"].Value != "kept" {
		t.Errorf("afterwards: %v, %v", got, failed)
	}
}
