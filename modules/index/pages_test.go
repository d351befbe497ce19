package index_test

import (
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/kernel/text/texttest"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/ui"
	"github.com/amana-platform/amana/modules/index"
)

// catalogue holds the words of the frame and of the module.
func catalogue(t testing.TB) *text.Catalogue {
	t.Helper()
	c, err := text.Load(nil, web.Texts, ui.Texts, policy.Texts, index.Texts)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestTexts(t *testing.T) { texttest.Check(t, catalogue(t), "index.", ".") }

func TestEveryEntryHasItsWords(t *testing.T) {
	c := catalogue(t)
	for _, k := range index.JournalModule().Kinds {
		for _, lang := range text.Langs() {
			if !c.Has(lang, "entry."+k.Name) {
				t.Errorf("%s has no words in %s", k.Name, lang)
			}
		}
	}
}

// accounts are the officers of the tests.
type accounts struct{}

func (accounts) Account(_ context.Context, id ident.ID) (web.Account, error) {
	for _, a := range []policy.Actor{duty, investigator, chief, prosecutor, inspector, admin} {
		if a.ID == id {
			return account(a), nil
		}
	}
	return web.Account{}, fault.New(fault.NotFound, "fault.not-found")
}

func account(a policy.Actor) web.Account {
	purpose := forCase
	switch a.Role {
	case "duty-officer":
		purpose = forDesk
	case "inspector":
		purpose = byLaw
	}
	a.Session, a.Demo = "", true
	return web.Account{ID: a.ID, Actor: a, Name: [3]string{a.Role, a.Role, a.Role}, Duty: purpose, Active: true}
}

func (accounts) Demo(context.Context) ([]web.Account, error) {
	var all []web.Account
	for _, a := range []policy.Actor{duty, investigator, chief, prosecutor, inspector, admin} {
		all = append(all, account(a))
	}
	return all, nil
}

func (accounts) PurposeLabel(_ context.Context, _ *text.Words, p policy.Purpose) (string, string) {
	return p.String(), ""
}

// site is the module behind a server.
type site struct {
	*world
	address string
}

func newSite(t testing.TB) *site {
	t.Helper()
	w := newWorld(t)
	m := w.Module()
	server, err := web.New(web.Config{Journal: w.k.Journal, Policy: w.k.Policy, Reader: w.k.Reader, Scratch: w.db.Scratch(), Texts: catalogue(t), Clock: w.clock,
		Accounts: accounts{}, Log: w.k.Log, Demo: true, Seal: make([]byte, 32), Routes: m.Routes, Rail: m.Rail, Finders: m.Finders,
		Tell: func(w *text.Words, e journal.Delivered) (string, string) { return w.T("entry." + e.Kind), "" },
		Who:  func(_ context.Context, _ *text.Words, a ident.ID) string { return string(a[len(a)-2:]) },
	})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(server)
	t.Cleanup(s.Close)
	return &site{w, s.URL}
}

// browser is somebody signed in.
type browser struct {
	*http.Client
	s    *site
	last string // the page shown last
	code int
}

func (s *site) as(role string) *browser {
	s.t.Helper()
	jar, _ := cookiejar.New(nil)
	b := &browser{Client: &http.Client{Jar: jar}, s: s}
	if role != "" {
		b.post("/demo/sign-in", url.Values{"as": {role}})
		b.post("/session/lang", url.Values{"lang": {"fr"}})
	}
	return b
}

// wordless finds a key that no catalogue has.
var wordless = regexp.MustCompile("\u27e6[^\u27e7]*")

func (b *browser) read(r *http.Response, err error) string {
	b.s.t.Helper()
	if err != nil {
		b.s.t.Fatal(err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		b.s.t.Fatal(err)
	}
	b.last, b.code = string(body), r.StatusCode
	for _, key := range wordless.FindAllString(b.last, -1) {
		b.s.t.Errorf("%s shows a key without words: %s", r.Request.URL, key)
	}
	return r.Request.URL.Path
}

func (b *browser) get(path string) string { return b.read(b.Get(b.s.address + path)) }

func (b *browser) post(path string, values url.Values) string {
	b.s.t.Helper()
	r, err := http.NewRequest("POST", b.s.address+path, strings.NewReader(values.Encode()))
	if err != nil {
		b.s.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", b.s.address)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.read(b.Do(r))
}

// shows checks what the last page says and does not say.
func (b *browser) shows(code int, wanted ...string) {
	b.s.t.Helper()
	if b.code != code {
		b.s.t.Errorf("status %d, want %d", b.code, code)
	}
	for _, w := range wanted {
		not := strings.HasPrefix(w, "!")
		if strings.Contains(b.last, strings.TrimPrefix(w, "!")) == not {
			b.s.t.Errorf("page: %q", w)
		}
	}
}

var submission = regexp.MustCompile(`name="submission" value="([^"]+)"`)

// form gives what a form page would post: the values and its submission.
func (b *browser) form(values url.Values) url.Values {
	b.s.t.Helper()
	m := submission.FindStringSubmatch(b.last)
	if m == nil {
		b.s.t.Fatalf("status %d: no form on the page", b.code)
	}
	values.Set("submission", m[1])
	return values
}

func TestDeskRecordsAPersonOnce(t *testing.T) {
	s := newSite(t)
	b := s.as("duty-officer")
	b.get("/persons/new")
	b.shows(200, "Nom de famille (arabe)", "L09-08 3")
	values := b.form(index.PersonValues(alaoui(), ""))
	path := b.post("/persons/new", values)
	b.shows(200, "Mohammed Alaoui", "D0123456", "12 mars 1985", "après un document")
	if again := b.post("/persons/new", values); again != path {
		t.Errorf("the form sent twice leads to %s, want %s", again, path)
	}

	b.get("/persons/new")
	twin := b.form(index.PersonValues(alaoui(), ""))
	b.post("/persons/new", twin)
	b.shows(422, "Déjà connue", "Mohammed Alaoui", "12 rue des Orangers")
	twin.Set("not", path[strings.LastIndexByte(path, '/')+1:])
	b.post("/persons/new", twin)
	b.shows(422, "Indiquez le motif")
	twin.Set("reason", "frère jumeau")
	if other := b.post("/persons/new", twin); other == path || b.code != 200 {
		t.Errorf("status %d at %s", b.code, other)
	}
	b.shows(200, "personnes distinctes", "frère jumeau")
	s.sound()
}

func TestWrongFieldsComeBackAsTyped(t *testing.T) {
	s := newSite(t)
	b := s.as("duty-officer")
	b.get("/persons/new")
	b.post("/persons/new", b.form(url.Values{"family": {"Alaoui"}, "cnie": {"12-34"}, "birth": {"31/02/1985"}}))
	b.shows(422, `value="12-34"`, `value="31/02/1985"`, `href="#person-cnie"`, `href="#person-birth"`, "sept chiffres")
	b.post("/persons/new", url.Values{"family": {"Al\x00aoui"}})
	b.shows(422)
	b.post("/persons/new", url.Values{"family": {"Alaoui"}, "submission": {"forged"}})
	b.shows(422, "Rouvrez-le")
}

func TestTwoEditorsSeeBothValues(t *testing.T) {
	s := newSite(t)
	p := s.record(alaoui())
	one, two := s.as("duty-officer"), s.as("investigator")
	path := "/persons/" + string(p.ID)
	version := regexp.MustCompile(`name="version" value="([^"]+)"`)
	edit := func(b *browser, change url.Values) url.Values {
		values := b.form(index.PersonValues(p, ""))
		values.Set("version", version.FindStringSubmatch(b.last)[1])
		for k := range change {
			values.Set(k, change.Get(k))
		}
		return values
	}
	one.get(path + "/correct")
	two.get(path + "/correct")
	first, second := edit(one, url.Values{"occupation": {"ébéniste"}, "address": {"3 derb Moulay"}}), edit(two, url.Values{"occupation": {"tourneur"}, "nickname": {"le Fassi"}})
	one.post(path+"/correct", first)
	one.shows(200, "ébéniste")
	two.post(path+"/correct", second)
	two.shows(422, "tourneur", "ébéniste", "3 derb Moulay", "le Fassi", "f1")
	again := edit(two, url.Values{"occupation": {"tourneur"}, "nickname": {"le Fassi"}, "address": {"3 derb Moulay"}, "keep": {"occupation:theirs"}})
	two.post(path+"/correct", again)
	two.shows(200, "ébéniste", "le Fassi", "3 derb Moulay", "!tourneur")
	s.sound()
}

func TestDuplicatesAreMergedAndSeparated(t *testing.T) {
	s := newSite(t)
	a, other := s.record(alaoui()), alaoui()
	other.Given, other.Occupation = index.Name{Arabic: "\u0645\u062d\u0645\u062f"}, "tourneur"
	b := s.record(other)
	desk := s.as("duty-officer")
	desk.get("/persons/" + string(a.ID) + "/compare/" + string(b.ID))
	desk.shows(200, "menuisier", "tourneur", "names/1", "décision d’un enquêteur")
	chief := s.as("brigade-chief")
	chief.get("/persons/" + string(a.ID))
	chief.shows(200, "/persons/"+string(a.ID)+"/compare/"+string(b.ID), "Peut-être la même personne")
	merge := "/persons/" + string(a.ID) + "/merge/" + string(b.ID)
	chief.get(merge)
	chief.shows(200, "menuisier", "tourneur", "Motif")
	chief.post(merge, chief.form(url.Values{}))
	chief.shows(422, "Indiquez le motif")
	chief.post(merge, chief.form(url.Values{"reason": {"même carte"}}))
	chief.shows(200, "fusionnées le", "même carte")
	chief.get("/persons/" + string(b.ID))
	chief.shows(200, "Fusionnée avec une autre fiche", "/persons/"+string(a.ID))
	chief.get("/persons/" + string(b.ID) + "/unmerge")
	chief.post("/persons/"+string(b.ID)+"/unmerge", chief.form(url.Values{"reason": {"erreur"}}))
	chief.shows(200, "séparées le")
	chief.get("/persons/" + string(a.ID) + "/dismiss/" + string(b.ID))
	chief.post("/persons/"+string(a.ID)+"/dismiss/"+string(b.ID), chief.form(url.Values{"reason": {"cousins"}}))
	chief.shows(200, "cousins", "!Peut-être la même personne")
	s.sound()
}

func TestSearchIsRecordedWithWhatItShowed(t *testing.T) {
	s := newSite(t)
	p := s.record(alaoui())
	b := s.as("duty-officer")
	b.get("/persons?q=" + url.QueryEscape("\u0645\u062d\u0645\u062f Alaoui"))
	b.shows(200, "Mohammed Alaoui", "/persons/"+string(p.ID))
	b.get("/persons/suggest?q=alao")
	b.shows(200, `data-ref="person/`+string(p.ID)+`"`)
	b.get("/search?q=D123456")
	b.shows(200, "Mohammed Alaoui")
	all, err := s.k.Journal.Lane().Search(context.Background(), journal.AccessQuery{About: p.Ref(), Limit: 10})
	if err != nil || len(all) != 3 {
		t.Fatalf("%d accesses, %v", len(all), err)
	}
	for _, a := range all {
		if a.Outcome != journal.Found || a.Said.Query == "" || a.Actor != duty.ID || a.Purpose != forDesk.String() {
			t.Errorf("access %+v", a)
		}
	}
}

func TestVehiclePages(t *testing.T) {
	s := newSite(t)
	p := s.record(alaoui())
	b := s.as("duty-officer")
	b.get("/vehicles/new")
	b.post("/vehicles/new", b.form(url.Values{"plate": {"12345"}}))
	b.shows(422, "12345 A 6")
	path := b.post("/vehicles/new", b.form(url.Values{"plate": {"48213-A-6"}, "make": {"Dacia"}, "owner": {p.Ref().String()}, "colour": {"white"}}))
	b.shows(200, "48213", "Blanc", "Mohammed Alaoui")
	b.get(path + "/correct")
	values := b.form(url.Values{"plate": {"48213 A 6"}, "make": {"Renault"}, "version": {"1"}, "reason": {"carte grise présentée"}})
	b.post(path+"/correct", values)
	b.shows(200, "Renault", "!Dacia")
	b.post(path+"/correct", values)
	b.shows(422, "modifiée entre-temps")
	b.get("/search?q=" + url.QueryEscape("48213-A-6"))
	b.shows(200, path)
	s.sound()
}

func TestLinkPages(t *testing.T) {
	s := newSite(t)
	a, c := s.record(alaoui()), s.record(index.Person{Given: index.Name{Latin: "Selma"}, Family: index.Name{Latin: "Zniber"}})
	b := s.as("investigator")
	path := "/persons/" + string(a.ID)
	b.get(path + "/link")
	b.post(path+"/link", b.form(url.Values{"to": {"nobody"}, "kind": {"spouse-of"}, "reason": {"acte de mariage"}}))
	b.shows(422, "Choisissez une autre fiche")
	b.post(path+"/link", b.form(url.Values{"to": {c.Ref().String()}, "kind": {"spouse-of"}, "source": {"declared"}, "reason": {"acte de mariage"}}))
	b.shows(200, "Selma Zniber", "Conjoint de")
	end := regexp.MustCompile(`/links/[^"]+/end`).FindString(b.last)
	b.get(path + end)
	b.post(path+end, b.form(url.Values{"reason": {"erreur de personne"}}))
	b.shows(200, "!Conjoint de")
	s.sound()
}

// TestEveryRouteRefuses walks the table: a stranger, an administrator and a
// person without purpose are refused on each line.
func TestEveryRouteRefuses(t *testing.T) {
	s := newSite(t)
	p := s.record(alaoui())
	q := s.record(alaoui())
	admin, stranger := s.as("administrator"), s.as("")
	for _, route := range s.Module().Routes {
		method, path, _ := strings.Cut(route.Pattern, " ")
		path = strings.NewReplacer("{id}", string(p.ID), "{other}", string(q.ID), "{link}", string(q.ID)).Replace(path)
		if strings.Contains(path, "/vehicles/"+string(p.ID)) {
			continue
		}
		for name, b := range map[string]*browser{"stranger": stranger, "administrator": admin} {
			if method == "GET" {
				b.get(path)
			} else {
				b.post(path, url.Values{})
			}
			if (b.code != 403 && b.code != 401 && !strings.Contains(b.last, "/demo/sign-in")) || strings.Contains(b.last, "Orangers") {
				t.Errorf("%s %s %s: status %d", name, method, path, b.code)
			}
		}
	}
	if s.lane.all == nil {
		t.Error("no refusal was recorded")
	}
}
