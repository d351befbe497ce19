package app

import (
	"context"
	"time"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/policy"
)

// CloseAction is the action under which a period is closed; the module that
// oversees the record declares it.
const CloseAction = "inspection.period.close"

// closeWait bounds the wait for the signed checkpoint that must cover what is
// closed. A log that needs longer is behind, and then nothing is closed.
const closeWait = 30 * time.Second

// ClosePeriod closes what has been written so far, and waits for the signed
// checkpoints that must cover it and that vouch for the closing itself: a check
// that starts there would find none.
// Law: L69-99 (keeping of public records)
func (a *App) ClosePeriod(ctx context.Context, by ident.ID, ground string, tell func(done int64)) (journal.Meta, error) {
	m, err := a.Journal.ClosePeriod(ctx, journal.Closing{Files: a.Blobs, By: by, Ground: ground, Tell: tell, Covered: a.covered},
		func() (policy.Grant, error) { return a.Policy.System("closing", CloseAction, termBasis) })
	if err != nil {
		return m, err
	}
	if err := a.covered(ctx, m.Seq); err != nil { // it is written, and will be covered
		a.Log.WarnContext(ctx, "no signed checkpoint vouches for the closing yet", "entry", m.Seq, "err", err)
	}
	return m, nil
}

// covered waits a while for the signed checkpoint that covers an entry.
func (a *App) covered(ctx context.Context, seq int64) error {
	ctx, cancel := context.WithTimeout(ctx, closeWait)
	defer cancel()
	return a.Logging.WaitCovered(ctx, seq)
}
