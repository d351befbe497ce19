package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/amana-platform/amana/kernel/app"
)

// closeCommand closes a period of the record.
func closeCommand() *cobra.Command {
	var p place
	var ground string
	c := &cobra.Command{
		Use:   "close",
		Short: "Close a period: sign what every table holds, so that checks may start there",
		Long: `Close replays the entries since the last closing (or all), and appends an entry
with a hash of every table as the entries give it, and a sealed copy of that
state among the stored files. The signed log covers the entry like any other.

From then on amana verify --since last and amana replay --since last start
there; a verification from the first entry stays possible and compares the
closing too. The first erasure after it destroys the state, which spoke of the
erased; close again then.

It refuses while the signed log is behind. A running service closes from the
page Verification; this command is for a stopped one.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return withService(c.Context(), p, nil, func(ctx context.Context, a *app.App) error {
				tell := progress()
				m, err := a.ClosePeriod(ctx, "", ground, func(n int64) { tell("entries", n) })
				if err == nil {
					fmt.Fprintf(c.OutOrStdout(), "Closed with entry %d: everything before it.\n", m.Seq)
				}
				return err
			})
		},
	}
	p.flags(c, "amana-data")
	c.Flags().StringVar(&ground, "ground", "", "which period, and who ordered it")
	require(c, "ground")
	return c
}
