// Package jobs does what time demands: deadlines that pass, windows that
// close, counts that are due. Over several nodes on one database a job runs
// on the one that leads; a leader that dies is followed within a minute.
package jobs

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// Job is something to do again and again. What it writes is guarded by the
// state it finds, so that doing it twice does no harm.
type Job struct {
	Name  string
	Every time.Duration
	Do    func(context.Context) error
}

// Lead reports whether this node leads now; it is asked before each run.
type Lead func(context.Context) (bool, error)

// Run does every job at its pace until the context ends, and returns when the
// last one has stopped. A job that fails or panics is logged and tried again
// at its next time; the others go on.
func Run(ctx context.Context, all []Job, lead Lead, logger *slog.Logger) {
	var running sync.WaitGroup
	for _, j := range all {
		running.Go(func() { j.repeat(ctx, lead, logger) })
	}
	running.Wait()
}

func (j Job) repeat(ctx context.Context, lead Lead, logger *slog.Logger) {
	tick := time.NewTicker(j.Every)
	defer tick.Stop()
	for {
		if err := j.once(ctx, lead); err != nil && ctx.Err() == nil {
			logger.ErrorContext(ctx, "a job failed", "job", j.Name, "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (j Job) once(ctx context.Context, lead Lead) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("jobs: panic: %v", p)
		}
	}()
	if leads, err := lead(ctx); err != nil || !leads {
		return err
	}
	return j.Do(ctx)
}
