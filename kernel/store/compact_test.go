package store_test

import (
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/store/storetest"
)

// TestCompactingGivesWay to somebody who reads long: whoever reads beside them,
// the same reader by another connection too, does not wait behind it.
func TestCompactingGivesWay(t *testing.T) {
	db := storetest.OpenAt(t, storetest.Postgres(t))
	if err := shapeNotes(t, db); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	err := db.View(t.Context(), func(r store.Reader) error {
		var n int
		if err := r.Row(t.Context(), "select count(*) from notes", nil, &n); err != nil {
			return err
		}
		go func() { done <- db.Compact(t.Context()) }()
		for range 20 {
			if err := db.Reader().Row(t.Context(), "select count(*) from notes", nil, &n); err != nil {
				return err
			}
			time.Sleep(100 * time.Millisecond)
		}
		select {
		case err := <-done:
			t.Errorf("compacted under a reader: %v", err)
		default:
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}
