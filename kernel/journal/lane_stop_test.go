package journal_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/amana-platform/amana/kernel/clock"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/journal/journaltest"
	"github.com/amana-platform/amana/kernel/store/storetest"
)

// TestALaneThatStopsAnswersEverybody: whoever records an access while the
// service stops is told that it was recorded, which then is so, or that it was
// not; nobody is left waiting, during the stop or after it.
func TestALaneThatStopsAnswersEverybody(t *testing.T) {
	address := storetest.Address(t)
	j, err := journal.Open(t.Context(), journaltest.Options(t, address, clock.System{}))
	must(t, err)
	var told atomic.Int64
	var all sync.WaitGroup
	begun := make(chan struct{}, 64)
	reader := ident.ID("0190a000-0000-7000-8000-0000000000f9")
	for range 64 {
		all.Go(func() {
			for first := true; ; first = false {
				err := j.Lane().Record(context.Background(), journal.Access{Actor: reader, Action: "ward.keep", Outcome: journal.Read})
				if first {
					begun <- struct{}{}
				}
				if err != nil {
					if !fault.Is(err, fault.Unavailable) {
						t.Errorf("told %v", err)
					}
					return
				}
				told.Add(1)
			}
		})
	}
	for range 64 {
		<-begun
	}
	must(t, j.Close())
	all.Wait()
	for range 300 { // more than the queue holds
		if err := j.Lane().Record(context.Background(), journal.Access{Actor: reader, Action: "ward.keep", Outcome: journal.Read}); !fault.Is(err, fault.Unavailable) {
			t.Fatalf("after the stop: %v", err)
		}
	}
	again := journaltest.OpenAt(t, address, clock.System{})
	var kept int64
	must(t, again.Reader().Row(t.Context(), "select count(*) from access_entries where actor = $1", []any{string(reader)}, &kept))
	if kept != told.Load() {
		t.Errorf("%d are recorded, %d callers were told so", kept, told.Load())
	}
}
