// Package measure is what `amana bench` runs: each figure on a service of its
// own in a temporary folder, beside the limit it must meet or a peer that does
// the same work without the guarantees.
//
// Figures depend on the machine and on whatever else it is doing; ratios to a
// peer are taken in the same run and are steadier.
package measure

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// Result is one measured figure.
type Result struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
	// Limit is what the figure must reach (or stay under, where AtMost), or
	// what the peer reached in the same run; 0 where it is only told.
	Limit  float64 `json:"limit,omitempty"`
	AtMost bool    `json:"atMost,omitempty"`
	Peer   string  `json:"peer,omitempty"`
	// Share is what Ratio must reach beside a peer; 0 where it is only told.
	Share float64 `json:"share,omitempty"`
	// Ratio is Value to Limit.
	Ratio float64 `json:"ratio,omitempty"`
	Note  string  `json:"note,omitempty"`
}

// Met reports whether the figure meets its limit; one without always does.
func (r Result) Met() bool {
	switch {
	case r.Peer != "":
		return r.Ratio >= r.Share
	case r.Limit == 0:
		return true
	case r.AtMost:
		return r.Value <= r.Limit
	}
	return r.Value >= r.Limit
}

// Options say how much is measured.
type Options struct {
	Persons int           // in the index while transactions and searches are timed
	Cases   int           // each opened from a complaint of its own
	Folder  string        // filled once and used again; "" for one that is removed
	Store   string        // "" for SQLite in the folder, or postgres://…
	For     time.Duration // how long each rate is measured
	Self    string        // this program, to be started cold and to be the load generator
	// PeerOIDC is the folder of the peer of sign-ins, with what npm installs into it.
	PeerOIDC string
	Tell     func(format string, args ...any)
}

// bench is one measurement; it may give several figures.
type bench struct {
	name string
	run  func(context.Context, *house) ([]Result, error)
}

// all lists the measurements in the order in which they run.
var all = []bench{
	{"fsync", fsync},
	{"transactions", transactions},
	{"reads", reads},
	{"pages", pages},
	{"search", search},
	{"plates", platesBench},
	{"trust", signIns},
	{"verify", verifying},
	{"start", starting},
}

// Names lists what can be measured.
func Names() []string {
	names := make([]string, len(all))
	for i, b := range all {
		names[i] = b.name
	}
	return names
}

// Run measures what is named, or everything, and hands each figure over as it
// is there.
func Run(ctx context.Context, names []string, o Options, each func(Result)) error {
	for _, n := range names {
		if !slices.Contains(Names(), n) {
			return fmt.Errorf("no figure is called %q; there are %v", n, Names())
		}
	}
	h, err := newHouse(ctx, o)
	if err != nil {
		return err
	}
	defer h.close()
	for _, b := range all {
		if len(names) > 0 && !slices.Contains(names, b.name) {
			continue
		}
		o.Tell("measuring %s …", b.name)
		results, err := b.run(ctx, h)
		if err != nil {
			return fmt.Errorf("%s: %w", b.name, err)
		}
		for _, r := range results {
			if r.Limit != 0 {
				r.Ratio = r.Value / r.Limit
			}
			each(r)
		}
	}
	return nil
}

// quantile gives the q-th of sorted times, in milliseconds.
func quantile(times []time.Duration, q float64) float64 {
	slices.Sort(times)
	return float64(times[int(float64(len(times)-1)*q)].Microseconds()) / 1000
}
