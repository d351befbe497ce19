package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/packs"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
)

// ExpireAction is the action under which accesses are expired; the module that
// oversees the record declares it.
const ExpireAction = "inspection.access.expire"

// termBasis is the law by which records end when their term is over.
const termBasis = "L69-99"

// accessClass is the retention class of the access lanes.
const accessClass = "access-log"

// Term is a kind of record that ends: by the approved schedule alone, or on the
// word of the authority that the row of its class names.
type Term struct {
	Class string // of the pack
	// Due lists records whose term began before a time and which still hold
	// something, those that have waited longest first.
	Due func(ctx context.Context, r store.Reader, w Window) ([]Due, error)
	// Subjects lists under whose keys what a record says is sealed; nil where it
	// is the record's own alone.
	Subjects func(ctx context.Context, r store.Reader, id ident.ID) ([]ident.ID, error)
	// Over looks again, under the lock, whether a record may be ended: Needed if
	// something speaks of it since. nil where nothing can.
	Over func(ctx context.Context, r store.Reader, id ident.ID) error
}

// Needed says that a record whose time was over is spoken of again.
var Needed = fault.New(fault.Refused, "faults.needed-again")

// Spoken is how records stand that speak of a person.
type Spoken struct {
	Live bool       // one of them has not ended
	Last time.Time  // what the latest of the others is about was over; zero if there was none
	Unit ident.ID   // that answers for the latest; "" if none does
	With []ident.ID // what is written of the person alone, and ends with them
}

// Note takes in a record: whether it is alive, when what it is about was over,
// and the unit that answers for it.
func (s *Spoken) Note(live bool, last time.Time, unit ident.ID) {
	s.Live = s.Live || live
	if last.After(s.Last) {
		s.Last = last
		if unit != "" {
			s.Unit = unit
		}
	}
}

// Window says which of the records whose time is over are wanted.
type Window struct {
	Before time.Time // their term began before
	Unit   ident.ID  // that answers for them; "" for every unit
	Most   int
}

// Due is a record whose time is over.
type Due struct {
	Ref   ident.Ref
	Unit  ident.ID
	Since time.Time // its term began
}

// Over gives the row of a class in force at a time, and the moment before which
// the term of a record must have begun to be over by then.
func Over(p *packs.Pack, class string, at time.Time) (packs.Retention, time.Time, error) {
	row, err := p.Retention(class, at)
	k := row.Keep
	return row, at.AddDate(-k.Years, -k.Months, -k.Days).Add(-k.Elapsed()), err
}

// retain expires what the pack's schedule lets expire, with receipts: accesses
// by range, records one by one through erasure. What a row leaves to an
// authority, to the archives or to a review is not touched. Whatever it has not
// reached when it stops, it finds again at its next time.
// Law: L69-99 (schedule of disposal); L09-08 3
func (a *App) retain(ctx context.Context) error {
	var errs []error
	if row, before, ok := a.over(accessClass); ok {
		_, err := a.Journal.ExpireAccesses(ctx, func() (policy.Grant, error) { return a.Policy.System("retention", ExpireAction, termBasis) },
			journal.Expiry{Class: accessClass, Ground: ground(row), Before: before})
		errs = append(errs, err)
	}
	for _, m := range a.modules {
		for _, t := range m.Terms {
			if row, before, ok := a.over(t.Class); ok {
				errs = append(errs, a.expire(ctx, t, row, before))
			}
		}
	}
	return errors.Join(errs...)
}

// over gives the row of a class in force now, if the schedule alone disposes
// of it, and the time before which its records are due.
func (a *App) over(class string) (packs.Retention, time.Time, bool) {
	row, before, err := Over(a.Pack, class, a.Clock.Now())
	return row, before, err == nil && row.Action == "dispose" && row.Approver == "schedule" && row.Since == "creation"
}

func ground(row packs.Retention) string {
	return fmt.Sprintf("schedule: %s, %s since %s, row of %s", row.Code, row.Keep, row.Since, row.From)
}

// termAtOnce bounds what one run erases of a class, so that a first run over
// years of records leaves the desk its machine; the next run goes on.
const termAtOnce = 500

// expire erases the records of a class whose time is over. One that is held
// stays, and stops none of the others.
func (a *App) expire(ctx context.Context, t Term, row packs.Retention, before time.Time) error {
	due, err := t.Due(ctx, a.Reader, Window{Before: before, Most: termAtOnce})
	if err != nil {
		return err
	}
	erased := 0
	for _, d := range due {
		if ctx.Err() != nil {
			break
		}
		gone, err := a.End(ctx, t, d.Ref, ground(row))
		switch {
		case err == nil && gone:
			erased++
		case err == nil, fault.Is(err, fault.Refused): // nothing was left, or held
		default:
			return err
		}
	}
	if erased == 0 {
		return nil
	}
	a.Log.InfoContext(ctx, "records expired", "class", t.Class, "erased", erased, "due", len(due))
	return a.db.Checkpoint(ctx)
}

// SpokenIn reads the rows of a query, whose argument is of, as records that speak
// of a person: alive or not, when what they are about was over, the unit that
// answers for them.
func SpokenIn(ctx context.Context, r store.Reader, query, of string) (out Spoken, err error) {
	err = r.Each(ctx, query, []any{of}, func(scan store.Scan) error {
		var live bool
		var last time.Time
		var unit ident.ID
		err := scan(&live, store.At(&last), &unit)
		out.Note(live, last, unit)
		return err
	})
	return out, err
}

// Terms lists the kinds of records that end, in the order of the modules.
func (a *App) Terms() []Term {
	var all []Term
	for _, m := range a.modules {
		all = append(all, m.Terms...)
	}
	return all
}

// Spoken asks every module how its records stand that speak of a person.
func (a *App) Spoken(ctx context.Context, r store.Reader, persons []ident.ID) (all Spoken, err error) {
	for _, m := range a.modules {
		if m.Speaks == nil {
			continue
		}
		for _, id := range persons {
			one, err := m.Speaks(ctx, r, id)
			if err != nil {
				return all, err
			}
			all.Note(one.Live, one.Last, one.Unit)
			all.With = append(all.With, one.With...)
		}
	}
	return all, nil
}

// End erases a record whose time is over; authority is who or what said so, and
// stands in the receipt. It reports whether anything was left to erase. A record
// under hold is refused, and one that is spoken of again is Needed. Killed
// halfway it may be repeated: what an erasure leaves outside the tables goes then.
func (a *App) End(ctx context.Context, t Term, ref ident.Ref, authority string) (bool, error) {
	if err := a.Journal.NotHeld(ctx, ref); err != nil {
		return false, err
	}
	e := journal.Erased{Subjects: []ident.ID{ref.ID}, Ground: t.Class, Authority: authority}
	if t.Subjects != nil {
		var err error
		if e.Subjects, err = t.Subjects(ctx, a.Reader, ref.ID); err != nil {
			return false, err
		}
	}
	files, err := a.filesOf(ctx, e.Subjects)
	if err == nil {
		err = a.noteErasing(a.keyFile, files)
	}
	if err != nil {
		return false, err
	}
	erased, err := a.eraseKnown(ctx, e, func(ctx context.Context, r store.Reader) error {
		if t.Over == nil {
			return nil
		}
		return t.Over(ctx, r, ref.ID)
	})
	if err != nil {
		return false, err
	}
	if err := noteErased(ErasureList(a.keyFile), e); err != nil {
		return false, err
	}
	return erased, a.forget(ctx, a.keyFile, e.Subjects)
}

// eraseKnown erases those of the subjects whose keys are still there, where they
// are still due under the lock.
func (a *App) eraseKnown(ctx context.Context, e journal.Erased, due func(context.Context, store.Reader) error) (bool, error) {
	var known []ident.ID
	for _, s := range e.Subjects {
		there, err := a.Journal.Knows(ctx, s)
		if err != nil {
			return false, err
		}
		if there {
			known = append(known, s)
		}
	}
	if len(known) == 0 {
		return false, nil
	}
	g, err := a.Policy.System("retention", EraseAction, termBasis)
	if err != nil {
		return false, err
	}
	e.Subjects = known
	if err := a.Journal.EraseIf(ctx, g, e, due); err != nil {
		return false, err
	}
	return true, nil
}
