package app_test

import (
	"context"
	"encoding/hex"
	"errors"
	"maps"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/clock"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/print"
	"github.com/amana-platform/amana/kernel/print/sign"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/kernel/web"
)

// TestTheFiguresNameNobody: what a monitoring system reads holds counts, and no
// record, person, word or address that anybody asked for.
func TestTheFiguresNameNobody(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.compose = func(c *app.Compose) {
		c.Modules[0].Routes = []web.Route{
			{Pattern: "GET /people/{id}", Open: "a test", Handle: func(*web.Request) error { return nil }},
			{Pattern: "GET /breaks", Open: "a test", Handle: func(*web.Request) error { return errors.New("x") }}}
	}
	a := h.start()
	person := h.admit(a, "Zineb")
	get(t, a, "/people/"+string(person)+"?q=Zineb")
	get(t, a, "/people/"+string(person))
	get(t, a, "/breaks")
	get(t, a, "/nowhere/Zineb")
	a.Alarms.Raise(t.Context(), "alarms.witness-silent", "witness.example", errors.New("Zineb"))
	w := httptest.NewRecorder()
	a.Metrics().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	said := w.Body.String()
	for _, want := range []string{`amana_http_requests_total{pattern="GET /people/{id}",status="200"} 2`, `amana_http_requests_total{pattern="GET /breaks",status="500"} 1`, `amana_http_requests_total{pattern="/",status="404"} 1`,
		`amana_http_request_seconds_count{pattern="GET /people/{id}"} 2`, "amana_journal_entries 2", `amana_log_leaves{state="written"}`, `amana_log_leaves{state="signed"}`, "amana_log_behind_seconds",
		`amana_alarm{about="witness.example",alarm="witness-silent"} 1`, "process_open_fds", "go_goroutines"} {
		if !strings.Contains(said, want) {
			t.Errorf("the figures lack %s", want)
		}
	}
	for _, never := range []string{"Zineb", string(person), string(a.Journal.Home()), "127.0.0.1", h.config.Data} {
		if strings.Contains(said, never) {
			t.Errorf("the figures hold %q", never)
		}
	}
	if found := regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-`).FindString(said); found != "" {
		t.Errorf("the figures hold the id %s", found)
	}
}

// TestTheFiguresOutliveTheDatabase: what cannot be read is wrong, the rest is told.
func TestTheFiguresOutliveTheDatabase(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	a := h.start()
	get(t, a, "/nowhere")
	h.must(a.Close())
	w := httptest.NewRecorder()
	a.Metrics().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	if strings.Contains(w.Body.String(), "amana_journal_entries 0") {
		t.Errorf("a figure that could not be read is 0: %d %.300s", w.Code, w.Body)
	}
}

// TestACertificateThatEndsIsTold a month before, and signs nothing after.
func TestACertificateThatEndsIsTold(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	a := h.start()
	a.Run(t.Context())
	pdf := paper(t)
	if _, err := a.Paper.Sign(t.Context(), pdf, "a test"); err != nil {
		t.Fatal(err)
	}
	h.must(a.Close())
	h.clock.Set(noon.AddDate(2, 0, 0))
	b := h.start()
	for lang, want := range map[text.Lang]string{text.FR: "certificat", text.EN: "Nothing was signed"} {
		_, err := b.Paper.Sign(t.Context(), pdf, "a test")
		if f := fault.Of(err); f.Kind != fault.Unavailable || f.Key != "faults.certificate-over" || !strings.Contains(b.Texts.In(lang).Fault(err), want) {
			t.Errorf("%s: %v %q", lang, err, b.Texts.In(lang).Fault(err))
		}
	}
	h.clock.Set(noon.AddDate(1, 11, 20))
	if _, err := b.Paper.Sign(t.Context(), pdf, "a test"); err != nil {
		t.Errorf("before its end: %v", err)
	}
}

// paper is a page that was not signed yet.
func paper(t testing.TB) []byte {
	t.Helper()
	pdf, err := print.Render(&print.Document{ID: "1", Title: "T", Lang: "fr", Created: noon, Size: print.A5, Blocks: []print.Block{print.Paragraph{Text: print.T("x")}}})
	if err != nil {
		t.Fatal(err)
	}
	return pdf
}

// authority is a time stamp authority that can be away.
type authority struct {
	sign.Stamper
	away  bool
	asked int
}

func (s *authority) Stamp(ctx context.Context, digest []byte) ([]byte, error) {
	s.asked++
	if s.away {
		return nil, fault.New(fault.Unavailable, "print.sign.time-unavailable")
	}
	return s.Stamper.Stamp(ctx, digest)
}

// TestAPaperIsStampedByTheAuthorityThatIsConfigured; one that does not answer
// holds up no paper, is left alone for a while, and stamps later.
func TestAPaperIsStampedByTheAuthorityThatIsConfigured(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	root, err := sign.NewAuthority("Local time authority of a test", noon.Add(-time.Hour), noon.AddDate(1, 0, 0))
	h.must(err)
	times, err := root.Issue("Local time authority of a test", sign.TimeStamps, noon.Add(-time.Hour), noon.AddDate(1, 0, 0))
	h.must(err)
	stamper := &authority{Stamper: &sign.TimeAuthority{Signer: times, Clock: clock.At(noon.Add(time.Minute))}}
	a := h.start(func(c *app.Config) { c.Stamper = stamper })
	pdf := paper(t)
	signed, err := a.Paper.Sign(t.Context(), pdf, "a test")
	h.must(err)
	if at := a.Paper.Stamped(signed); !a.Paper.Stamps() || !at.Equal(noon.Add(time.Minute)) || stamper.asked != 1 {
		t.Errorf("stamped %v, asked %d times", at, stamper.asked)
	}
	stamper.away = true
	for range 3 {
		signed, err = a.Paper.Sign(t.Context(), pdf, "a test")
		h.must(err)
		if !a.Paper.Stamped(signed).IsZero() {
			t.Error("stamped by nobody")
		}
	}
	if stamper.asked != 2 || !strings.Contains(h.log.String(), "the time stamp authority does not answer") {
		t.Errorf("asked %d times; the log says %s", stamper.asked, h.log)
	}
	if _, err := a.Paper.Stamp(t.Context(), signed); fault.Of(err).Key != "print.sign.time-unavailable" {
		t.Errorf("%v", err)
	}
	stamper.away = false
	late, err := a.Paper.Stamp(t.Context(), signed)
	h.must(err)
	if !a.Paper.Stamped(late).Equal(noon.Add(time.Minute)) {
		t.Error("what was stamped later is not known to be")
	}
	if !a.Paper.Stamped([]byte("no paper")).IsZero() || !a.Paper.Stamped(pdf).IsZero() {
		t.Error("what nobody signed is stamped")
	}
	h.must(a.Close())
	b := h.start()
	if _, err := b.Paper.Stamp(t.Context(), signed); b.Paper.Stamps() || fault.Of(err).Key != "print.sign.time-unavailable" {
		t.Errorf("without an authority: %v", err)
	}
}

// TestAPaperProvesItsEntry as soon as a checkpoint covers it, and discloses what
// its holder may see and nothing else.
func TestAPaperProvesItsEntry(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	a := h.start()
	person := h.admit(a, "Zineb")
	line, err := a.Journal.Timeline(t.Context(), ident.Ref{Kind: "person", ID: person}, 0, 1)
	h.must(err)
	for disclosed, want := range map[bool]bool{true: true, false: false} {
		file, qr, err := a.Paper.Proof(t.Context(), line[0].ID, func(path string) bool { return disclosed })
		h.must(err)
		if strings.Contains(string(file), "Zineb") != want || qr == "" || strings.Contains(qr, "Zineb") {
			t.Errorf("disclosed %t: %s %s", disclosed, file, qr)
		}
	}
	if _, _, err := a.Paper.Proof(t.Context(), a.Journal.NewID(), func(string) bool { return true }); !fault.Is(err, fault.NotFound) {
		t.Errorf("of an entry that is none: %v", err)
	}
}

// TestACheckpointIsPrintedAndSaidSo: the page is a PDF, and the journal holds
// which tree it shows.
func TestACheckpointIsPrintedAndSaidSo(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	a := h.start()
	h.admit(a, "x")
	last, err := a.Journal.Last(t.Context())
	h.must(errors.Join(err, a.Logging.WaitCovered(t.Context(), last)))
	var sizes []int64
	for _, lang := range text.Langs() {
		page, err := a.PrintCheckpoint(t.Context(), h.grant(a), lang)
		h.must(err)
		if !strings.HasPrefix(string(page), "%PDF-") {
			t.Errorf("%s: %.20q", lang, page)
		}
		w, err := a.Watched(t.Context())
		h.must(err)
		sizes = append(sizes, w.Leaves)
		if !w.Printed.After(noon.Add(-time.Second)) || w.Leaves < 2 {
			t.Errorf("%+v", w)
		}
	}
	if !slices.IsSorted(sizes) {
		t.Errorf("trees of %v leaves", sizes)
	}
	if _, err := a.PrintCheckpoint(t.Context(), policy.Grant{}, text.FR); err == nil {
		t.Error("printed for nobody")
	}
}

// TestHowTheServiceStands: controls are planted in the lane, which is counted,
// and no alarm stands without a reason.
func TestHowTheServiceStands(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	a := h.start()
	a.Run(t.Context())
	stands := func(what string, f func(app.Watched) bool) {
		t.Helper()
		for deadline := time.Now().Add(20 * time.Second); ; {
			w, err := a.Watched(t.Context())
			h.must(err)
			if f(w) {
				return
			}
			if time.Now().After(deadline) {
				t.Fatalf("never: %s: %+v", what, w)
			}
			time.Sleep(5 * time.Millisecond)
		}
	}
	stands("a control is planted", func(w app.Watched) bool {
		found, err := a.Journal.Lane().Search(t.Context(), journal.AccessQuery{Limit: 10}) // it is announced before
		h.must(err)
		return w.Controls.Planted > 0 && len(found) > 0 && len(w.Alarms) == 0
	})
	h.must(a.Journal.Count(t.Context()))
	h.clock.Advance(3 * time.Hour)
	w, err := a.Watched(t.Context())
	if h.must(err); w.Counted.IsZero() || w.Controls.Missed != 0 {
		t.Errorf("%+v", w)
	}
}

// TestAPeriodIsClosed in the name of who ordered it, with the state it leaves.
func TestAPeriodIsClosed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	a := h.start()
	h.admit(a, "Zineb")
	by := ident.ID("0190a000-0000-7000-8000-0000000000f1")
	m, err := a.ClosePeriod(t.Context(), by, "period 2026-11", func(int64) {})
	h.must(err)
	line, err := a.Journal.After(t.Context(), m.Seq-1, 1)
	h.must(err)
	if e, ok := line[0].Entry.(journal.PeriodClosed); !ok || e.By != by || e.Ground != "period 2026-11" || m.Actor != policy.SystemID("closing") {
		t.Errorf("%+v %+v", m, line[0].Entry)
	}
	stored := 0
	for _, err := range a.Blobs.List(t.Context()) {
		h.must(err)
		stored++
	}
	if stored != 1 {
		t.Errorf("%d states are stored", stored)
	}
}

// TestAMasterChangeKeepsEverything: records, what is typed, what modules derive
// for good; and what passes does pass.
func TestAMasterChangeKeepsEverything(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	a := h.start()
	person := h.admit(a, "Zineb")
	secret, passing, before := a.Secret("x"), a.Passing("x"), hex.EncodeToString(h.keys().Master)
	h.must(a.BeginMasterChange())
	h.must(a.Close())
	b := h.start()
	if got := h.nameOf(b, person); got != "Zineb" {
		t.Errorf("in the middle: %q", got)
	}
	steps := map[string]bool{}
	done, err := b.EndMasterChange(t.Context(), "order 1", func(what string, _ int64) { steps[what] = true })
	h.must(err)
	if !steps["drafts"] || !steps["files"] || done.Authority != "order 1" {
		t.Errorf("%v %+v", slices.Sorted(maps.Keys(steps)), done)
	}
	h.must(b.Close())
	c := h.start()
	if k := h.keys(); k.Previous != nil || hex.EncodeToString(k.Master) == before || h.nameOf(c, person) != "Zineb" {
		t.Error("the change did not end")
	}
	if string(c.Secret("x")) != string(secret) || string(c.Passing("x")) == string(passing) {
		t.Error("what is for good has changed, or what passes has not")
	}
	if r, err := c.Journal.Verify(t.Context(), journal.Scope{}); err != nil || !r.Clean() {
		t.Errorf("%+v %v", r, err)
	}
}
