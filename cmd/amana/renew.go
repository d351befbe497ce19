package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/amana-platform/amana/cmd/amana/compose"
	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/journal/tlog"
)

func logCommand() *cobra.Command {
	c := &cobra.Command{Use: "log", Short: "Let the record go on under another signed log"}
	var p place
	var r app.LogRenewal
	var witnessed []string
	var witnesses string
	renew := &cobra.Command{
		Use:   "renew",
		Short: "End the signed log and begin another, saying what was lost",
		Long: `Renew is for a record that came back without its newest entries (an older backup
was restored), and for a log whose key has to go. The signer and the witnesses
refuse to go on from an older tree, and must. Renew makes the keys of another log,
puts a leaf of every entry into it, and appends an entry with a statement that
both logs sign: the largest tree the old log is known to have signed, and how
many of its leaves did not come back. verify names it from then on.

That tree is the largest of the signer's memory (….signed), the folder's own
checkpoint, and those given with --witnessed: ask the witnesses, take the printed
pages. Proofs of the old log stay valid under its key; its folder is kept in
former-logs. The service is stopped meanwhile; the key file must hold the log's
key (join a split one first). It may be interrupted, and run again.

Publish the new log's name and key, and why. Give each witness the new key.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if witnesses != "" {
				raw, err := os.ReadFile(witnesses)
				if err != nil {
					return err
				}
				r.Witnesses = string(raw)
			}
			return renewLog(c.Context(), c.OutOrStdout(), p, r, witnessed)
		},
	}
	p.flags(renew, "amana-data")
	f := renew.Flags()
	f.StringVar(&r.Origin, "origin", "", "the new log's name, e.g. police.example/amana-2")
	f.StringVar(&r.Authority, "authority", "", "the office that ordered it and the number of its order")
	f.StringVar(&witnesses, "witnesses", "", "the new witnesses' policy `FILE` (default: nobody, until it is put in)")
	f.StringArrayVar(&witnessed, "witnessed", nil, "a checkpoint `FILE` of the old log that a witness, an inspector or a printed page has (repeatable)")
	require(renew, "origin", "authority")
	c.AddCommand(renew)
	return c
}

func renewLog(ctx context.Context, out io.Writer, p place, r app.LogRenewal, witnessed []string) error {
	for _, file := range witnessed {
		raw, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		r.Kept = append(r.Kept, raw)
	}
	e, err := app.RenewLog(ctx, p.config(slog.Default()), r, func(k *app.Kernel) (app.Compose, error) {
		_, composed := compose.Build(k, nil)
		return composed, nil
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s ended; of the %d leaves it is known to have signed %d did not come back. The record goes on, up to entry %d, under\n%s\n", e.From, e.Size, e.Size-e.Kept, e.Last, e.To)
	return nil
}

// former gives a verification what the key file knows of logs.
func (r *records) former(s *journal.Scope) {
	s.LogKey = r.keys.LogVKey
	for i, f := range r.keys.Former {
		if i < len(r.keys.Former)-1 || !r.keys.Renewing {
			s.Former = append(s.Former, f.Statement)
		} else {
			s.LogKey = "" // the entry that says so is still to come
		}
	}
}

// continues holds the place's log, or the former log that it is of, against a
// checkpoint kept elsewhere.
func (r *records) continues(p place, kept []byte) error {
	origin, _, _ := strings.Cut(strings.TrimSpace(string(kept)), "\n")
	for _, f := range r.keys.Former {
		if f.Origin == strings.TrimSpace(origin) {
			return heldByFormer(p, f, kept)
		}
	}
	return tlog.Continues(context.Background(), filepath.Join(p.data, "log"), r.keys.LogVKey, kept)
}

// heldByFormer holds a checkpoint of a log that ended against the statement by
// which it ended, and against what is kept of it.
func heldByFormer(p place, f app.FormerLog, kept []byte) error {
	c, _, err := tlog.ParseKept(kept, f.LogVKey)
	if err != nil {
		return err
	}
	s, err := tlog.OpenSuccession([]byte(f.Statement))
	if err != nil {
		return err
	}
	if c.Size > s.Size || c.Size == s.Size && c.Root != s.Root {
		return fmt.Errorf("%s signed another tree, of %d leaves, than the one of %d leaves with which it is said to have ended: more was lost than was said", f.Origin, c.Size, s.Size)
	}
	folder := f.Folder(p.data)
	raw, err := os.ReadFile(filepath.Join(folder, "checkpoint"))
	if err != nil {
		return nil // nothing of it came back: the statement says so
	}
	have, err := tlog.VerifyNote(raw, f.LogVKey, nil)
	if err != nil || have.Size < c.Size {
		return err // within what is said to be lost
	}
	return tlog.Continues(context.Background(), folder, f.LogVKey, kept)
}
