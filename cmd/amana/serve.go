package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/spf13/cobra"

	"github.com/amana-platform/amana/cmd/amana/compose"
	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/print/sign"
)

func serveCommand() *cobra.Command {
	var p place
	var o serving
	c := &cobra.Command{
		Use:   "serve",
		Short: "Serve a station, a laboratory, a city or a country",
		Long: `Serve opens the data folder and serves its pages. The first time, make the
keys with amana key new; the one-time code of the first administrator is then
printed here.

A key file inside the data folder is refused, because whoever takes the folder
would take the keys with it; --key-in-data allows it, for trials.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return serve(c.Context(), c.OutOrStdout(), p, o) },
	}
	p.flags(c, "amana-data")
	o.flags(c)
	c.Flags().BoolVar(&o.keyInData, "key-in-data", false, "allow the key file inside the data folder")
	return c
}

// serving is how a service meets its readers.
type serving struct {
	listen, cert, certKey string
	metrics               string
	origin, cards         string
	onnxRuntime           string
	node, bus             string
	stampURL, stampCA     string
	keyInData             bool
	witnessWindow         time.Duration
	ready                 func(ctx context.Context, a *app.App, address string) error
}

func (o *serving) flags(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&o.listen, "listen", "127.0.0.1:8080", "address and port to listen on")
	f.StringVar(&o.metrics, "metrics", "", "address and port where a Prometheus server may read /metrics; give one that only the monitoring reaches")
	f.StringVar(&o.origin, "origin", "", "the address people use, https://amana.example: passkeys are made for it")
	f.StringVar(&o.cards, "card-authorities", "", "`FOLDER` with the certificates (*.pem) and revocation lists (*.crl) of the authorities of citizens' cards")
	f.StringVar(&o.onnxRuntime, "onnxruntime", "", onnxRuntimeUsage)
	f.StringVar(&o.cert, "cert", "", "TLS certificate file; without it pages are plain HTTP, for this machine or behind a proxy")
	f.StringVar(&o.certKey, "cert-key", "", "TLS key file")
	f.StringVar(&o.stampURL, "timestamp-url", "", "RFC 3161 time stamp authority, https://tsa.example: signed papers carry its stamp")
	f.StringVar(&o.stampCA, "timestamp-ca", "", "PEM `FILE` with the certificates that the authority's own must come from")
	f.StringVar(&o.node, "node", "", "name of this node among several over one PostgreSQL")
	f.DurationVar(&o.witnessWindow, "witness-window", 3*time.Hour, "how old a witness's last cosignature may be before an alarm")
	f.StringVar(&o.bus, "bus", "", "nats://… of a NATS server or cluster with JetStream, over which several nodes hear of each other at once (default: one in process)")
}

func serve(ctx context.Context, out io.Writer, p place, o serving) error {
	if p.key == "" && !o.keyInData {
		return fmt.Errorf("the key file must not be inside the data folder: make one elsewhere with `amana key new FILE` and give it with --key, or say --key-in-data for a trial")
	}
	c := p.config(slog.Default())
	var err error
	if c.Stamper, err = o.stamper(); err != nil {
		return err
	}
	c.Node, c.Bus, c.Secure, c.WitnessWindow = o.node, o.bus, o.cert != "", o.witnessWindow
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
	a.Run(ctx)
	o.ready = func(ctx context.Context, _ *app.App, address string) error {
		return o.firstAdministrator(ctx, out, s.Units.FirstAdministrator, address)
	}
	return listen(ctx, a, o)
}

// stamper is the time stamp authority that was named, nil for none.
func (o serving) stamper() (sign.Stamper, error) {
	if o.stampURL == "" && o.stampCA == "" {
		return nil, nil
	}
	if o.stampURL == "" || o.stampCA == "" {
		return nil, errors.New("--timestamp-url and --timestamp-ca go together: whom to believe is yours to say")
	}
	if u, err := url.Parse(o.stampURL); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, fmt.Errorf("--timestamp-url is an http or https address, not %q", o.stampURL)
	}
	roots, err := authorities(o.stampCA)
	if err != nil {
		return nil, err
	}
	return &sign.TimeClient{URL: o.stampURL, Roots: roots}, nil
}

// site is where people reach the service.
func (o serving) site() compose.Site {
	at := compose.Here(o.listen)
	if u, err := url.Parse(o.origin); o.origin != "" && err == nil {
		at = compose.Site{RPID: u.Hostname(), Origins: []string{o.origin}}
	}
	at.Cards, at.ONNXRuntime = o.cards, o.onnxRuntime
	return at
}

// listen serves until the context ends, then lets running requests finish.
func listen(ctx context.Context, a *app.App, o serving) error {
	ln, err := net.Listen("tcp", o.listen)
	if err != nil {
		return err
	}
	srv := &http.Server{
		Handler: a.Server, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 32 << 10,
		BaseContext: func(net.Listener) context.Context { return ctx }, ErrorLog: slog.NewLogLogger(slog.Default().Handler(), slog.LevelDebug),
	}
	stopMetrics, err := o.listenMetrics(ctx, a)
	if err != nil {
		return errors.Join(err, ln.Close())
	}
	defer stopMetrics()
	failed := make(chan error, 1)
	go func() {
		if o.cert != "" {
			failed <- srv.ServeTLS(ln, o.cert, o.certKey)
		} else {
			failed <- srv.Serve(ln)
		}
	}()
	if err := o.ready(ctx, a, address(ln, o)); err != nil {
		return errors.Join(err, srv.Close())
	}
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := srv.Shutdown(end); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return nil
}

// listenMetrics serves the figures of the service on an address of their own, if
// one was named.
func (o serving) listenMetrics(ctx context.Context, a *app.App) (stop func(), err error) {
	if o.metrics == "" {
		return func() {}, nil
	}
	ln, err := net.Listen("tcp", o.metrics)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", a.Metrics())
	srv := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second, BaseContext: func(net.Listener) context.Context { return ctx }}
	go func() {
		if err := srv.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
			slog.ErrorContext(ctx, "metrics are not served any more", "err", err)
		}
	}()
	slog.InfoContext(ctx, "metrics", "address", "http://"+ln.Addr().String()+"/metrics")
	return func() { shut(srv) }, nil
}

func address(ln net.Listener, o serving) string {
	scheme := "http"
	if o.cert != "" {
		scheme = "https"
	}
	return scheme + "://" + ln.Addr().String()
}

// firstAdministrator prints the one-time code with which the first
// administrator of a new service registers a passkey.
func (o serving) firstAdministrator(ctx context.Context, out io.Writer, firstCode func(context.Context) (string, error), address string) error {
	fmt.Fprintln(out, "Amana serves", address)
	code, err := firstCode(ctx)
	if err != nil || code == "" {
		return err
	}
	fmt.Fprintf(out, "No administrator has signed in yet. Their one-time code: %s\n", code)
	return nil
}

// withService runs f with a started service and no listener: commands that
// write go through the same door as everybody.
func withService(ctx context.Context, p place, services **compose.Services, f func(context.Context, *app.App) error) error {
	a, err := app.Start(ctx, p.config(slog.Default()), func(k *app.Kernel) (app.Compose, error) {
		s, composed := compose.Build(k, nil)
		if services != nil {
			*services = s
		}
		return composed, nil
	})
	if err != nil {
		return err
	}
	defer shut(a)
	return f(ctx, a)
}
