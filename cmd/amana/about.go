package main

import (
	"fmt"
	"maps"
	"runtime/debug"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/amana-platform/amana/cmd/amana/compose"
	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/clock"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/web"
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print what this program was built from", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			info, ok := debug.ReadBuildInfo()
			if !ok {
				return fmt.Errorf("built without build information")
			}
			revision := "no revision"
			for _, s := range info.Settings {
				if s.Key == "vcs.revision" {
					revision = s.Value
				}
			}
			fmt.Fprintf(c.OutOrStdout(), "amana %s, %s, %s\n", info.Main.Version, revision, info.GoVersion)
			return nil
		},
	}
}

// routeLine is a line of `amana routes`.
type routeLine struct {
	Pattern  string   `json:"pattern"`
	Rule     string   `json:"rule"`           // the action, or "open"
	Open     string   `json:"open,omitempty"` // why nobody needs to be granted anything
	Resource string   `json:"resource,omitempty"`
	Purposes []string `json:"purposes,omitempty"`
	Reads    bool     `json:"reads"`
	Place    string   `json:"place"`
}

func routesCommand() *cobra.Command {
	var asJSON, demo bool
	c := &cobra.Command{
		Use:   "routes",
		Short: "Print every page's pattern, rule, purpose and place in the code",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			lines, err := routeLines(demo)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(c.OutOrStdout(), lines)
			}
			w := tabwriter.NewWriter(c.OutOrStdout(), 0, 4, 2, ' ', 0)
			for _, l := range lines {
				why := strings.Join(l.Purposes, ",")
				if l.Open != "" {
					why = "(" + l.Open + ")"
				}
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", l.Pattern, l.Rule, why, l.Place)
			}
			return w.Flush()
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	c.Flags().BoolVar(&demo, "demo", false, "with the routes that exist under demo only")
	return c
}

func routeLines(demo bool) ([]routeLine, error) {
	// Nothing runs, and no key is derived from this secret: the demonstration's
	// routes are made with a key and a clock all the same.
	k := &app.Kernel{Demo: demo, Clock: clock.System{}, Secret: func(string) []byte { return make([]byte, 32) }}
	composed, err := compose.List(k)
	if err != nil {
		return nil, err
	}
	actions := map[string]policy.Action{}
	routes := web.OwnRoutes(demo)
	if composed.SignIn != nil {
		routes = append(routes, composed.SignIn.Routes()...)
	}
	for _, m := range composed.Modules {
		routes = append(routes, m.Routes...)
		for _, a := range m.Policy.Actions {
			actions[a.Name] = a
		}
	}
	var lines []routeLine
	for _, r := range routes {
		l := routeLine{Pattern: r.Pattern, Rule: r.Action, Open: r.Open, Place: r.Place()}
		if r.Action == "" {
			l.Rule = "open"
		}
		a := actions[r.Action]
		l.Resource, l.Reads = a.Resource, a.Reads
		for _, p := range a.Purposes {
			l.Purposes = append(l.Purposes, string(p))
		}
		lines = append(lines, l)
	}
	return lines, nil
}
