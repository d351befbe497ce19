package e2e

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/amana-platform/amana/cmd/amana/compose"
	"github.com/amana-platform/amana/cmd/amana/demodata"
	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/clock"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/journal/tlog"
	"github.com/amana-platform/amana/kernel/kerneltest"
	"github.com/amana-platform/amana/packs"
)

// bankHouse is the whole service at an address, with a visitor of its bank.
type bankHouse struct {
	*kerneltest.App
	t        *testing.T
	services *compose.Services
	issuer   string
	c        *kerneltest.Client
}

func newBankHouse(t *testing.T) *bankHouse {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h := &bankHouse{t: t, issuer: "http://localhost" + strings.TrimPrefix(listener.Addr().String(), "127.0.0.1")}
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
	return h
}

// bank gives the bank's client_id.
func (h *bankHouse) bank() string {
	h.t.Helper()
	var id string
	if err := h.Reader.Row(h.t.Context(), "select id from trust_institutions where state = 'active' and not sandbox", nil, &id); err != nil {
		h.t.Fatal(err)
	}
	return id
}

// on goes where a page leads.
func (h *bankHouse) on(p *kerneltest.Page) *kerneltest.Page {
	for p.Header.Get("Location") != "" {
		p = h.c.Get(strings.TrimPrefix(p.Header.Get("Location"), h.issuer))
	}
	return p
}

// signIn signs the visitor in with the bank by their simulated card; they agree
// if they are asked. It gives the bank's page.
func (h *bankHouse) signIn() *kerneltest.Page {
	h.t.Helper()
	signIn := h.on(h.c.Post("/demo/bank/sign-in", url.Values{}))
	if !strings.HasPrefix(signIn.Path, "/citizen/sign-in?") {
		h.t.Fatalf("the bank leads to %s: %s", signIn.Path, signIn.Text())
	}
	begun := h.c.Post("/citizen/card", url.Values{"return": signIn.Fields("/citizen/card")["return"]})
	form := h.c.Get(begun.LinkTo("/citizen/simulator/card")).Fields("/citizen/simulator/card")
	form.Set("number", h.c.Get(begun.LinkTo("/citizen/simulator/card")).Options("number")[0])
	form.Set("pin", "1234")
	page := h.on(h.c.Post("/citizen/simulator/card", form))
	if page.Path == "/demo/bank" {
		return page
	}
	action := page.Actions()
	if page.Status != http.StatusOK || !strings.HasPrefix(page.Path, "/oidc/authorize/") {
		h.t.Fatalf("no consent page: %s %d %s", page.Path, page.Status, page.Text())
	}
	return h.on(h.c.Post(action[len(action)-1], url.Values{"answer": {"agree"}, "claim": {"birthdate"}}))
}

// sound verifies everything, the signed log with it.
func (h *bankHouse) sound() {
	h.t.Helper()
	keys, err := app.ReadKeyFile(h.Key)
	if err != nil {
		h.t.Fatal(err)
	}
	log := func(ctx context.Context, visit func(uint64, tlog.Leaf) error) error {
		_, err := tlog.CheckLog(ctx, filepath.Join(h.Data, "log"), keys.LogVKey, []byte(keys.Witnesses), visit)
		return err
	}
	if r, err := h.Journal.Verify(h.t.Context(), journal.Scope{Log: log, LogKey: keys.LogVKey}); err != nil || !r.Clean() {
		h.t.Errorf("%v %+v", err, r)
	}
}

// TestAVisitorSignsInWithTheBankAndSeesIt: the bank asks, the citizen proves who
// they are with their card, agrees, and finds that very line in their log; when
// they sign out, the bank is told.
func TestAVisitorSignsInWithTheBankAndSeesIt(t *testing.T) {
	h := newBankHouse(t)
	c := h.c
	bank := h.signIn()
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
	if out := h.on(c.Post("/citizen/sign-out", url.Values{})); out.Status != http.StatusOK {
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
	h.sound()
}

// TestAVisitorShowsTheirAgeByAWallet: they get a proof in their space, take it
// with the demonstration's wallet, show the bank that they are of age and
// nothing else, and find that line in their log; shown again it is refused.
func TestAVisitorShowsTheirAgeByAWallet(t *testing.T) {
	h := newBankHouse(t)
	h.signIn() // into their space
	offer := h.c.Post("/citizen/proofs", url.Values{"type": {"age"}, "form": {"mso_mdoc"}})
	digits := ""
	for word := range strings.FieldsSeq(offer.Text()) {
		if len(word) == 6 && strings.Trim(word, "0123456789") == "" {
			digits = word
		}
	}
	open := func(link, digits string) *kerneltest.Page {
		t.Helper()
		u, err := url.Parse(link)
		if err != nil {
			t.Fatal(err)
		}
		h.c.Get(link)
		return h.c.Post("/demo/wallet/open", url.Values{"link": {u.Query().Get("link")}, "digits": {digits}})
	}
	if p := open(offer.LinkTo("/demo/wallet?"), "000000"); p.Status != http.StatusUnprocessableEntity {
		t.Errorf("wrong digits: %d %s", p.Status, p.Text())
	}
	if p := open(offer.LinkTo("/demo/wallet?"), digits); p.Status != http.StatusOK || !strings.Contains(p.Text(), "Le portefeuille a pris la preuve.") {
		t.Fatalf("%d %s", p.Status, p.Text())
	}
	asked := h.c.Post("/demo/bank/age", url.Values{}).Follow()
	request := open(asked.LinkTo("/demo/wallet?"), "")
	if request.Status != http.StatusOK || !strings.Contains(request.Text(), "Banque de démonstration") || !strings.Contains(request.Text(), "18 ans ou plus") {
		t.Fatalf("%d %s", request.Status, request.Text())
	}
	form := request.Fields("/demo/wallet/answer")
	form.Set("answer", "show")
	form.Set("card", request.Options("card")[0])
	if p := h.c.Post("/demo/wallet/answer", form); p.Status != http.StatusOK || !strings.Contains(p.Text(), "La preuve a été montrée.") {
		t.Fatalf("%d %s", p.Status, p.Text())
	}
	if p := h.c.Get("/demo/bank/age"); !strings.Contains(p.Text(), "Le titulaire a 18 ans ou plus") {
		t.Errorf("%d %s", p.Status, p.Text())
	}
	if p := open(asked.LinkTo("/demo/wallet?"), ""); p.Status == http.StatusOK {
		t.Error("a request that was answered is asked again")
	}
	again := open(h.c.Post("/demo/bank/age", url.Values{}).Follow().LinkTo("/demo/wallet?"), "")
	var citizen string
	if err := h.Reader.Row(t.Context(), "select citizen from proofs_credentials order by issued_at desc limit 1", nil, &citizen); err != nil {
		t.Fatal(err)
	}
	line := h.c.Get(h.c.Get("/citizen/log").LinkTo("/citizen/log/"))
	if p := kerneltest.NewClient(t, h.issuer).SignIn("duty-officer").Post("/citizens/"+citizen+"/close", url.Values{}); p.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", p.Status, p.Text())
	}
	form = again.Fields("/demo/wallet/answer")
	form.Set("answer", "show")
	form.Set("card", again.Options("card")[0])
	if p := h.c.Post("/demo/wallet/answer", form); p.Status != http.StatusUnprocessableEntity {
		t.Errorf("a proof of a closed account is believed: %d %s", p.Status, p.Text())
	}
	if line.Status != http.StatusOK || !strings.Contains(line.Text(), "Banque de démonstration") || !strings.Contains(line.Text(), "18 ans") {
		t.Errorf("%d %s", line.Status, line.Text())
	}
	h.sound()
}
