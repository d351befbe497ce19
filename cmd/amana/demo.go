package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/amana-platform/amana/cmd/amana/compose"
	"github.com/amana-platform/amana/cmd/amana/demodata"
	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/clock"
)

func demoCommand() *cobra.Command {
	var p place
	var o serving
	var d demo
	c := &cobra.Command{
		Use:   "demo",
		Short: "Serve a populated synthetic service, with nothing to set up",
		Long: `Demo fills an empty folder with a synthetic service (units, officers, people,
complaints, cases; nobody in it exists) and serves it. Anyone may sign in as
anyone with one click, which exists only here and is said on every page. A
folder filled before is served again as it was left.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return runDemo(c.Context(), c.OutOrStdout(), p, o, d) },
	}
	p.flags(c, "")
	o.flags(c)
	c.Flags().Uint64Var(&d.seed, "seed", 1, "draws the people; the same seed and --now give the same people")
	c.Flags().StringVar(&d.now, "now", "", "the demonstration's present, RFC 3339 (default: now)")
	c.Flags().StringVar(&d.people, "people", "full", "how many: small or full")
	return c
}

// demo says what is made.
type demo struct {
	seed   uint64
	now    string
	people string
}

func (d demo) size() (demodata.Size, error) {
	switch d.people {
	case "full":
		return demodata.Full, nil
	case "small":
		return demodata.Small, nil
	}
	return demodata.Size{}, fmt.Errorf("--people is small or full, not %q", d.people)
}

func (d demo) present() (time.Time, error) {
	if d.now == "" {
		return time.Now(), nil
	}
	return time.Parse(time.RFC3339, d.now)
}

// sceneEvery is how often a street scene is played to a camera: seldom enough
// that an idle demonstration stays idle.
const sceneEvery = 30 * time.Second

// filled is the file that says a demonstration's folder was filled to the end.
const filled = "demo-filled"

func runDemo(ctx context.Context, out io.Writer, p place, o serving, d demo) error {
	size, err := d.size()
	if err != nil {
		return err
	}
	now, err := d.present()
	if err != nil {
		return err
	}
	if p.data == "" {
		p.data = filepath.Join(os.TempDir(), fmt.Sprintf("amana-demo-%s-%d", d.people, d.seed))
	}
	begun := there(filepath.Join(p.data, "amana.db"))
	done := there(filepath.Join(p.data, filled))
	if begun && !done {
		return fmt.Errorf("%s was not filled to the end; remove it, or choose another with --data", p.data)
	}
	if !done && p.key == "" {
		if err := os.MkdirAll(p.data, 0o700); err != nil {
			return err
		}
		if path := filepath.Join(p.data, app.KeyName); !there(path) {
			if _, err := app.NewKeyFile(path, "demo.invalid/amana", "Amana (demonstration)", now); err != nil {
				return err
			}
		}
	}
	c := p.config(slog.Default())
	if c.Stamper, err = o.stamper(); err != nil {
		return err
	}
	staged := clock.NewStaged(demodata.Beginning(now))
	c.Demo, c.Clock, c.Node, c.Bus, c.WitnessWindow = true, staged, o.node, o.bus, o.witnessWindow
	var s *compose.Services
	a, err := app.Start(ctx, c, func(k *app.Kernel) (app.Compose, error) {
		var composed app.Compose
		var err error
		s, composed, err = compose.BuildAt(k, verifier(p), o.site())
		return composed, err
	})
	if err != nil {
		return err
	}
	defer shut(a)
	s.SignIn.Admit = a.Server.Admit
	if !done {
		if err := fill(ctx, out, a, s, staged, d.seed, now, size); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(p.data, filled), []byte(now.Format(time.RFC3339)+"\n"), 0o600); err != nil {
			return err
		}
	}
	debug.FreeOSMemory() // filling took more than serving will
	staged.Run(now)
	a.Run(ctx)
	playing, stop := context.WithCancel(ctx)
	var played sync.WaitGroup
	played.Go(func() { demodata.Play(playing, s, staged, slog.Default(), sceneEvery) })
	defer func() { stop(); played.Wait() }()
	o.ready = func(ctx context.Context, a *app.App, address string) error { return welcome(ctx, out, s, p, address) }
	return listen(ctx, a, o)
}

// fill makes the synthetic service and says how long it took.
func fill(ctx context.Context, out io.Writer, a *app.App, s *compose.Services, staged *clock.Staged, seed uint64, now time.Time, size demodata.Size) error {
	begun := time.Now()
	err := demodata.Fill(ctx, &a.Kernel, s, staged, seed, now, size, func(stage string, done, of int) {
		fmt.Fprintf(os.Stderr, "%s: %d of %d\n", stage, done, of)
	})
	if err == nil {
		fmt.Fprintf(out, "Filled in %.1f s.\n", time.Since(begun).Seconds())
	}
	return err
}

// welcome prints the address and the people one may sign in as.
func welcome(ctx context.Context, out io.Writer, s *compose.Services, p place, address string) error {
	people, err := s.Units.Demo(ctx)
	if err != nil {
		return err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "\nAmana, the demonstration: %s\nEverybody and everything in it is invented. Data: %s\n\nSign in with one click as:\n", address, p.data)
	for _, a := range people {
		fmt.Fprintf(&b, "  %-20s %s, %s\n", a.Actor.Role, a.Name[1], a.Unit[1])
	}
	fmt.Fprintf(&b, "\nVerify it while it runs:  go run ./cmd/amana verify --data %s\nStop it with Ctrl-C.\n", p.data)
	_, err = io.WriteString(out, b.String())
	return err
}
