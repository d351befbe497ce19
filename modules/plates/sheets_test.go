package plates_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/modules/plates"
)

// form is one sheet: who may fill it, who may not, and fields that an answer
// leaves wrong.
type form struct {
	who, verb, path, not string
	bad                  url.Values
	wrong                []string
	keeps                string
}

// forms are the sheets of the module that ask something.
func (s *site) forms(c policy.Purpose) []form {
	s.t.Helper()
	hit, e, camera := s.hit()
	tasked := s.hitIn(plates.Tasked)
	contested := s.list("777-B-1")
	s.must(s.contest(contested.ID))
	h, one, at := "/plates/hits/"+string(hit.ID), "/plates/entries/"+string(e.ID), "/plates/cameras/"+string(camera.ID)
	return []form{
		{"desk", "confirm", h + "/confirm", "opj", url.Values{"tick-plate": {"yes"}, "tick-entry": {"no"}}, []string{"tick-image", "tick-entry", "tick-vehicle", "!tick-plate"}, ""},
		{"desk", "reject", h + "/reject", "chief", url.Values{"ground": {"mood"}, "reason": {"Autre calandre"}}, []string{"ground", "!reason"}, "Autre calandre"},
		{"desk", "task", h + "/task", "prosecutor", url.Values{"crew": {" "}}, []string{"crew"}, ""},
		{"desk", "close", "/plates/hits/" + string(tasked.ID) + "/close", "inspector", url.Values{"outcome": {"list-wrong"}}, []string{"note", "!outcome"}, `value="list-wrong"`},
		{"opj", "enter", "/plates/entries/new", "agent", url.Values{"plate": {"hello"}, "colour": {"plaid"}, "area": {"99"}, "make": {"Dacia 44"}, "until": {"demain"}}, []string{"until"}, "Dacia 44"},
		{"opj", "enter", "/plates/entries/new", "desk", url.Values{"plate": {"hello"}, "colour": {"plaid"}, "area": {"99"}, "make": {"Dacia 44"}}, []string{"list", "plate", "colour", "area", "reason", "authority", "!make"}, "Dacia 44"},
		{"second", "renew", one + "/renew", "agent", url.Values{"until": {"01/01/2020 10:00"}}, []string{"authority"}, "01/01/2020"},
		{"chief", "cancel", one + "/cancel", "desk", url.Values{"reason": {"\n"}}, []string{"reason"}, ""},
		{"agent", "contest", one + "/contest", "prosecutor", url.Values{"contact": {"06 00 00 00 00"}}, []string{"person", "grounds", "!contact"}, "06 00 00 00 00"},
		{"chief", "decide", "/plates/entries/" + string(contested.ID) + "/decide", "opj", url.Values{"upheld": {"open"}, "decision": {"Sans objet"}}, []string{"upheld"}, "Sans objet"},
		{"administrator", "register", "/plates/cameras/new", "chief", url.Values{"code": {"ken"}, "lat": {"34.2"}, "heading": {"north"}, "name": {"Pont 44"}}, []string{"lon", "heading"}, "Pont 44"},
		{"administrator", "amend", at + "/amend", "desk", url.Values{"name": {""}, "mount": {"balloon"}, "way": {"pull"}, "heading": {"360"}}, []string{"name", "mount", "heading", "address", "!way"}, `value="360"`},
		{"administrator", "suspend", at + "/suspend", "opj", url.Values{"why": {""}}, []string{"why"}, ""},
		{"administrator", "retire", at + "/retire", "chief", url.Values{}, []string{"why"}, ""},
		{"opj", "search", "/plates/search", "agent", url.Values{"pattern": {"12345-A-6"}, "from": {"28/11/2026 10:00"}, "to": {"28/11/2026 09:00"}}, []string{"authority", "to", "!from"}, "12345-A-6"},
	}
}

// TestEveryFormInEveryLanguage opens each sheet in Arabic, French and English
// and sends it with wrong answers: each wrong field is named in that language,
// what was typed is kept, nothing is written; and who may not is turned away
// from the sheet and from what it sends.
func TestEveryFormInEveryLanguage(t *testing.T) {
	s := newSite(t)
	c := s.newCase("*")
	all := s.forms(c)
	people := map[string]*browser{}
	as := func(name, verb string) *browser {
		if people[name] == nil {
			people[name] = s.as(name)
		}
		if people[name].purpose = ""; verb == "search" {
			people[name].purpose = c.String()
		}
		return people[name]
	}
	before, err := s.k.Journal.Last(ctx)
	s.must(err)
	for _, f := range all {
		for _, lang := range text.Langs() {
			b := as(f.who, f.verb)
			b.post("/session/lang", url.Values{"lang": {string(lang)}})
			b.get(f.path)
			b.shows(200, `lang="`+string(lang)+`"`, s.k.Texts.In(lang).T("plates.act."+f.verb))
			b.wrongly(f)
		}
		not := as(f.not, f.verb)
		not.get(f.path)
		not.shows(403)
		not.post(f.path, f.bad)
		not.shows(403)
	}
	if after, err := s.k.Journal.Last(ctx); err != nil || after != before {
		t.Errorf("%d entries are written (%v)", after-before, err)
	}
}

// wrongly sends a sheet with its wrong answers and looks at what comes back.
func (b *browser) wrongly(f form) {
	b.s.t.Helper()
	sent := url.Values{}
	for k, v := range f.bad {
		sent[k] = v
	}
	b.fill(f.path, sent)
	b.shows(422)
	for _, field := range f.wrong {
		name, fine := strings.CutPrefix(field, "!")
		if strings.Contains(b.last, `data-error-of="plates-act-`+f.verb+"-"+name+`"`) == fine {
			b.s.t.Errorf("%s: %s", f.path, field)
		}
	}
	if !strings.Contains(b.last, f.keeps) {
		b.s.t.Errorf("%s forgets %s", f.path, f.keeps)
	}
}

// TestAFormThatComesTooLate: a decision that somebody took meanwhile is not
// taken again; the sheet comes back and says why.
func TestAFormThatComesTooLate(t *testing.T) {
	s := newSite(t)
	x, e, c := s.hit()
	desk, chief, admin := s.as("desk"), s.as("chief"), s.as("administrator")
	s.must(s.confirm(x.ID))
	at := "/plates/hits/" + string(x.ID)
	desk.fill(at+"/reject", url.Values{"ground": {"no-plate"}})
	desk.shows(409, "quelqu’un a pu décider entre-temps")
	desk.fill(at+"/close", url.Values{"outcome": {"gone"}})
	desk.shows(409, "quelqu’un a pu décider entre-temps")
	one := "/plates/entries/" + string(e.ID)
	desk.fill(one+"/contest", url.Values{"person": {"Driss Amrani"}, "grounds": {"Rendue"}, "version": {"7"}})
	desk.shows(409)
	chief.fill(one+"/decide", url.Values{"upheld": {"upheld"}, "decision": {"X"}})
	chief.shows(409, "Aucune contestation")
	s.must(s.cancel(e.ID))
	chief.fill(one+"/renew", url.Values{"authority": {"X"}})
	chief.shows(403, "L’état de cette inscription ne le permet pas")
	desk.fill(at+"/task", url.Values{"crew": {"Alpha 12"}})
	desk.shows(409, "plus en vigueur")
	camera := "/plates/cameras/" + string(c.ID)
	admin.fill(camera+"/restore", url.Values{"why": {"X"}})
	admin.shows(409, "déjà dans cet état")
	s.must(s.onCamera("retire", c.ID, s.act()))
	for _, verb := range []string{"amend", "suspend", "restore", "retire", "key"} {
		admin.fill(camera+"/"+verb, url.Values{"why": {"X"}, "name": {"Pont"}, "mount": {"fixed"}, "way": {"events"}})
		admin.shows(403, "Cette caméra est retirée")
	}
	if now := s.now(x.ID); now.State != plates.Confirmed || s.entry(e.ID).State != plates.Cancelled {
		t.Errorf("%+v", now)
	}
	s.sound()
}

// TestTheKeyFormSentTwice shows the key once, in the answer to the first.
func TestTheKeyFormSentTwice(t *testing.T) {
	s := newSite(t)
	c, _ := s.camera("KEN-A1")
	b, sent := s.as("administrator"), url.Values{}
	at := "/plates/cameras/" + string(c.ID) + "/key"
	b.fill(at, sent)
	b.shows(200, "amana-device.")
	b.post(at, sent)
	b.shows(409, "déjà été délivrée", "!amana-device.")
}

// TestWhatIsNotThere: an id of nothing, or no id, is not found, whoever asks;
// so is a picture that the hit does not have.
func TestWhatIsNotThere(t *testing.T) {
	s := newSite(t)
	x, e, c := s.hit()
	people := map[string]*browser{"hits": s.as("desk"), "entries": s.as("opj"), "cameras": s.as("administrator"), "samples": s.as("agent")}
	for _, path := range []string{"hits/{id}", "hits/{id}/confirm", "hits/{id}/pictures/x", "entries/{id}", "entries/{id}/cancel", "cameras/{id}", "cameras/{id}/key", "samples/{id}", "samples/{id}/picture"} {
		kind, _, _ := strings.Cut(path, "/")
		b := people[kind]
		for _, id := range []string{string(s.ids.New()), "x", strings.ToUpper(string(x.ID)), string(x.ID) + "0", string(e.ID), string(c.ID)} {
			if kind == "entries" && id == string(e.ID) || kind == "cameras" && id == string(c.ID) {
				continue
			}
			b.get("/plates/" + strings.Replace(path, "{id}", id, 1))
			if b.code != 404 {
				t.Errorf("%s of %s: %d", path, id, b.code)
			}
		}
	}
	desk := people["hits"]
	for _, address := range []string{"x", strings.Repeat("0", 64), "..%2f..%2fetc%2fpasswd"} {
		desk.get("/plates/hits/" + string(x.ID) + "/pictures/" + address)
		desk.shows(404)
	}
}

// TestPagesAfterErasure: an entry and a hit whose words were erased still open,
// say so in every language, and show nothing of what they were.
func TestPagesAfterErasure(t *testing.T) {
	s := newSite(t)
	x, e, _ := s.hit()
	plate := strings.Split(e.Plate, "-")[0]
	s.must(s.k.Journal.Erase(ctx, s.system(), journal.Erased{Subjects: []ident.ID{x.ID, e.ID}, Ground: "L09-08", Authority: "9/2026"}))
	b := s.as("desk")
	for _, lang := range text.Langs() {
		b.post("/session/lang", url.Values{"lang": {string(lang)}})
		for _, path := range []string{"/plates", "/plates/entries", "/plates/hits/" + string(x.ID), "/plates/entries/" + string(e.ID)} {
			b.get(path)
			b.shows(200, s.k.Texts.In(lang).T("plates.erased"), "!"+plate, "!Logan", "!Volée")
		}
	}
}
