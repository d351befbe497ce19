package cases_test

import (
	"context"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/amana-platform/amana/kernel/blobs"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/kernel/text/texttest"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/ui"
	"github.com/amana-platform/amana/modules/cases"
	"github.com/amana-platform/amana/modules/cases/enquiry"
	"github.com/amana-platform/amana/modules/index"
	"github.com/amana-platform/amana/modules/register"
	"github.com/amana-platform/amana/modules/units"
)

// everybody offers the whole cast at the door.
type everybody struct{ *house }

func (e everybody) Account(ctx context.Context, id ident.ID) (web.Account, error) {
	return e.units.Account(ctx, id)
}

func (e everybody) Demo(ctx context.Context) ([]web.Account, error) {
	var out []web.Account
	for _, x := range cast {
		a, err := e.units.Account(ctx, e.who[x.name])
		if err != nil {
			return nil, err
		}
		out = append(out, a)
	}
	return out, nil
}

func (e everybody) PurposeLabel(ctx context.Context, w *text.Words, p policy.Purpose) (string, string) {
	if p.Kind == policy.Case {
		return e.Service.PurposeLabel(ctx, w, p)
	}
	return e.units.PurposeLabel(ctx, w, p)
}

// site is a house with its pages.
type site struct {
	*house
	server   *web.Server
	listener *httptest.Server
}

// newSite runs the pages; before may change the house first.
func newSite(t testing.TB, before ...func(*house)) *site {
	t.Helper()
	s := &site{house: newHouse(t)}
	for _, change := range before {
		change(s.house)
	}
	s.proving()
	var err error
	s.k.Texts, err = text.Load(s.k.Pack.Local, ui.Texts, policy.Texts, blobs.Texts, web.Texts, units.Texts, index.Texts, cases.Texts)
	s.must(err)
	m := s.Module()
	s.server, err = web.New(web.Config{Journal: s.k.Journal, Policy: s.k.Policy, Reader: s.k.Reader, Scratch: s.k.Scratch, Texts: s.k.Texts, Clock: s.clock,
		Accounts: everybody{s.house}, Log: s.k.Log, Demo: true, Seal: master, Routes: append(m.Routes, s.complaintPage()), Panels: m.Panels, Rail: m.Rail, Finders: m.Finders, Tasks: m.Tasks,
		Who: func(ctx context.Context, w *text.Words, id ident.ID) string {
			return s.units.OfficerName(ctx, string(w.Lang()), id)
		},
		Tell: func(w *text.Words, e journal.Delivered) (string, string) {
			if tell := m.Tells[e.Kind]; tell != nil {
				return tell(w, e.Entry)
			}
			return e.Kind, ""
		}})
	s.must(err)
	s.listener = httptest.NewServer(s.server)
	t.Cleanup(s.listener.Close)
	return s
}

// complaintPage is the page of a complaint, of which this module has a panel.
func (s *site) complaintPage() web.Route {
	return web.Route{Pattern: "GET /complaints/{complaint}", Action: "register.complaint.read",
		Resource: func(r *web.Request) (policy.Resource, error) {
			return s.register.Resource(r.Context(), ident.Ref{Kind: register.KindComplaint, ID: ident.ID(r.PathValue("complaint"))}, r.Purpose)
		},
		Handle: func(r *web.Request) error {
			return r.RecordPage("x", ui.Record{Kind: "x", Number: "x", Title: "x"})
		}}
}

// visitor is a browser without scripts.
type visitor struct {
	s      *site
	cookie *http.Cookie
}

func (s *site) as(name string) *visitor {
	s.t.Helper()
	v := &visitor{s: s}
	w := v.post("/demo/sign-in", url.Values{"as": {string(s.who[name])}})
	for _, c := range w.Result().Cookies() {
		if c.Name == "amana" {
			v.cookie = c
		}
	}
	if v.cookie == nil {
		s.t.Fatalf("no session for %s: %d %s", name, w.Code, w.Header())
	}
	return v
}

// on chooses a case as the purpose.
func (v *visitor) on(id ident.ID) *visitor {
	v.s.t.Helper()
	v.wants(v.post("/purpose", url.Values{"purpose": {"case/" + string(id)}}), http.StatusSeeOther)
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
func (v *visitor) wants(w *httptest.ResponseRecorder, status int, words ...string) *httptest.ResponseRecorder {
	v.s.t.Helper()
	body := w.Body.String()
	if w.Code != status {
		_, main, _ := strings.Cut(body, "<main")
		v.s.t.Fatalf("status %d, want %d: %.900s", w.Code, status, main)
	}
	for _, word := range words {
		if !strings.Contains(body, word) {
			v.s.t.Errorf("the page lacks %q", word)
		}
	}
	if i := strings.Index(body, "\u27e6"); i >= 0 {
		v.s.t.Errorf("a text is missing: %.60s", body[i:])
	}
	return w
}

func TestTextsAreUsed(t *testing.T) { texttest.Check(t, newSite(t).k.Texts, "cases.", ".") }

// TestPages: each page and form in three languages, without a missing word,
// and without how to reach a victim.
func TestPages(t *testing.T) {
	s := newSite(t)
	id, victim, _ := s.theft()
	p, err := s.DraftPV(ctx, s.house.on("opj", "cases.pv.draft", id), id, cases.NewPV{Submission: s.ids.New(), Form: "pv-hearing", Person: victim, Act: noon, Values: map[string]string{"statement": "نص التصريح"}})
	s.must(err)
	f, err := s.File(ctx, id)
	s.must(err)
	opj, chief := s.as("opj").on(id), s.as("chief").on(id)
	here := "/cases/" + string(id)
	element := "?element=" + string(f.Offences[0].ID) + ".taking"
	for _, lang := range []string{"ar", "fr", "en"} {
		for _, path := range []string{"/cases", "/cases/new", here, here + "/pvs/" + string(p.ID), here + "/pvs/" + string(p.ID) + "/edit", here + "/amend", here + "/party", here + "/qualify", here + "/link" + element, here + "/piece",
			here + "/pv", here + "/ask?kind=phone-data", here + "/submit", here + "/contacts", "/"} {
			w := opj.wants(opj.get(join(path, lang)), http.StatusOK)
			if strings.Contains(w.Body.String(), "212600000017") && !strings.HasSuffix(path, "/contacts") {
				t.Errorf("%s shows how to reach the victim", path)
			}
		}
		for _, path := range []string{"/cases", here, here + "/assign", here + "/refer", here + "/transfer", here + "/restrict", here + "/seal", "/"} {
			chief.wants(chief.get(join(path, lang)), http.StatusOK)
		}
	}
	opj.wants(opj.get(here+"?lang=fr"), http.StatusOK, "vol simple", "Rachid Bouhlal", "Affaire ouverte", "manquant", here+"/pv")
	opj.wants(opj.get(here+"/contacts?lang=fr"), http.StatusOK, "212600000017")
	s.as("administrator").on(id).wants(s.as("administrator").on(id).get(here), http.StatusForbidden)
	s.as("far").wants(s.as("far").on(id).get(here), http.StatusForbidden)
}

func join(path, lang string) string {
	if strings.Contains(path, "?") {
		return path + "&lang=" + lang
	}
	return path + "?lang=" + lang
}

var hidden = regexp.MustCompile(`name="submission" value="([^"]+)"`)

// submission reads the hidden id of a form.
func (v *visitor) submission(path string) string {
	v.s.t.Helper()
	m := hidden.FindStringSubmatch(v.wants(v.get(path), http.StatusOK).Body.String())
	if m == nil {
		v.s.t.Fatalf("no submission in %s", path)
	}
	return m[1]
}

// TestThreadByForms goes from opening to the prosecutor's decision by forms
// alone, without scripts.
func TestThreadByForms(t *testing.T) {
	s := newSite(t)
	victim, suspect := s.person("Khadija", "Essaadi", "خديجة", "السعدي", "AB100001", "x", "+212600000017"), s.person("Rachid", "Bouhlal", "رشيد", "بوهلال", "G200002", "y", "+212600000033")
	opj := s.as("opj")
	open := url.Values{"submission": {opj.submission("/cases/new")}, "origin": {"flagrance"}, "regime": {"flagrance"}, "f.caught-how": {"في الحال"}, "from": {"10:00"}, "place": {"القنيطرة"}}
	opj.wants(opj.post("/cases/new", open), http.StatusUnprocessableEntity, "في الحال", `href="#`)
	open.Set("facts", "سرقة حقيبة")
	w := opj.wants(opj.post("/cases/new", open), http.StatusSeeOther)
	if !strings.HasPrefix(w.Header().Get("Location"), "/purpose?purpose=case%2F") {
		t.Errorf("to %s", w.Header().Get("Location"))
	}
	id := ident.ID(open.Get("submission"))
	here := "/cases/" + string(id)
	opj.on(id)
	for _, form := range []struct {
		path string
		url.Values
	}{
		{"/party", url.Values{"person": {"person/" + string(victim)}, "role": {"victim"}}}, {"/party", url.Values{"person": {"person/" + string(suspect)}, "role": {"suspect"}}},
		{"/qualify", url.Values{"code": {"theft-simple"}, "suspect": {string(suspect)}, "part": {"author"}}},
		{"/piece", url.Values{"submission": {string(s.ids.New())}, "kind": {"document"}, "title": {"فاتورة الهاتف"}}},
	} {
		opj.wants(opj.post(here+form.path, form.Values), http.StatusSeeOther)
	}
	pv := opj.report(here, suspect)
	f, err := s.File(ctx, id)
	s.must(err)
	for _, e := range []string{"taking", "of-another", "dishonest"} {
		opj.wants(opj.post(here+"/link", url.Values{"element": {string(f.Offences[0].ID) + "." + e}, "piece": {"pv/" + pv}}), http.StatusSeeOther)
	}
	opj.wants(opj.post(here+"/submit", url.Values{}), http.StatusSeeOther)
	chief := s.as("chief").on(id)
	chief.wants(chief.get("/?lang=en"), http.StatusOK, "1/KEN-VILLE-BPJ/2026")
	chief.wants(chief.post(here+"/approve", url.Values{}), http.StatusSeeOther)
	w = chief.wants(chief.post(here+"/hand-over", url.Values{"submission": {chief.submission(here + "/hand-over")}}), http.StatusSeeOther)
	chief.wants(chief.get(w.Header().Get("Location")+"?lang=fr"), http.StatusOK, "exemplaire de la défense", "double structuré")
	s.decided(t, id)
}

// report writes and signs a hearing by its forms.
func (v *visitor) report(here string, person ident.ID) string {
	v.s.t.Helper()
	w := v.wants(v.post(here+"/pv", url.Values{"submission": {v.submission(here + "/pv")}, "form": {"pv-hearing"}, "act": {"11:00"}, "person": {string(person)}}), http.StatusSeeOther)
	edit := w.Header().Get("Location")
	pv := strings.Split(edit, "/")[4]
	v.wants(v.post(here+"/pvs/"+pv+"/sign?version=1", url.Values{}), http.StatusUnprocessableEntity, "data-errors", "f-statement", `action="`+edit+`"`) // what is missing, and the form that takes it
	v.wants(v.post(edit, url.Values{"version": {"1"}, "act": {"11:00"}, "f.statement": {"أعترف"}, "f.place": {"المقر"}, "f.read-back": {"yes"}, "f.additions": {"لا شيء"}, "f.person-signature": {"signed"}}), http.StatusSeeOther)
	v.wants(v.post(edit, url.Values{"version": {"1"}, "act": {"11:00"}, "f.statement": {"أنكر"}}), http.StatusConflict, "أعترف", "أنكر")
	v.wants(v.post(here+"/pvs/"+pv+"/sign?version=1", url.Values{}), http.StatusConflict) // not the version that stands
	v.wants(v.post(here+"/pvs/"+pv+"/sign?version=2", url.Values{}), http.StatusSeeOther)
	if w = v.wants(v.get(here+"/pvs/"+pv+"/paper"), http.StatusOK); !strings.HasPrefix(w.Body.String(), "%PDF-") {
		v.s.t.Error("no paper")
	}
	keep(v.s.t, "pv-ar.pdf", w.Body.Bytes())
	return pv
}

// decided lets the prosecutor answer, by forms.
func (s *site) decided(t *testing.T, id ident.ID) {
	t.Helper()
	f, err := s.File(ctx, id)
	s.must(err)
	d := f.Dossiers[0]
	p := s.as("prosecutor")
	p.wants(p.get("/inbox?lang=fr"), http.StatusOK, d.Number)
	there := "/dossiers/" + string(d.ID)
	p.wants(p.get(there), http.StatusForbidden) // no purpose yet
	p.on(id)
	for _, lang := range []string{"ar", "fr", "en"} {
		p.wants(p.get(there+"?lang="+lang), http.StatusOK, d.Number)
	}
	full, err := s.Dossier(ctx, d.ID)
	s.must(err)
	if w := p.wants(p.get(there+"/files/"+string(full.Issues[0].ID)), http.StatusOK); !strings.HasPrefix(w.Body.String(), "%PDF-") {
		t.Error("no PDF")
	}
	p.wants(p.get(there+"/twin/defence"), http.StatusOK, `"amana-dossier/1"`)
	p.wants(p.get(there+"/twin/anything"), http.StatusNotFound)
	p.wants(p.post(there+"/decide", url.Values{"code": {"dismissed"}}), http.StatusUnprocessableEntity)
	p.wants(p.post(there+"/acknowledge", url.Values{}), http.StatusSeeOther)
	p.wants(p.get(there+"?lang=en"), http.StatusOK, "AR-"+text.Plain(d.Number))
	p.wants(p.post(there+"/decide", url.Values{"code": {"dismissed"}, "f.ground": {"انعدام الإثبات"}}), http.StatusSeeOther)
	if c, _ := s.Case(ctx, id); c.State != enquiry.Closed {
		t.Errorf("state %s", c.State)
	}
	e := s.as("elsewhere").on(id)
	e.wants(e.get(there), http.StatusForbidden)
	s.sound()
}

// TestMeasureByForms: asked by an officer, ordered by the prosecutor, reported.
func TestMeasureByForms(t *testing.T) {
	s := newSite(t)
	id, _, _ := s.theft()
	here, opj := "/cases/"+string(id), s.as("opj").on(id)
	opj.wants(opj.post(here+"/ask", url.Values{"kind": {"phone-data"}}), http.StatusUnprocessableEntity, "f.target")
	opj.wants(opj.post(here+"/ask", url.Values{"kind": {"phone-data"}, "f.target": {"0600000099"}, "f.addressee": {"متعهد"}, "f.reasons": {"x"}}), http.StatusSeeOther)
	f, err := s.File(ctx, id)
	s.must(err)
	there := "/measures/" + string(f.Measures[0].ID)
	p := s.as("prosecutor").on(id)
	p.wants(p.get("/?lang=fr"), http.StatusOK, "Statuer sur une mesure")
	for _, lang := range []string{"ar", "fr", "en"} {
		p.wants(p.get(there+"?lang="+lang), http.StatusOK)
		p.wants(p.get(there+"/order?lang="+lang), http.StatusOK)
		p.wants(p.get(there+"/refuse?lang="+lang), http.StatusOK)
	}
	p.wants(p.post(there+"/order", url.Values{"number": {"77/2026"}, "basis": {"CPP 108"}, "from": {"T"}}), http.StatusSeeOther)
	opj.wants(opj.get(here+"/measures/"+string(f.Measures[0].ID)+"/report?lang=fr"), http.StatusOK)
	opj.wants(opj.post(here+"/measures/"+string(f.Measures[0].ID)+"/report", url.Values{"state": {"done"}, "result": {"تم"}}), http.StatusSeeOther)
	s.sound()
}

// TestEveryRouteRefuses: on each route nobody, a person without a purpose for
// the case and a person with another case's purpose are turned away.
func TestEveryRouteRefuses(t *testing.T) {
	s := newSite(t)
	id, d := s.sent()
	other, _, _ := s.theft()
	tr, err := s.Propose(ctx, s.house.on("chief", "cases.transfer.propose", other), other, s.unit["TNG-VILLE-BPJ"], "x")
	s.must(err)
	m, err := s.AskMeasure(ctx, s.house.on("opj", "cases.measure.ask", other), other, cases.NewMeasure{Kind: "phone-data", Values: map[string]string{"target": "1", "addressee": "2", "reasons": "3"}})
	s.must(err)
	complaint := s.complaint("KEN-VILLE-BPJ").ID
	nobody, desk, wrong := &visitor{s: s}, s.as("desk"), s.as("opj").on(other)
	for _, r := range s.Module().Routes {
		method, path, _ := strings.Cut(r.Pattern, " ")
		for name, v := range map[string]ident.ID{"{id}": id, "{dossier}": d.ID, "{transfer}": tr, "{measure}": m, "{complaint}": complaint} {
			path = strings.ReplaceAll(path, name, string(v))
		}
		path = regexp.MustCompile(`\{[a-z]+\}`).ReplaceAllString(path, string(id))
		form := url.Values{}
		if method == http.MethodGet {
			form = nil
		}
		if w := nobody.send(method, path, form); w.Code != http.StatusSeeOther && w.Code != http.StatusUnauthorized {
			t.Errorf("%s: nobody got %d", r.Pattern, w.Code)
		} else if method == http.MethodGet && !strings.HasPrefix(w.Header().Get("Location"), ui.PathSignIn) {
			t.Errorf("%s: nobody was sent to %s", r.Pattern, w.Header().Get("Location"))
		}
		if w := desk.send(method, path, form); w.Code != http.StatusForbidden {
			t.Errorf("%s: the desk got %d", r.Pattern, w.Code)
		}
		if strings.Contains(path, string(id)) || strings.Contains(path, string(d.ID)) || strings.Contains(path, string(complaint)) {
			if w := wrong.send(method, path, form); w.Code != http.StatusForbidden {
				t.Errorf("%s: another case's purpose got %d", r.Pattern, w.Code)
			}
		}
	}
}

// TestInspectorReads: an inspector reads under a legal basis, and changes
// nothing; the access is recorded.
func TestInspectorReads(t *testing.T) {
	s := newSite(t)
	id, _, _ := s.theft()
	here, v := "/cases/"+string(id), s.as("inspector")
	v.wants(v.post("/purpose", url.Values{"purpose": {"basis/CPP-45"}}), http.StatusSeeOther)
	v.wants(v.get("/cases"), http.StatusOK, "1/KEN-VILLE-BPJ/2026", here)
	v.wants(v.get(here), http.StatusOK)
	v.wants(v.get(here+"/contacts"), http.StatusForbidden)
	v.wants(v.post(here+"/submit", url.Values{}), http.StatusForbidden)
	seen, err := s.k.Journal.Lane().Search(ctx, journal.AccessQuery{About: ident.Ref{Kind: "case", ID: id}, Actor: s.who["inspector"], Limit: 10})
	s.must(err)
	if len(seen) < 3 {
		t.Errorf("%d accesses and refusals recorded", len(seen))
	}
	v.wants(v.get("/search?q="+url.QueryEscape("1/KEN-VILLE-BPJ/2026")), http.StatusOK, here)
}

// TestFiles: a paper filed by a form without scripts is stored, and opens only
// through its case.
func TestFiles(t *testing.T) {
	s := newSite(t)
	id, _, _ := s.theft()
	here, v := "/cases/"+string(id), s.as("opj").on(id)
	var b strings.Builder
	form := multipart.NewWriter(&b)
	piece := s.ids.New()
	for name, value := range map[string]string{"submission": string(piece), "kind": "document", "title": "فاتورة"} {
		s.must(form.WriteField(name, value))
	}
	part, err := form.CreateFormFile("file.file", "note.txt")
	s.must(err)
	part.Write([]byte("Facture du 21 novembre 2026.\n"))
	s.must(form.Close())
	r := httptest.NewRequest("POST", here+"/piece", strings.NewReader(b.String()))
	r.Header.Set("Content-Type", form.FormDataContentType())
	r.AddCookie(v.cookie)
	w := httptest.NewRecorder()
	s.server.ServeHTTP(w, r)
	v.wants(w, http.StatusSeeOther)
	v.wants(v.get(here+"/pieces/"+string(piece)+"/file"), http.StatusOK, "Facture du 21 novembre")
	v.wants(v.get(here+"/pieces/"+string(id)+"/file"), http.StatusNotFound)
	files := 0
	s.must(s.Module().Blobs(ctx, s.k.Reader, func(blobs.Info) error { files++; return nil }))
	if files != 1 {
		t.Errorf("%d files listed", files)
	}
}
