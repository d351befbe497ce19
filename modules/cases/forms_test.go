package cases_test

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/kerneltest"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/modules/cases"
	"github.com/amana-platform/amana/modules/cases/enquiry"
)

var languages = map[string]string{"ar": "rtl", "fr": "ltr", "en": "ltr"}

// desktop signs somebody in at a browser whose pages can be read by meaning.
// It works under a case, unless that is "".
func (s *site) desktop(name string, id ident.ID) *kerneltest.Client {
	s.t.Helper()
	c := kerneltest.NewClient(s.t, s.listener.URL).SignIn(string(s.who[name]))
	if id == "" {
		return c
	}
	return c.Under("case/" + string(id))
}

// form is a form of the module: what it shows, what it says of bad answers and
// what good ones leave. Answers may name a field and key as a message has it.
type form struct {
	name  string
	who   string
	path  string
	act   string            // key of its heading, after "cases.act."; "" if it has another
	bad   url.Values        // answers that must be turned down
	wrong map[string]string // field: key of what is said of it
	good  url.Values
	leave string // kinds of entries, without "cases."
}

// on makes the values of a form.
func on(pairs ...string) url.Values {
	out := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		out.Add(pairs[i], pairs[i+1])
	}
	return out
}

// fill fills in each form: in three languages it is shown whole and says what
// is wrong with bad answers on their fields, leaving nothing; then it takes
// good answers.
func (s *site) fill(id ident.ID, forms []form) {
	s.t.Helper()
	for _, f := range forms {
		s.run(f.name, func(t *testing.T) {
			c := s.desktop(f.who, id)
			for lang, dir := range languages {
				s.turnsDown(f, c.Speak(lang), lang, dir)
			}
			action, _, _ := strings.Cut(f.path, "?")
			values := c.Get(f.path).Fields(action)
			maps.Copy(values, f.good)
			left, err := s.leaves(func() error {
				if p := c.Post(f.path, values); p.Status != http.StatusSeeOther {
					t.Errorf("good answers are met with %d: %v", p.Status, p.Errors())
				}
				return nil
			})
			s.must(err)
			if got := strings.ReplaceAll(strings.Join(left, " "), "cases.", ""); got != f.leave {
				t.Errorf("it leaves %q, want %q", got, f.leave)
			}
		})
	}
}

// turnsDown checks how a form looks in a language, and what it says of bad answers.
func (s *site) turnsDown(f form, c *kerneltest.Client, lang, dir string) {
	s.t.Helper()
	w := s.k.Texts.In(text.Lang(lang))
	p := c.Get(f.path)
	if p.Status != http.StatusOK || p.Lang() != lang || p.Dir() != dir || strings.Contains(p.Text(), "\u27e6") {
		s.t.Errorf("%s: %d, %s %s: %s", lang, p.Status, p.Lang(), p.Dir(), p.Text())
	}
	if f.act != "" && p.Heading() != w.T("cases.act."+f.act) {
		s.t.Errorf("%s: the heading is %q", lang, p.Heading())
	}
	if f.wrong == nil {
		return
	}
	left, err := s.leaves(func() error {
		p = c.Post(f.path, f.bad)
		return nil
	})
	s.must(err)
	want, got := f.wrong, p.Errors()
	for field, said := range got {
		if key := want[field]; key != "" && said == w.T(key, "given", f.bad.Get(field)) {
			got[field] = key
		}
	}
	if diff := cmp.Diff(want, got); p.Status != http.StatusUnprocessableEntity || diff != "" {
		s.t.Errorf("%s: %d (-want +got):\n%s", lang, p.Status, diff)
	}
	if len(left) > 0 {
		s.t.Errorf("%s: bad answers left %v", lang, left)
	}
}

// TestFormsOfAnOpenCase fills in every form that a case offers while it is
// worked on.
func TestFormsOfAnOpenCase(t *testing.T) {
	s := newSite(t)
	id, victim, suspect := s.theft()
	witness := s.person("Samira", "Tazi", "سميرة", "التازي", "C300003", "x", "+212600000055")
	signed := s.hearing(id, victim, "x")
	draft, err := s.DraftPV(ctx, s.house.on("opj", "cases.pv.draft", id), id, cases.NewPV{Submission: s.ids.New(), Form: "pv-hearing", Person: suspect, Act: noon})
	s.must(err)
	m := s.measure(id, enquiry.Ordered)
	f, err := s.File(ctx, id)
	s.must(err)
	here := "/cases/" + string(id)
	element := string(f.Offences[0].ID) + ".taking"
	s.fill(id, []form{
		{"a person", "opj", here + "/party", "party", on("phone", "1"), map[string]string{"person.q": "form.required", "role": "form.choose"},
			on("person", "person/"+string(witness), "role", "witness", "address", "x"), "party-added"},
		{"an offence", "opj", here + "/qualify", "qualify", on("suspect", string(victim), "part", "spectator"), map[string]string{"part": "form.choose"},
			on("code", "theft-armed", "suspect", string(suspect), "part", "author", "attempted", "yes"), "offence-qualified"},
		{"an offence that is another's", "opj", here + "/qualify", "qualify", on("suspect", string(victim), "code", "theft-armed"), map[string]string{"suspect": "cases.wrong.not-suspect"},
			on("code", "burglary"), "offence-qualified"},
		{"a link", "opj", here + "/link?element=" + element, "link", on("element", element), map[string]string{"piece": "cases.wrong.piece"},
			on("element", element, "piece", "pv/"+string(signed.ID)), "evidence-linked"},
		{"a paper", "opj", here + "/piece", "piece", on("kind", "hearing"), map[string]string{"kind": "form.choose", "title": "form.required"},
			on("kind", "photo", "title", "صورة"), "piece-filed"},
		{"a report about nobody", "opj", here + "/pv", "pv", on("form", "pv-confrontation", "act", "11:00"), map[string]string{"person": "form.required", "second": "cases.wrong.second"},
			on("form", "pv-confrontation", "act", "11:00", "person", string(victim), "second", string(suspect)), "pv-drafted"},
		{"a report", "opj", here + "/pv", "pv", on("form", "pv-confrontation", "act", "25:00"), map[string]string{"act": "date.time-unreadable"},
			on("form", "pv-finding", "act", "11:00"), "pv-drafted"},
		{"what a report says", "opj", here + "/pvs/" + string(draft.ID) + "/edit", "", on("version", "1", "act", "32/13/2026 10:00"), map[string]string{"act": "date.time-unreadable"},
			on("version", "1", "act", "11:30", "f.statement", "أعترف", "f.hearing-start", "10:00"), "pv-revised"},
		{"a measure", "opj", here + "/ask?kind=phone-data", "ask", on("kind", "phone-data", "f.target", "06"), map[string]string{"f.addressee": "form.required", "f.reasons": "form.required"},
			on("kind", "phone-data", "f.target", "06", "f.addressee", "x", "f.reasons", "y"), "measure-asked"},
		{"the result of a measure", "opj", here + "/measures/" + string(m) + "/report", "report", on("state", "lapsed"), map[string]string{"state": "form.choose", "result": "form.required"},
			on("state", "stopped", "result", "x"), "measure-ended"},
		{"the facts anew", "opj", here + "/amend", "amend", on("regime", "rogatory", "from", "T+1"), map[string]string{"from": "date.time-unreadable"},
			on("regime", "preliminary", "facts", "x", "from", "10:00"), "case-amended"},
	})
	s.sound()
}

// TestFormsOfAChief fills in the forms by which a case is led.
func TestFormsOfAChief(t *testing.T) {
	s := newSite(t)
	id, _, _ := s.theft()
	here, away := "/cases/"+string(id), string(s.unit["TNG-VILLE-BPJ"])
	s.fill(id, []form{
		{"an officer", "chief", here + "/assign", "assign", on("officer", string(s.who["far"])), map[string]string{"officer": "form.choose"}, on("officer", string(s.who["agent"])), "case-assigned"},
		{"sharing", "chief", here + "/refer?unit=" + away, "refer", on("unit", away), map[string]string{"officer": "form.choose", "reason": "form.required"},
			on("unit", away, "officer", string(s.who["far"]), "reason", "x"), "case-referred"},
		{"an offer", "chief", here + "/transfer", "transfer", on("to", "unit"), map[string]string{"to": "form.choose", "reason": "form.required"}, on("to", away, "reason", "x"), "transfer-proposed"},
		{"a restriction", "chief", here + "/restrict", "restrict", on("sensitivity", "secret"), map[string]string{"sensitivity": "form.choose"}, on("sensitivity", "minor"), "case-restricted"},
		{"a seal", "chief", here + "/seal", "seal", on("order", " ", "shut", "yes"), map[string]string{"order": "form.required"}, on("order", "5/2026", "shut", "yes"), "case-sealed"},
		{"the end of a seal", "chief", here + "/seal", "unseal", on("order", "", "shut", "no"), map[string]string{"order": "form.required"}, on("order", "6/2026", "shut", "no"), "case-unsealed"},
	})
	f, err := s.File(ctx, id)
	s.must(err)
	there := "/transfers/" + string(f.Transfers[0].ID)
	s.fill(id, []form{{"the answer to an offer", "far-chief", there, "decide-transfer", on("state", "revoked"), map[string]string{"state": "form.choose"},
		on("state", "accepted", "officer", string(s.who["far"])), "transfer-decided case-assigned"}})
	s.sound()
}

// TestFormsOfAReview fills in the forms between submitting a file and the
// answer of the prosecution.
func TestFormsOfAReview(t *testing.T) {
	s := newSite(t)
	id := s.approvable()
	here := "/cases/" + string(id)
	s.fill(id, []form{{"submitting", "opj", here + "/submit", "submit", nil, nil, nil, "review-submitted"}})
	anchor := "case/" + string(id) + "#facts"
	s.fill(id, []form{
		{"a return", "chief", here + "/return", "return", on("remarks.1.words", "x", "remarks.1.anchor", "nowhere"), map[string]string{"remarks.1.anchor": "form.choose"},
			on("remarks.2.words", "دقق", "remarks.2.anchor", anchor), "review-returned"},
	})
	f, err := s.File(ctx, id)
	s.must(err)
	s.fill(id, []form{
		{"an answer", "opj", here + "/remarks/" + string(f.Remarks[0].ID) + "/answer", "answer", on("answer", " "), map[string]string{"answer": "form.required"}, on("answer", "x"), "remark-answered"},
		{"submitting again", "opj", here + "/submit", "submit", nil, nil, nil, "review-submitted"},
		{"approving", "chief", here + "/approve", "approve", nil, nil, nil, "review-approved"},
		{"handing over", "chief", here + "/hand-over", "hand-over", nil, nil, nil, "dossier-handed-over" + strings.Repeat(" dossier-issued journal.proof-issued", 3)},
	})
	f, err = s.File(ctx, id)
	s.must(err)
	there := "/dossiers/" + string(f.Dossiers[0].ID)
	if p := s.desktop("prosecutor", id).Post(there+"/acknowledge", nil); p.Status != http.StatusSeeOther {
		t.Fatalf("acknowledged: %d", p.Status)
	}
	s.fill(id, []form{{"a decision", "prosecutor", there + "/decide?code=return-expert", "decide", on("code", "return-expert", "f.deadline", "31/02/2027"),
		map[string]string{"f.deadline": "date.time-unreadable"}, on("code", "return-expert", "f.missing", "خبرة", "f.deadline", "31/12/2026 10:00", "remarks", "عاجل"), "dossier-returned"}})
	s.sound()
}

// TestFormsOfTheAuthority fills in what a prosecutor, or an officer of judicial
// police where the law lets them, decides about a measure.
func TestFormsOfTheAuthority(t *testing.T) {
	s := newSite(t)
	id, _, _ := s.theft()
	at := func(m ident.ID, verb string) string { return "/measures/" + string(m) + "/" + verb }
	own, err := s.AskMeasure(ctx, s.house.on("opj", "cases.measure.ask", id), id, cases.NewMeasure{Kind: "seizure", Values: map[string]string{"objects": "هاتف"}})
	s.must(err)
	long := noon.AddDate(0, 3, 0).Format("02/01/2006") + " 10:00"
	bad := map[string]string{"number": "form.required", "basis": "form.choose", "until": "cases.wrong.window"}
	s.fill(id, []form{
		{"an order", "prosecutor", at(s.measure(id, enquiry.Asked), "order"), "order", on("from", "T", "until", long, "basis", "CPP 59"), bad, on("number", "7", "basis", "CPP 108", "from", "T", "until", "01/12/2026"), "measure-ordered"},
		{"a refusal", "prosecutor", at(s.measure(id, enquiry.Asked), "refuse"), "refuse", on("reason", "\t"), map[string]string{"reason": "form.required"}, on("reason", "x"), "measure-refused"},
		{"an order of an officer", "opj", at(own, "order"), "order", on("from", "T", "until", long), bad, on("number", "8", "basis", "CPP 59", "from", "T"), "measure-ordered"},
	})
	s.sound()
}

// TestFormsThatOpenACase fills in both: from nowhere, and from a complaint.
func TestFormsThatOpenACase(t *testing.T) {
	s := newSite(t)
	complaint := s.complaint("KEN-VILLE-BPJ")
	s.fill("", []form{
		{"from nowhere", "opj", "/cases/new", "open", on("submission", string(s.ids.New()), "regime", "flagrance", "from", "T"),
			map[string]string{"origin": "form.choose", "facts": "form.required", "f.caught-how": "form.required"},
			on("origin", "flagrance", "regime", "flagrance", "f.caught-how", "x", "from", "T", "facts", "y"), "case-opened case-assigned"},
		{"from a complaint", "opj", "/complaints/" + string(complaint.ID) + "/case", "open", on("submission", string(s.ids.New()), "regime", ""),
			map[string]string{"regime": "form.choose"}, on("regime", "preliminary", "f.instruction", "141/2026"),
			"case-opened register.complaint-referred party-added offence-qualified case-assigned"},
	})
	s.clock.Advance(time.Minute)
	s.sound()
}
