package exhibits_test

import (
	"slices"
	"testing"

	"github.com/amana-platform/amana/modules/exhibits"
)

// TestStates is the table of what may be done in which state.
func TestStates(t *testing.T) {
	for state, want := range map[exhibits.State][]exhibits.Act{
		exhibits.Seized:     {exhibits.ActSeal, exhibits.ActOffer, exhibits.ActStore, exhibits.ActCorrect, exhibits.ActPicture},
		exhibits.Closed:     {exhibits.ActOffer, exhibits.ActStore, exhibits.ActBreak, exhibits.ActCorrect, exhibits.ActPicture},
		exhibits.Stored:     {exhibits.ActOffer, exhibits.ActStore, exhibits.ActBreak, exhibits.ActCorrect, exhibits.ActPicture},
		exhibits.Transit:    {exhibits.ActOffer, exhibits.ActStore, exhibits.ActCorrect, exhibits.ActPicture},
		exhibits.Laboratory: {exhibits.ActOffer, exhibits.ActBreak, exhibits.ActCorrect, exhibits.ActPicture},
		exhibits.Opened:     {exhibits.ActReseal, exhibits.ActCorrect, exhibits.ActPicture},
		exhibits.Returned:   nil,
		exhibits.Destroyed:  nil,
		exhibits.Deposited:  nil,
	} {
		var got []exhibits.Act
		for _, a := range exhibits.Acts() {
			if state.May(a) {
				got = append(got, a)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", state, got, want)
		}
		if state.Final() != (want == nil) {
			t.Errorf("%s: final %v", state, state.Final())
		}
	}
	if len(exhibits.States()) != 9 {
		t.Error("a state is missing from the list")
	}
}

func TestEveryCategoryHasAPlace(t *testing.T) {
	for _, c := range exhibits.Categories() {
		if len(c.Places()) == 0 {
			t.Errorf("%s can be kept nowhere", c)
		}
		if slices.Contains(c.Places(), "pound") != (c == exhibits.Vehicle) {
			t.Errorf("%s and the pound", c)
		}
	}
	if exhibits.Category("unknown").Places() != nil {
		t.Error("an unknown category has a place")
	}
}

func TestQuantities(t *testing.T) {
	for in, want := range map[string]int64{"": 0, "1": 1000, "2,5": 2500, " 0.125 ": 125, "1000000000": 1_000_000_000_000, "3.10": 3100} {
		got, err := exhibits.ParseQuantity(in)
		if err != nil || got != want {
			t.Errorf("%q: %d, %v", in, got, err)
		}
	}
	for _, in := range []string{"x", "-1", "1.", ".5", "1.2345", "1e3", "1,2,3", "10000000001", "9999999999999999999", "\u0661"} {
		if n, err := exhibits.ParseQuantity(in); err == nil {
			t.Errorf("%q is read as %d", in, n)
		}
	}
}

func FuzzQuantity(f *testing.F) {
	for _, s := range []string{"", "1", "2,5", "0.001", "999999999.999", "--", "1.0.0"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, err := exhibits.ParseQuantity(s)
		if err != nil {
			return
		}
		if n < 0 {
			t.Fatalf("%q gives %d", s, n)
		}
		again, err := exhibits.ParseQuantity(exhibits.FormatQuantity(n))
		if err != nil || again != n {
			t.Fatalf("%q: %d, written %q, read %d, %v", s, n, exhibits.FormatQuantity(n), again, err)
		}
	})
}
