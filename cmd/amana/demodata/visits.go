package demodata

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/amana-platform/amana/kernel/clock"
	"github.com/amana-platform/amana/modules/trust"
)

// The last weeks at the institutions: how long ago they were registered, and
// how often somebody was sent to them.
const (
	reliedSince = 28 * 24 * time.Hour
	visits      = 160
)

// asked are the sets of attributes for which the bank asks, the usual ones
// first; the last is above its ceiling.
var asked = [][]string{{"age_over_18"}, {"age_over_18", "given_name", "family_name"}, {"given_name_ar", "family_name_ar", "birthdate"}, {"national_id", "address"}}

// planVisits puts on the agenda that institutions register, accounts are
// opened, and citizens sign in, decline and withdraw over the last weeks. It
// draws from a source of its own, so that the rest of the history stays as it is.
func (l *life) planVisits() {
	rng := rand.New(rand.NewPCG(28, 2026))
	at := func(ago time.Duration, do func(ctx context.Context) error) {
		l.agenda = append(l.agenda, moment{clock.Micro(l.now.Add(-ago)), l.planned(), do})
	}
	at(reliedSince, l.rely)
	at(reliedSince-24*time.Hour, l.enrolCitizens)
	for i := range visits {
		day := rng.IntN(26)
		day = min(day, rng.IntN(26)) // more of late
		ago := time.Duration(day)*24*time.Hour + time.Duration(2+rng.IntN(9))*time.Hour + time.Duration(rng.IntN(3600))*time.Second
		who, what := rng.IntN(citizensShown), asked[min(rng.IntN(6), rng.IntN(6))%3]
		decline := rng.IntN(9) == 0
		if rng.IntN(12) == 0 {
			what = asked[3]
		}
		at(ago, func(ctx context.Context) error { return l.visit(ctx, i, who, what, decline) })
	}
	at(90*time.Minute, l.withdraw)
}

// visit sends a citizen to the bank.
func (l *life) visit(ctx context.Context, n, who int, what []string, decline bool) error {
	if who >= len(l.citizens) || l.bank == "" {
		return nil
	}
	c := l.citizens[who]
	h := trust.Holder{Citizen: c.id, Person: c.person, Level: 2, Methods: []string{"hwk", "user"}, Proved: l.clock.Now(), Session: fmt.Sprintf("visit-%d", n)}
	return l.Trust.TellVisit(ctx, trust.Visit{Name: fmt.Sprintf("visit-%d", n), Client: l.bank, Holder: h, Claims: what, Decline: decline})
}

// withdraw lets all but the last citizen take back what they agreed to: a
// visitor who plays one of them is asked.
func (l *life) withdraw(ctx context.Context) error {
	for _, c := range l.citizens[:max(len(l.citizens)-1, 0)] {
		all, err := l.Trust.Consents(ctx, c.id)
		if err != nil {
			return err
		}
		for _, x := range all {
			if err := l.Trust.WithdrawConsent(ctx, c.id, x.ID); err != nil {
				return err
			}
		}
	}
	return nil
}
