package plate

// wrong says how often a wrong text is read: of the plates that pass, share is
// the mean number of candidates that are wrong and have a probability of at
// least p. It is measured on pictures that were not trained on.
type wrong struct{ p, share float64 }

// falling says whether probabilities rise and shares do not, both between 0 and
// what they can be.
func falling(all []wrong) bool {
	last := wrong{0, mostCandidates}
	for _, w := range all {
		if !(w.p > last.p && w.p < 1 && w.share >= 0 && w.share <= last.share) {
			return false
		}
		last = w
	}
	return true
}

// unmeasured is the threshold where nothing was measured.
const unmeasured = 0.5

// Threshold is the least probability of a match at which reads of plates that
// are not listed give at most rate false proposals a read, and whether that
// can be had: else it is the highest that was measured. density is the
// probability that a wrongly read plate is a listed one, about the number of
// listed plates over that of all plates on the road.
func (c *Confusions) Threshold(rate, density float64) (threshold float64, met bool) {
	if len(c.wrong) == 0 {
		return unmeasured, false
	}
	for _, w := range c.wrong {
		if w.share*density <= rate {
			return w.p, true
		}
	}
	return c.wrong[len(c.wrong)-1].p, false
}
