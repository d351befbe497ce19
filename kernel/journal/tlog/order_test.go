package tlog

import (
	"errors"
	"testing"

	"pgregory.net/rapid"
)

func TestOrderCountsEachLeafOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var o Order
		n := rapid.Int64Range(1, 60).Draw(t, "n")
		fresh := int64(0)
		var sent []int64
		for seq := int64(1); seq <= n; seq++ {
			sent = append(sent, seq)
			if rapid.IntRange(0, 5).Draw(t, "killed") == 0 { // and sent again from somewhere before
				for again := rapid.Int64Range(1, seq).Draw(t, "from"); again <= seq; again++ {
					sent = append(sent, again)
				}
			}
		}
		sent = rapid.Permutation(sent).Draw(t, "order")
		for _, seq := range sent {
			is, err := o.Add(testLeaf(seq))
			if err != nil {
				t.Fatal(err)
			}
			if is {
				fresh++
			}
		}
		if fresh != n || o.Last(testHome) != n || o.Complete() != nil {
			t.Fatalf("%d fresh of %d, last %d, %v", fresh, n, o.Last(testHome), o.Complete())
		}
	})
}

func TestOrderFindsGapsAndContradictions(t *testing.T) {
	var o Order
	for _, seq := range []int64{1, 2, 4} {
		_, err := o.Add(testLeaf(seq))
		must(t, err)
	}
	if err := o.Complete(); !errors.Is(err, ErrGap) {
		t.Errorf("3 is missing: %v", err)
	}
	other := testLeaf(2)
	other.Commitment[0] ^= 1
	if _, err := o.Add(other); !errors.Is(err, ErrTwice) {
		t.Errorf("another 2: %v", err)
	}
	if _, err := o.Add(testLeaf(3 + orderWindow + 1)); !errors.Is(err, ErrGap) {
		t.Errorf("far ahead: %v", err)
	}
	if o.Last("nobody") != 0 || o.Last(testHome) != 2 {
		t.Errorf("last %d", o.Last(testHome))
	}
}

func TestOrderForgetsWhatIsLongPast(t *testing.T) {
	var o Order
	for seq := int64(1); seq <= 3*orderWindow; seq++ {
		_, err := o.Add(testLeaf(seq))
		must(t, err)
	}
	if n := len(o.sources[testHome].seen); n > orderWindow {
		t.Errorf("remembers %d leaves", n)
	}
	if _, err := o.Add(testLeaf(1)); !errors.Is(err, ErrGap) {
		t.Errorf("from long ago: %v", err)
	}
}
