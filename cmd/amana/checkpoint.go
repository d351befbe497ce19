package main

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/journal/tlog"
	"github.com/amana-platform/amana/kernel/packs"
	"github.com/amana-platform/amana/kernel/print"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/kernel/web/ui"
)

// checkpointCommand prints the signed log's latest checkpoint.
func checkpointCommand() *cobra.Command {
	c := &cobra.Command{Use: "checkpoint", Short: "Print the signed log's latest checkpoint, to be kept outside the house"}
	var p place
	var lang string
	page := &cobra.Command{
		Use:   "print FILE.pdf",
		Short: "Set the latest checkpoint on a page",
		Long: `Print writes a page with the log's latest checkpoint in three languages: a code to
scan, and lines short enough to type. Print it daily and keep it where neither
the service nor its administrators reach. Later

  amana verify --witness FILE

takes what was scanned or typed from it, and tells whether anything written
before was removed or changed. It reads only the log, and runs beside a service;
the page printed from Verification is also noted in the journal.`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			n, err := printCheckpoint(p, text.Lang(lang), args[0])
			if err == nil {
				fmt.Fprintf(c.OutOrStdout(), "The checkpoint over %d leaves is in %s.\n", n, args[0])
			}
			return err
		},
	}
	p.flags(page, "amana-data")
	page.Flags().StringVar(&lang, "lang", "fr", "the language of the page's frame: ar, fr or en")
	c.AddCommand(page)
	return c
}

func printCheckpoint(p place, lang text.Lang, to string) (leaves uint64, err error) {
	switch lang {
	case text.AR, text.FR, text.EN:
	default:
		return 0, fmt.Errorf("%q is none of ar, fr, en", lang)
	}
	keys, err := app.ReadKeyFile(app.FindKeyFile(p.data, p.key))
	if err != nil {
		return 0, err
	}
	raw, err := os.ReadFile(filepath.Join(p.data, "log", "checkpoint"))
	if err != nil {
		return 0, err
	}
	kept, err := tlog.VerifyNote(raw, keys.LogVKey, nil)
	if err != nil {
		return 0, err
	}
	pack, err := packs.Load(p.config(nil).Pack)
	if err != nil {
		return 0, err
	}
	words, err := text.Load(pack.Local, ui.Texts, print.Texts, app.Texts)
	if err != nil {
		return 0, err
	}
	page, err := app.CheckpointPage(kept.Checkpoint, time.Now(), lang, words.In)
	if err != nil {
		return 0, err
	}
	return kept.Size, os.WriteFile(to, page, 0o600)
}
