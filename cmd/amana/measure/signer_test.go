package measure

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"testing"

	"github.com/amana-platform/amana/cmd/amana/measure/load"
	"github.com/amana-platform/amana/kernel/app"
)

// TestMain lets the test binary be the signing process that a service starts:
// itself, under the command "log-signer"; and the load generator of a bench.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "log-signer" {
		if err := sign(os.Args[2:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	if len(os.Args) > 1 && os.Args[1] == LoadCommand {
		if err := load.Serve(context.Background(), os.Stdin, os.Stdout); err != nil {
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func sign(args []string) error {
	f := flag.NewFlagSet("log-signer", flag.ContinueOnError)
	key, socket, logDir := f.String("key", "", ""), f.String("socket", "", ""), f.String("log", "", "")
	if err := f.Parse(args); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // an end or an error: the parent is gone
		cancel()
	}()
	err := app.ServeSigner(ctx, *key, *socket, *logDir, slog.Default())
	if ctx.Err() != nil {
		return nil
	}
	return err
}
