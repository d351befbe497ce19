package events

import (
	"context"
	"errors"
	"time"

	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
)

// Follower reacts to entries: it receives each one after its cursor, in
// order, and what it appends commits together with the cursor.
type Follower struct {
	Name   string
	Action string // the System action under which it appends; "" if it only reads
	Basis  string // the article it acts on
	// Handle looks at an entry and drafts what follows from it. It runs under
	// the lock of the home, as every decision, so it does nothing slow. A
	// follower that only reads runs before its cursor moves, outside of the
	// lock, and sees an entry again if it dies between.
	Handle func(ctx context.Context, e journal.Delivered, r store.Reader, d *journal.Draft) error
}

// Grants makes the grants under which followers append.
type Grants interface {
	System(name, action, basis string) (policy.Grant, error)
}

// Leads reports whether this node leads among those of the store.
type Leads func(context.Context) (bool, error)

// Follow feeds a follower the journal from its cursor on, until the context
// ends. An entry on which it fails is tried again, never skipped, and no other
// follower waits for it.
func (e *Events) Follow(ctx context.Context, f Follower, grants Grants, leads Leads) {
	for ctx.Err() == nil {
		if err := e.followed(ctx, f, grants, leads); err != nil && ctx.Err() == nil {
			e.log.ErrorContext(ctx, "a follower is stuck", "follower", f.Name, "err", err)
			e.stuck(ctx, f.Name, err)
		}
		e.wait(ctx, nil)
	}
}

// followed works from the cursor on while this node leads.
func (e *Events) followed(ctx context.Context, f Follower, grants Grants, leads Leads) error {
	cursor, err := e.journal.Cursor(ctx, f.Name)
	if err != nil {
		return err
	}
	for ctx.Err() == nil {
		grown := e.Grown()
		if leading, err := leads(ctx); err != nil || !leading {
			return err
		}
		entries, err := e.journal.After(ctx, cursor, atOnce)
		if err != nil {
			return err
		}
		for _, d := range entries {
			if err := e.deliver(ctx, f, d, grants); err != nil && !errors.Is(err, journal.ErrPassed) {
				return err
			}
			cursor = d.Seq
			e.stuck(ctx, f.Name, nil)
		}
		if len(entries) == 0 {
			e.wait(ctx, grown)
		}
	}
	return nil
}

// deliver hands over one entry.
func (e *Events) deliver(ctx context.Context, f Follower, d journal.Delivered, grants Grants) error {
	if f.Action == "" {
		if err := f.Handle(ctx, d, e.journal.Reader(), nil); err != nil {
			return err
		}
		return e.journal.Advance(ctx, policy.Grant{}, f.Name, d.Seq, nil)
	}
	g, err := grants.System(f.Name, f.Action, f.Basis)
	if err != nil {
		return err
	}
	return e.journal.Advance(ctx, g, f.Name, d.Seq, func(ctx context.Context, r store.Reader, draft *journal.Draft) error {
		return f.Handle(ctx, d, r, draft)
	})
}

// wait waits for more, for as long as patience lasts, or for the end.
func (e *Events) wait(ctx context.Context, more <-chan struct{}) {
	select {
	case <-ctx.Done():
	case <-more:
	case <-time.After(e.patient):
	}
}
