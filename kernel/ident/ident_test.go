package ident_test

import (
	"bytes"
	"sync"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/ident"
)

func TestIDsAscendEvenWhenTheClockDoesNot(t *testing.T) {
	now := time.UnixMilli(1_700_000_000_000)
	s := ident.NewSource(func() time.Time { return now }, nil)
	last := s.New()
	for i := range 5000 {
		if i == 2500 {
			now = now.Add(-time.Hour) // a clock set back must not reorder
		}
		id := s.New()
		if id <= last {
			t.Fatalf("%s after %s", id, last)
		}
		if _, err := ident.Parse(string(id)); err != nil || id[14] != '7' {
			t.Fatalf("%s is no UUIDv7: %v", id, err)
		}
		last = id
	}
}

func TestIDsAreUniqueAcrossGoroutines(t *testing.T) {
	s := ident.NewSource(time.Now, nil)
	var mu sync.Mutex
	seen := map[ident.ID]bool{}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 500 {
				id := s.New()
				mu.Lock()
				if seen[id] {
					t.Errorf("%s twice", id)
				}
				seen[id] = true
				mu.Unlock()
			}
		})
	}
	wg.Wait()
}

func TestSeededIDsRepeat(t *testing.T) {
	at := func() time.Time { return time.UnixMilli(1_700_000_000_000) }
	make := func() ident.ID {
		return ident.NewSource(at, bytes.NewReader([]byte("0123456789abcdef"))).New()
	}
	if first, second := make(), make(); first != second {
		t.Fatal("the same clock and randomness give the same ID")
	}
}

func TestRefRoundTrip(t *testing.T) {
	s := ident.NewSource(time.Now, nil)
	want := ident.Ref{Kind: "case", ID: s.New()}
	got, err := ident.ParseRef(want.String())
	if err != nil || got != want {
		t.Fatalf("%v %v", got, err)
	}
	if (ident.Ref{}).String() != "" {
		t.Fatal("a zero Ref prints as nothing")
	}
}

func FuzzParseRef(f *testing.F) {
	for _, s := range []string{"case/0190a000-0000-7000-8000-000000000001", "case/", "/x", "Case/0190a000-0000-7000-8000-000000000001", "case/0190A000-0000-7000-8000-000000000001"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if r, err := ident.ParseRef(s); err == nil && r.String() != s {
			t.Errorf("%q reads as %q", s, r)
		}
	})
}
