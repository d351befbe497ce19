package store_test

import (
	"context"
	"testing"
	"testing/fstest"

	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/store/storetest"
)

func shapeNotes(t testing.TB, db *store.DB) error {
	files := fstest.MapFS{"0001_notes.sql": {Data: []byte("create table notes (id text not null primary key, words text not null);")}}
	_, err := db.Migrate(t.Context(), "notes", files)
	return err
}

// BenchmarkOneRecord reads one record by its key, for a caller who may give up
// (as every request may), beside one who cannot: the difference is what watching costs.
func BenchmarkOneRecord(b *testing.B) {
	db := storetest.OpenAt(b, storetest.SQLite(b))
	if err := shapeNotes(b, db); err != nil {
		b.Fatal(err)
	}
	batch, err := db.Begin(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	if _, err := batch.Exec(b.Context(), "insert into notes values ('a', 'words')"); err != nil {
		b.Fatal(err)
	}
	if err := batch.Commit(b.Context()); err != nil {
		b.Fatal(err)
	}
	request, cancel := context.WithCancel(b.Context())
	defer cancel()
	read := func(scan store.Scan) (words string, err error) {
		err = scan(&words)
		return words, err
	}
	for _, c := range []struct {
		name string
		ctx  context.Context
	}{{"request", request}, {"background", context.Background()}} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				if _, err := store.One(c.ctx, db.Reader(), "select words from notes where id = $1", []any{"a"}, read); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
