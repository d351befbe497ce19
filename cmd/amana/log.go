package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/clock"
	"github.com/amana-platform/amana/kernel/journal/tlog"
)

// signerCommand is the process that holds the log's key. serve starts one as
// its child; a unit of its own, under its own user, is better.
func signerCommand() *cobra.Command {
	var key, socket, logDir string
	c := &cobra.Command{
		Use:   "log-signer",
		Short: "Hold the signed log's key, in a process of its own",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			ctx, cancel := context.WithCancel(c.Context())
			defer cancel()
			go func() { // a parent that dies closes the pipe, however it dies
				if info, err := os.Stdin.Stat(); err == nil && info.Mode()&os.ModeNamedPipe != 0 {
					_, _ = io.Copy(io.Discard, os.Stdin) // an end or an error: the parent is gone
					cancel()
				}
			}()
			err := app.ServeSigner(ctx, key, socket, logDir, slog.Default())
			if ctx.Err() != nil {
				return nil
			}
			return err
		},
	}
	f := c.Flags()
	f.StringVar(&key, "key", "", "the key file that holds the log's key")
	f.StringVar(&socket, "socket", "", "unix socket to listen on")
	f.StringVar(&logDir, "log", "", "the log's folder, to read its tiles")
	require(c, "key", "socket", "log")
	return c
}

// witnessCommand runs a witness: a body outside the police that cosigns what
// continues the tree it saw last, and nothing else.
func witnessCommand() *cobra.Command {
	var key, state, listenAt, name string
	var logs []string
	c := &cobra.Command{
		Use:   "witness",
		Short: "Cosign a log's checkpoints, for a body outside the service",
		Long: `Witness speaks the C2SP tlog-witness protocol. Each --log is the verifier key
of a log to watch (amana key show prints it). The first start makes the key and
the state file; a lost state file must not be made again by hand, because a
witness without memory would sign a fork.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return witness(c.Context(), c.OutOrStdout(), name, key, state, listenAt, logs)
		},
	}
	f := c.Flags()
	f.StringVar(&name, "name", "", "the witness's name, e.g. witness.example/amana")
	f.StringVar(&key, "key", "witness.key", "its key file")
	f.StringVar(&state, "state", "witness.state", "its memory")
	f.StringVar(&listenAt, "listen", "127.0.0.1:8090", "address and port to listen on")
	f.StringArrayVar(&logs, "log", nil, "verifier key of a log to watch (repeatable)")
	require(c, "name", "log")
	return c
}

func witness(ctx context.Context, out io.Writer, name, keyPath, state, listenAt string, logs []string) error {
	if !there(keyPath) {
		if _, err := tlog.GenerateKey(keyPath, name, rand.Reader); err != nil {
			return err
		}
		if err := tlog.NewState(state); err != nil {
			return err
		}
	}
	key, err := tlog.LoadKey(keyPath)
	if err != nil {
		return err
	}
	w, err := tlog.NewWitness(tlog.WitnessOptions{Key: key, StateFile: state, LogKeys: logs, Clock: clock.System{}})
	if err != nil {
		return err
	}
	defer shut(w)
	ln, err := net.Listen("tcp", listenAt)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "witness %s at http://%s/\n", w.VKey(), ln.Addr())
	srv := &http.Server{Handler: w, ReadTimeout: 10 * time.Second}
	go func() {
		<-ctx.Done()
		shut(srv)
	}()
	if err := srv.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
