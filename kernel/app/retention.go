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

// accessClass is the retention class of the access lanes.
const accessClass = "access-log"

// Term is a kind of record whose time ends by the approved schedule alone.
type Term struct {
	Class string // of the pack
	// Due lists up to n records whose term began before a time and which still
	// hold something, each with the subjects under whose keys it is sealed.
	Due func(ctx context.Context, r store.Reader, before time.Time, n int) ([]Due, error)
}

// Due is a record whose time is over.
type Due struct {
	Ref      ident.Ref
	Subjects []ident.ID
}

// retain expires what the pack's schedule lets expire, with receipts: accesses
// by range, records one by one through erasure. What a row leaves to an
// authority, to the archives or to a review is not touched. Whatever it has not
// reached when it stops, it finds again at its next time.
// Law: L69-99 (schedule of disposal); L09-08 3
func (a *App) retain(ctx context.Context) error {
	var errs []error
	if row, before, ok := a.over(accessClass); ok {
		_, err := a.Journal.ExpireAccesses(ctx, func() (policy.Grant, error) { return a.Policy.System("retention", ExpireAction, "L69-99") },
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
	now := a.Clock.Now()
	row, err := a.Pack.Retention(class, now)
	if err != nil || row.Action != "dispose" || row.Approver != "schedule" || row.Since != "creation" {
		return row, time.Time{}, false
	}
	k := row.Keep
	return row, now.AddDate(-k.Years, -k.Months, -k.Days).Add(-k.Elapsed()), true
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
	due, err := t.Due(ctx, a.Reader, before, termAtOnce)
	if err != nil {
		return err
	}
	erased := 0
	for _, d := range due {
		if ctx.Err() != nil {
			break
		}
		err := a.end(ctx, d, row)
		switch {
		case err == nil:
			erased++
		case fault.Is(err, fault.Refused): // held
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

// end erases one record whose time is over.
func (a *App) end(ctx context.Context, d Due, row packs.Retention) error {
	if err := a.Journal.NotHeld(ctx, d.Ref); err != nil {
		return err
	}
	files, err := a.filesOf(ctx, d.Subjects)
	if err != nil {
		return err
	}
	g, err := a.Policy.System("retention", EraseAction, "L69-99")
	if err != nil {
		return err
	}
	e := journal.Erased{Subjects: d.Subjects, Ground: row.Code, Authority: ground(row)}
	if err := a.Journal.Erase(ctx, g, e); err != nil {
		return err
	}
	if err := noteErased(ErasureList(a.keyFile), e); err != nil {
		return err
	}
	return a.forget(ctx, d.Subjects, files)
}
