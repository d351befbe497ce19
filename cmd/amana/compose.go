package main

import (
	"context"

	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/blobs"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/modules/index"
	"github.com/amana-platform/amana/modules/inspection"
	"github.com/amana-platform/amana/modules/units"
)

// services are the modules' services, as main joins them.
type services struct {
	units      *units.Service
	index      *index.Service
	inspection *inspection.Service
}

// build makes the modules and joins them; nothing runs yet.
func build(k *app.Kernel, verify inspection.Verifier) (*services, app.Compose) {
	s := &services{units: units.New(k), index: index.New(k)}
	s.inspection = inspection.New(k, verify, s.units.OfficerName)
	c := app.Compose{
		Modules: []app.Module{
			{Name: "units", Journal: units.JournalModule(), Policy: units.PolicyModule()},
			{Name: "index", Journal: index.JournalModule(), Policy: index.PolicyModule()},
			s.inspection.Module(),
		},
		Accounts: s.units,
		Hooks: policy.Hooks{
			Units:  s.units,
			Active: s.units.Active,
			Holds:  s.units.HoldsTask,
		},
		Who: func(ctx context.Context, w *text.Words, actor ident.ID) string {
			return s.units.OfficerName(ctx, string(w.Lang()), actor)
		},
	}
	return s, c
}

// compose is build for commands that need the list only.
func compose(k *app.Kernel) (app.Compose, error) {
	_, c := build(k, nil)
	return c, nil
}

// blobs lists the stored files that records speak of, each checked.
func (r *records) blobs(ctx context.Context, p place) func(yield func(int64, error) bool) {
	return func(yield func(int64, error) bool) {
		files, err := blobs.Open(ctx, blobs.Config{Place: p.data + "/blobs", Secret: r.keys.Derive("blobs"), Keys: app.FileKeys(r.Journal)})
		if err != nil {
			yield(0, err)
			return
		}
		defer files.Close()
		for _, m := range r.module.Modules {
			if m.Blobs == nil {
				continue
			}
			err := m.Blobs(ctx, r.db.Reader(), func(i blobs.Info) error {
				yield(i.Size, app.CheckFile(ctx, files, i))
				return nil
			})
			if err != nil && !yield(0, err) {
				return
			}
		}
	}
}
