package index

import (
	"math"
	"slices"

	"github.com/amana-platform/amana/engines/names"
)

// compare says how well a person in the index agrees with the one asked for.
func compare(asked Person, profile *names.Profile, p Person) Candidate {
	other := names.NewProfile(p.compared())
	m := profile.Score(&other)
	c := Candidate{Person: p, Proposal: Proposal{Method: Method, Score: permille(m.Score), Coverage: permille(m.Coverage)}}
	for _, e := range m.Evidence {
		if e.State != names.Absent {
			c.Proposal.Evidence = append(c.Proposal.Evidence, Evidence{string(e.Field), string(e.State), e.Similarity, e.Weight})
		}
	}
	for _, kind := range []string{numberCNIE, numberPassport, numberPhone} {
		mine, theirs := valuesOf(asked, kind), valuesOf(p, kind)
		if len(mine) == 0 || len(theirs) == 0 {
			continue
		}
		e := Evidence{Field: kind, State: string(names.Differs)}
		if slices.ContainsFunc(mine, func(v string) bool { return slices.Contains(theirs, v) }) {
			e.State, e.Similarity, c.Exact = string(names.Agrees), 1000, orElse(c.Exact, kind)
		}
		c.Proposal.Evidence = append(c.Proposal.Evidence, e)
	}
	return c
}

func valuesOf(p Person, kind string) []string {
	var out []string
	for _, n := range numbersOf(p) {
		if n.kind == kind {
			out = append(out, n.value)
		}
	}
	return out
}

func permille(x float64) int { return int(math.Round(1000 * x)) }

// How evidence becomes odds that two records are of one person. The logit
// passes zero midway between the engine's two thresholds, and is drawn towards
// doubt where little could be compared. A shared number of a document speaks
// for one person far louder than a shared telephone, which families share; two
// different numbers of one kind of document speak against.
const (
	evenScore   = (names.Propose + names.Likely) / 2
	logitSlope  = 30.0
	logitScanty = 4.0
	oddsCNIE    = 400.0
	oddsPhone   = 4.0
	oddsAgainst = 1.0 / 50
)

// odds gives how much likelier than not the two are one, before the others on
// the list are weighed.
func (p Proposal) odds() float64 {
	logit := logitSlope*(float64(p.Score)/1000-evenScore) - logitScanty*(1-float64(p.Coverage)/1000)
	odds := math.Exp(logit)
	for _, e := range p.Evidence {
		agrees := e.State == string(names.Agrees)
		switch e.Field {
		case numberCNIE, numberPassport:
			odds *= either(agrees, oddsCNIE, oddsAgainst)
		case numberPhone:
			odds *= either(agrees, oddsPhone, 1)
		}
	}
	return odds
}

func either(yes bool, a, b float64) float64 {
	if yes {
		return a
	}
	return b
}

// weigh spreads the certainty over the candidates and over nobody: at most
// one of them is the person asked for, and that none is weighs one.
func weigh(all []Candidate) []Candidate {
	sum := 1.0
	for _, c := range all {
		sum += c.Proposal.odds()
	}
	for i := range all {
		all[i].Proposal.Same = permille(all[i].Proposal.odds() / sum)
		all[i].Proposal.Neither = permille(1 / sum)
	}
	return all
}
