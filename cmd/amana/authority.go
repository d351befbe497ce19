package main

import (
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/amana-platform/amana/kernel/clock"
	"github.com/amana-platform/amana/kernel/print/sign"
)

// localAuthority is the name under which the stand-in signs.
const localAuthority = "Local time authority (simulator, no legal value)"

func authorityCommand() *cobra.Command {
	var listen, ca string
	c := &cobra.Command{
		Use:   "timestamp-authority",
		Short: "Stand in for a time stamp authority, for trials",
		Long: `Timestamp-authority answers RFC 3161 requests with a key that it makes when it
starts, and writes the certificate to believe to --ca. It is a simulator: its
stamps say so in their certificate's name and in their policy number, which is
from the arc reserved for documentation. A service in earnest names a public
or national authority.

  amana timestamp-authority --ca tsa.pem &
  amana demo --timestamp-url http://127.0.0.1:3180 --timestamp-ca tsa.pem`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return serveTime(c.Context(), c.OutOrStdout(), listen, ca, clock.System{})
		},
	}
	c.Flags().StringVar(&listen, "listen", "127.0.0.1:3180", "address and port to listen on")
	c.Flags().StringVar(&ca, "ca", "", "`FILE` to write the certificate to")
	require(c, "ca")
	return c
}

func serveTime(ctx context.Context, out io.Writer, address, ca string, now clock.Clock) error {
	from, until := now.Now().Add(-time.Hour), now.Now().AddDate(1, 0, 0)
	root, err := sign.NewAuthority(localAuthority, from, until)
	if err != nil {
		return err
	}
	id, err := root.Issue(localAuthority, sign.TimeStamps, from, until)
	if err != nil {
		return err
	}
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root.Root().Raw}), 0o644); err != nil {
		return err
	}
	ln, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	srv := &http.Server{Handler: &sign.TimeAuthority{Signer: id, Clock: now}, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second}
	stop := context.AfterFunc(ctx, func() { shut(srv) })
	defer stop()
	fmt.Fprintf(out, "%s: http://%s, certificate in %s\n", localAuthority, ln.Addr(), ca)
	if err := srv.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
