package exhibits_test

import (
	"bytes"
	"context"
	"image/color"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"

	"github.com/amana-platform/amana/kernel/blobs"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/journal/tlog"
	"github.com/amana-platform/amana/kernel/packs"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/print"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/ui"
	"github.com/amana-platform/amana/modules/exhibits"
	"github.com/amana-platform/amana/modules/units"
)

func catalogue(t testing.TB, zone text.Zone) *text.Catalogue {
	t.Helper()
	c, err := text.Load(zone, ui.Texts, policy.Texts, blobs.Texts, packs.Texts, print.Texts, web.Texts, units.Texts, exhibits.Texts)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestWordsAreComplete(t *testing.T) {
	c := catalogue(t, nil)
	for _, err := range text.Check(c) {
		t.Error(err)
	}
	want := func(group string, all ...string) {
		for _, v := range all {
			for _, l := range text.Langs() {
				if !c.Has(l, group+v) {
					t.Errorf("%s%s has no words in %s", group, v, l)
				}
			}
		}
	}
	for _, k := range exhibits.JournalModule().Kinds {
		want("entry.", k.Name)
	}
	for _, x := range exhibits.Categories() {
		want("exhibits.category.", string(x))
		want("exhibits.place.", x.Places()...)
	}
	for _, x := range exhibits.States() {
		want("exhibits.state.", string(x))
	}
	for _, x := range exhibits.Destinations() {
		want("exhibits.destination.", string(x))
	}
	for _, x := range exhibits.Presences() {
		want("exhibits.presence.", string(x))
	}
	for _, x := range exhibits.Absences() {
		want("exhibits.absence.", string(x))
	}
	want("exhibits.handover.", "pending", "accepted", "refused", "withdrawn", "lapsed")
	want("exhibits.measure.", exhibits.Measures()...)
}

// site is the module behind a server, with the people of the house.
type site struct {
	*house
	address string
	next    ident.ID // who signs in next
}

// accounts are those of the house; the one-click door offers one at a time.
type accounts struct{ s *site }

func (a accounts) Account(ctx context.Context, id ident.ID) (web.Account, error) {
	return a.s.units.Account(ctx, id)
}

func (a accounts) Demo(ctx context.Context) ([]web.Account, error) {
	acc, err := a.Account(ctx, a.s.next)
	return []web.Account{acc}, err
}

func (accounts) PurposeLabel(_ context.Context, _ *text.Words, p policy.Purpose) (string, string) {
	return p.String(), ""
}

func newSite(t testing.TB) *site {
	t.Helper()
	h := newHouse(t)
	h.k.Texts = catalogue(t, h.k.Pack.Local)
	h.CaseLabel = func(_ context.Context, id ident.ID) (string, string) { return "12/KEN/2026", "/case/" + string(id) }
	out := &site{house: h, next: h.who["opj"]}
	m := h.Module()
	m.Panels[0].Action = "tests.case.read"
	server, err := web.New(web.Config{Journal: h.k.Journal, Policy: h.k.Policy, Reader: h.k.Reader, Scratch: h.k.Scratch, Texts: h.k.Texts, Clock: h.clock,
		Accounts: accounts{out}, Log: h.k.Log, Demo: true, Seal: make([]byte, 32), Rail: m.Rail, Finders: m.Finders, Panels: m.Panels, Tasks: m.Tasks,
		Routes: append(m.Routes, web.Route{Pattern: "GET /case/{id}", Action: "tests.case.read", Resource: testCase, Handle: showCase}),
		Tell:   func(w *text.Words, e journal.Delivered) (string, string) { return m.Tells[e.Kind](w, e.Entry) },
		Who: func(ctx context.Context, w *text.Words, a ident.ID) string {
			return h.units.OfficerName(ctx, string(w.Lang()), a)
		},
	})
	h.must(err)
	s := httptest.NewServer(server)
	t.Cleanup(s.Close)
	out.address = s.URL
	return out
}

// testCase and showCase stand for the module that keeps cases.
func testCase(r *web.Request) (policy.Resource, error) {
	id, err := r.PathID("id")
	return policy.Resource{Ref: ident.Ref{Kind: "case", ID: id}, Unit: r.Actor.Unit}, err
}

func showCase(r *web.Request) error {
	return r.RecordPage("case", ui.Record{Kind: "case", Number: "12/KEN/2026", State: ui.State{Status: ui.Neutral, Label: "x"}, Facts: []ui.Fact{{Label: "x", Value: templ.NopComponent}}})
}

// browser is somebody signed in, working for a purpose.
type browser struct {
	*http.Client
	s       *site
	purpose string
	last    string // the page shown last
	raw     []byte
	kind    string
	code    int
}

func (s *site) as(name string, purpose policy.Purpose) *browser {
	s.t.Helper()
	jar, _ := cookiejar.New(nil)
	b := &browser{Client: &http.Client{Jar: jar}, s: s}
	s.next = s.who[name]
	acc, err := s.units.Account(ctx, s.next)
	s.must(err)
	b.post("/demo/sign-in", url.Values{"as": {acc.Actor.Role}})
	b.post("/session/lang", url.Values{"lang": {"fr"}})
	b.purpose = purpose.String()
	return b
}

// wordless finds a key that no catalogue has.
var wordless = regexp.MustCompile("\u27e6[^\u27e7]*")

func (b *browser) send(method, path, kind string, body io.Reader) {
	b.s.t.Helper()
	r, err := http.NewRequest(method, b.s.address+path, body)
	b.s.must(err)
	r.Header.Set("Content-Type", kind)
	r.Header.Set("Origin", b.s.address)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if b.purpose != "" {
		r.Header.Set("Amana-Purpose", b.purpose)
	}
	res, err := b.Do(r)
	b.s.must(err)
	defer res.Body.Close()
	b.raw, err = io.ReadAll(res.Body)
	b.s.must(err)
	b.last, b.code, b.kind = string(b.raw), res.StatusCode, res.Header.Get("Content-Type")
	for _, key := range wordless.FindAllString(b.last, -1) {
		b.s.t.Errorf("%s shows a key without words: %s", path, key)
	}
}

func (b *browser) get(path string) { b.s.t.Helper(); b.send("GET", path, "", nil) }

func (b *browser) post(path string, values url.Values) {
	b.s.t.Helper()
	b.send("POST", path, "application/x-www-form-urlencoded", strings.NewReader(values.Encode()))
}

// shows checks what the last page says and, after "!", does not say.
func (b *browser) shows(code int, wanted ...string) {
	b.s.t.Helper()
	if b.code != code {
		b.s.t.Fatalf("status %d, want %d: %s", b.code, code, b.last)
	}
	for _, w := range wanted {
		not := strings.HasPrefix(w, "!")
		if strings.Contains(b.last, strings.TrimPrefix(w, "!")) == not {
			b.s.t.Errorf("page: %q", w)
		}
	}
}

var hidden = regexp.MustCompile(`<input type="hidden" name="([a-z]+)" value="([^"]*)"`)

// form opens a form and gives what it would post.
func (b *browser) form(path string, values url.Values) url.Values {
	b.s.t.Helper()
	b.get(path)
	if b.code != 200 {
		b.s.t.Fatalf("%s: status %d: %s", path, b.code, b.last)
	}
	for _, m := range hidden.FindAllStringSubmatch(b.last, -1) {
		if values.Get(m[1]) == "" {
			values.Set(m[1], m[2])
		}
	}
	return values
}

// TestThread walks a telephone from its seizure to another officer's hands in
// the browser, in three languages where it is shown.
func TestThread(t *testing.T) {
	s := newSite(t)
	c := s.newCase("*")
	opj := s.as("opj", c)
	opj.get("/case/" + string(c.Ref.ID))
	opj.shows(200, "Rien n’a été saisi", "Inscrire un objet saisi", "!Inventaire")
	seize := "/seizures/" + string(c.Ref.ID) + "/seize"
	opj.post(seize, opj.form(seize, url.Values{"described": {"Téléphone noir"}, "category": {"device"}, "quantity": {"un"}, "measure": {"piece"}}))
	opj.shows(422, "Téléphone noir", "quantity", "place")
	opj.post(seize, opj.form(seize, url.Values{"described": {"Téléphone noir"}, "category": {"device"}, "quantity": {"1"}, "measure": {"piece"}, "place": {"Gare routière"}, "at": {"-15"}}))
	opj.shows(200, "Téléphone noir", "Saisi, non scellé", "Mettre sous scellé", "12/KEN/2026")
	all, err := s.Exhibits(ctx, c.Ref.ID)
	s.must(err)
	x := href(all[0].ID)

	s.clock.Advance(time.Minute)
	s.sealWithPicture(opj, x)
	opj.shows(200, "KEN-VILLE-BPJ-2026-00001", "Sous scellé", "Étape 2", "/copies/", "Mise sous scellé")
	opj.get(regexp.MustCompile(x + `/copies/[0-9a-f]{64}`).FindString(opj.last))
	opj.shows(200)
	if opj.kind != "image/jpeg" {
		t.Errorf("a copy is %s", opj.kind)
	}
	s.clock.Advance(time.Minute)
	offer := opj.form(x+"/offer", url.Values{"destination": {"keeper"}, "unit": {"KEN-01"}, "receiver": {string(s.who["second"])}})
	opj.post(x+"/offer", offer)
	opj.shows(422, "Choisissez le receveur", "Tajribi desk")
	offer = opj.form(x+"/offer", url.Values{"destination": {"keeper"}, "unit": {"KEN-01"}, "listed": {"KEN-01"}, "receiver": {string(s.who["desk"])}})
	opj.post(x+"/offer", offer)
	opj.shows(200, "remise en attente", "Retirer la remise", "!>Recevoir<")

	_, duty := s.actor("desk")
	desk := s.as("desk", duty)
	desk.get("/")
	desk.shows(200, "Recevoir ou refuser", x)
	s.clock.Advance(time.Minute)
	desk.post(x+"/accept", desk.form(x+"/accept", url.Values{"seal": {"KEN-VILLE-BPJ-2026-00001"}, "condition": {"Scellé intact"}}))
	desk.shows(200, "Scellé intact", "Étape 4", "Mettre en dépôt")
	for _, lang := range []string{"ar", "en", "fr"} {
		desk.post("/session/lang", url.Values{"lang": {lang}})
		desk.get(x)
		desk.shows(200, "KEN-VILLE-BPJ-2026-00001", `lang="`+lang+`"`)
		desk.get("/exhibits?holder=me")
		desk.shows(200, "KEN-VILLE-BPJ-2026-00001")
	}
	opj.get("/case/" + string(c.Ref.ID))
	opj.shows(200, "KEN-VILLE-BPJ-2026-00001", "Inventaire en arabe")
	s.sound()
}

func href(id ident.ID) string { return "/exhibits/" + string(id) }

// sealWithPicture posts the sealing form as a browser without scripts does.
func (s *site) sealWithPicture(b *browser, x string) {
	s.t.Helper()
	values := b.form(x+"/seal", url.Values{"witnesses": {"Driss Amrani"}, "condition": {"Intact"}})
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	for k := range values {
		s.must(m.WriteField(k, values.Get(k)))
	}
	part, err := m.CreateFormFile("photo.file", "IMG_1.png")
	s.must(err)
	_, err = part.Write(picture(s.t, color.RGBA{R: 90, A: 255}))
	s.must(err)
	s.must(m.Close())
	b.send("POST", x+"/seal", m.FormDataContentType(), &body)
}

func TestFoundByNumberSealAndLabel(t *testing.T) {
	s := newSite(t)
	x, c := s.sealed()
	opj := s.as("opj", c)
	for _, q := range []string{x.Number, x.Seal, tlog.QR{Entry: x.SealEntry}.String()} {
		opj.get("/search?q=" + url.QueryEscape(q))
		opj.shows(200, href(x.ID))
	}
	other := s.as("opj", s.newCase("*"))
	other.get("/search?q=" + url.QueryEscape(x.Seal))
	other.shows(200, "!"+href(x.ID))
}

// TestWhoIsRefused: a stranger, no purpose, another case, and the administrator
// on the page and on every form; each beside somebody who gets through.
func TestWhoIsRefused(t *testing.T) {
	s := newSite(t)
	x, c := s.sealed()
	elsewhere := s.newCase("*")
	_, admins := s.actor("administrator")
	law := policy.Purpose{Kind: policy.Basis, Basis: "CPP-17"}
	for _, path := range []string{href(x.ID), href(x.ID) + "/label", href(x.ID) + "/offer", href(x.ID) + "/store", href(x.ID) + "/break", "/seizures/" + string(c.Ref.ID) + "/inventory"} {
		for name, b := range map[string]*browser{"other case": s.as("opj", elsewhere), "administrator": s.as("administrator", admins), "no purpose": s.as("opj", policy.Purpose{})} {
			if name == "no purpose" {
				b.purpose = "none/none"
			}
			b.get(path)
			if b.code != http.StatusForbidden && b.code != http.StatusBadRequest && b.code != http.StatusUnprocessableEntity {
				t.Errorf("%s gets %d on %s", name, b.code, path)
			}
		}
		b := s.as("opj", c)
		b.get(path)
		b.shows(200)
	}
	for name, p := range map[string]policy.Purpose{"prosecutor": c, "inspector": law} {
		b := s.as(name, p)
		b.get(href(x.ID))
		b.shows(200, x.Seal, "!"+href(x.ID)+"/offer", "!"+href(x.ID)+"/break")
		b.get(href(x.ID) + "/offer")
		b.shows(403)
	}
	s.as("second", c).get(href(x.ID) + "/break")
	if _, err := s.ask("second", "exhibits.seal.break", x.ID, c); !fault.Is(err, fault.Refused) {
		t.Errorf("who does not hold it opens the seal: %v", err)
	}
	if _, err := s.onCase("agent", "exhibits.exhibit.seize", c.Ref.ID, c); !fault.Is(err, fault.Refused) {
		t.Errorf("who is no OPJ seizes: %v", err)
	}
}

// TestListEqualsDecisions: the list shows exactly what may be listed one by one.
func TestListEqualsDecisions(t *testing.T) {
	s := newSite(t)
	c := s.newCase("*")
	var all []exhibits.Exhibit
	for range 3 {
		all = append(all, s.seal(s.seize(c).ID, c))
	}
	s.must(s.accepts(all[0].ID, s.offer(all[0].ID, c, "opj", "desk", exhibits.ToKeeper), "desk"))
	for _, name := range []string{"opj", "desk", "chief", "prosecutor", "inspector"} {
		_, p := s.actor(name)
		b := s.as(name, p)
		b.get("/exhibits")
		for _, x := range all {
			_, err := s.ask(name, "exhibits.exhibit.list", x.ID)
			if b.code == 200 && strings.Contains(b.last, x.Seal) != (err == nil) {
				t.Errorf("%s: %s listed %v, allowed %v", name, x.Seal, err != nil, err)
			}
		}
	}
	_, p := s.actor("opj")
	opj := s.as("opj", p)
	opj.get("/exhibits?q=" + all[1].Seal)
	opj.shows(200, all[1].Seal, "!"+all[2].Seal)
	opj.get("/exhibits?state=stored")
	opj.shows(200, "!"+all[1].Seal)
}

// TestErased forgets an exhibit: no word of it is left in a table, its picture
// cannot be opened, and everything is still proven.
func TestErased(t *testing.T) {
	s := newSite(t)
	x, c := s.sealed()
	info, err := s.KeepPhotograph(ctx, x.ID, "secret-name.png", "image/png", bytes.NewReader(picture(t, color.White)))
	s.must(err)
	m := s.moveOf(x.ID)
	m.Photos = append(m.Photos, info)
	s.must(s.AddPhotographs(ctx, s.grant("opj", "exhibits.exhibit.photograph", x.ID, c), m))
	s.clock.Advance(time.Minute)
	s.must(s.accepts(x.ID, s.offer(x.ID, c, "opj", "chief", exhibits.ToOwner), "chief"))
	s.must(s.k.Journal.Erase(ctx, s.system(), journal.Erased{Subjects: []ident.ID{x.ID}, Ground: "L09-08", Authority: "9/2026"}))
	now, err := s.Exhibit(ctx, x.ID)
	s.must(err)
	if now.Description+now.Place+now.Witnesses+now.Condition+now.Shelf != "" {
		t.Errorf("%+v", now)
	}
	for table, column := range map[string]string{"exhibits_steps": "condition", "exhibits_seals": "witnesses", "exhibits_handovers": "authority", "exhibits_photos": "name"} {
		n, err := store.List(ctx, s.k.Reader, "select exhibit from "+table+" where exhibit = $1 and "+column+" is not null", []any{string(x.ID)}, func(scan store.Scan) (id string, err error) { err = scan(&id); return })
		if err != nil || len(n) > 0 {
			t.Errorf("%s: %d words left, %v", table, len(n), err)
		}
	}
	if _, err := s.k.Blobs.Open(ctx, info); err == nil {
		t.Error("the picture opens after erasure")
	}
	b := s.as("opj", c)
	b.get(href(x.ID))
	b.shows(200, "!secret-name", "Restitution")
	s.sound()
}

// TestBadInput sends what no honest form sends.
func TestBadInput(t *testing.T) {
	s := newSite(t)
	x, c := s.sealed()
	opj := s.as("opj", c)
	post := func(verb string, v url.Values) { opj.post(href(x.ID)+"/"+verb, opj.form(href(x.ID)+"/"+verb, v)) }
	post("store", url.Values{"kept": {"safe"}, "shelf": {strings.Repeat("x", 501)}})
	opj.shows(422, "500")
	post("store", url.Values{"kept": {"safe"}, "shelf": {"A\x00B"}})
	opj.shows(422)
	post("store", url.Values{"kept": {"safe"}, "shelf": {"A"}, "at": {"01/01/2031 10:00"}})
	opj.shows(422)
	post("store", url.Values{"kept": {"safe"}, "shelf": {"A"}, "submission": {"forged"}})
	opj.shows(422)
	post("store", url.Values{"kept": {"safe"}, "shelf": {"A"}, "version": {"1"}})
	opj.shows(409)
	opj.get("/exhibits/not-an-id")
	opj.shows(404)
	opj.get("/exhibits/" + string(s.ids.New()))
	opj.shows(404)
	opj.get(href(x.ID) + "/photos/" + strings.Repeat("0", 64))
	opj.shows(404)
	if _, err := s.KeepPhotograph(ctx, x.ID, "a.png", "image/png", strings.NewReader("<script>alert(1)</script>")); !fault.Is(err, fault.Invalid) {
		t.Errorf("a script is kept as a picture: %v", err)
	}
	foreign, err := s.KeepPhotograph(ctx, s.ids.New(), "a.png", "image/png", bytes.NewReader(picture(t, color.Black)))
	s.must(err)
	m := s.moveOf(x.ID)
	m.Photos = []blobs.Info{foreign}
	s.wants(s.AddPhotographs(ctx, s.grant("opj", "exhibits.exhibit.photograph", x.ID, c), m), fault.Invalid, "exhibits.fault.photo-elsewhere")
	if now, _ := s.Exhibit(ctx, x.ID); now.Version != x.Version {
		t.Error("bad input changed the exhibit")
	}
}
