package plate

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// Confusions are the measured probabilities that the reader takes one mark for
// another. They are measured on pictures that were not trained on; the trained
// network comes with its own, see DefaultConfusions.
type Confusions struct {
	keep    [signs]float64 // a mark is read as what it is
	missing [signs]float64 // a mark is not read
	extra   [signs]float64 // a mark is read where none stands
	// stands lists, for each mark read, what may stand there instead, the
	// likeliest first.
	stands [signs][]likely
	absent []likely // all marks by missing, the likeliest first
	wrong  []wrong  // by rising probability
}

type likely struct {
	sign sign
	p    float64
}

// ErrConfusions is wrapped by errors of ParseConfusions.
var ErrConfusions = errors.New("plate: not a table of confusions")

// leastConfusion is given to what was never seen: nothing is impossible.
const leastConfusion = 2e-5

// ParseConfusions reads a confusion.json, see train/FORMAT.md.
func ParseConfusions(raw []byte) (*Confusions, error) {
	var f struct {
		Substitution        map[string]map[string]float64
		Deletion, Insertion map[string]float64
		Wrong               [][2]float64
	}
	if err := json.Unmarshal(raw, &f); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrConfusions, err)
	}
	c := &Confusions{}
	for _, w := range f.Wrong {
		c.wrong = append(c.wrong, wrong{w[0], w[1]})
	}
	if !falling(c.wrong) {
		return nil, fmt.Errorf("%w: wrong readings do not become rarer as their probability rises", ErrConfusions)
	}
	for a := sign(1); a < signs; a++ {
		c.missing[a] = max(f.Deletion[a.String()], leastConfusion)
		c.extra[a] = max(f.Insertion[a.String()], leastConfusion)
		c.keep[a] = 1 - c.missing[a]
		c.absent = append(c.absent, likely{a, c.missing[a]})
		for b := sign(1); b < signs; b++ {
			if a == b {
				continue
			}
			p := max(f.Substitution[a.String()][b.String()], leastConfusion)
			c.keep[a] -= p
			c.stands[b] = append(c.stands[b], likely{a, p})
		}
		if c.keep[a] < 0.1 || c.missing[a] > 1 || c.extra[a] > 1 {
			return nil, fmt.Errorf("%w: the row of %q sums to more than it may", ErrConfusions, a)
		}
	}
	likeliest := func(a, b likely) int { return cmp.Compare(b.p, a.p) }
	slices.SortFunc(c.absent, likeliest)
	for b := range c.stands {
		slices.SortFunc(c.stands[b], likeliest)
	}
	return c, nil
}
