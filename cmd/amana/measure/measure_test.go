package measure

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

func options(folder string) Options {
	return Options{Persons: 60, Cases: 40, Folder: folder, For: 150 * time.Millisecond, Tell: func(string, ...any) {}}
}

func run(t *testing.T, o Options, names ...string) map[string]Result {
	t.Helper()
	out := map[string]Result{}
	if err := Run(t.Context(), names, o, func(r Result) { out[r.Name] = r }); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestAKeptFolderIsFilledOnceAndGoesOn interrupts a filling, lets it go on,
// and measures in the folder twice.
func TestAKeptFolderIsFilledOnceAndGoesOn(t *testing.T) {
	if testing.Short() {
		t.Skip("fills a whole service")
	}
	o := options(t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	o.Tell = func(format string, args ...any) {
		if strings.HasPrefix(fmt.Sprintf(format, args...), "persons: ") {
			cancel()
		}
	}
	if err := Run(ctx, []string{"fsync"}, o, func(Result) {}); err == nil {
		t.Fatal("an interrupted filling passed for a whole one")
	}
	got := run(t, options(o.Folder), "transactions", "reads", "pages", "search", "verify")
	for _, name := range []string{"transactions.8-writers", "transactions.64-writers.raw", "transactions.8-writers.bare", "reads.64-callers",
		"pages.complaints.p95", "pages.cases-of-a-chief.p95", "search.name.p95", "verify.entries", "verify.accesses"} {
		if r := got[name]; r.Value <= 0 || r.Limit <= 0 || r.Ratio <= 0 {
			t.Errorf("%s: %+v", name, r)
		}
	}
	again := options(o.Folder)
	again.Tell = func(format string, args ...any) {
		if s := fmt.Sprintf(format, args...); strings.HasPrefix(s, "cases: ") {
			t.Errorf("filled again: %s", s)
		}
	}
	run(t, again, "fsync")
	again.Persons++
	if err := Run(t.Context(), []string{"fsync"}, again, func(Result) {}); err == nil {
		t.Error("a folder of another size was measured in")
	}
}

// TestOneFigureAtATime: what is not named is not measured, and what has no
// name is refused before anything is filled.
func TestOneFigureAtATime(t *testing.T) {
	o := options(t.TempDir())
	if err := Run(t.Context(), []string{"speed"}, o, func(Result) {}); err == nil {
		t.Error("a figure that does not exist was measured")
	}
	if left, err := os.ReadDir(o.Folder); err != nil || len(left) > 0 {
		t.Errorf("%v %v", left, err)
	}
}

func TestMet(t *testing.T) {
	for _, c := range []struct {
		r   Result
		met bool
	}{
		{Result{Value: 1}, true}, {Result{Value: 10, Limit: 9}, true}, {Result{Value: 8, Limit: 9}, false},
		{Result{Value: 8, Limit: 9, AtMost: true}, true}, {Result{Value: 10, Limit: 9, AtMost: true}, false},
		{Result{Value: 3, Limit: 10, Ratio: 0.3, Peer: "x", Share: 0.3}, true}, {Result{Value: 2, Limit: 10, Ratio: 0.2, Peer: "x", Share: 0.3}, false},
		{Result{Value: 2, Limit: 10, Ratio: 0.2, Peer: "x"}, true},
	} {
		if c.r.Met() != c.met {
			t.Errorf("%+v", c.r)
		}
	}
}

func TestQuantile(t *testing.T) {
	var times []time.Duration
	for i := 100; i > 0; i-- {
		times = append(times, time.Duration(i)*time.Millisecond)
	}
	if q := quantile(times, 0.95); q != 95 {
		t.Fatalf("p95 %v", q)
	}
}
