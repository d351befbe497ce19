package main

import (
	"context"

	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/blobs"
)

// blobs lists the stored files that records speak of, each checked.
func (r *records) blobs(ctx context.Context, p place) func(yield func(int64, error) bool) {
	return func(yield func(int64, error) bool) {
		files, err := blobs.Open(ctx, blobs.Config{Place: p.data + "/blobs", Secret: r.keys.Derive("blobs"), Keys: app.FileKeys(r.Journal)})
		if err != nil {
			yield(0, err)
			return
		}
		defer shut(files)
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
