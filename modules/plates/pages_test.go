package plates_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
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
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/packs"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/print"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/ui"
	"github.com/amana-platform/amana/modules/index"
	"github.com/amana-platform/amana/modules/plates"
	"github.com/amana-platform/amana/modules/units"
)

func catalogue(t testing.TB, zone text.Zone) *text.Catalogue {
	t.Helper()
	c, err := text.Load(zone, ui.Texts, policy.Texts, blobs.Texts, packs.Texts, print.Texts, web.Texts, units.Texts, index.Texts, plates.Texts)
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
	for _, k := range plates.JournalModule().Kinds {
		want("entry.", k.Name)
	}
	want("plates.standing.", plates.Standings()...)
	want("plates.health.", plates.Healths()...)
	want("plates.contest.", plates.ContestStates()...)
	want("plates.ground.", plates.Grounds()...)
	for _, x := range plates.Lists() {
		want("plates.list.", string(x))
	}
	for _, x := range plates.HitStates() {
		want("plates.state.", string(x))
	}
	for _, x := range plates.Outcomes() {
		want("plates.outcome.", string(x))
	}
	for _, x := range plates.Mounts() {
		want("plates.mount.", string(x))
	}
	for _, x := range plates.Ways() {
		want("plates.way.", string(x))
	}
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
	kind    string
	code    int
}

func (s *site) as(name string, purpose ...policy.Purpose) *browser {
	s.t.Helper()
	jar, _ := cookiejar.New(nil)
	b := &browser{Client: &http.Client{Jar: jar}, s: s}
	s.next = s.who[name]
	acc, err := s.units.Account(ctx, s.next)
	s.must(err)
	b.post("/demo/sign-in", url.Values{"as": {acc.Actor.Role}})
	b.post("/session/lang", url.Values{"lang": {"fr"}})
	if len(purpose) > 0 {
		b.purpose = purpose[0].String()
	}
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
	raw, err := io.ReadAll(res.Body)
	b.s.must(err)
	b.last, b.code, b.kind = string(raw), res.StatusCode, res.Header.Get("Content-Type")
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

// fill opens a form and posts it with some answers.
func (b *browser) fill(path string, values url.Values) {
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
	b.post(path, values)
	b.s.clock.Advance(time.Second)
}

// kinds lists the entries since a number, and accesses since another.
func (s *site) kinds(since int64) (out []string, last int64) {
	s.t.Helper()
	all, err := s.k.Journal.After(ctx, since, 1000)
	s.must(err)
	for _, e := range all {
		out = append(out, e.Kind)
	}
	last, err = s.k.Journal.Last(ctx)
	s.must(err)
	return out, last
}

// device sends a batch as a device does.
func (s *site) device(key string, body any) (int, string) {
	s.t.Helper()
	raw, ok := body.(string)
	if !ok {
		b, err := json.Marshal(body)
		s.must(err)
		raw = string(b)
	}
	r, err := http.NewRequest("POST", s.address+"/api/plates/batches", strings.NewReader(raw))
	s.must(err)
	if key != "" {
		r.Header.Set("Authorization", "Bearer "+key)
	}
	res, err := http.DefaultClient.Do(r)
	s.must(err)
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	s.must(err)
	return res.StatusCode, string(answer)
}

func (s *site) event(name, plate string) map[string]any {
	return map[string]any{"batch": name, "sent": s.clock.Now().Format(time.RFC3339Nano), "model": "cam/2", "reads": []map[string]any{
		{"at": s.clock.Now().Add(-time.Second).Format(time.RFC3339Nano), "plate": plate, "score": 0.93, "image": picture(s.t), "candidates": []map[string]any{{"text": "1-A-1", "p": 0.01}}}}}
}

// TestThread walks a hit from the list to the recovered vehicle in browsers
// and over the device interface, in three languages where it is shown, with
// the exact entries each step leaves.
func TestThread(t *testing.T) {
	s := newSite(t)
	_, key := s.camera("KEN-A1")
	_, mark := s.kinds(0)
	step := func(want ...string) {
		t.Helper()
		var got []string
		got, mark = s.kinds(mark)
		if strings.Join(got, " ") != strings.Join(want, " ") {
			t.Errorf("entries %v, want %v", got, want)
		}
	}
	opj := s.as("opj")
	opj.get("/plates/entries")
	opj.shows(200, "Listes de surveillance", "Inscrire une plaque")
	step()
	opj.fill("/plates/entries/new", url.Values{"list": {"stolen"}, "plate": {"12345-a"}, "reason": {"Vol"}})
	opj.shows(422, "12345-a", "Autorit")
	step()
	opj.fill("/plates/entries/new", url.Values{"list": {"stolen"}, "plate": {"12345-a-6"}, "make": {"Dacia"}, "reason": {"Vol de nuit"}, "authority": {"Procureur, 9/2026"}})
	opj.shows(200, "En vigueur", "Procureur, 9/2026", "Vol de nuit", "12345")
	step("plates.entry-listed")

	code, answer := s.device(key, s.event("a", "12345-A-6"))
	if code != 200 || !strings.Contains(answer, `"proposals":1`) {
		t.Fatalf("%d %s", code, answer)
	}
	step("plates.batch-taken", "plates.hit-proposed")
	s.clock.Advance(time.Second)

	desk := s.as("desk")
	for _, lang := range []string{"ar", "en", "fr"} {
		desk.post("/session/lang", url.Values{"lang": {lang}})
		for _, path := range []string{"/plates", "/plates/entries", "/plates/cameras", "/plates/figures", "/plates/samples"} {
			desk.get(path)
			desk.shows(200, `lang="`+lang+`"`)
		}
	}
	desk.get("/")
	desk.shows(200, "Vérifier")
	desk.get("/plates")
	desk.shows(200, "1 concordance à vérifier", "KEN-A1", "data-bell=", "sse:entry")
	path := regexp.MustCompile(`/plates/hits/[0-9a-f-]{36}`).FindString(desk.last)
	desk.get(path)
	desk.shows(200, "Dacia", "Vol de nuit", "/pictures/", "Valider", "Écarter", "!Engager un équipage")
	desk.get(regexp.MustCompile(path + `/pictures/[0-9a-f]{64}`).FindString(desk.last))
	desk.shows(200)
	if desk.kind != "image/jpeg" {
		t.Errorf("a picture is %s", desk.kind)
	}
	step()
	desk.fill(path+"/confirm", url.Values{"tick-image": {"yes"}, "tick-plate": {"yes"}, "tick-entry": {"yes"}})
	desk.shows(422, "Comparez, puis cochez")
	step()
	desk.fill(path+"/confirm", url.Values{"tick-image": {"yes"}, "tick-plate": {"yes"}, "tick-entry": {"yes"}, "tick-vehicle": {"yes"}})
	desk.shows(200, "Validée", "Engager un équipage")
	step("plates.hit-confirmed")
	desk.fill(path+"/task", url.Values{"crew": {"Alpha 12"}})
	desk.shows(200, "Alpha 12")
	step("plates.crew-tasked")
	desk.fill(path+"/close", url.Values{"outcome": {"vehicle-recovered"}})
	desk.shows(200, "Véhicule retrouvé")
	step("plates.hit-closed")
	desk.get("/plates/figures")
	desk.shows(200, "Véhicules volés retrouvés", "<dd>1</dd>")
	for _, lang := range []string{"ar", "en"} {
		desk.post("/session/lang", url.Values{"lang": {lang}})
		desk.get(path)
		desk.shows(200, `lang="`+lang+`"`, "Alpha 12")
	}
	s.sound()
}

// TestKeepersPages walks the forms of list keepers, administrators and
// auditors.
func TestKeepersPages(t *testing.T) {
	s := newSite(t)
	admin := s.as("administrator")
	admin.fill("/plates/cameras/new", url.Values{"code": {"KEN-B7"}, "name": {"Pont"}, "unit": {string(s.unit["KEN-01"])}, "mount": {"fixed"}, "way": {"events"}, "lat": {"34,2"}, "lon": {"x"}})
	admin.shows(422, "Latitude et longitude")
	admin.fill("/plates/cameras/new", url.Values{"code": {"KEN-B7"}, "name": {"Pont"}, "unit": {string(s.unit["KEN-01"])}, "mount": {"fixed"}, "way": {"events"}, "area": {"04.281"}, "lat": {"34,2"}, "lon": {"-6.5"}, "heading": {"45"}})
	admin.shows(200, "KEN-B7", "34.2, -6.5")
	camera := regexp.MustCompile(`/plates/cameras/[0-9a-f-]{36}`).FindString(admin.last)
	admin.fill(camera+"/key", url.Values{})
	admin.shows(200, "amana-device.")
	key := regexp.MustCompile(`amana-device\.[0-9a-f-]{36}\.[0-9a-f]{64}`).FindString(admin.last)
	admin.get("/plates/cameras")
	admin.shows(200, "KEN-B7", "<svg", "rotate(45)")
	admin.get("/plates/cameras?map=whole")
	admin.shows(200, "map-town")
	admin.get("/plates")
	admin.shows(403)
	if code, _ := s.device(key, s.event("b", "1-A-1")); code != 200 {
		t.Errorf("%d", code)
	}
	admin.fill(camera+"/amend", url.Values{"name": {"Pont neuf"}, "mount": {"fixed"}, "way": {"events"}})
	admin.shows(200, "Pont neuf")
	admin.fill(camera+"/suspend", url.Values{"why": {"Travaux"}})
	admin.shows(200, "Travaux", "n’alerte pas")
	admin.fill(camera+"/restore", url.Values{"why": {"Travaux finis"}})
	admin.shows(200)
	admin.fill(camera+"/retire", url.Values{"why": {"Remplacée"}})
	admin.shows(200, "Retirée")

	opj := s.as("opj")
	e := s.list("777-B-1")
	one := "/plates/entries/" + string(e.ID)
	opj.fill(one+"/renew", url.Values{"authority": {"Procureur, 10/2026"}})
	opj.shows(200, "Procureur, 10/2026")
	desk := s.as("desk")
	desk.fill(one+"/contest", url.Values{"person": {"Driss Amrani"}, "grounds": {"Rendue"}})
	desk.shows(200, "Suspendue", "Driss Amrani")
	chief := s.as("chief")
	chief.get("/")
	chief.shows(200, "Statuer sur une inscription contestée")
	chief.fill(one+"/decide", url.Values{"decision": {"Rendue en mars"}})
	chief.shows(422)
	chief.fill(one+"/decide", url.Values{"upheld": {"dismissed"}, "decision": {"Aucune pièce"}})
	chief.shows(200, "En vigueur", "Aucune pièce")
	desk.fill(one+"/contest", url.Values{"person": {"Driss Amrani"}, "grounds": {"Rendue, voici la facture"}})
	chief.fill(one+"/cancel", url.Values{"reason": {"Retrouvée"}})
	chief.shows(200, "Radiée", "Retirée de la comparaison")
	desk.get(one)
	desk.shows(200, "Rendue, voici la facture", "Sans objet", "Retrouvée")
	chief.get("/")
	if strings.Contains(chief.last, "Statuer sur une inscription contestée") {
		s.t.Error("a settled contest waits for a decision")
	}
	s.importPage(opj)
	s.sound()
}

// importPage sends a list as a browser does.
func (s *site) importPage(b *browser) {
	s.t.Helper()
	b.get("/plates/entries/import")
	b.shows(200, "list,country,plate")
	submission := hidden.FindStringSubmatch(b.last)[2]
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	s.must(m.WriteField("submission", submission))
	part, err := m.CreateFormFile("file.file", "liste.csv")
	s.must(err)
	_, err = part.Write([]byte("plate,list,reason,authority\n4-D-5,stolen,Vol,PR 1\nnope,stolen,Vol,PR 2\n"))
	s.must(err)
	s.must(m.Close())
	b.send("POST", "/plates/entries/import", m.FormDataContentType(), &body)
	b.shows(200, "1 plaque inscrite", "1 ligne écartée", "Ligne 3", "nope")
	b.fill("/plates/entries/import", url.Values{})
	b.shows(422)
}

// TestAuditPages: the auditor keys samples blind and sees shares, searches and
// receipts; a searcher finds past reads for a case.
func TestAuditPages(t *testing.T) {
	s := newSite(t)
	s.week(3)
	c := s.newCase("opj")
	opj := s.as("opj", c)
	opj.fill("/plates/search", url.Values{"pattern": {"3000-B-6"}, "from": {"28/11/2026 00:00"}, "to": {"28/11/2026 23:00"}})
	opj.shows(422)
	opj.fill("/plates/search", url.Values{"pattern": {"3000-B-6"}, "from": {"28/11/2026 00:00"}, "to": {"28/11/2026 23:00"}, "authority": {"Procureur, 9/2026"}})
	opj.shows(200, "1 trouvées", "3000")
	opj.get("/case/" + string(c.Ref.ID))
	opj.shows(200, "Aucune plaque n’est recherchée")
	s.nextWeek()
	_, err := s.DrawSamples(ctx)
	s.must(err)
	law := policy.Purpose{Kind: policy.Basis, Basis: "L09-08-3"}
	auditor := s.as("inspector", law)
	for i := range 3 {
		auditor.get("/plates/samples")
		auditor.shows(200, "/picture", "!300"+fmt.Sprint(i), "Ressaisir")
		path := regexp.MustCompile(`/plates/samples/[0-9a-f-]{36}`).FindString(auditor.last)
		auditor.get(path + "/picture")
		auditor.shows(200)
		auditor.fill(path, url.Values{"typed": {"1-A-1"}, "unreadable": {"yes"}})
		auditor.shows(422)
		auditor.fill(path, url.Values{"unreadable": {"yes"}})
		auditor.shows(200)
	}
	auditor.shows(200, "Aucun échantillon ne vous attend")
	s.clock.Advance(30 * 24 * time.Hour)
	_, err = s.ExpireReads(ctx)
	s.must(err)
	auditor = s.as("inspector", law)
	for _, lang := range []string{"ar", "en", "fr"} {
		auditor.post("/session/lang", url.Values{"lang": {lang}})
		auditor.get("/plates/audit")
		auditor.shows(200, `lang="`+lang+`"`, "Procureur, 9/2026", "3000", "2026-11-28")
	}
	auditor.shows(200, "Lectures éliminées")
}

// TestDeviceInterface: no key, a wrong key, another camera's body, and what no
// device sends.
func TestDeviceInterface(t *testing.T) {
	s := newSite(t)
	c, key := s.camera("KEN-A1")
	for name, k := range map[string]string{"none": "", "nonsense": "x", "another's": "amana-device." + string(s.ids.New()) + "." + strings.Repeat("0", 64), "a wrong secret": "amana-device." + string(c.ID) + "." + strings.Repeat("0", 64)} {
		if code, answer := s.device(k, s.event("a", "1-A-1")); code != 401 || !strings.Contains(answer, "plates.fault.device") {
			t.Errorf("%s: %d %s", name, code, answer)
		}
	}
	for body, want := range map[string]int{`{`: 422, `{"batch":"x","nobody":1}`: 422, `{"batch":"x"}{}`: 422, `{"batch":"x","sent":"2026-11-28T11:00:00Z","reads":[` + strings.Repeat("{},", 5000) + `{}]}`: 422} {
		if code, answer := s.device(key, body); code != want || !strings.Contains(answer, "application") && !strings.Contains(answer, `"code"`) {
			t.Errorf("%.40s: %d %.200s", body, code, answer)
		}
	}
	if code, answer := s.device(key, s.event("a", "!")); code != 422 || !strings.Contains(answer, "reads.0") {
		t.Errorf("%d %s", code, answer)
	}
	if code, answer := s.device(key, s.event("a", "1-A-1")); code != 200 || !strings.Contains(answer, `"stored":1`) {
		t.Errorf("%d %s", code, answer)
	}
	if code, answer := s.device(key, s.event("a", "1-A-1")); code != 200 || !strings.Contains(answer, `"again":true`) {
		t.Errorf("%d %s", code, answer)
	}
	_, err := s.KeyCamera(ctx, s.grant("administrator", "plates.camera.key", c.Ref()), s.act(), c.ID)
	s.must(err)
	if code, _ := s.device(key, s.event("b", "1-A-1")); code != 401 {
		t.Errorf("the key before still opens: %d", code)
	}
	s.sound()
}
