package plate

import (
	"errors"
	"testing"
)

func TestThreshold(t *testing.T) {
	c, err := ParseConfusions([]byte(`{"wrong": [[0.05, 0.4], [0.3, 0.1], [0.6, 0.02], [0.95, 0.001]]}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		rate, density, want float64
		met                 bool
	}{
		{1e-4, 0, 0.05, true},      // nothing listed
		{1e-4, 2.4e-4, 0.05, true}, // few
		{1e-4, 2.6e-4, 0.3, true},
		{1e-4, 2e-3, 0.6, true},
		{1e-4, 0.1, 0.95, true},
		{1e-4, 0.2, 0.95, false}, // so many that no threshold keeps the rate
	} {
		if got, met := c.Threshold(x.rate, x.density); got != x.want || met != x.met {
			t.Errorf("%g at %g: %g, %v", x.rate, x.density, got, met)
		}
	}
	for _, bad := range []string{`[[0.5, 0.1], [0.4, 0.05]]`, `[[0.3, 0.1], [0.4, 0.2]]`, `[[0.3, -1]]`, `[[1.2, 0.1]]`, `[[0.1, 11]]`} {
		if _, err := ParseConfusions([]byte(`{"wrong": ` + bad + `}`)); !errors.Is(err, ErrConfusions) {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

// TestMeasuredThreshold: the committed networks come with what was measured of
// them; a list of ten thousand among the vehicles of a country can be matched at
// one false proposal in ten thousand reads.
func TestMeasuredThreshold(t *testing.T) {
	c, err := DefaultConfusions()
	if err != nil {
		t.Fatal(err)
	}
	few, met := c.Threshold(1e-4, 1e-6)
	many, met2 := c.Threshold(1e-4, 1e4/4.5e6)
	if !met || !met2 || few > many || few < 0.01 {
		t.Errorf("%g %v, %g %v", few, met, many, met2)
	}
}
