package cases_test

import (
	"crypto/x509"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/print/sign"
	"github.com/amana-platform/amana/modules/cases/dossier"
)

// timeAuthority is a time stamp authority behind HTTP that may be away.
func timeAuthority(t *testing.T, h *house) (client *sign.TimeClient, away *atomic.Bool) {
	t.Helper()
	root, err := sign.NewAuthority("Local time authority of a test", noon.AddDate(-1, 0, 0), noon.AddDate(1, 0, 0))
	h.must(err)
	id, err := root.Issue("Local time authority of a test", sign.TimeStamps, noon.AddDate(-1, 0, 0), noon.AddDate(1, 0, 0))
	h.must(err)
	away = &atomic.Bool{}
	authority := &sign.TimeAuthority{Signer: id, Clock: h.clock}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if away.Load() {
			http.Error(w, "away", http.StatusServiceUnavailable)
			return
		}
		authority.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	roots := x509.NewCertPool()
	roots.AddCert(root.Root())
	return &sign.TimeClient{URL: server.URL, Roots: roots}, away
}

// TestIssueIsStamped: a dossier and a report carry the authority's time.
func TestIssueIsStamped(t *testing.T) {
	h := newHouse(t)
	h.stamper, _ = timeAuthority(t, h)
	h.proving()
	id, d := h.sent()
	x, err := h.IssueDossier(ctx, h.on("chief", "cases.dossier.copy", id), d.ID, dossier.ForProsecutor, "ar")
	h.must(err)
	if at := h.k.Paper.Stamped(readAll(t, h.Service, x)); !at.Equal(h.clock.Now().Truncate(time.Second)) {
		t.Errorf("the dossier is stamped %v", at)
	}
	f, err := h.File(ctx, id)
	h.must(err)
	pdf, err := h.PaperPV(ctx, f.PVs[0].ID, "fr")
	h.must(err)
	if at := h.k.Paper.Stamped(pdf); at.IsZero() {
		t.Error("the report is not stamped")
	}
}

// TestAuthorityAway: no paper waits for an authority that is away: the log
// says so, the authority is left alone for a while, and a stamp is put on
// later, as a new issue in the place of the old.
func TestAuthorityAway(t *testing.T) {
	h := newHouse(t)
	var said strings.Builder
	h.k.Log = slog.New(slog.NewTextHandler(&said, &slog.HandlerOptions{Level: slog.LevelWarn}))
	client, away := timeAuthority(t, h)
	h.stamper = client
	h.proving()
	away.Store(true)
	id, d := h.sent()
	g := h.on("chief", "cases.dossier.copy", id)
	old, err := h.IssueDossier(ctx, g, d.ID, dossier.ForProsecutor, "ar")
	h.must(err)
	if at := h.k.Paper.Stamped(readAll(t, h.Service, old)); !at.IsZero() {
		t.Fatalf("stamped %v by nobody", at)
	}
	if strings.Count(said.String(), "time stamp authority does not answer") != 1 {
		t.Errorf("the log says %q", said.String())
	}
	if _, err := h.StampIssue(ctx, g, d.ID, dossier.ForProsecutor, "ar"); !fault.Is(err, fault.Unavailable) {
		t.Errorf("still away: %v", err)
	}
	away.Store(false)
	other, err := h.IssueDossier(ctx, g, d.ID, dossier.ForDefence, "ar")
	h.must(err)
	if !h.k.Paper.Stamped(readAll(t, h.Service, other)).IsZero() {
		t.Error("the authority was not left alone")
	}
	x, err := h.StampIssue(ctx, g, d.ID, dossier.ForProsecutor, "ar")
	h.must(err)
	stamped := readAll(t, h.Service, x)
	if h.k.Paper.Stamped(stamped).IsZero() || x.ID == old.ID || !strings.HasPrefix(string(stamped), string(readAll(t, h.Service, old))) {
		t.Error("the stamp is not on the paper that was signed")
	}
	d, err = h.Dossier(ctx, d.ID)
	h.must(err)
	if shown, _ := d.Issue(dossier.ForProsecutor, "ar"); shown.ID != x.ID {
		t.Error("the page shows the old issue")
	}
	if again, err := h.StampIssue(ctx, g, d.ID, dossier.ForProsecutor, "ar"); err != nil || again.ID != x.ID {
		t.Errorf("stamped twice: %v %v", again, err)
	}
	h.sound()
}
