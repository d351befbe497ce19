package oversight

import (
	"context"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/kerneltest"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/passkey"
	"github.com/amana-platform/amana/kernel/web/ui"
)

// site is a house with its pages.
type site struct {
	*house
	address string
	opened  []ident.ID // who was let into a record
	opens   error      // what opening a record answers
}

// accounts are those of the house.
type accounts struct{ *house }

// Account gives one of them.
func (a accounts) Account(_ context.Context, id ident.ID) (web.Account, error) {
	return web.Account{ID: id, Actor: a.actor(id), Name: [3]string{string(id), string(id), string(id)}, Duty: policy.Purpose{Kind: policy.Task, Ref: ident.Ref{Kind: "task", ID: a.one}}, Label: "x", Active: true}, nil
}

// Demo gives all of them.
func (a accounts) Demo(ctx context.Context) (out []web.Account, err error) {
	for _, id := range []ident.ID{a.reader, a.chief, a.deputy, a.inspector} {
		one, err := a.Account(ctx, id)
		if err != nil {
			return nil, err
		}
		out = append(out, one)
	}
	return out, nil
}

// PurposeLabel gives the purpose as it is.
func (accounts) PurposeLabel(_ context.Context, _ *text.Words, p policy.Purpose) (string, string) {
	return p.String(), ""
}

// endless is a character more than a reason may have.
var endless = strings.Repeat("a", maxReason+1)

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{house: newHouse(t)}
	s.openers = map[string]Opener{"case": {
		Locate: func(_ context.Context, id ident.ID) (policy.Resource, error) {
			ref := ident.Ref{Kind: "case", ID: id}
			return policy.Resource{Ref: ref, Unit: s.unit, Under: []ident.Ref{ref}}, nil
		},
		Open: func(_ context.Context, ask Asks, q Request) error {
			if _, err := ask("tests.case.assign"); err != nil {
				return err
			}
			if s.opens == nil {
				s.opened = append(s.opened, q.By)
			}
			return s.opens
		}}}
	all, err := text.Load(s.k.Pack.Local, ui.Texts, policy.Texts, web.Texts, passkey.Texts, Texts)
	s.must(err)
	s.k.Texts = all
	m := s.Module()
	server, err := web.New(web.Config{Journal: s.k.Journal, Policy: s.k.Policy, Reader: s.k.Reader, Scratch: s.scratch, Texts: all, Clock: s.clock, Accounts: accounts{s.house}, Demo: true,
		Seal: make([]byte, 32), Routes: m.Routes, Rail: m.Rail, Tasks: m.Tasks,
		Tell: func(w *text.Words, e journal.Delivered) (string, string) { return m.Tells[e.Kind](w, e.Entry) },
		Who:  func(_ context.Context, _ *text.Words, id ident.ID) string { return string(id) }})
	s.must(err)
	listener := httptest.NewServer(server)
	t.Cleanup(listener.Close)
	s.address = listener.URL
	return s
}

func (s *site) browser(who ident.ID) *kerneltest.Client {
	s.t.Helper()
	return kerneltest.NewClient(s.t, s.address).SignIn(string(who))
}

// TestAnAlarmAtThePages: the list and the page in each language; who was told
// finds the forms, who raised it finds none.
func TestAnAlarmAtThePages(t *testing.T) {
	s := newSite(t)
	a := s.raise(s.reader, s.one)
	chief, reader := s.browser(s.chief), s.browser(s.reader)
	at := "/alarms/" + string(a.ID)
	for _, lang := range text.Langs() {
		w := s.k.Texts.In(lang)
		list := chief.Speak(string(lang)).Get("/alarms")
		if list.Status != 200 || list.LinkTo(at) == "" || !strings.Contains(list.Text(), w.T("oversight.state.raised")) || strings.Contains(list.Text(), "\u27e6") {
			t.Errorf("%s: %d %.300s", lang, list.Status, list.Text())
		}
		page := chief.Get(at)
		for _, want := range []string{"a child is in danger", w.T("oversight.fact.told"), w.T("oversight.choose.justified"), w.T("oversight.acknowledge"), string(s.deputy)} {
			if !strings.Contains(page.Text(), want) {
				t.Errorf("%s: the page does not say %q", lang, want)
			}
		}
		if !slices.Equal(page.Actions()[:2], []string{at + "/acknowledge", at + "/judge"}) && !slices.Contains(page.Actions(), at+"/judge") {
			t.Errorf("%s: %v", lang, page.Actions())
		}
		if own := reader.Speak(string(lang)).Get(at); own.Status != 200 || slices.Contains(own.Actions(), at+"/judge") || slices.Contains(own.Actions(), at+"/acknowledge") {
			t.Errorf("%s: who raised it is offered %v", lang, own.Actions())
		}
		if home := chief.Get("/"); !strings.Contains(home.Text(), w.T("oversight.task.judge")) {
			t.Errorf("%s: it does not wait at home", lang)
		}
		if home := reader.Get("/"); strings.Contains(home.Text(), w.T("oversight.task.judge")) {
			t.Errorf("%s: it waits for who raised it", lang)
		}
	}
	for path, status := range map[string]int{"/alarms/x": 404, "/alarms/" + string(s.one): 404, "/requests/x": 404, "/requests/" + string(s.one): 404} {
		if page := chief.Get(path); page.Status != status {
			t.Errorf("%s: %d", path, page.Status)
		}
	}
}

// TestAJudgementByForm: without a verdict, without a reason, endless: it comes back
// in the reader's words with what was typed and leaves nothing; then it is taken up,
// judged, and settled.
func TestAJudgementByForm(t *testing.T) {
	s := newSite(t)
	a := s.raise(s.reader, s.one)
	chief, at := s.browser(s.chief), "/alarms/"+string(a.ID)
	for _, lang := range text.Langs() {
		w := s.k.Texts.In(lang)
		chief.Speak(string(lang))
		for key, form := range map[string]url.Values{
			"form.choose":          {"finding": {"seen"}},
			"form.reason-required": {"verdict": {"unjustified"}, "finding": {"  "}},
			"form.too-long":        {"verdict": {"justified"}, "finding": {endless}},
		} {
			var page *kerneltest.Page
			got := s.during(func() { page = chief.Post(at+"/judge", form) })
			if page.Status != 422 || len(got) > 0 || !strings.Contains(page.Text(), w.T(key, "max", 2000)) {
				t.Errorf("%s %s: %d %q %.200s", lang, key, page.Status, got, page.Text())
			}
			if kept := page.Fields(at + "/judge"); kept.Get("verdict") != form.Get("verdict") {
				t.Errorf("%s: %v is not kept: %v", lang, form, kept)
			}
		}
	}
	s.leaves(func() error { chief.Post(at+"/acknowledge", nil); return nil }, "alarm-acknowledged")
	if page := chief.Get(at); slices.Contains(page.Actions(), at+"/acknowledge") || !slices.Contains(page.Actions(), at+"/judge") {
		t.Errorf("taken up: %v", page.Actions())
	}
	var page *kerneltest.Page
	s.leaves(func() error {
		page = chief.Post(at+"/judge", url.Values{"verdict": {"unjustified"}, "finding": {"it could wait"}})
		return nil
	}, "alarm-judged")
	if page.Status != 303 || page.Header.Get("Location") != at {
		t.Errorf("%d to %s", page.Status, page.Header.Get("Location"))
	}
	for _, verb := range []string{"/acknowledge", "/judge"} {
		got := s.during(func() { page = chief.Post(at+verb, url.Values{"verdict": {"justified"}, "finding": {"x"}}) })
		if page.Status != 409 || len(got) > 0 {
			t.Errorf("%s again: %d %q", verb, page.Status, got)
		}
	}
	for _, who := range []ident.ID{s.reader, s.inspector} {
		if page := s.browser(who).Post(at+"/judge", url.Values{"verdict": {"justified"}, "finding": {"x"}}); page.Status != 403 {
			t.Errorf("%s judges: %d", who, page.Status)
		}
	}
	if own := s.browser(s.reader).Speak("en").Get(at); !strings.Contains(own.Text(), "it could wait") || !strings.Contains(own.Text(), "Not justified") {
		t.Errorf("who is judged reads: %.300s", own.Text())
	}
}

// TestARequestByForm: what is wrong is said before anybody is let in; a grant lets
// the asker in once and is told to them for three days.
func TestARequestByForm(t *testing.T) {
	s := newSite(t)
	q := s.ask(s.reader, s.one)
	chief, reader, at := s.browser(s.chief), s.browser(s.reader), "/requests/"+string(q.ID)
	for _, lang := range text.Langs() {
		w := s.k.Texts.In(lang)
		page := chief.Speak(string(lang)).Get(at)
		for _, want := range []string{"I know the brother", w.T("oversight.act.cases.case.read"), w.T("oversight.grant-opens"), w.T("oversight.choose.granted")} {
			if page.Status != 200 || !strings.Contains(page.Text(), want) {
				t.Errorf("%s: %d, the page does not say %q", lang, page.Status, want)
			}
		}
		if list := chief.Get("/requests"); list.LinkTo(at) == "" || !strings.Contains(list.Text(), w.T("oversight.state.asked")) {
			t.Errorf("%s: %.300s", lang, list.Text())
		}
		if home := chief.Get("/"); !strings.Contains(home.Text(), w.T("oversight.task.answer")) {
			t.Errorf("%s: it does not wait at home", lang)
		}
		for key, form := range map[string]url.Values{
			"form.choose":          {"answer": {"x"}},
			"form.reason-required": {"verdict": {"refused"}},
			"form.too-long":        {"verdict": {"granted"}, "answer": {endless}},
		} {
			got := s.during(func() { page = chief.Post(at+"/answer", form) })
			if page.Status != 422 || len(got) > 0 || len(s.opened) > 0 || !strings.Contains(page.Text(), w.T(key, "max", 2000)) {
				t.Errorf("%s %s: %d %q, opened %v", lang, key, page.Status, got, s.opened)
			}
		}
	}
	s.leaves(func() error { chief.Post(at+"/answer", url.Values{"verdict": {"granted"}}); return nil }, "permission-answered")
	if page := chief.Post(at+"/answer", url.Values{"verdict": {"granted"}}); page.Status != 409 || !slices.Equal(s.opened, []ident.ID{s.reader}) {
		t.Errorf("again: %d, opened %v", page.Status, s.opened)
	}
	told := s.k.Texts.In(text.FR).T("oversight.task.answered")
	if home := reader.Get("/"); !strings.Contains(home.Text(), told) || home.LinkTo(at) == "" {
		t.Errorf("the asker is not told: %.300s", home.Text())
	}
	s.clock.Advance(answerShown + time.Second)
	if home := s.browser(s.reader).Get("/"); strings.Contains(home.Text(), told) {
		t.Error("the asker is told for ever")
	}
}

// TestWhoCannotLetInDoesNotGrant: where the record's own module refuses, the request
// stays; nobody is told that they are in who is not; a refusal lets nobody in.
func TestWhoCannotLetInDoesNotGrant(t *testing.T) {
	s := newSite(t)
	chief := s.browser(s.chief)
	for name, tc := range map[string]struct {
		opens  error
		form   url.Values
		status int
		kinds  []string
		opened int
	}{
		"refused by the record": {fault.New(fault.Refused, "x"), url.Values{"verdict": {"granted"}}, 403, nil, 0},
		"changed meanwhile":     {fault.New(fault.Conflict, "fault.conflict"), url.Values{"verdict": {"granted"}}, 409, nil, 0},
		"not to be let in":      {fault.New(fault.Invalid, "form.choose"), url.Values{"verdict": {"granted"}}, 422, nil, 0},
		"not granted":           {nil, url.Values{"verdict": {"refused"}, "answer": {"no"}}, 303, []string{"permission-answered"}, 0},
		"granted":               {nil, url.Values{"verdict": {"granted"}, "answer": {"yes"}}, 303, []string{"permission-answered"}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			s.opens, s.opened = tc.opens, nil
			q := s.ask(s.reader, s.k.Journal.NewID())
			var page *kerneltest.Page
			got := s.during(func() { page = chief.Post("/requests/"+string(q.ID)+"/answer", tc.form) })
			if page.Status != tc.status || !slices.Equal(got, tc.kinds) || len(s.opened) != tc.opened {
				t.Errorf("%d %q, opened %v", page.Status, got, s.opened)
			}
		})
	}
}

// TestARequestAboutNothing: the page of a request that is about no record, or one
// that no module opens, says that the decider must first let the asker in.
func TestARequestAboutNothing(t *testing.T) {
	s := newSite(t)
	chief := s.browser(s.chief)
	for _, ref := range []ident.Ref{{}, {Kind: "exhibit", ID: s.one}} {
		s.must(s.AskPermission(t.Context(), web.Asking{Actor: s.actor(s.reader), Action: "exhibits.vault.open", MayAllow: "brigade-chief", Record: ref, Reason: "why"}))
		all, err := s.Requests(t.Context(), s.reader)
		s.must(err)
		at := slices.IndexFunc(all, func(q Request) bool { return q.Record == ref })
		page := chief.Speak("en").Get("/requests/" + string(all[at].ID))
		if page.Status != 200 || !strings.Contains(page.Text(), s.k.Texts.In(text.EN).T("oversight.grant-done")) || !strings.Contains(page.Text(), "exhibits.vault.open") {
			t.Errorf("%v: %d %.300s", ref, page.Status, page.Text())
		}
		s.leaves(func() error {
			chief.Post("/requests/"+string(all[at].ID)+"/answer", url.Values{"verdict": {"granted"}})
			return nil
		}, "permission-answered")
	}
}

// TestARecordIsNamedForWhoMayOpenIt: by main's words and with a link where there is
// one, by its reference where there is none.
func TestARecordIsNamedForWhoMayOpenIt(t *testing.T) {
	s := newSite(t)
	a := s.raise(s.reader, s.one)
	chief := s.browser(s.chief)
	if page := chief.Get("/alarms/" + string(a.ID)); !strings.Contains(page.Text(), "case/"+string(s.one)) {
		t.Error("without words the reference is shown")
	}
	s.Label = func(context.Context, ident.Ref) (string, string) { return "12/KEN/2026", "/cases/12" }
	if page := chief.Get("/alarms/" + string(a.ID)); page.Links()["/cases/12"] != "12/KEN/2026" {
		t.Errorf("%v", page.Links())
	}
}
