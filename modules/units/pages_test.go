package units_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/blobs"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/kernel/text/texttest"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/passkey"
	"github.com/amana-platform/amana/kernel/web/ui"
	"github.com/amana-platform/amana/modules/units"
)

// site is a house with its pages.
type site struct {
	*house
	server *web.Server
	who    map[units.Role]ident.ID
}

func newSite(t testing.TB) *site {
	t.Helper()
	s := &site{house: newHouse(t)}
	s.who = s.seed()
	s.open()
	return s
}

// open puts the pages before the house.
func (s *site) open() {
	s.t.Helper()
	var err error
	s.k.Texts, err = text.Load(nil, ui.Texts, policy.Texts, blobs.Texts, web.Texts, passkey.Texts, units.Texts)
	s.must(err)
	keys, err := passkey.New(passkey.Config{RPID: "amana.test", Origins: []string{"https://amana.test"}, Name: "Amana", Keeper: s.Service,
		Clock: s.clock, Store: func() (store.Reader, store.Scratch) { return s.k.Reader, s.k.Scratch }, Action: "units.passkey.register", Own: s.Own})
	s.must(err)
	m := s.Module()
	s.server, err = web.New(web.Config{Journal: s.k.Journal, Policy: s.k.Policy, Reader: s.k.Reader, Scratch: s.k.Scratch, Texts: s.k.Texts, Clock: s.clock,
		Accounts: s.Service, Log: s.k.Log, Demo: true, Seal: master, SignIn: keys, Routes: m.Routes, Rail: m.Rail, Finders: m.Finders,
		Who: func(ctx context.Context, w *text.Words, id ident.ID) string {
			return s.OfficerName(ctx, string(w.Lang()), id)
		},
		Tell: func(w *text.Words, e journal.Delivered) (string, string) {
			if tell := m.Tells[e.Kind]; tell != nil {
				return tell(w, e.Entry)
			}
			return w.T("entry." + e.Kind), ""
		}})
	s.must(err)
	keys.Admit = s.server.Admit
}

// visitor is a browser without scripts.
type visitor struct {
	s      *site
	cookie *http.Cookie
}

func (s *site) as(role units.Role) *visitor {
	s.t.Helper()
	v := &visitor{s: s}
	w := v.post("/demo/sign-in", url.Values{"as": {string(role)}})
	for _, c := range w.Result().Cookies() {
		if c.Name == "amana" {
			v.cookie = c
		}
	}
	if v.cookie == nil {
		s.t.Fatalf("no session for %s: %d %s", role, w.Code, w.Body)
	}
	return v
}

func (v *visitor) send(method, path string, form url.Values) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if v.cookie != nil {
		r.AddCookie(v.cookie)
	}
	w := httptest.NewRecorder()
	v.s.server.ServeHTTP(w, r)
	return w
}

func (v *visitor) get(path string) *httptest.ResponseRecorder { return v.send("GET", path, nil) }

func (v *visitor) post(path string, form url.Values) *httptest.ResponseRecorder {
	return v.send("POST", path, form)
}

// wants checks a page's status and that it holds some words and no gap.
func (v *visitor) wants(w *httptest.ResponseRecorder, status int, words ...string) {
	v.s.t.Helper()
	body := w.Body.String()
	if w.Code != status {
		v.s.t.Fatalf("status %d, want %d: %.2000s", w.Code, status, body)
	}
	for _, word := range words {
		if !strings.Contains(body, word) {
			v.s.t.Errorf("the page lacks %q", word)
		}
	}
	if i := strings.Index(body, "\u27e6"); i >= 0 {
		v.s.t.Errorf("a text is missing: %.60s", body[i:])
	}
}

func TestPagesInThreeLanguages(t *testing.T) {
	s := newSite(t)
	admin := s.as(units.Administrator)
	officer, unit := "/officers/"+string(s.who[units.Investigator]), "/units/"+string(s.unit["KEN-VILLE-BPJ"])
	s.must(s.suspended(s.who[units.Inspector]))
	for _, path := range []string{"/units", unit, unit + "/open", unit + "/move", unit + "/close", unit + "/enrol", unit + "/open-duty", unit + "/end-duty", officer, "/officers/" + string(s.who[units.Inspector]),
		officer + "/post", officer + "/end-post", officer + "/appoint", officer + "/suspend", "/account", "/session/new", "/session/again", "/session/enrol", "/"} {
		for _, lang := range []string{"ar", "fr", "en"} {
			admin.wants(admin.get(path+"?lang="+lang), http.StatusOK)
		}
	}
	admin.wants(admin.get(unit+"?lang=fr"), http.StatusOK, "KEN-VILLE-BPJ", "Qui sert ici", "inspecteur de police", officer, unit+"/move")
	admin.wants(admin.get(officer+"?lang=en"), http.StatusOK, "MAT-B", "Tajribi B", "Posted", "act 77/2024")
}

// suspended suspends somebody under a seeding grant.
func (s *site) suspended(id ident.ID) error {
	_, err := s.SuspendOfficer(ctx, s.system(), units.NewSuspension{Officer: id, Reason: "trial"})
	return err
}

func TestTexts(t *testing.T) { texttest.Check(t, newSite(t).k.Texts, "units.", ".") }

// An administrator opens a unit, enrols an officer, posts them and gives them
// judicial capacity, all by forms.
func TestAnAdministratorsDay(t *testing.T) {
	s := newSite(t)
	admin := s.as(units.Administrator)
	open := "/units/" + string(s.unit["KEN-VILLE"]) + "/open"
	form := url.Values{"submission": {string(s.ids.New())}, "code": {"KEN-09"}, "type": {"police-district"}, "name-ar": {"\u062f\u0627\u0626\u0631\u0629"}, "name-fr": {"9e arrondissement"}, "name-en": {"9th police district"}, "area": {"04.281"}}
	admin.wants(admin.post(open, form), http.StatusUnprocessableEntity, "9e arrondissement", `href="#`) // no act: what was typed is kept
	form.Set("act", "14/2026")
	w := admin.post(open, form)
	admin.wants(w, http.StatusSeeOther)
	admin.wants(admin.get(w.Header().Get("Location")+"?lang=en"), http.StatusOK, "9th police district", "Unit opened")

	enrol := w.Header().Get("Location") + "/enrol"
	who := s.ids.New()
	person := url.Values{"submission": {string(who)}, "matricule": {"MAT-NEW"}, "given-ar": {"\u0643\u0631\u064a\u0645"}, "family-ar": {"\u0646\u0645\u0648\u0630\u062c"}, "given": {"Karim"}, "family": {"Namoudaj"}, "grade": {"officier"}, "sex": {"m"}}
	w = admin.post(enrol, person)
	admin.wants(w, http.StatusSeeOther)
	next := w.Header().Get("Location")
	admin.wants(admin.get(next), http.StatusOK, `value="KEN-09"`)

	post := "/officers/" + string(who) + "/post"
	admin.wants(admin.post(post, url.Values{"version": {"1"}, "unit": {"NOWHERE"}, "role": {"duty-officer"}, "act": {"1"}}), http.StatusUnprocessableEntity, "NOWHERE")
	admin.wants(admin.post(post, url.Values{"version": {"1"}, "unit": {"KEN-09"}, "role": {"duty-officer"}, "act": {"1"}, "from": {"yesterdayish"}}), http.StatusUnprocessableEntity, "yesterdayish")
	admin.wants(admin.post(post, url.Values{"version": {"1"}, "unit": {"KEN-09"}, "role": {"duty-officer"}, "act": {"15/2026"}}), http.StatusSeeOther)
	admin.wants(admin.post(post, url.Values{"version": {"1"}, "unit": {"KEN-01"}, "role": {"duty-officer"}, "act": {"15/2026"}}), http.StatusConflict)
	admin.wants(admin.post("/officers/"+string(who)+"/appoint", url.Values{"version": {"2"}, "capacity": {"opj"}, "act": {"16/2026"}}), http.StatusSeeOther)
	s.clock.Advance(time.Second)
	a, err := s.Account(ctx, who)
	s.must(err)
	if a.Actor.Capacity != "opj" || a.Actor.Role != "duty-officer" {
		t.Errorf("%+v", a.Actor)
	}
	admin.wants(admin.get("/search?lang=en&q=Namoudaj"), http.StatusOK, "Karim Namoudaj", "MAT-NEW")
	admin.wants(admin.get("/search?lang=en&q=mat-new"), http.StatusOK, "Karim Namoudaj")

	w = admin.post("/officers/"+string(who)+"/code?lang=en", url.Values{})
	admin.wants(w, http.StatusOK, "One-time code")
	admin.wants(admin.post("/officers/"+string(who)+"/suspend", url.Values{"reason": {"trial"}}), http.StatusSeeOther)
	admin.wants(admin.get("/officers/"+string(who)+"?lang=en"), http.StatusOK, "Lift the suspension", "trial")
	admin.wants(admin.post("/officers/"+string(who)+"/lift", url.Values{}), http.StatusSeeOther)
	posts, err := s.Posts(ctx, who)
	s.must(err)
	end := "/officers/" + string(who) + "/end-post"
	admin.wants(admin.post(end, url.Values{"posts": {string(s.ids.New())}, "act": {"17"}}), http.StatusUnprocessableEntity)
	admin.wants(admin.post(end, url.Values{"posts": {string(posts[0].ID)}, "act": {"17/2026"}}), http.StatusSeeOther)
	s.sound()
}

// Duties of a unit are opened and ended by forms, and stand on its page.
func TestDutiesByForms(t *testing.T) {
	s := newSite(t)
	admin := s.as(units.Administrator)
	unit := "/units/" + string(s.unit["KEN-VILLE-BPJ"])
	admin.wants(admin.post(unit+"/open-duty", url.Values{"kind": {"nap"}}), http.StatusUnprocessableEntity)
	watch := s.ids.New()
	admin.wants(admin.post(unit+"/open-duty", url.Values{"submission": {string(watch)}, "kind": {"watch"}}), http.StatusSeeOther)
	admin.wants(admin.get(unit+"?lang=en"), http.StatusOK, "Permanence", "Duty opened")
	desk, err := s.DeskOf(ctx, s.unit["KEN-01"])
	s.must(err)
	admin.wants(admin.post(unit+"/end-duty", url.Values{"duties": {string(desk.ID)}}), http.StatusUnprocessableEntity)
	s.clock.Advance(time.Minute)
	admin.wants(admin.post(unit+"/end-duty", url.Values{"duties": {string(watch)}}), http.StatusSeeOther)
	if d, err := s.Duty(ctx, watch); err != nil || d.To.IsZero() {
		t.Errorf("%+v %v", d, err)
	}
}

// On every guarded route a stranger is sent to sign in, and who may not is
// refused; the permitted one gets through.
func TestRoutesAreGuarded(t *testing.T) {
	s := newSite(t)
	open := map[string]bool{}
	stranger, duty, admin := &visitor{s: s}, s.as(units.DutyOfficer), s.as(units.Administrator)
	everybody := map[string]bool{"units.tree.read": true, "units.unit.read": true, "units.account.read": true, "units.passkey.remove": true}
	for _, r := range s.Module().Routes {
		method, path, _ := strings.Cut(r.Pattern, " ")
		id := s.who[units.Investigator]
		if strings.HasPrefix(path, "/units") {
			id = s.unit["KEN-01"]
		}
		path = strings.NewReplacer("{id}", string(id), "{key}", string(s.ids.New())).Replace(path)
		var form url.Values
		if method == "POST" {
			form = url.Values{}
		}
		if w := stranger.send(method, path, form); w.Code != http.StatusSeeOther && w.Code != http.StatusUnauthorized {
			t.Errorf("%s: a stranger gets %d", r.Pattern, w.Code)
		}
		own := strings.HasPrefix(path, "/account")
		if w := duty.send(method, path, form); (w.Code == http.StatusForbidden) == (everybody[r.Action] && (own || r.Action != "units.passkey.remove")) {
			t.Errorf("%s: the duty officer gets %d", r.Pattern, w.Code)
		}
		if w := admin.send(method, path, form); w.Code == http.StatusForbidden || w.Code >= 500 {
			t.Errorf("%s: the administrator gets %d", r.Pattern, w.Code)
		}
		open[r.Action] = true
	}
	refusals, err := s.k.Journal.Lane().Search(ctx, journal.AccessQuery{Actor: s.who[units.DutyOfficer], Outcome: journal.Refused, Limit: 100})
	if err != nil || len(refusals) < 10 {
		t.Errorf("%d journalled refusals, %v", len(refusals), err)
	}
}

// What a page showed stands in the lane, people included.
func TestReadingIsRecorded(t *testing.T) {
	s := newSite(t)
	admin := s.as(units.Administrator)
	admin.wants(admin.get("/units/"+string(s.unit["KEN-01"])), http.StatusOK)
	seen, err := s.k.Journal.Lane().Search(ctx, journal.AccessQuery{About: ident.Ref{Kind: "officer", ID: s.who[units.DutyOfficer]}, Limit: 10})
	if err != nil || len(seen) != 1 || seen[0].Actor != s.who[units.Administrator] {
		t.Errorf("%+v %v", seen, err)
	}
}

// A suspended person's open session ends within ten seconds of real time.
func TestSuspensionKillsSessions(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.as(units.Investigator)
	v.wants(v.get("/account"), http.StatusOK)
	s.must(s.suspended(s.who[units.Investigator]))
	began := time.Now()
	for v.get("/session/new").Code != 0 {
		w := v.get("/account")
		if w.Code != http.StatusOK && w.Code != http.StatusForbidden {
			break
		}
		if w.Code == http.StatusOK {
			t.Fatal("a page was released after the suspension")
		}
		if time.Since(began) > 10*time.Second {
			t.Fatal("the session outlived the suspension by ten seconds")
		}
		time.Sleep(200 * time.Millisecond)
	}
	t.Logf("the session ended after %s", time.Since(began).Round(100*time.Millisecond))
	var left int
	s.must(s.k.Reader.Row(ctx, "select count(*) from tmp_sessions where account = $1", []any{string(s.who[units.Investigator])}, &left))
	if left != 0 {
		t.Errorf("%d sessions left", left)
	}
}

func TestProblemsAreTheReadersOwn(t *testing.T) {
	s := newSite(t)
	admin := s.as(units.Administrator)
	for path, status := range map[string]int{
		"/units/" + string(s.ids.New()): http.StatusNotFound, "/units/zero": http.StatusNotFound, "/officers/" + string(s.ids.New()): http.StatusNotFound,
	} {
		if w := admin.get(path); w.Code != status {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	bad := url.Values{"name-fr": {"a\x00b"}, "code": {"\xff"}}
	if w := admin.post("/units/"+string(s.unit["KEN-VILLE"])+"/open", bad); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("malformed text: %d", w.Code)
	}
}
