package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/amana-platform/amana/cmd/amana/compose"
	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
)

func verifyCommand() *cobra.Command {
	var p place
	var witness []string
	var since string
	c := &cobra.Command{
		Use:   "verify",
		Short: "Recompute every commitment, replay every entry, compare every row",
		Long: `Verify recomputes the commitment of every entry and access, follows the
chains, replays all entries into an empty database and compares every row of
every table, opens every key, and derives the signed log again from its leaves.
It reads only, and may run beside a serving program.

With --witness it also holds the log against a checkpoint kept elsewhere: a
store from which the newest entries were cut off fails there and only there.

With --since it starts at a closed period (amana close): the sealed state of
the closing is loaded instead of replayed, and of the entries before it only
order, chain and leaves are checked, not what they say.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return verify(c.Context(), c.OutOrStdout(), p, since, witness)
		},
	}
	p.flags(c, "amana-data")
	c.Flags().BoolVar(&p.asJSON, "json", false, "print the report as JSON")
	c.Flags().StringVar(&since, "since", "", "the `CLOSING` to start from: last, or the number of its entry")
	c.Flags().StringArrayVar(&witness, "witness", nil, "a checkpoint `FILE` kept by a witness (repeatable)")
	return c
}

func verify(ctx context.Context, out io.Writer, p place, since string, witness []string) error {
	r, err := p.open(ctx)
	if err != nil {
		if fault.Is(err, fault.NotFound) { // there is no first entry
			return printReport(out, p, &journal.Report{Findings: []journal.Finding{{Where: "entries", What: err.Error()}}})
		}
		return err
	}
	defer r.close()
	if err := r.NotNewer(ctx); err != nil {
		return err
	}
	files, err := r.files(ctx, p)
	if err != nil {
		return err
	}
	defer shut(files)
	scope := journal.Scope{Logged: true, Progress: progress(), Since: since, Files: files}
	if r.hasLog(p) {
		scope.Log = r.log(p.data)
	}
	r.former(&scope)
	scope.Blobs = r.blobs(ctx, p)
	report, err := r.Verify(ctx, scope)
	if err != nil {
		return err
	}
	for _, file := range witness {
		r.holdAgainst(report, p, file)
	}
	return printReport(out, p, report)
}

// holdAgainst checks that the log continues a checkpoint kept elsewhere.
func (r *records) holdAgainst(report *journal.Report, p place, file string) {
	raw, err := os.ReadFile(file)
	if err == nil {
		err = r.continues(p, raw)
	}
	if err != nil {
		report.Findings = append(report.Findings, journal.Finding{Where: "witness " + file, What: err.Error()})
	}
}

func printReport(out io.Writer, p place, r *journal.Report) error {
	if p.asJSON {
		if err := printJSON(out, r); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(out, "%d entries, %d accesses, %d keys; %d tables with %d rows; %d leaves (%d entries not covered yet); %d files; %.1f s\n",
			r.Entries, r.Accesses, r.Keys, r.Tables, r.Rows, r.Leaves, r.Unlogged, r.Blobs, r.Seconds)
		for _, n := range r.Renewals {
			fmt.Fprintf(out, "entry %d: the log %s ended; of the %d leaves it is known to have signed %d did not come back. The record goes on under %s.\n", n.Entry, n.From, n.Size, n.Lost, n.To)
		}
		for _, f := range r.Findings {
			fmt.Fprintf(out, "%s: %s\n", f.Where, f.What)
		}
		if r.Clean() {
			fmt.Fprintln(out, "Everything is as the entries say.")
		}
	}
	if !r.Clean() {
		return errFound
	}
	return nil
}

// progress tells what takes longer than two seconds, on standard error.
func progress() func(string, int64) {
	begun, last := time.Now(), time.Now()
	return func(stage string, done int64) {
		if now := time.Now(); now.Sub(begun) > 2*time.Second && now.Sub(last) > time.Second {
			fmt.Fprintf(os.Stderr, "%s: %d\n", stage, done)
			last = now
		}
	}
}

func rebuildCommand() *cobra.Command {
	var p place
	var ground string
	c := &cobra.Command{
		Use:   "rebuild",
		Short: "Make tables again from the entries where they differ, and say so in the journal",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return withService(c.Context(), p, nil, func(ctx context.Context, a *app.App) error {
				names, err := a.Journal.Rebuild(ctx, ground)
				if err != nil {
					return err
				}
				if len(names) == 0 {
					fmt.Fprintln(c.OutOrStdout(), "Every table is as the entries say; nothing was changed.")
					return nil
				}
				fmt.Fprintf(c.OutOrStdout(), "Rebuilt: %s. What was found in them is kept in the journal.\n", strings.Join(names, ", "))
				return nil
			})
		},
	}
	p.flags(c, "amana-data")
	c.Flags().StringVar(&ground, "ground", "", "why, for the journal")
	require(c, "ground")
	return c
}

func replayCommand() *cobra.Command {
	var p place
	var into, since string
	c := &cobra.Command{
		Use:   "replay",
		Short: "Fill an empty database, on either engine, from the entries",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			r, err := p.open(c.Context())
			if err != nil {
				return err
			}
			defer r.close()
			if err := r.NotNewer(c.Context()); err != nil {
				return err
			}
			db, lane, err := app.Databases(c.Context(), "", into)
			if err != nil {
				return err
			}
			defer shut(db)
			if lane != db {
				defer shut(lane)
			}
			tell := progress()
			files, err := r.files(c.Context(), p)
			if err != nil {
				return err
			}
			defer shut(files)
			n, err := r.ReplaySince(c.Context(), db, lane, since, files, func(done int64) { tell("entries", done) })
			if err != nil {
				return err
			}
			fmt.Fprintf(c.OutOrStdout(), "%d entries replayed into %s\n", n, db.Address())
			return nil
		},
	}
	p.flags(c, "amana-data")
	c.Flags().StringVar(&into, "into", "", "sqlite:PATH or postgres://…, empty")
	c.Flags().StringVar(&since, "since", "", "the `CLOSING` to start from: last, or the number of its entry")
	require(c, "into")
	return c
}

func eraseCommand() *cobra.Command {
	var p place
	var ground, authority string
	c := &cobra.Command{
		Use:   "erase SUBJECT…",
		Short: "Forget subjects: destroy their keys and every value kept of them",
		Long: `Erase destroys the keys of the subjects (ids of persons or documents),
appends an entry that says so, removes every value of theirs from every table
and index, and then compacts the files, so that nothing of them is left in any
byte. A legal hold stops it. It cannot be undone.`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			var services *compose.Services
			return withService(c.Context(), p, &services, func(ctx context.Context, a *app.App) error {
				return erase(ctx, a, services.Subjects, app.FindKeyFile(p.data, p.key), args, ground, authority)
			})
		},
	}
	p.flags(c, "amana-data")
	c.Flags().StringVar(&ground, "ground", "", "the article or retention class, e.g. L09-08-3")
	c.Flags().StringVar(&authority, "authority", "", "the office that ordered it and the number of its order")
	require(c, "ground", "authority")
	return c
}

// erase forgets subjects and every document in whose free text they may stand.
func erase(ctx context.Context, a *app.App, of subjectsOf, keyFile string, subjects []string, ground, authority string) error {
	e := journal.Erased{Ground: ground, Authority: authority}
	for _, s := range subjects {
		id, err := ident.Parse(s[strings.LastIndexByte(s, '/')+1:])
		if err != nil {
			return fmt.Errorf("%q is not the id of a subject: %w", s, err)
		}
		with, err := of(ctx, id)
		if err != nil {
			return err
		}
		for _, id := range append([]ident.ID{id}, with...) {
			known, err := a.Journal.Knows(ctx, id)
			if err != nil {
				return err
			}
			if known && !slices.Contains(e.Subjects, id) {
				e.Subjects = append(e.Subjects, id)
			}
		}
	}
	if len(e.Subjects) == 0 {
		return fault.New(fault.NotFound, "journal.no-such-subject")
	}
	g, err := a.Policy.System("erase", app.EraseAction, ground)
	if err != nil {
		return err
	}
	return a.Erase(ctx, keyFile, g, e)
}

// subjectsOf gives what must be forgotten together with a subject.
type subjectsOf func(ctx context.Context, id ident.ID) ([]ident.ID, error)

// verifier is verification as a page runs it: over the store of the place,
// opened anew for reading.
func verifier(p place) func(context.Context, func(string, int64)) (*journal.Report, error) {
	return func(ctx context.Context, tell func(string, int64)) (*journal.Report, error) {
		r, err := p.open(ctx)
		if err != nil {
			return nil, err
		}
		defer r.close()
		return r.Verify(ctx, journal.Scope{Progress: tell, Log: r.log(p.data), LogKey: r.keys.LogVKey, Blobs: r.blobs(ctx, p)})
	}
}
