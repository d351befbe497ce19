package main

import (
	"context"

	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/blobs"
	"github.com/amana-platform/amana/kernel/journal"
)

// files opens the stored files of a place.
func (r *records) files(ctx context.Context, p place) (*blobs.Store, error) {
	place := p.blobs
	if place == "" {
		place = p.data + "/blobs"
	}
	return blobs.Open(ctx, blobs.Config{Place: place, Scratch: p.scratch(), Secret: r.keys.Derive("blobs"), Keys: app.FileKeys(r.Journal)})
}

// scratch is where files of a bucket pass through; a folder has its own.
func (p place) scratch() string {
	if p.blobs == "" {
		return ""
	}
	return p.data + "/staging"
}

// blobs lists the stored files that records speak of, each checked.
func (r *records) blobs(ctx context.Context, p place) func(yield func(int64, error) bool) {
	return func(yield func(int64, error) bool) {
		files, err := r.files(ctx, p)
		if err != nil {
			yield(0, err)
			return
		}
		defer shut(files)
		more := true
		check := func(i blobs.Info) error {
			if more {
				more = yield(i.Size, app.CheckFile(ctx, files, i))
			}
			return nil
		}
		if err := journal.States(ctx, r.db.Reader(), check); err != nil && more && !yield(0, err) {
			return
		}
		for _, m := range r.module.Modules {
			if m.Blobs == nil {
				continue
			}
			if err := m.Blobs(ctx, r.db.Reader(), check); err != nil && more && !yield(0, err) {
				return
			}
		}
	}
}
