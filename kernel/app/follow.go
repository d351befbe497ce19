package app

import (
	"context"
	"time"

	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
)

// retryAfter is how long a follower that failed on an entry waits before it
// tries the same entry again; it never skips one, and no other follower waits
// for it.
const retryAfter = 2 * time.Second

// follow feeds a follower the journal from its cursor on.
func (a *App) follow(ctx context.Context, f Follower) {
	var cursor int64
	var err error
	for ctx.Err() == nil {
		if cursor, err = a.Journal.Cursor(ctx, f.Name); err == nil {
			break
		}
		a.Log.ErrorContext(ctx, "a follower does not know where it stands", "follower", f.Name, "err", err)
		pause(ctx, nil, retryAfter)
	}
	for ctx.Err() == nil {
		news := a.Journal.News()
		entries, err := a.Journal.After(ctx, cursor, 200)
		for _, e := range entries {
			if err = a.deliver(ctx, f, e); err != nil {
				break
			}
			cursor = e.Seq
		}
		switch {
		case err != nil && ctx.Err() == nil:
			a.Log.ErrorContext(ctx, "a follower is stuck on an entry", "follower", f.Name, "after", cursor, "err", err)
			pause(ctx, nil, retryAfter)
		case len(entries) == 0:
			pause(ctx, news, time.Second)
		}
	}
}

// deliver hands over one entry; the cursor moves in the commit of what the
// follower appends.
func (a *App) deliver(ctx context.Context, f Follower, e journal.Delivered) error {
	if f.Action == "" { // it only reads: nothing is decided under the lock
		if err := f.Handle(ctx, e, nil); err != nil {
			return err
		}
		return a.Journal.Advance(ctx, policy.Grant{}, f.Name, e.Seq, nil)
	}
	g, err := a.Policy.System(f.Name, f.Action, f.Basis)
	if err != nil {
		return err
	}
	return a.Journal.Advance(ctx, g, f.Name, e.Seq, func(ctx context.Context, _ store.Reader, d *journal.Draft) error {
		return f.Handle(ctx, e, d)
	})
}

// pause waits for news, for a time, or for the end.
func pause(ctx context.Context, news <-chan struct{}, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-news:
	case <-time.After(d):
	}
}
