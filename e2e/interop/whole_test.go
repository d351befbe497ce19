package interop

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/amana-platform/amana/cmd/amana/compose"
	"github.com/amana-platform/amana/cmd/amana/demodata"
	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/clock"
	"github.com/amana-platform/amana/kernel/kerneltest"
	"github.com/amana-platform/amana/packs"
)

// whole is the whole service at an address, as the demonstration fills it, with
// the browser of a citizen who has a card.
type whole struct {
	*kerneltest.App
	t        *testing.T
	services *compose.Services
	issuer   string
	c        *kerneltest.Client
}

func newWhole(t *testing.T) *whole {
	t.Helper()
	listener := must(net.Listen("tcp", "127.0.0.1:0"))
	h := &whole{t: t, issuer: "http://localhost" + strings.TrimPrefix(listener.Addr().String(), "127.0.0.1")}
	now := time.Now()
	h.App = kerneltest.Start(t, kerneltest.Options{Now: now, Pack: packs.Morocco(), From: demodata.Beginning(now),
		Build: func(k *app.Kernel) (c app.Compose, err error) {
			h.services, c, err = compose.BuildAt(k, nil, compose.Site{RPID: "localhost", Origins: []string{h.issuer}})
			return c, err
		},
		Seed: func(ctx context.Context, a *app.App, c *clock.Staged) error {
			return demodata.Fill(ctx, &a.Kernel, h.services, c, 1, now, demodata.Small, nil)
		}})
	h.Clock.Run(now)
	h.Run(t.Context())
	server := &httptest.Server{Listener: listener, Config: &http.Server{Handler: h.Server}}
	server.Start()
	t.Cleanup(server.Close)
	h.c = kerneltest.NewClient(t, h.issuer)
	h.proves("/citizen")
	return h
}

// proves lets the citizen prove who they are by their card.
func (h *whole) proves(back string) {
	h.t.Helper()
	simulator := h.c.Post("/citizen/card", url.Values{"return": {back}}).LinkTo("/citizen/simulator/card")
	form := h.c.Get(simulator).Fields("/citizen/simulator/card")
	form.Set("number", h.c.Get(simulator).Options("number")[0])
	form.Set("pin", "1234")
	if p := h.c.Post("/citizen/simulator/card", form).Follow().Follow(); p.Status != http.StatusOK {
		h.t.Fatalf("%s %d %s", p.Path, p.Status, p.Text())
	}
}

// bank gives the client_id of the demonstration's bank.
func (h *whole) bank() (id string) {
	h.t.Helper()
	if err := h.Reader.Row(h.t.Context(), "select id from trust_institutions where state = 'active' and not sandbox", nil, &id); err != nil {
		h.t.Fatal(err)
	}
	return id
}
