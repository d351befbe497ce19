package demodata

import (
	"context"
	"fmt"
	"time"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/modules/citizens"
	"github.com/amana-platform/amana/modules/index"
)

// citizensShown is how many invented citizens have an account, for visitors to
// play.
const citizensShown = 4

// enrolCitizens opens accounts at the desk that visitors meet.
func (l *life) enrolCitizens(ctx context.Context) error {
	desk, duty, err := l.actor(ctx, l.faces["duty-officer"])
	if err != nil {
		return err
	}
	for _, p := range l.people {
		if len(l.citizens) == citizensShown {
			break
		}
		person, err := l.Index.Person(ctx, p.id)
		if err != nil {
			return err
		}
		known, err := l.Index.PersonByCNIE(ctx, person.CNIE)
		if len(person.Birth) != len("2006-01-02") || err != nil || known.ID != p.id {
			continue // a visitor finds them by their number, and their age is known
		}
		id, err := l.enrolCitizen(ctx, desk, duty, p)
		if err != nil {
			return fmt.Errorf("a citizen: %w", err)
		}
		l.citizens = append(l.citizens, account{id, p.id})
		if len(l.citizens)%2 == 1 { // some have their card among their means
			if err := l.Citizens.ShowCard(ctx, person.CNIE); err != nil {
				return err
			}
		}
	}
	return nil
}

// account is an invented citizen's.
type account struct{ id, person ident.ID }

// lookedUp looks the citizens up at the end of the history, and lets one of
// them contest it; look-ups of another are delayed by an order in a case.
func (l *life) lookedUp(ctx context.Context) error {
	desk, duty, err := l.actor(ctx, l.faces["duty-officer"])
	if err != nil {
		return err
	}
	if err := l.Citizens.KeepLogs(ctx); err != nil { // what was before stands before
		return err
	}
	for _, c := range l.citizens {
		if err := l.lookUp(ctx, desk, duty, c.person); err != nil {
			return err
		}
	}
	if len(l.citizens) < 2 {
		return nil
	}
	if err := l.delayed(ctx, l.citizens[1].id); err != nil {
		return fmt.Errorf("a delayed look-up: %w", err)
	}
	if err := l.Citizens.KeepLogs(ctx); err != nil {
		return err
	}
	return l.contested(ctx, l.citizens[0].id)
}

func (l *life) enrolCitizen(ctx context.Context, desk policy.Actor, duty policy.Purpose, p person) (ident.ID, error) {
	g, err := l.k.Policy.Ask(ctx, desk, "citizens.account.enrol", policy.Resource{Unit: desk.Unit}, duty)
	if err != nil {
		return "", err
	}
	id, _, err := l.Citizens.Enrol(ctx, g, p.id, []string{"cnie"})
	if err != nil {
		return "", err
	}
	c, err := l.Citizens.Citizen(ctx, id)
	if err != nil {
		return "", err
	}
	if g, err = l.k.Policy.Ask(ctx, desk, "citizens.residence.attest", c.Resource(), duty); err != nil {
		return "", err
	}
	return id, l.Citizens.AttestResidence(ctx, g, id, p.home)
}

// lookUp opens a person's record as its page does, with the access that is due.
func (l *life) lookUp(ctx context.Context, who policy.Actor, why policy.Purpose, person ident.ID) error {
	res := policy.Resource{Ref: ident.Ref{Kind: index.KindPerson, ID: person}, Unit: who.Unit}
	g, err := l.k.Policy.Ask(ctx, who, "index.person.read", res, why)
	if err != nil {
		return err
	}
	return l.k.Journal.Lane().Record(ctx, journal.Of(g, journal.Read, res.Ref))
}

// delayed writes down a judge's order for a case of the investigator whom
// visitors meet, and looks the citizen up for it.
func (l *life) delayed(ctx context.Context, citizen ident.ID) error {
	who, _, err := l.actor(ctx, l.faces["investigator"])
	if err != nil {
		return err
	}
	cases, err := store.List(ctx, l.k.Reader, "select c.id from cases_cases c join cases_assigned a on a.case_id = c.id and a.to_at = 0 where a.officer = $1 and c.closed_at = 0 order by c.id limit 1",
		[]any{string(who.ID)}, func(scan store.Scan) (id ident.ID, err error) { return id, scan(&id) })
	if err != nil || len(cases) == 0 {
		return err
	}
	why := policy.Purpose{Kind: policy.Case, Ref: ident.Ref{Kind: "case", ID: cases[0]}}
	g, err := l.k.Policy.Ask(ctx, who, "citizens.delay.order", policy.Resource{Unit: who.Unit}, why)
	if err != nil {
		return err
	}
	c, err := l.Citizens.Citizen(ctx, citizen)
	if err != nil {
		return err
	}
	id, err := l.Citizens.OrderDelay(ctx, g, citizens.NewDelay{Person: c.Person, Authority: pick(l.World, l.tales.Words["judges"]), Reference: "118/2026", Until: l.clock.Now().Add(30 * 24 * time.Hour)})
	if err != nil {
		return err
	}
	if err := l.confirmDelay(ctx, id); err != nil {
		return err
	}
	l.clock.Set(l.clock.Now().Add(time.Minute)) // it does not reach back
	return l.lookUp(ctx, who, why, c.Person)
}

// confirmDelay is the second person's word on an order: the chief's.
func (l *life) confirmDelay(ctx context.Context, id ident.ID) error {
	chief, duty, err := l.actor(ctx, l.faces["brigade-chief"])
	if err != nil {
		return err
	}
	d, err := l.Citizens.Delay(ctx, id)
	if err != nil {
		return err
	}
	g, err := l.k.Policy.Ask(ctx, chief, "citizens.delay.confirm", d.Resource(), duty)
	if err != nil {
		return err
	}
	return l.Citizens.ConfirmDelay(ctx, g, id)
}

// contested lets a citizen contest the first line of their log.
func (l *life) contested(ctx context.Context, citizen ident.ID) error {
	lines, err := l.Citizens.Log(ctx, citizen, 0, 1)
	if err != nil || len(lines) == 0 {
		return err
	}
	c, err := l.Citizens.Citizen(ctx, citizen)
	if err != nil {
		return err
	}
	g, err := l.k.Policy.Ask(ctx, policy.Actor{ID: citizen, Role: citizens.RoleCitizen}, "citizens.contest.open", c.Resource(), policy.Purpose{Kind: policy.Basis, Basis: "L09-08-7"})
	if err != nil {
		return err
	}
	_, err = l.Citizens.OpenContest(ctx, g, citizen, lines[0].N, pick(l.World, l.tales.Words["contests"]))
	return err
}
