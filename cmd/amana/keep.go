package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/amana-platform/amana/cmd/amana/compose"
	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/store"
)

// The parts of a backup.
const (
	recordFile = "record.db"       // entries and accesses; says nothing about anybody without the keys
	keysFile   = "subject-keys.db" // to be kept apart
)

// keptParts are the folders of a data folder that a backup copies as they are.
func keptParts() []string { return []string{"log", app.FormerLogs, "blobs"} }

func backupCommand() *cobra.Command {
	var p place
	var keysTo string
	c := &cobra.Command{
		Use:   "backup FOLDER",
		Short: "Copy the record, beside a running service",
		Long: `Backup copies entries, accesses, the signed log and the files into an empty
folder. Tables are not copied: they are made again from the entries. The
subjects' keys go to --keys, which must be another place: without them the copy
says nothing about anybody. The key file is not part of a backup.`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return backup(c.Context(), c.OutOrStdout(), p, args[0], keysTo)
		},
	}
	p.flags(c, "amana-data")
	c.Flags().StringVar(&keysTo, "keys", "", "`FOLDER` for the subjects' keys, kept apart")
	require(c, "keys")
	return c
}

func backup(ctx context.Context, out io.Writer, p place, to, keysTo string) error {
	r, err := p.open(ctx)
	if err != nil {
		return err
	}
	defer r.close()
	record, err := freshStore(ctx, to, recordFile)
	if err != nil {
		return err
	}
	defer shut(record)
	keys, err := freshStore(ctx, keysTo, keysFile)
	if err != nil {
		return err
	}
	defer shut(keys)
	if err := r.Backup(ctx, record, keys); err != nil {
		return err
	}
	for _, part := range keptParts() {
		if err := copyTree(filepath.Join(p.data, part), filepath.Join(to, part)); err != nil {
			return err
		}
	}
	if err := errors.Join(record.Checkpoint(ctx), keys.Checkpoint(ctx)); err != nil {
		return err
	}
	last, err := r.Last(ctx)
	fmt.Fprintf(out, "backed up to %s, keys to %s, at about entry %d\n", to, keysTo, last)
	return err
}

func freshStore(ctx context.Context, folder, name string) (*store.DB, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, err
	}
	path := filepath.Join(folder, name)
	if there(path) {
		return nil, fmt.Errorf("%s exists; a backup needs an empty folder", path)
	}
	return store.Open(ctx, "sqlite:"+path)
}

// oldStore opens a part of a backup; where there is none it makes none.
func oldStore(ctx context.Context, folder, name string) (*store.DB, error) {
	path := filepath.Join(folder, name)
	if !there(path) {
		return nil, fmt.Errorf("%s is no backup: there is no %s in it", folder, name)
	}
	return store.Open(ctx, "sqlite:"+path)
}

// copyTree copies files that are only ever added; a log's checkpoint goes
// last, so that the tiles it needs are there.
func copyTree(from, to string) error {
	if !there(from) {
		return nil
	}
	var late []string
	err := filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if d.IsDir() {
			if d.Name() == "staging" {
				return filepath.SkipDir
			}
			return os.MkdirAll(filepath.Join(to, rel), 0o700)
		}
		if d.Name() == "checkpoint" {
			late = append(late, rel)
			return nil
		}
		return copyFile(path, filepath.Join(to, rel))
	})
	for _, rel := range late {
		err = errors.Join(err, copyFile(filepath.Join(from, rel), filepath.Join(to, rel)))
	}
	return err
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // a partial tile that was completed meanwhile
	}
	if err != nil {
		return err
	}
	defer shut(in)
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Sync(), out.Close())
}

func restoreCommand() *cobra.Command {
	var p place
	var keysFrom, previous string
	c := &cobra.Command{
		Use:   "restore FOLDER",
		Short: "Make a store again from a backup, forgetting again who was erased since",
		Long: `Restore replays the entries of a backup into an empty place, erases again whoever
was erased since, and verifies everything. A backup made before the master key
changed needs the key file of that time too (--previous): its keys are wrapped
under the present master on the way.`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return restore(c.Context(), c.OutOrStdout(), p, args[0], keysFrom, previous)
		},
	}
	p.flags(c, "amana-data")
	c.Flags().StringVar(&keysFrom, "keys", "", "`FOLDER` with the subjects' keys of that backup")
	c.Flags().StringVar(&previous, "previous", "", "the key `FILE` of the time of the backup, if the master key changed since")
	require(c, "keys")
	return c
}

// keysFor reads the key file that a backup is restored under.
func keysFor(keyFile, previous string) (*app.KeyFile, error) {
	file, err := app.ReadKeyFile(keyFile)
	if err != nil {
		return nil, fmt.Errorf("restoring needs the key file: %w", err)
	}
	if previous == "" {
		return file, nil
	}
	old, err := app.ReadKeyFile(previous)
	if err != nil {
		return nil, err
	}
	return file, file.Expect(old)
}

func restore(ctx context.Context, out io.Writer, p place, from, keysFrom, previous string) error {
	keyFile := app.FindKeyFile(p.data, p.key)
	file, err := keysFor(keyFile, previous)
	if err != nil {
		return err
	}
	record, err := oldStore(ctx, from, recordFile)
	if err != nil {
		return err
	}
	defer shut(record)
	keys, err := oldStore(ctx, keysFrom, keysFile)
	if err != nil {
		return err
	}
	defer shut(keys)
	n, err := refill(ctx, p, file, record, keys)
	if err != nil {
		return err
	}
	for _, part := range keptParts() {
		if err := copyTree(filepath.Join(from, part), filepath.Join(p.data, part)); err != nil {
			return err
		}
	}
	err = withService(ctx, p, nil, func(ctx context.Context, a *app.App) error {
		again, err := a.EraseAgain(ctx, keyFile)
		fmt.Fprintf(out, "%d entries restored; %d subjects erased since the backup were erased again\n", n, again)
		if err == nil && file.Previous != nil {
			_, err = a.EndMasterChange(ctx, "restore", progress())
		}
		return err
	})
	if err != nil {
		return err
	}
	return verify(ctx, out, p, "", nil)
}

func refill(ctx context.Context, p place, file *app.KeyFile, record, keys *store.DB) (int64, error) {
	if err := os.MkdirAll(p.data, 0o700); err != nil {
		return 0, err
	}
	db, lane, err := app.Databases(ctx, p.data, p.store)
	if err != nil {
		return 0, err
	}
	defer shut(db)
	if lane != db {
		defer shut(lane)
	}
	c, err := compose.List(&app.Kernel{Log: slog.Default()})
	if err != nil {
		return 0, err
	}
	tell := progress()
	return journal.Restore(ctx, journal.Options{DB: db, Lane: lane, Modules: c.JournalModules(), Master: file.Master, Previous: file.Previous}, record, keys, func(n int64) { tell("entries", n) })
}
