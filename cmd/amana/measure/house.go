package measure

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
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

// folderFile says what a kept folder is filled with. Only what stands in it
// may be measured; a folder without "done" is filled on.
const folderFile = "bench.json"

// filling is what a folder is, or is being, filled with.
type filling struct {
	Now     time.Time `json:"now"`
	Persons int       `json:"persons"`
	Cases   int       `json:"cases"`
	Done    bool      `json:"done"`
}

func newHouse(ctx context.Context, o Options) (_ *house, err error) {
	h := &house{o: o, dir: o.Folder}
	defer func() {
		if err != nil {
			h.close()
		}
	}()
	if h.dir == "" {
		if h.dir, err = os.MkdirTemp("", "amana-bench-"); err != nil {
			return nil, err
		}
	}
	f, err := h.filling()
	if err != nil {
		return nil, err
	}
	staged := clock.NewStaged(demodata.Beginning(f.Now))
	config := app.Config{Data: h.data(), Store: o.Store, Demo: true, Clock: staged, Pack: packs.Morocco(), Logger: slog.New(slog.DiscardHandler)}
	h.app, err = app.Start(ctx, config, func(k *app.Kernel) (app.Compose, error) {
		var c app.Compose
		h.s, c = compose.Build(k, nil)
		return c, nil
	})
	if err == nil && o.Store != "" {
		err = h.durable(ctx)
	}
	if err == nil && !f.Done {
		err = h.fill(ctx, f, staged)
	}
	if err != nil {
		return nil, err
	}
	staged.Run(time.Now())
	return h, h.cast(ctx)
}

// durable refuses to measure on a server that acknowledges what it may lose.
func (h *house) durable(ctx context.Context) error {
	for _, setting := range []string{"fsync", "synchronous_commit", "full_page_writes"} {
		var on string
		if err := h.app.Reader.Row(ctx, "select current_setting($1)", []any{setting}, &on); err != nil {
			return err
		}
		if on != "on" {
			return fmt.Errorf("%s is %s on this PostgreSQL server: figures from it would say nothing", setting, on)
		}
	}
	h.o.Tell("PostgreSQL with fsync, synchronous_commit and full_page_writes on")
	return nil
}

func (h *house) data() string { return filepath.Join(h.dir, "data") }

// filling reads what the folder holds, or founds it.
func (h *house) filling() (f filling, err error) {
	raw, err := os.ReadFile(filepath.Join(h.dir, folderFile))
	if err == nil {
		if err = json.Unmarshal(raw, &f); err == nil && (f.Persons != h.o.Persons || f.Cases != h.o.Cases) {
			err = fmt.Errorf("%s is for %d persons and %d cases, not %d and %d", h.dir, f.Persons, f.Cases, h.o.Persons, h.o.Cases)
		}
		return f, err
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return f, err
	}
	if err := os.MkdirAll(h.data(), 0o700); err != nil {
		return f, err
	}
	f = filling{Now: time.Now(), Persons: h.o.Persons, Cases: h.o.Cases}
	if _, err := app.NewKeyFile(filepath.Join(h.data(), app.KeyName), "bench.invalid/amana", "Amana (measurement)", f.Now); err != nil {
		return f, err
	}
	return f, h.note(f)
}

func (h *house) note(f filling) error {
	raw, err := json.Marshal(f)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(h.dir, folderFile), raw, 0o600)
}

// fill makes the people and cases, telling how far it has come.
func (h *house) fill(ctx context.Context, f filling, staged *clock.Staged) error {
	begun := time.Now()
	size := demodata.Size{Persons: f.Persons, Cases: f.Cases}
	err := demodata.Bulk(ctx, &h.app.Kernel, h.s, staged, 1, f.Now, size, func(stage string, done, of int) {
		h.o.Tell("%s: %d of %d (%.0f s)", stage, done, of, time.Since(begun).Seconds())
	})
	if err != nil {
		return err
	}
	f.Done = true
	return h.note(f)
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
	if h.o.Folder == "" {
		err = errors.Join(err, os.RemoveAll(h.dir))
	}
	if err != nil {
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
