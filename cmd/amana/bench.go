package main

import (
	"fmt"
	"io"
	"os"
	"runtime/pprof"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/amana-platform/amana/cmd/amana/measure"
	"github.com/amana-platform/amana/cmd/amana/measure/load"
)

func benchCommand() *cobra.Command {
	var asJSON bool
	var profile string
	o := measure.Options{}
	c := &cobra.Command{
		Use:   "bench [NAME…]",
		Short: "Measure, each figure beside its limit or peer",
		Long: "Bench measures on a service of its own, in a temporary folder or in one that is kept (--folder). Names: " + strings.Join(measure.Names(), ", ") + ".\n" +
			"Figures depend on the machine; a figure with a peer was taken in the same run.",
		RunE: func(c *cobra.Command, args []string) error {
			self, err := os.Executable()
			if err != nil {
				return err
			}
			o.Self = self
			o.Tell = func(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }
			if profile != "" {
				f, err := os.Create(profile)
				if err != nil {
					return err
				}
				defer shut(f)
				if err := pprof.StartCPUProfile(f); err != nil {
					return err
				}
				defer pprof.StopCPUProfile()
			}
			var all []measure.Result
			err = measure.Run(c.Context(), args, o, func(r measure.Result) {
				all = append(all, r)
				if !asJSON {
					printResult(c.OutOrStdout(), r)
				}
			})
			if err == nil && asJSON {
				err = printJSON(c.OutOrStdout(), all)
			}
			return err
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	c.Flags().StringVar(&profile, "cpuprofile", "", "write a CPU profile of the run to `FILE`")
	c.Flags().IntVar(&o.Persons, "persons", 20_000, "persons in the index (the stated limits are for 1000000)")
	c.Flags().IntVar(&o.Cases, "cases", 2000, "cases in the store, each with its complaint (the stated limits are for 100000)")
	c.Flags().StringVar(&o.Folder, "folder", "", "fill `DIR` once and measure in it again and again; a filling that was interrupted goes on")
	c.Flags().StringVar(&o.Store, "store", "", "measure on this PostgreSQL database, postgres://…, instead of SQLite")
	c.Flags().StringVar(&o.PeerOIDC, "peer-oidc", "cmd/amana/measure/peer-oidc", "`FOLDER` of the peer of sign-ins, after npm install --prefix FOLDER")
	c.Flags().DurationVar(&o.For, "for", 5*time.Second, "how long each rate is measured")
	return c
}

// loadCommand is the load generator of the bench, in a process of its own.
func loadCommand() *cobra.Command {
	return &cobra.Command{
		Use: measure.LoadCommand, Hidden: true, Args: cobra.NoArgs, Short: "Play institutions and citizens for bench trust",
		RunE: func(c *cobra.Command, _ []string) error { return load.Serve(c.Context(), os.Stdin, os.Stdout) },
	}
}

func printResult(out io.Writer, r measure.Result) {
	fmt.Fprintf(out, "%-32s %12.1f %-15s", r.Name, r.Value, r.Unit)
	met := "met"
	if !r.Met() {
		met = "NOT MET"
	}
	switch {
	case r.Share != 0:
		fmt.Fprintf(out, " %.2f of %.1f, at least %.1f: %s; %s", r.Ratio, r.Limit, r.Share, met, r.Peer)
	case r.Peer != "":
		fmt.Fprintf(out, " %.2f of %.1f: %s", r.Ratio, r.Limit, r.Peer)
	case r.Limit != 0:
		word := "at least"
		if r.AtMost {
			word = "at most"
		}
		fmt.Fprintf(out, " %s %.0f: %s (%.2f)", word, r.Limit, met, r.Ratio)
	}
	if r.Note != "" {
		fmt.Fprintf(out, "  [%s]", r.Note)
	}
	fmt.Fprintln(out)
}
