package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/amana-platform/amana/engines/shamir"
	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/journal"
)

// keyCommand is everything about the key file.
func keyCommand() *cobra.Command {
	c := &cobra.Command{Use: "key", Aliases: []string{"keys"}, Short: "Make, show, change, split and join a service's keys"}
	c.AddCommand(keyNewCommand(), keyShowCommand(), keyRotateCommand(), keySplitCommand(), keyJoinCommand())
	return c
}

func keyNewCommand() *cobra.Command {
	var origin, service string
	c := &cobra.Command{
		Use: "new FILE", Short: "Make all keys of a new service", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			k, err := app.NewKeyFile(args[0], origin, service, time.Now())
			if err != nil {
				return err
			}
			fmt.Fprintln(c.OutOrStdout(), k.LogVKey)
			return nil
		},
	}
	c.Flags().StringVar(&origin, "origin", "", "the signed log's name, e.g. police.example/amana")
	c.Flags().StringVar(&service, "service", "Amana", "the name on the document certificate")
	require(c, "origin")
	return c
}

func keyShowCommand() *cobra.Command {
	return &cobra.Command{
		Use: "show FILE", Short: "Print what others need to check this service, and nothing secret",
		Long: `Show prints the signed log's name and verifier key, the witnesses' policy, the
print of the master key (16 digits that name it and tell nothing of it), and
whether a change of the master is not finished.`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			k, err := app.ReadKeyFile(args[0])
			if err != nil {
				return err
			}
			shown := map[string]string{"origin": k.Origin, "logVKey": k.LogVKey, "witnesses": k.Witnesses, "master": journal.MasterPrint(k.Master)}
			if k.Previous != nil {
				shown["previous"] = journal.MasterPrint(k.Previous)
			}
			return printJSON(c.OutOrStdout(), shown)
		},
	}
}

func keyRotateCommand() *cobra.Command {
	var p place
	var authority string
	c := &cobra.Command{
		Use:   "rotate",
		Short: "Change the master key: wrap every key anew, and say so in the journal",
		Long: `Rotate makes a new master key, wraps the key of every subject and of every
search under it, and forgets the old one. The service is stopped meanwhile, on
every node. It may be interrupted at any moment, and run again: until it has
ended the key file holds both masters, and everything opens.

Copy the key file to its offline media before and after. The old copy opens
backups made before the change (amana restore --previous), and nothing else:
destroy it together with the last of them.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return rotate(c.Context(), c.OutOrStdout(), p, authority)
		},
	}
	p.flags(c, "amana-data")
	c.Flags().StringVar(&authority, "authority", "", "the office that ordered it and the number of its order")
	require(c, "authority")
	return c
}

// rotate opens the service twice: the second time with both masters, so that
// no key is ever wrapped under one that is not yet on the disk.
func rotate(ctx context.Context, out io.Writer, p place, authority string) error {
	err := withService(ctx, p, nil, func(_ context.Context, a *app.App) error { return a.BeginMasterChange() })
	if err != nil {
		return err
	}
	return withService(ctx, p, nil, func(ctx context.Context, a *app.App) error {
		done, err := a.EndMasterChange(ctx, authority, progress())
		if err == nil {
			fmt.Fprintf(out, "Master key %s replaces %s: %d keys of subjects, %d of accesses, %d cursors.\nCopy the key file to its offline media now.\n", done.To, done.From, done.Subjects, done.Accesses, done.Cursors)
		}
		return err
	})
}

func keySplitCommand() *cobra.Command {
	var to string
	var shares, threshold int
	c := &cobra.Command{
		Use:   "split FILE",
		Short: "Cut the keys into shares for trustees, some of whom join them again",
		Long: `Split writes one text file a share into an empty folder: print each, give each to
another trustee, and delete the files. Any --threshold of them restore the key
file (amana key join); fewer say nothing about it. Split again after the master
key changed, and have the old shares destroyed.`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return split(c.OutOrStdout(), args[0], to, shares, threshold)
		},
	}
	f := c.Flags()
	f.IntVar(&shares, "shares", 5, "how many trustees")
	f.IntVar(&threshold, "threshold", 3, "how many of them join the keys again")
	f.StringVar(&to, "to", "", "an empty `FOLDER` for the shares")
	require(c, "to")
	return c
}

func split(out io.Writer, file, to string, shares, threshold int) error {
	k, err := app.ReadKeyFile(file)
	if err != nil {
		return err
	}
	papers, err := k.Split(shares, threshold)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(to, 0o700); err != nil {
		return err
	}
	for _, p := range papers {
		f, err := os.OpenFile(filepath.Join(to, fmt.Sprintf("share-%d-of-%d.txt", p.X, p.N)), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		_, err = f.WriteString(p.String())
		if closed := f.Close(); err == nil {
			err = closed
		}
		if err != nil {
			return err
		}
	}
	fmt.Fprintf(out, "%d shares in %s; any %d of them join to master key %s.\n", shares, to, threshold, journal.MasterPrint(k.Master))
	return nil
}

func keyJoinCommand() *cobra.Command {
	var to, service string
	c := &cobra.Command{
		Use:   "join SHARE…",
		Short: "Restore a key file from the shares of enough trustees",
		Long: `Join reads shares that were kept or typed again (capitals and dashes do not
matter; a typing error is found, with its line) and writes the key file. The
document certificate in it is new: replace "documents" if an outside authority
issued the old one. Put the witnesses' policy in again.`,
		Args: cobra.MinimumNArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			return join(c.OutOrStdout(), args, to, service)
		},
	}
	c.Flags().StringVar(&to, "to", "", "the key `FILE` to write; it must not exist")
	c.Flags().StringVar(&service, "service", "Amana", "the name on the document certificate")
	require(c, "to")
	return c
}

func join(out io.Writer, files []string, to, service string) error {
	var papers []shamir.Paper
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		p, err := shamir.ParsePaper(string(raw))
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		papers = append(papers, p)
	}
	k, err := app.JoinKeyFile(to, papers, service, time.Now())
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s holds master key %s of the log %s\n", to, journal.MasterPrint(k.Master), k.LogVKey)
	return nil
}
