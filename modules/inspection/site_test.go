package inspection

import (
	"context"
	"errors"
	"log/slog"
	"net/http/httptest"
	"testing"

	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/journal/journaltest"
	"github.com/amana-platform/amana/kernel/kerneltest"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/passkey"
	"github.com/amana-platform/amana/kernel/web/ui"
)

// site is a house with its pages, and a ward with somebody in it.
type site struct {
	*house
	address  string
	admin    ident.ID
	person   ident.Ref
	admitted ident.ID // the entry
	covered  int64    // entries up to here are in the signed log
	asked    []ident.ID
}

// accounts are an inspector and an administrator.
type accounts struct{ *site }

// Account gives one of them.
func (a accounts) Account(_ context.Context, id ident.ID) (web.Account, error) {
	who := a.inspector
	if id == a.admin {
		who.ID, who.Role = id, "administrator"
	}
	return web.Account{ID: id, Actor: who, Name: [3]string{who.Role, who.Role, who.Role}, Duty: policy.Purpose{Kind: policy.Task, Ref: ident.Ref{Kind: "task", ID: a.inspector.ID}}, Label: "x", Active: true}, nil
}

// Demo gives both.
func (a accounts) Demo(ctx context.Context) ([]web.Account, error) {
	one, err := a.Account(ctx, a.inspector.ID)
	other, err2 := a.Account(ctx, a.admin)
	return []web.Account{one, other}, errors.Join(err, err2)
}

// PurposeLabel gives the purpose as it is.
func (accounts) PurposeLabel(_ context.Context, _ *text.Words, p policy.Purpose) (string, string) {
	return p.String(), ""
}

// paper gives the proof of any entry.
type paper struct {
	app.Paper
	s *site
}

// Proof says of which.
func (p paper) Proof(_ context.Context, entry ident.ID, disclose func(string) bool) ([]byte, string, error) {
	if disclose("Name") || disclose("Born") {
		return nil, "", errors.New("the proof opens what is sealed")
	}
	p.s.asked = append(p.s.asked, entry)
	return []byte(`{"entry":"` + string(entry) + `"}`), "", nil
}

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{house: newHouse(t), admin: ident.Derive("administrator")}
	s.who = func(_ context.Context, lang string, id ident.ID) string { return lang + " " + string(id)[:8] }
	s.k.Paper, s.k.Alarms = paper{s: s}, app.NewAlarms(s.clock, slog.New(slog.DiscardHandler))
	s.verifier = func(func(string, int64)) (*journal.Report, error) { return &journal.Report{}, nil }
	s.closing = func(func(int64)) (journal.Meta, error) { return journal.Meta{Seq: 1}, nil }
	all, err := text.Load(nil, ui.Texts, policy.Texts, web.Texts, passkey.Texts, app.Texts, texts)
	s.must(err)
	s.k.Texts = all
	m := s.Module()
	server, err := web.New(web.Config{Journal: s.k.Journal, Policy: s.k.Policy, Reader: s.k.Reader, Scratch: s.db.Scratch(), Texts: all, Clock: s.clock, Accounts: accounts{s}, Log: slog.New(slog.DiscardHandler), Demo: true,
		Seal: make([]byte, 32), Routes: m.Routes, Rail: m.Rail, Covered: func(seq int64) bool { return seq <= s.covered },
		Tell: func(_ *text.Words, e journal.Delivered) (string, string) { return "told " + e.Kind, "" },
		Who: func(_ context.Context, w *text.Words, id ident.ID) string {
			return s.who(context.Background(), string(w.Lang()), id)
		}})
	s.must(err)
	listener := httptest.NewServer(server)
	t.Cleanup(listener.Close)
	s.address = listener.URL
	s.person = ident.Ref{Kind: "person", ID: s.k.Journal.NewID()}
	s.admitted = s.admit(s.person.ID)
	return s
}

// admit appends that a person came to the ward, and gives the entry.
func (s *site) admit(person ident.ID) (entry ident.ID) {
	s.t.Helper()
	s.append(func(d *journal.Draft) {
		entry = d.Add(journaltest.Admitted{Person: person, Name: journal.Seal("Nadia Tazi"), Born: journal.Seal("1990"), Ward: 7, Mark: []byte{1}})
	})
	return entry
}

func (s *site) append(draft func(*journal.Draft)) {
	s.t.Helper()
	g, err := s.k.Policy.System("test", "ward.keep", "CPP-66")
	s.must(err)
	_, err = s.k.Journal.Do(s.t.Context(), g, func(_ context.Context, _ store.Reader, d *journal.Draft) error {
		draft(d)
		return nil
	})
	s.must(err)
}

func (s *site) browser(who ident.ID) *kerneltest.Client {
	s.t.Helper()
	return kerneltest.NewClient(s.t, s.address).SignIn(string(who))
}

// during lists the kinds of entries that are appended while something runs.
func (h *house) during(run func()) (kinds []string) {
	h.t.Helper()
	last, err := h.k.Journal.Last(h.t.Context())
	h.must(err)
	run()
	got, err := h.k.Journal.After(h.t.Context(), last, 100)
	h.must(err)
	for _, e := range got {
		kinds = append(kinds, e.Kind)
	}
	return kinds
}
