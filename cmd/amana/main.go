// Command amana is the whole service in one program: it serves a station or a
// country, verifies and rebuilds its records, backs them up, and checks the
// proofs of documents that left the house.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/blobs"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/ui"
)

// exitFound is the exit status of a check that found something wrong.
const exitFound = 1

// errFound ends a command that did its work and found something wrong; it
// has been printed already.
var errFound = errors.New("something is not as it should be")

func main() {
	// The live heap is some ten megabytes; collecting it at five times that, not
	// at twice, gave a quarter more transactions (amana bench transactions).
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := status(command().ExecuteContext(ctx), os.Stderr)
	stop()
	os.Exit(code)
}

// exitFailed is the exit status of a command that could not do its work.
const exitFailed = 2

// status is the exit status of a command that ended with an error or without
// one. What it found has been printed; why it could not do its work is said.
func status(err error, stderr io.Writer) int {
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errFound):
		return exitFound
	}
	fmt.Fprintln(stderr, "amana:", say(err))
	return exitFailed
}

// say puts an error that people may see into words, with what the operator
// needs to know behind them; every other error speaks for itself.
func say(err error) string {
	f, ok := errors.AsType[*fault.Error](err)
	if !ok {
		return err.Error()
	}
	words, loadErr := text.Load(nil, ui.Texts, policy.Texts, blobs.Texts, web.Texts, app.Texts)
	if loadErr != nil || !words.In(text.EN).Has(f.Key) {
		return err.Error()
	}
	return fmt.Sprintf("%s (%v)", words.In(text.EN).Fault(f), err)
}

// command is the tree of commands.
func command() *cobra.Command {
	root := &cobra.Command{
		Use:   "amana",
		Short: "A police service's records, that can prove what they say",
		Long: `Amana keeps the records of a police service: complaints, custody, cases,
exhibits, up to the prosecutor. Every change is an entry in a journal that
anyone entitled to ask can verify.

  amana demo              a populated demonstration, nothing to set up
  amana serve             a service of your own
  amana verify            recompute and compare everything
  amana proof check FILE  check a document's proof, offline

Exit status: 0 all is well; 1 a check found something wrong; 2 the command
could not do its work.`,
		SilenceUsage: true, SilenceErrors: true,
	}
	root.AddCommand(demoCommand(), serveCommand(), verifyCommand(), rebuildCommand(), replayCommand(), closeCommand(), eraseCommand(),
		proofCommand(), authorityCommand(), backupCommand(), restoreCommand(), routesCommand(), benchCommand(), loadCommand(), platesCommand(), signerCommand(), logCommand(), witnessCommand(), keyCommand(), checkpointCommand(),
		versionCommand())
	return root
}
