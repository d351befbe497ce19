// Command amana is the whole service in one program: it serves a station or a
// country, verifies and rebuilds its records, backs them up, and checks the
// proofs of documents that left the house.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

// exitFound is the exit status of a check that found something wrong.
const exitFound = 1

// errFound ends a command that did its work and found something wrong; it
// has been printed already.
var errFound = errors.New("something is not as it should be")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	root := command()
	if err := root.ExecuteContext(ctx); err != nil {
		if !errors.Is(err, errFound) {
			fmt.Fprintln(os.Stderr, "amana:", err)
			stop()
			os.Exit(2)
		}
		stop()
		os.Exit(exitFound)
	}
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
	root.AddCommand(demoCommand(), serveCommand(), verifyCommand(), rebuildCommand(), replayCommand(), eraseCommand(),
		proofCommand(), backupCommand(), restoreCommand(), routesCommand(), benchCommand(), signerCommand(), witnessCommand(), keyCommand(), versionCommand())
	return root
}
