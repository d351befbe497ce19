package demodata

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/amana-platform/amana/cmd/amana/compose"
	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/clock"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/modules/cases"
	"github.com/amana-platform/amana/modules/cases/enquiry"
	"github.com/amana-platform/amana/modules/index"
)

// bulkPersons is how many persons are seeded between two steps of progress.
const bulkPersons = 20_000

// bulkHands is how many desks and brigades work at once: as many share a commit.
const bulkHands = 48

// bulkCases are opened before the clock moves on: a grant lives a minute, so
// nobody may be in the middle of an act while it does.
const bulkCases = 1000

// Bulk fills a service in which figures are measured: the units and officers
// of the demonstration, size.Persons persons, and size.Cases cases, each
// opened from a complaint of its own, spread over a year. What an earlier call
// with the same seed and now has written is passed over, so that a filling
// that was interrupted is run again and goes on.
func Bulk(ctx context.Context, k *app.Kernel, s *compose.Services, c *clock.Staged, seed uint64, now time.Time, size Size, tell func(stage string, done, of int)) error {
	w := New(k, c, seed, now, size, tell)
	if err := w.People(ctx, s.Units); err != nil {
		return fmt.Errorf("units and officers: %w", err)
	}
	people, err := w.crowd(ctx, s.Index)
	if err != nil {
		return fmt.Errorf("persons: %w", err)
	}
	t, err := readTales()
	if err != nil {
		return err
	}
	l := &life{World: w, Services: s, tales: t, people: people}
	if err := l.meet(ctx); err != nil {
		return err
	}
	if err := l.openCases(ctx); err != nil {
		return fmt.Errorf("cases: %w", err)
	}
	return nil
}

// crowd is Inhabitants by the piece: a million persons are never all in memory.
func (w *World) crowd(ctx context.Context, x *index.Service) ([]person, error) {
	people := make([]person, 0, w.size.Persons)
	towns := w.towns()
	for len(people) < w.size.Persons {
		var some index.Seeding
		for range min(bulkPersons, w.size.Persons-len(people)) {
			town := pick(w, towns)
			p := w.person(town)
			some.Persons = append(some.Persons, p)
			people = append(people, person{p.ID, town.Area})
		}
		last := people[len(people)-1].id
		known, err := w.k.Journal.Knows(ctx, last) // its chunk was seeded to the end
		if err == nil && !known {
			err = x.Seed(ctx, func() (policy.Grant, error) { return w.k.Policy.System("demo", "index.seed", basis) }, some)
		}
		if err != nil {
			return nil, err
		}
		w.tell("persons", len(people), w.size.Persons)
	}
	return people, nil
}

// meet finds the accounts of everybody who will act, before many act at once.
func (l *life) meet(ctx context.Context) (err error) {
	l.accounts, l.duties = map[ident.ID]policy.Actor{}, map[ident.ID]policy.Purpose{}
	if l.faces, err = l.faced(ctx); err != nil {
		return err
	}
	for _, o := range append(l.officersOf("duty-officer"), l.officersOf("investigator")...) {
		if _, _, err := l.actor(ctx, o); err != nil {
			return err
		}
	}
	return nil
}

// openCases lets many hands open the cases that are missing.
func (l *life) openCases(ctx context.Context) error {
	var had int
	if err := l.k.Reader.Row(ctx, "select count(*) from cases_cases", nil, &had); err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	hands := make([]*life, bulkHands)
	for i := range hands {
		hands[i] = l.another(uint64(had), uint64(i))
	}
	for had < l.size.Cases && ctx.Err() == nil {
		until := min(had+bulkCases, l.size.Cases)
		l.clock.Set(l.dayOf(until))
		var next atomic.Int64
		next.Store(int64(had))
		var all sync.WaitGroup
		for _, h := range hands {
			all.Go(func() {
				for n := int(next.Add(1)) - 1; n < until && ctx.Err() == nil; n = int(next.Add(1)) - 1 {
					if err := h.openOne(ctx, n); err != nil {
						cancel(err)
					}
				}
			})
		}
		all.Wait()
		had = until
		l.tell("cases", had, l.size.Cases)
	}
	return context.Cause(ctx)
}

// dayOf is when the n-th case is opened: they are spread evenly over the year.
func (l *life) dayOf(n int) time.Time {
	first := l.now.Add(-history)
	return clock.Micro(first.Add(time.Duration(float64(history-time.Hour) * float64(n) / float64(l.size.Cases))))
}

// another gives a life with the same people and a randomness of its own.
func (l *life) another(had, hand uint64) *life {
	w := *l.World
	w.rand = rand.New(rand.NewPCG(had+1, hand+1))
	w.ids = ident.NewSource(w.clock.Now, nil)
	h := *l
	h.World = &w
	return &h
}

// openOne records the n-th complaint and opens its case.
func (l *life) openOne(ctx context.Context, n int) error {
	desk := pick(l.World, l.officersOf("duty-officer"))
	if n%100 == 0 {
		desk = l.faces["duty-officer"]
	}
	s := l.story()
	g, err := l.onDuty(ctx, desk, "register.complaint.record")
	if err != nil {
		return err
	}
	in := l.complaint(desk, s, l.clock.Now())
	works := l.brigadeNear(desk, l.officersOf("investigator")).works
	in.Competent = works.unit.id
	c, err := l.Register.RecordComplaint(ctx, g, in)
	if err != nil {
		return err
	}
	if g, err = l.onDuty(ctx, works, "cases.case.open"); err != nil {
		return err
	}
	_, err = l.Cases.Open(ctx, g, cases.Opening{Submission: l.ids.New(), Origin: enquiry.FromComplaint, Complaint: c.ID, Regime: "preliminary",
		Values: map[string]string{"instruction": fmt.Sprintf("%d/%d", 100+l.rand.IntN(900), l.clock.Now().Year())}})
	return err
}
