package store_test

import (
	"errors"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/store"
)

// TestColumnsOfTime: microseconds become a time; none, and null, become the zero
// time, whatever stood there before.
func TestColumnsOfTime(t *testing.T) {
	at := time.Date(2026, 11, 22, 11, 0, 0, 1000, time.UTC)
	for name, c := range map[string]struct {
		column any
		want   time.Time
	}{"a moment": {store.Micros(at), at}, "none": {int64(0), time.Time{}}, "null": {nil, time.Time{}}} {
		got := at.Add(time.Hour)
		if err := store.At(&got).Scan(c.column); err != nil || !got.Equal(c.want) {
			t.Errorf("%s: %v %v", name, got, err)
		}
	}
}

// TestTheFirstOfAList: an empty one is not found, a failed one fails as it did.
func TestTheFirstOfAList(t *testing.T) {
	broken := errors.New("broken")
	if v, err := store.First([]string{"a", "b"}, nil); v != "a" || err != nil {
		t.Error(v, err)
	}
	if v, err := store.First([]string{}, nil); v != "" || !fault.Is(err, fault.NotFound) {
		t.Error(v, err)
	}
	if v, err := store.First([]string{"a"}, broken); v != "" || !errors.Is(err, broken) {
		t.Error(v, err)
	}
}
