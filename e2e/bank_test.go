package e2e

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
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/kerneltest"
	"github.com/amana-platform/amana/packs"
)

// TestAVisitorSignsInWithTheBankAndSeesIt: the bank asks, the citizen proves who
// they are with their card, agrees, and finds that very line in their log; when
// they sign out, the bank is told.
func TestAVisitorSignsInWithTheBankAndSeesIt(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	issuer := "http://localhost" + strings.TrimPrefix(listener.Addr().String(), "127.0.0.1")
	var s *compose.Services
	now := time.Now()
	a := kerneltest.Start(t, kerneltest.Options{Now: now, Pack: packs.Morocco(),
		Build: func(k *app.Kernel) (c app.Compose, err error) {
			s, c, err = compose.BuildAt(k, nil, compose.Site{RPID: "localhost", Origins: []string{issuer}})
			return c, err
		},
		Seed: func(ctx context.Context, a *app.App, c *clock.Staged) error {
			return demodata.Fill(ctx, &a.Kernel, s, c, 1, now, demodata.Small, nil)
		}})
	a.Clock.Run(now)
	a.Run(t.Context())
	server := &httptest.Server{Listener: listener, Config: &http.Server{Handler: a.Server}}
	server.Start()
	t.Cleanup(server.Close)
	c := kerneltest.NewClient(t, issuer)
	on := func(p *kerneltest.Page) *kerneltest.Page {
		for p.Header.Get("Location") != "" {
			p = c.Get(strings.TrimPrefix(p.Header.Get("Location"), issuer))
		}
		return p
	}
	signIn := on(c.Post("/demo/bank/sign-in", url.Values{}))
	if !strings.HasPrefix(signIn.Path, "/citizen/sign-in?") {
		t.Fatalf("the bank leads to %s: %s", signIn.Path, signIn.Text())
	}
	begun := c.Post("/citizen/card", url.Values{"return": signIn.Fields("/citizen/card")["return"]})
	form := c.Get(begun.LinkTo("/citizen/simulator/card")).Fields("/citizen/simulator/card")
	form.Set("number", c.Get(begun.LinkTo("/citizen/simulator/card")).Options("number")[0])
	form.Set("pin", "1234")
	consent := on(c.Post("/citizen/simulator/card", form))
	action := consent.Actions()
	if consent.Status != http.StatusOK || !strings.HasPrefix(consent.Path, "/oidc/authorize/") {
		t.Fatalf("no consent page: %s %d %s", consent.Path, consent.Status, consent.Text())
	}
	bank := on(c.Post(action[len(action)-1], url.Values{"answer": {"agree"}, "claim": {"birthdate"}}))
	if bank.Path != "/demo/bank" || !strings.Contains(bank.Text(), "urn:amana:level:3") {
		t.Fatalf("%s %d %s", bank.Path, bank.Status, bank.Text())
	}
	log := c.Get("/citizen/log")
	if log.Status != http.StatusOK || !strings.Contains(log.Text(), "Banque de démonstration") {
		t.Fatalf("%d %s", log.Status, log.Text())
	}
	line := c.Get(log.LinkTo("/citizen/log/"))
	if line.Status != http.StatusOK || !strings.Contains(line.Text(), "Banque de démonstration") {
		t.Errorf("%d %s", line.Status, line.Text())
	}
	if mine := c.Get("/my/consents"); !strings.Contains(mine.Text(), "Banque de démonstration") {
		t.Errorf("%d %s", mine.Status, mine.Text())
	}
	if out := on(c.Post("/citizen/sign-out", url.Values{})); out.Status != http.StatusOK {
		t.Errorf("%d %s", out.Status, out.Text())
	}
	told := false
	for range 100 { // at most ten seconds, as promised
		if told = strings.Contains(c.Get("/demo/bank").Text(), "La banque a appris que votre session est terminée"); told {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	if !told {
		t.Error("the bank is not told within ten seconds")
	}
	if r, err := a.Journal.Verify(t.Context(), journal.Scope{}); err != nil || !r.Clean() {
		t.Errorf("%v %+v", err, r)
	}
}
