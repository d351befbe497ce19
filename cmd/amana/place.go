package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/amana-platform/amana/cmd/amana/compose"
	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/journal/tlog"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/packs"
)

// place says where a service keeps what it keeps; most commands need it.
type place struct {
	data, store, key string
	blobs            string
	signer           string
	asJSON           bool
}

func (p *place) flags(c *cobra.Command, data string) {
	f := c.Flags()
	f.StringVar(&p.data, "data", data, "the data folder: databases, signed log, files")
	f.StringVar(&p.store, "store", "", "postgres://… instead of SQLite in the data folder")
	f.StringVar(&p.blobs, "blobs", "", "s3://bucket?… instead of the data folder for stored files")
	f.StringVar(&p.signer, "signer", "", "socket of a running signing process (default: start one)")
	f.StringVar(&p.key, "key", "", "the key file (default: "+app.KeyName+" in the data folder)")
}

func (p *place) config(logger *slog.Logger) app.Config {
	return app.Config{Data: p.data, Store: p.store, Key: p.key, Blobs: p.blobs, Signer: p.signer, Pack: packs.Morocco(), Logger: logger}
}

// records is a store opened for checking: nothing is written to it.
type records struct {
	*journal.Journal
	keys   *app.KeyFile
	db     *store.DB
	lane   *store.DB
	module app.Compose
}

// open opens the records of a place for reading, beside a running service or
// without one.
func (p *place) open(ctx context.Context) (*records, error) {
	keys, err := app.ReadKeyFile(app.FindKeyFile(p.data, p.key))
	if err != nil {
		return nil, err
	}
	if p.store == "" && !there(filepath.Join(p.data, "amana.db")) {
		return nil, fmt.Errorf("there are no records in %s", p.data)
	}
	db, lane, err := app.Databases(ctx, p.data, p.store)
	if err != nil {
		return nil, err
	}
	c, err := compose.List(&app.Kernel{})
	if err != nil {
		return nil, err
	}
	j, err := journal.OpenForReading(ctx, journal.Options{DB: db, Lane: lane, Modules: c.JournalModules(), Master: keys.Master, Previous: keys.Previous})
	if err != nil {
		return nil, err
	}
	return &records{j, keys, db, lane, c}, nil
}

func (r *records) close() {
	shut(r.db)
	if r.lane != r.db {
		shut(r.lane)
	}
}

// hasLog reports whether the place answers for a signed log. A data folder that
// holds the record always does, so that taking the log away is found; beside a
// database elsewhere only where there is one, as a replayed copy has none. A
// log just begun by a renewal has no checkpoint yet.
func (r *records) hasLog(p place) bool {
	begun := there(filepath.Join(p.data, "log", "checkpoint"))
	if r.keys.Renewing {
		return begun
	}
	return begun || p.store == "" || there(filepath.Join(p.data, "log"))
}

// log gives the checker of the place's signed log.
func (r *records) log(data string) journal.LogSource {
	return func(ctx context.Context, visit func(uint64, tlog.Leaf) error) error {
		_, err := tlog.CheckLog(ctx, filepath.Join(data, "log"), r.keys.LogVKey, []byte(r.keys.Witnesses), visit)
		return err
	}
}

// shut closes what a command is done with. Its answer stands by then, so a
// failure goes to the log of the process and not into the answer.
func shut(what io.Closer) {
	if err := what.Close(); err != nil {
		slog.Warn("not closed cleanly", "what", fmt.Sprintf("%T", what), "err", err)
	}
}

// require refuses a command line without these flags. A flag that the command
// does not have is a mistake in this program.
func require(c *cobra.Command, flags ...string) {
	for _, name := range flags {
		if err := c.MarkFlagRequired(name); err != nil {
			panic(err)
		}
	}
}

func there(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
