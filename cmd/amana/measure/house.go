package measure

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/amana-platform/amana/cmd/amana/compose"
	"github.com/amana-platform/amana/cmd/amana/demodata"
	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/clock"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/modules/units"
	"github.com/amana-platform/amana/packs"
)

// house is a service on embedded defaults, filled as a demonstration.
type house struct {
	o       Options
	dir     string
	app     *app.App
	s       *compose.Services
	desk    policy.Actor
	duty    policy.Purpose
	persons []ident.ID
}

func newHouse(ctx context.Context, o Options) (_ *house, err error) {
	h := &house{o: o}
	defer func() {
		if err != nil {
			h.close()
		}
	}()
	if h.dir, err = os.MkdirTemp("", "amana-bench-"); err != nil {
		return nil, err
	}
	data := filepath.Join(h.dir, "data")
	if err := os.MkdirAll(data, 0o700); err != nil {
		return nil, err
	}
	now := time.Now()
	if _, err := app.NewKeyFile(filepath.Join(data, app.KeyName), "bench.invalid/amana", "Amana (measurement)", now); err != nil {
		return nil, err
	}
	staged := clock.NewStaged(demodata.Beginning(now))
	h.app, err = app.Start(ctx, app.Config{Data: data, Demo: true, Clock: staged, Pack: packs.Morocco(), Logger: slog.New(slog.DiscardHandler)}, func(k *app.Kernel) (app.Compose, error) {
		var c app.Compose
		h.s, c = compose.Build(k, nil)
		return c, nil
	})
	if err != nil {
		return nil, err
	}
	size := demodata.Small
	size.Persons, size.Vehicles = o.Persons, max(o.Persons/10, 10)
	o.Tell("filling an index of %d persons …", o.Persons)
	begun := time.Now()
	if err := demodata.Fill(ctx, &h.app.Kernel, h.s, staged, 1, now, size, nil); err != nil {
		return nil, err
	}
	o.Tell("filled in %.0f s", time.Since(begun).Seconds())
	staged.Run(now)
	return h, h.cast(ctx)
}

// cast finds the officer of the desk and some persons.
func (h *house) cast(ctx context.Context) error {
	people, err := h.s.Units.Demo(ctx)
	if err != nil {
		return err
	}
	for _, a := range people {
		if a.Actor.Role == string(units.DutyOfficer) {
			h.desk, h.duty = a.Actor, a.Duty
		}
	}
	rows, err := h.app.Reader.Query(ctx, "select id from index_persons limit 2000")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id ident.ID
		if err := rows.Scan(&id); err != nil {
			return err
		}
		h.persons = append(h.persons, id)
	}
	return rows.Err()
}

func (h *house) close() {
	var err error
	if h.app != nil {
		err = h.app.Close()
	}
	if err = errors.Join(err, os.RemoveAll(h.dir)); err != nil {
		h.o.Tell("not cleared away: %v", err)
	}
}

// ask asks for an act of the desk.
func (h *house) ask(ctx context.Context, action string) (policy.Grant, error) {
	return h.app.Policy.Ask(ctx, h.desk, action, policy.Resource{Unit: h.desk.Unit}, h.duty)
}

// rate lets many callers do f for a while and gives how often it was done a
// second.
func (h *house) rate(ctx context.Context, callers int, f func(context.Context) error) (float64, int64, error) {
	ctx, cancel := context.WithTimeout(ctx, h.o.For)
	defer cancel()
	var n atomic.Int64
	var failed atomic.Pointer[error]
	var all sync.WaitGroup
	begun := time.Now()
	for range callers {
		all.Go(func() {
			for ctx.Err() == nil && failed.Load() == nil {
				if err := f(context.WithoutCancel(ctx)); err != nil {
					failed.CompareAndSwap(nil, &err)
					return
				}
				n.Add(1)
			}
		})
	}
	all.Wait()
	if err := failed.Load(); err != nil {
		return 0, 0, fmt.Errorf("after %d: %w", n.Load(), *err)
	}
	return float64(n.Load()) / time.Since(begun).Seconds(), n.Load(), nil
}
