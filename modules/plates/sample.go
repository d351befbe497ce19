package plates

import (
	"math"

	"github.com/amana-platform/amana/kernel/ident"
)

// SampleState is how a sample stands.
type SampleState string

// The states of a sample. A person who disagrees with the machine is not
// believed alone: a second one keys it too.
const (
	SampleOpen       SampleState = "open"
	SampleSecond     SampleState = "second"     // keyed otherwise once
	SampleRight      SampleState = "right"      // somebody keyed what the machine read
	SampleWrong      SampleState = "wrong"      // two people keyed the same, the machine did not
	SampleUnreadable SampleState = "unreadable" // two people cannot agree, or cannot read it
)

// SampleStates lists them.
func SampleStates() []SampleState {
	return []SampleState{SampleOpen, SampleSecond, SampleRight, SampleWrong, SampleUnreadable}
}

// Sample is a read or a confirmed hit that people key again.
type Sample struct {
	ID          ident.ID
	Week        string
	Camera      ident.ID
	Hour        int64
	Subject     ident.ID
	Source      string // "read" or "hit"
	Batch       ident.ID
	N           int64
	Hit         ident.ID
	Decider     ident.ID
	Country     string
	Plate       string // as the machine read it
	Letter      string
	State       SampleState
	First       ident.ID
	FirstTyped  string
	Second      ident.ID
	SecondTyped string
}

// keyed says where a sample goes when somebody keys typed, a line or "" for
// "cannot be read".
func (x Sample) keyed(typed string) SampleState {
	switch {
	case typed == x.Plate && typed != "":
		return SampleRight
	case x.State == SampleOpen:
		return SampleSecond
	case typed != "" && typed == x.FirstTyped:
		return SampleWrong
	}
	return SampleUnreadable
}

// Share is how many of how many were right.
type Share struct{ Right, Of int64 }

// wilsonZ is the normal quantile of a two-sided 95 % interval.
const wilsonZ = 1.959963984540054

// Wilson gives the 95 % score interval of the share (Wilson 1927), from 0 to
// 1; of nothing it is everything.
func (s Share) Wilson() (low, high float64) {
	if s.Of == 0 {
		return 0, 1
	}
	n, p, z2 := float64(s.Of), float64(s.Right)/float64(s.Of), wilsonZ*wilsonZ
	centre := (p + z2/(2*n)) / (1 + z2/n)
	half := wilsonZ / (1 + z2/n) * math.Sqrt(p*(1-p)/n+z2/(4*n*n))
	return max(0, centre-half), min(1, centre+half)
}

// below reports whether the share is certainly under a floor, in percent:
// even the upper end of its interval is.
func (s Share) below(floor int) bool {
	_, high := s.Wilson()
	return s.Of > 0 && high*100 < float64(floor)
}
