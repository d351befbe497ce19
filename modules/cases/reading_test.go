package cases_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/kerneltest"
	"github.com/amana-platform/amana/modules/cases"
	"github.com/amana-platform/amana/modules/cases/enquiry"
)

// numbers gives the numbers of the brigade's cases that a page shows, as it
// orders them.
func numbers(p *kerneltest.Page) []string {
	var out []string
	for word := range strings.FieldsSeq(p.Text()) {
		if word = strings.Trim(word, "\u2066\u2069"); strings.HasSuffix(word, "/KEN-VILLE-BPJ/2026") && !slices.Contains(out, word) {
			out = append(out, word)
		}
	}
	return out
}

// TestTheListHoldsEveryCaseOnce: newest first, fifty to a page, through to the
// last; a state or a number narrows it.
func TestTheListHoldsEveryCaseOnce(t *testing.T) {
	s := newSite(t)
	const count = 103
	var want []string
	for i := range count {
		s.theft()
		want = append([]string{fmt.Sprintf("%d/KEN-VILLE-BPJ/2026", i+1)}, want...)
		if i%3 > 0 { // some are opened in the same moment
			s.clock.Advance(time.Second)
		}
	}
	chief := s.desktop("chief", "")
	var got []string
	pages := 0
	for path := "/cases"; path != ""; pages++ {
		p := chief.Get(path)
		shown := numbers(p)
		if p.Status != http.StatusOK || len(shown) > 50 {
			t.Fatalf("%s: %d with %d cases", path, p.Status, len(shown))
		}
		got, path = append(got, shown...), ""
		for href := range p.Links() {
			if at, err := url.Parse(href); err == nil && at.Path == "/cases" && at.Query().Get("after") != "" {
				path = href
			}
		}
		if pages > 5 {
			t.Fatal("the list does not end")
		}
	}
	if pages != 3 || !slices.Equal(sorted(got), sorted(want)) || got[0] != want[0] || got[count-1] != want[count-1] {
		t.Errorf("%d pages: %v", pages, got)
	}
	if got := numbers(chief.Get("/cases?number=" + url.QueryEscape("7/KEN-VILLE-BPJ/2026"))); !slices.Equal(got, []string{"7/KEN-VILLE-BPJ/2026"}) {
		t.Errorf("by number: %v", got)
	}
	if got := numbers(chief.Get("/cases?state=closed")); len(got) > 0 {
		t.Errorf("closed: %v", got)
	}
	for _, after := range []string{"x", "1.", ".", "99999999999999999999.x"} { // a forged mark shows a page, not a fault
		if p := chief.Get("/cases?after=" + url.QueryEscape(after)); p.Status != http.StatusOK {
			t.Errorf("after %q: %d", after, p.Status)
		}
	}
}

func sorted(all []string) []string { return slices.Sorted(slices.Values(all)) }

// TestWhoFindsACase: in the list, and by the number of the case, of a report
// and of a dossier, exactly who may read it; what was shown is recorded.
func TestWhoFindsACase(t *testing.T) {
	s := newSite(t)
	id, d := s.sent()
	f, err := s.File(ctx, id)
	s.must(err)
	finds := map[string]bool{"opj": true, "agent": false, "chief": true, "second": true, "far": false, "far-chief": false}
	for name, want := range finds {
		c := s.desktop(name, "").Speak("en")
		if got := slices.Contains(numbers(c.Get("/cases")), f.Number); got != want {
			t.Errorf("the list of %s: %v", name, got)
		}
		for what, number := range map[string]string{"case": f.Number, "report": f.PVs[0].Number, "dossier": d.Number} {
			p := c.Get("/search?q=" + url.QueryEscape(number))
			if got := p.LinkTo("/purpose?purpose=case%2F"+string(id)) != ""; p.Status != http.StatusOK || got != want {
				t.Errorf("%s finds a %s's number: %v (%d)", name, what, got, p.Status)
			}
		}
		seen, err := s.k.Journal.Lane().Search(ctx, journal.AccessQuery{About: ident.Ref{Kind: "case", ID: id}, Actor: s.who[name], Limit: 10})
		s.must(err)
		if (len(seen) > 0) != want {
			t.Errorf("%s: %d readings are recorded", name, len(seen))
		}
	}
}

// TestWhatWaitsForWhom: the first page names, for each, the cases, measures and
// dossiers that wait for them, and nothing that waits for another.
func TestWhatWaitsForWhom(t *testing.T) {
	s := newSite(t)
	back := s.standing(enquiry.Returned)
	s.standing(enquiry.InReview)
	s.standing(enquiry.Approved)
	sent := s.standing(enquiry.HandedOver)
	s.standing(enquiry.Closed)
	m := s.measure(back.file.ID, enquiry.Asked)
	transfer, err := s.Propose(ctx, s.house.on("chief", "cases.transfer.propose", back.file.ID), back.file.ID, s.unit["TNG-VILLE-BPJ"], "x")
	s.must(err)
	type waiting struct{ verb, label string }
	verbs := []string{"Complete", "Review", "Answer the transfer", "Acknowledge", "Decide on a measure"}
	for name, want := range map[string][]waiting{
		"opj":        {{"Complete", back.file.Number}},
		"chief":      {{"Review", "2/KEN-VILLE-BPJ/2026"}, {"Review", "3/KEN-VILLE-BPJ/2026"}},
		"far-chief":  {{"Answer the transfer", "Kénitra-Maâmora"}},
		"prosecutor": {{"Acknowledge", sent.dossier.Number}, {"Decide on a measure", "communication data order"}},
		"agent":      nil, "general": nil, "elsewhere": nil, "desk": nil,
	} {
		text := s.desktop(name, "").Speak("en").Get("/").Text()
		for _, x := range want {
			if !strings.Contains(text, x.verb) || !strings.Contains(text, x.label) {
				t.Errorf("%s: nothing says %v: %s", name, x, text)
			}
		}
		for _, verb := range verbs {
			named := slices.ContainsFunc(want, func(x waiting) bool { return x.verb == verb })
			if strings.Contains(text, verb+" ") != named {
				t.Errorf("%s: %q waits: %v", name, verb, !named)
			}
		}
	}
	leads := func(name, to string, id ident.ID) {
		t.Helper()
		c := s.desktop(name, "")
		p := c.Get("/").Links()
		href := "/purpose?purpose=" + url.QueryEscape("case/"+string(id)) + "&return=" + url.QueryEscape(to)
		if _, ok := p[href]; !ok {
			t.Errorf("%s is not led to %s: %v", name, to, p)
		}
	}
	leads("far-chief", "/transfers/"+string(transfer), back.file.ID)
	leads("prosecutor", "/measures/"+string(m), back.file.ID)
	leads("prosecutor", "/dossiers/"+string(sent.dossier.ID), sent.file.ID)
}

// TestTheInboxIsTheOffices: a prosecution office sees what was sent to it and
// asked of it, answered or not, and no other office's.
func TestTheInboxIsTheOffices(t *testing.T) {
	s := newSite(t)
	var sent []string
	for _, state := range []enquiry.State{enquiry.HandedOver, enquiry.Acknowledged, enquiry.Closed} {
		sent = append(sent, s.standing(state).dossier.Number)
	}
	s.measure(s.standing(enquiry.Open).file.ID, enquiry.Asked)
	for name, theirs := range map[string]bool{"prosecutor": true, "general": false, "elsewhere": false} {
		for lang := range languages {
			kind, err := s.k.Pack.Measure("phone-data", noon)
			s.must(err)
			p := s.desktop(name, "").Speak(lang).Get("/inbox")
			for _, number := range sent {
				if strings.Contains(p.Text(), number) != theirs {
					t.Errorf("%s, %s: %s shown: %v", name, lang, number, !theirs)
				}
			}
			if strings.Contains(p.Text(), kind.Names.In(lang)) != theirs {
				t.Errorf("%s, %s: the measure is shown: %v", name, lang, !theirs)
			}
		}
	}
	for _, name := range []string{"opj", "chief", "desk", "inspector", "administrator"} {
		if p := s.desktop(name, "").Get("/inbox"); p.Status != http.StatusForbidden {
			t.Errorf("%s opens the inbox: %d", name, p.Status)
		}
	}
}

// TestAComplaintShowsItsCase: to who may take it over, the way to open a case;
// once there is one, its number; nothing to others.
func TestAComplaintShowsItsCase(t *testing.T) {
	s := newSite(t)
	c := s.complaint("KEN-VILLE-BPJ")
	page := "/complaints/" + string(c.ID)
	open := page + "/case"
	read := func(name string) *kerneltest.Page { return s.desktop(name, "").Speak("fr").Get(page) }
	if p := read("opj"); p.LinkTo(open) == "" {
		t.Errorf("who may open a case is not led there: %d %s", p.Status, p.Text())
	}
	if p := read("desk"); p.Status != http.StatusOK || p.LinkTo(open) != "" {
		t.Errorf("the desk: %d, led to %q", p.Status, p.LinkTo(open))
	}
	s.must(s.takes("opj", c.ID))
	opened, err := s.ByComplaint(ctx, c.ID)
	s.must(err)
	for _, name := range []string{"opj", "desk"} {
		if p := read(name); !strings.Contains(p.Text(), opened.Number) || p.LinkTo(open) != "" {
			t.Errorf("%s does not read the number of the case: %s", name, p.Text())
		}
	}
	if _, err := s.ByComplaint(ctx, s.ids.New()); err == nil {
		t.Error("a complaint that nobody made has a case")
	}
}

// TestHowToReachAPersonIsItsOwnPage: the contacts are on no page of the case
// but their own, which a guest and an inspector do not open.
func TestHowToReachAPersonIsItsOwnPage(t *testing.T) {
	s := newSite(t)
	id, victim, _ := s.theft()
	s.hearing(id, victim, "x")
	s.must(s.Refer(ctx, s.house.on("chief", "cases.case.refer", id), id, s.who["far"], "x"))
	here := "/cases/" + string(id)
	f, err := s.File(ctx, id)
	s.must(err)
	for _, path := range []string{here, here + "/pvs/" + string(f.PVs[0].ID), here + "/party", here + "/pv", here + "/qualify"} {
		if p := s.desktop("opj", id).Get(path); p.Status != http.StatusOK || strings.Contains(string(p.Body), "212600000017") || strings.Contains(p.Text(), "زنقة 4، رقم 17") {
			t.Errorf("%s says how to reach the victim", path)
		}
	}
	for name, status := range map[string]int{"opj": http.StatusOK, "chief": http.StatusOK, "far": http.StatusForbidden, "agent": http.StatusForbidden, "prosecutor": http.StatusForbidden} {
		p := s.desktop(name, id).Get(here + "/contacts")
		if p.Status != status || strings.Contains(p.Text(), "+212600000017") != (status == http.StatusOK) || strings.Contains(p.Text(), "رقم 17") != (status == http.StatusOK) {
			t.Errorf("%s: %d", name, p.Status)
		}
	}
	seen, err := s.k.Journal.Lane().Search(ctx, journal.AccessQuery{About: ident.Ref{Kind: "person", ID: victim}, Actor: s.who["chief"], Outcome: journal.Read, Limit: 10})
	s.must(err)
	if !slices.ContainsFunc(seen, func(a journal.Access) bool { return a.Action == "cases.contact.read" }) {
		t.Error("that the chief read how to reach the victim is not recorded about her")
	}
}

// TestACorrectionBeginsWithWhatItCorrects: the form that corrects a report
// begins a new one with its words, and says which it corrects.
func TestACorrectionBeginsWithWhatItCorrects(t *testing.T) {
	s := newSite(t)
	id, victim, _ := s.theft()
	old := s.hearing(id, victim, "كان ذلك صباحاً")
	here := "/cases/" + string(id)
	opj := s.desktop("opj", id)
	way := opj.Get(here + "/pvs/" + string(old.ID)).LinkTo(here + "/pv?")
	form := opj.Get(way).Fields(here + "/pv")
	if form.Get("corrects") != string(old.ID) || form.Get("form") != "" && form.Get("form") != old.Form {
		t.Errorf("the form of a correction holds %v", form)
	}
	form.Set("form", old.Form)
	form.Set("act", "11:00")
	form.Set("person", string(victim))
	p := opj.Post(here+"/pv", form)
	next, err := s.PV(ctx, ident.ID(form.Get("submission")))
	if p.Status != http.StatusSeeOther || err != nil || next.Corrects != old.ID || next.Values["statement"] != "كان ذلك صباحاً" || next.State != enquiry.Draft {
		t.Errorf("%d %+v %v", p.Status, next, err)
	}
	if again, _ := s.PV(ctx, old.ID); again.Version != old.Version || again.Number != old.Number {
		t.Errorf("the report that is corrected changed: %+v", again)
	}
}

// TestOnlyTheAuthorSeesTheButtonsOfADraft: others write it, and neither sign
// nor drop it, by the page or past it.
func TestOnlyTheAuthorSeesTheButtonsOfADraft(t *testing.T) {
	s := newSite(t)
	id, victim, _ := s.theft()
	p, err := s.DraftPV(ctx, s.house.on("opj", "cases.pv.draft", id), id, cases.NewPV{Submission: s.ids.New(), Form: "pv-hearing", Person: victim, Act: noon, Values: heard("x")})
	s.must(err)
	here := "/cases/" + string(id) + "/pvs/" + string(p.ID)
	for name, author := range map[string]bool{"opj": true, "chief": false} {
		c := s.desktop(name, id)
		page := c.Get(here)
		if page.LinkTo(here+"/edit") == "" {
			t.Errorf("%s does not write", name)
		}
		for _, act := range []string{here + "/sign?version=1", here + "/drop"} {
			if slices.Contains(page.Actions(), act) != author {
				t.Errorf("%s is offered %s: %v", name, act, !author)
			}
			if !author {
				s.leadsTo(c, act, http.StatusForbidden, "", "")
			}
		}
	}
}
