package register_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/blobs"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/kerneltest"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/passkey"
	"github.com/amana-platform/amana/kernel/web/ui"
	"github.com/amana-platform/amana/modules/register"
	"github.com/amana-platform/amana/modules/units"
)

// site is a house with its pages.
type site struct {
	*house
	server  *web.Server
	routes  []web.Route
	address string
}

// doors lets the demonstration's door open for everybody of the cast, by name.
type doors struct {
	*units.Service
	h *house
}

// Demo offers one account; the door is opened by its role.
func (d doors) Demo(ctx context.Context) ([]web.Account, error) {
	var out []web.Account
	for _, x := range cast {
		a, err := d.Account(ctx, d.h.who[x.name])
		if err != nil {
			return nil, err
		}
		a.Label = x.name
		out = append(out, a)
	}
	return out, nil
}

func newSite(t testing.TB) *site {
	t.Helper()
	s := &site{house: newHouse(t)}
	var err error
	s.k.Texts, err = text.Load(s.k.Pack.Local, ui.Texts, policy.Texts, blobs.Texts, web.Texts, passkey.Texts, units.Texts, s.people.Module().Texts, register.Texts())
	s.must(err)
	m := s.Module()
	s.routes = m.Routes
	for i := range m.Panels {
		m.Panels[i].Action = "tests.case.read" // the module that keeps cases is not here
	}
	theirs := web.Route{Pattern: "GET /case/{id}", Action: "tests.case.read", Resource: testCase, Handle: showCase}
	s.server, err = web.New(web.Config{Journal: s.k.Journal, Policy: s.k.Policy, Reader: s.k.Reader, Scratch: s.k.Scratch, Texts: s.k.Texts, Clock: s.clock,
		Accounts: doors{s.units, s.house}, Log: s.k.Log, Demo: true, Seal: master, Routes: append(m.Routes, theirs), Rail: m.Rail, Finders: m.Finders, Tasks: m.Tasks, Panels: m.Panels,
		Who: func(ctx context.Context, w *text.Words, id ident.ID) string {
			return s.units.OfficerName(ctx, string(w.Lang()), id)
		},
		Tell: func(w *text.Words, e journal.Delivered) (string, string) {
			if tell := m.Tells[e.Kind]; tell != nil {
				return tell(w, e.Entry)
			}
			return w.T("entry." + e.Kind), ""
		}})
	s.must(err)
	listener := httptest.NewServer(s.server)
	t.Cleanup(listener.Close)
	s.address = listener.URL
	return s
}

// testCase and showCase stand for the module that keeps cases.
func testCase(r *web.Request) (policy.Resource, error) {
	id, err := r.PathID("id")
	return policy.Resource{Ref: ident.Ref{Kind: "case", ID: id}, Unit: r.Actor.Unit, Under: []ident.Ref{{Kind: "case", ID: id}}}, err
}

func showCase(r *web.Request) error {
	return r.RecordPage("case", ui.Record{Kind: "case", Number: "12/KEN/2026", State: ui.State{Status: ui.Neutral, Label: "x"}, Facts: []ui.Fact{{Label: "x", Text: "y"}}})
}

// browser is a person of the cast at the pages.
func (s *site) browser(name string) *kerneltest.Client {
	s.t.Helper()
	return kerneltest.NewClient(s.t, s.address).SignIn(string(s.who[name]))
}

// visitor is a browser without scripts.
type visitor struct {
	s       *site
	cookie  *http.Cookie
	purpose string
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

func (v *visitor) under(p policy.Purpose) *visitor {
	out := *v
	out.purpose = p.String()
	return &out
}

func (v *visitor) do(r *http.Request) *httptest.ResponseRecorder {
	if v.cookie != nil {
		r.AddCookie(v.cookie)
	}
	if v.purpose != "" {
		r.Header.Set("Amana-Purpose", v.purpose)
	}
	w := httptest.NewRecorder()
	v.s.server.ServeHTTP(w, r)
	return w
}

func (v *visitor) get(path string) *httptest.ResponseRecorder {
	return v.do(httptest.NewRequest("GET", path, nil))
}

func (v *visitor) post(path string, form url.Values) *httptest.ResponseRecorder {
	r := httptest.NewRequest("POST", path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return v.do(r)
}

// page gets a page in a language and checks that it is whole: no word missing.
func (v *visitor) page(path string, status int, words ...string) string {
	v.s.t.Helper()
	w := v.get(path)
	body := w.Body.String()
	if w.Code != status {
		v.s.t.Fatalf("%s: status %d, want %d: %.1500s", path, w.Code, status, body)
	}
	if i := strings.Index(body, "\u27e6"); i >= 0 {
		v.s.t.Errorf("%s: a word is missing: %.80s", path, body[i:])
	}
	for _, word := range words {
		if !strings.Contains(body, word) {
			v.s.t.Errorf("%s does not say %q", path, word)
		}
	}
	return body
}

var submission = regexp.MustCompile(`name="submission" value="([0-9a-f-]{36})"`)

// typedTheft is the form of a complaint as a browser sends it.
func typedTheft(page string) url.Values {
	return url.Values{
		"submission": {submission.FindStringSubmatch(page)[1]}, "origin": {"complaint"}, "facts_on": {"21/11/2026"}, "facts_clock": {"22:30"},
		"place": {"Avenue Mohammed V"}, "facts": {"Un inconnu lui a pris son sac."}, "offence": {"theft-simple"},
		"complainant.family": {"Essaadi"}, "complainant.given": {"Khadija"}, "complainant.birth": {"02/04/1988"},
		"accused.0.unknown": {"yes"}, "things.0.kind": {"phone"}, "things.0.description": {"T\u00e9l\u00e9phone noir"}, "things.0.value": {"4200"},
	}
}

// TestDeskByForm: the whole complaint without scripts, with a file, errors
// that keep what was typed, a row added, and a form sent twice.
func TestDeskByForm(t *testing.T) {
	s := newSite(t)
	desk := s.as(units.DutyOfficer)
	page := desk.page("/register/complaints/new", 200)
	form := typedTheft(page)
	form.Set("facts", "")
	if w := desk.post("/register/complaints", form); w.Code != 422 || !strings.Contains(w.Body.String(), "Avenue Mohammed V") || !strings.Contains(w.Body.String(), "data-error-of") {
		t.Fatalf("a form with an error: %d", w.Code)
	}
	form.Set("add", "things")
	if w := desk.post("/register/complaints", form); w.Code != 200 || !strings.Contains(w.Body.String(), "things.1.kind") {
		t.Fatalf("a row more: %d", w.Code)
	}
	form.Del("add")
	form.Set("facts", "Un inconnu lui a pris son sac.")
	to := ""
	for range 2 {
		w := desk.multipart("/register/complaints", form, "files.file", "note.txt", "ce que le t\u00e9moin a \u00e9crit")
		if w.Code != http.StatusSeeOther {
			t.Fatalf("%d %.2000s", w.Code, w.Body)
		}
		to = w.Header().Get("Location")
	}
	for _, lang := range []string{"ar", "fr", "en"} {
		desk.page(to+"?lang="+lang, 200, "1/KEN-01/2026", "note.txt")
		desk.page("/register?lang="+lang, 200, "1/KEN-01/2026")
		desk.page("/log-book?lang="+lang, 200, "1/KEN-01/2026")
		desk.page("/handover?lang="+lang, 200)
		desk.page("/register/complaints/new?lang="+lang, 200)
		for _, verb := range []string{"correct", "attach", "close", "transfer", "tell"} {
			desk.page(to+"/"+verb+"?lang="+lang, 200)
		}
	}
	desk.page("/search?q=1/ken-01/2026", 200, to)
	desk.page("/", 200, "1/KEN-01/2026")
	if w := desk.get(to + "/receipt"); w.Code != 200 || !bytes.HasPrefix(w.Body.Bytes(), []byte("%PDF")) {
		t.Errorf("receipt: %d", w.Code)
	}
	file := regexp.MustCompile(`href="(/register/complaints/[^"]+/files/[0-9a-f]{64})"`).FindStringSubmatch(desk.page(to, 200))
	if w := desk.get(file[1]); w.Code != 200 || w.Body.String() != "ce que le t\u00e9moin a \u00e9crit" {
		t.Errorf("file: %d %s", w.Code, w.Body)
	}
	if w := desk.post(to+"/correct", url.Values{"field": {"place"}, "words": {"Devant la poste."}}); w.Code != 303 {
		t.Errorf("correction: %d %.500s", w.Code, w.Body)
	}
	s.sound()
}

func (v *visitor) multipart(path string, form url.Values, field, name, content string) *httptest.ResponseRecorder {
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for k, values := range form {
		for _, x := range values {
			v.s.must(m.WriteField(k, x))
		}
	}
	f, err := m.CreateFormFile(field, name)
	v.s.must(err)
	io.WriteString(f, content)
	v.s.must(m.Close())
	r := httptest.NewRequest("POST", path, &b)
	r.Header.Set("Content-Type", m.FormDataContentType())
	return v.do(r)
}

// TestProposedPerson: somebody who may be known is proposed, and one chooses.
func TestProposedPerson(t *testing.T) {
	s := newSite(t)
	known := s.record()
	desk := s.as(units.DutyOfficer)
	form := typedTheft(desk.page("/register/complaints/new", 200))
	w := desk.post("/register/complaints", form)
	whole, err := s.Complaint(ctx, known.ID)
	s.must(err)
	person := "person/" + string(whole.Persons(register.Complainant)[0])
	if w.Code != 422 || !strings.Contains(w.Body.String(), person) {
		t.Fatalf("not proposed: %d", w.Code)
	}
	form.Set("complainant.same", person)
	w = desk.post("/register/complaints", form)
	c, err := s.Complaint(ctx, ident.ID(strings.TrimPrefix(w.Header().Get("Location"), "/register/complaints/")))
	s.must(err)
	if got := c.Persons(register.Complainant); len(got) != 1 || "person/"+string(got[0]) != person {
		t.Errorf("complainant %v", got)
	}
}

// TestPieces: a file sent in pieces by the protocol of the pages, resumed
// where the server stands, and refused in words where it may not come in.
func TestPieces(t *testing.T) {
	s := newSite(t)
	desk := s.as(units.DutyOfficer)
	subject := s.ids.New()
	send := func(method, path, body string, headers ...string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, path, strings.NewReader(body))
		for i := 0; i < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		return desk.do(r)
	}
	content := strings.Repeat("une ligne de texte\n", 100)
	meta := "filename " + base64.StdEncoding.EncodeToString([]byte("t\u00e9moin.txt")) + ",filetype " + base64.StdEncoding.EncodeToString([]byte("text/plain"))
	w := send("POST", "/register/files/"+string(subject), "", "Upload-Length", fmt.Sprint(len(content)), "Upload-Metadata", meta)
	at := w.Header().Get("Location")
	if w.Code != 201 || at == "" {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	w = send("PATCH", at, content[:500], "Upload-Offset", "0")
	if w.Code != 204 || w.Header().Get("Upload-Offset") != "500" {
		t.Fatalf("%d %v", w.Code, w.Header())
	}
	if w = send("HEAD", at, ""); w.Code != 200 || w.Header().Get("Upload-Offset") != "500" {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	if w = send("PATCH", at, "x", "Upload-Offset", "900"); w.Code != 409 {
		t.Errorf("a gap: %d", w.Code)
	}
	if w = send("PATCH", at, content[500:], "Upload-Offset", "500"); w.Code != 204 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w = send("POST", "/register/files/"+string(subject), "", "Upload-Length", "0", "Upload-Metadata", meta); w.Code != 422 || w.Header().Get("Content-Type") != "text/plain; charset=utf-8" {
		t.Errorf("an empty file: %d %s", w.Code, w.Body)
	}
	if w = send("POST", "/register/files/nothing", "", "Upload-Length", "9"); w.Code != 404 {
		t.Errorf("a forged subject: %d", w.Code)
	}
	form := typedTheft(desk.page("/register/complaints/new", 200))
	form.Set("submission", string(subject))
	form.Set("files", at[strings.LastIndex(at, "/")+1:])
	if w := desk.post("/register/complaints", form); w.Code != 303 {
		t.Fatalf("%d %.1000s", w.Code, w.Body)
	}
	c, err := s.Complaint(ctx, subject)
	s.must(err)
	if len(c.Files) != 1 || c.Files[0].Info.Size != int64(len(content)) {
		t.Errorf("%+v", c.Files)
	}
	other := s.as(units.BrigadeChief)
	if w := other.do(httptest.NewRequest("HEAD", at, nil)); w.Code != 404 {
		t.Errorf("another's upload: %d", w.Code)
	}
}

// TestCustodyByForm: opened, followed on the board, extended from the
// prosecution's seat, and ended.
func TestCustodyByForm(t *testing.T) {
	s := newSite(t)
	p := s.newCase("*")
	opj := s.as(units.Investigator).under(p)
	page := opj.page("/custody/new", 200)
	form := url.Values{"submission": {submission.FindStringSubmatch(page)[1]}, "person.family": {"Benmoussa"}, "person.given": {"Yassine"}, "arrest": {"-10"}, "arrival": {"-5"},
		"offence": {"theft-simple"}, "grounds": {"ensure-presence"}, "cell": {"2"}}
	if w := opj.post("/custody", form); w.Code != 422 || !strings.Contains(w.Body.String(), "Benmoussa") {
		t.Fatalf("without reasons: %d", w.Code)
	}
	form.Set("reasons", "Risque de fuite.")
	w := opj.post("/custody", form)
	to := w.Header().Get("Location")
	if w.Code != 303 {
		t.Fatalf("%d %.2000s", w.Code, w.Body)
	}
	chief, seat := s.as(units.BrigadeChief), s.as(units.Prosecutor).under(control)
	for _, lang := range []string{"ar", "fr", "en"} {
		opj.page(to+"?lang="+lang, 200, "0001/KEN-VILLE-BPJ/2026")
		if board := chief.page("/custody?lang="+lang, 200, "Y. B."); strings.Contains(board, "Benmoussa") {
			t.Error("a name on the wall")
		}
		opj.page(to+"/event?lang="+lang, 200)
		opj.page(to+"/end?lang="+lang, 200)
		opj.page(to+"/extension?lang="+lang, 200)
		seat.page("/prosecution"+to+"?lang="+lang, 200)
		seat.page("/prosecution"+to+"/extension?lang="+lang, 200)
		seat.page("/prosecution"+to+"/visa?lang="+lang, 200)
		seat.page("/prosecution/custody?lang="+lang, 200, "Y. B.")
	}
	if w := opj.post(to+"/event", url.Values{"submission": {string(s.ids.New())}, "kind": {"rights"}, "at": {"-2"}, "language": {"arabe"}}); w.Code != 303 {
		t.Errorf("event: %d %.1000s", w.Code, w.Body)
	}
	if w := opj.post(to+"/extension", url.Values{"words": {"T\u00e9moins \u00e0 entendre."}}); w.Code != 303 {
		t.Errorf("asked: %d", w.Code)
	}
	seat.page("/", 200, "0001/KEN-VILLE-BPJ/2026")
	if w := seat.post("/prosecution"+to+"/extension", url.Values{"agree": {"yes"}, "act": {"22/2026"}, "ground": {"ensure-presence"}, "words": {"Vu."}}); w.Code != 303 {
		t.Errorf("extension: %d %.1000s", w.Code, w.Body)
	}
	if w := chief.post("/custody-lists", nil); w.Code != 303 {
		t.Errorf("list: %d %.1000s", w.Code, w.Body)
	}
	if w := opj.post(to+"/end", url.Values{"how": {"presentation"}, "at": {"T"}, "words": {"Pr\u00e9sent\u00e9."}}); w.Code != 303 {
		t.Errorf("end: %d %.1000s", w.Code, w.Body)
	}
	if w := opj.get(to + "/sheet"); w.Code != 200 || !bytes.HasPrefix(w.Body.Bytes(), []byte("%PDF")) {
		t.Errorf("sheet: %d", w.Code)
	}
	s.sound()
}

// TestBellsAtHome: a deadline that comes near waits on the home page of the
// unit and of the prosecution, in each language.
func TestBellsAtHome(t *testing.T) {
	s := newSite(t)
	c, _ := s.hold(s.arrested("theft-simple"))
	s.clock.Advance(43 * time.Hour)
	for _, role := range []units.Role{units.BrigadeChief, units.Prosecutor} {
		for _, lang := range []string{"ar", "fr", "en"} {
			s.as(role).page("/?lang="+lang, 200, c.Number)
		}
	}
}

// TestStrangersAtEachRoute: nobody and the administrator get through none.
func TestStrangersAtEachRoute(t *testing.T) {
	s := newSite(t)
	c := s.record()
	page, _ := s.hold(s.arrested("theft-simple"))
	admin, nobody := s.as(units.Administrator), &visitor{s: s}
	for _, r := range s.routes {
		method, pattern, _ := strings.Cut(r.Pattern, " ")
		id := string(c.ID)
		if strings.Contains(pattern, "custody") {
			id = string(page.ID)
		}
		path := strings.NewReplacer("{id}", id, "{subject}", id, "{address}", strings.Repeat("0", 64)).Replace(pattern)
		if w := nobody.do(httptest.NewRequest(method, path, nil)); w.Code != 401 && w.Code != 303 {
			t.Errorf("nobody at %s: %d", r.Pattern, w.Code)
		}
		if w := admin.do(httptest.NewRequest(method, path, nil)); w.Code != 403 && w.Code != 404 {
			t.Errorf("the administrator at %s: %d", r.Pattern, w.Code)
		}
	}
}
