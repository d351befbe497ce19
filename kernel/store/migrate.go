package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"strings"
	"testing/fstest"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"

	"github.com/amana-platform/amana/kernel/fault"
)

// Migrate applies a module's *.sql files that are not applied yet, in the
// order of the numbers their names begin with, each in a transaction of its
// own, and gives their count. The files are one text for both engines:
// "without rowid" is SQLite's alone, and on PostgreSQL text is compared byte
// by byte. A database shaped by a newer program is refused.
func (db *DB) Migrate(ctx context.Context, module string, files fs.FS) (int, error) {
	portable, err := db.portable(files)
	if err != nil {
		return 0, err
	}
	if len(portable) == 0 {
		return 0, nil
	}
	dialect := goose.DialectSQLite3
	if db.Engine == Postgres {
		dialect = goose.DialectPostgres
	}
	table, err := database.NewStore(dialect, "goose_"+module)
	if err != nil {
		return 0, err
	}
	release, err := db.acquire(ctx)
	if err != nil {
		return 0, err
	}
	defer release()
	if db.main != nil { // goose uses the pool, whose one connection the writer may hold
		db.main.close()
		db.main = nil
	}
	p, err := goose.NewProvider("", db.write, portable, goose.WithStore(table), goose.WithLogger(goose.NopLogger()))
	if err != nil {
		return 0, fmt.Errorf("store: migrations of %s: %w", module, err)
	}
	if err := notNewer(ctx, p, module); err != nil {
		return 0, err
	}
	done, err := p.Up(ctx)
	if err != nil {
		return 0, fmt.Errorf("store: migrate %s: %w", module, wrap(err))
	}
	return len(done), nil
}

// notNewer refuses a database whose tables a newer program has shaped.
func notNewer(ctx context.Context, p *goose.Provider, module string) error {
	current, target, err := p.GetVersions(ctx)
	if err != nil {
		return wrap(err)
	}
	return newer(module, current, target)
}

func newer(module string, found, known int64) error {
	if found <= known {
		return nil
	}
	return fault.Wrap(errors.New("store: "+module+" was shaped by a newer program"), fault.Unavailable, "faults.newer-data",
		"module", module, "found", found, "known", known)
}

// NotNewer is Migrate's refusal of a module that a newer program has shaped, for
// who only reads. It writes nothing.
func (db *DB) NotNewer(ctx context.Context, module string, files fs.FS) error {
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		return err
	}
	var known, shaped, found int64
	for _, name := range names {
		n, err := goose.NumericComponent(name)
		if err != nil {
			return fmt.Errorf("store: migrations of %s: %w", module, err)
		}
		known = max(known, n)
	}
	table := "goose_" + module
	there := "select count(*) from sqlite_master where type = 'table' and name = $1"
	if db.Engine == Postgres {
		there = "select count(*) from pg_class where relname = $1 and relnamespace = current_schema()::regnamespace"
	}
	if err := db.Reader().Row(ctx, there, []any{table}, &shaped); err != nil || shaped == 0 {
		return err
	}
	if err := db.Reader().Row(ctx, "select coalesce(max(version_id), 0) from "+table, nil, &found); err != nil {
		return err
	}
	return newer(module, found, known)
}

var (
	textType     = regexp.MustCompile(`\btext\b`)
	withoutRowid = regexp.MustCompile(`(?i)\)\s*without rowid`)
)

func (db *DB) portable(files fs.FS) (fstest.MapFS, error) {
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		return nil, err
	}
	out := fstest.MapFS{}
	for _, name := range names {
		raw, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		text := string(raw)
		if db.Engine == Postgres {
			text = withoutRowid.ReplaceAllString(text, ")")
			text = textType.ReplaceAllString(text, `text collate "C"`)
		}
		if !strings.Contains(text, "+goose Up") {
			text = "-- +goose Up\n" + text
		}
		out[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return out, nil
}
