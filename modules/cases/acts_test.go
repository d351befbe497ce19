package cases_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/kerneltest"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/modules/cases"
	"github.com/amana-platform/amana/modules/cases/enquiry"
)

// button is an act of one press: who presses it, where, what it leaves and
// where it leads. Elsewhere is the same address with a record of another case.
type button struct {
	name, who, path, leaves, to, elsewhere string
}

// press presses buttons: first for a record of another case, which is not
// found and leaves nothing, then for the right one.
func (s *site) press(id ident.ID, all []button) {
	s.t.Helper()
	for _, b := range all {
		s.run(b.name, func(t *testing.T) {
			c := s.desktop(b.who, id)
			if b.elsewhere != "" {
				s.leadsTo(c, b.elsewhere, http.StatusNotFound, "", "")
			}
			s.leadsTo(c, b.path, http.StatusSeeOther, b.to, b.leaves)
		})
	}
}

// leadsTo posts to an address and checks the answer and the entries it leaves.
func (s *site) leadsTo(c *kerneltest.Client, path string, status int, to, leaves string) {
	s.t.Helper()
	var p *kerneltest.Page
	left, err := s.leaves(func() error {
		p = c.Post(path, url.Values{})
		return nil
	})
	s.must(err)
	if got := strings.ReplaceAll(strings.Join(left, " "), "cases.", ""); p.Status != status || p.Header.Get("Location") != to || got != leaves {
		s.t.Errorf("%s: %d to %q, left %q, want %d to %q and %q", path, p.Status, p.Header.Get("Location"), got, status, to, leaves)
	}
}

// TestOnePressActsOnThisCaseOnly: each button of a case's page works on the
// records of that case, and finds none of another.
func TestOnePressActsOnThisCaseOnly(t *testing.T) {
	s := newSite(t)
	other := s.loaded()
	x := s.loaded()
	here := "/cases/" + string(x.id)
	at := func(path string, mine, theirs ident.ID, end string) (right, wrong string) {
		return here + path + string(mine) + end, here + path + string(theirs) + end
	}
	var all []button
	for _, b := range []struct {
		name, who, path, end string
		mine, theirs         ident.ID
		leaves, to           string
	}{
		{"drop a draft", "opj", "/pvs/", "/drop", x.draft, other.draft, "pv-dropped", here},
		{"sign a report", "opj", "/pvs/", "/sign?version=1", x.ready, other.ready, "pv-signed", here + "/pvs/" + string(x.ready)},
		{"unlink", "opj", "/links/", "/remove", x.file.Links[0].ID, other.file.Links[0].ID, "evidence-unlinked", here},
		{"withdraw an offence", "opj", "/offences/", "/withdraw", x.file.Offences[0].ID, other.file.Offences[0].ID, "offence-withdrawn", here},
		{"withdraw a person", "opj", "/parties/", "/withdraw", x.file.Parties[0].ID, other.file.Parties[0].ID, "party-withdrawn", here},
		{"release an officer", "chief", "/release/", "", s.who["agent"], "", "case-released", here},
		{"end sharing", "chief", "/referrals/", "/end", x.file.Referrals[0].ID, other.file.Referrals[0].ID, "referral-ended", here},
		{"take a measure back", "opj", "/measures/", "/withdraw", x.measure, other.measure, "measure-withdrawn", here},
		{"take an offer back", "chief", "/transfers/", "/revoke", x.file.Transfers[0].ID, other.file.Transfers[0].ID, "transfer-decided", here},
	} {
		right, wrong := at(b.path, b.mine, b.theirs, b.end)
		if b.theirs == "" {
			wrong = ""
		}
		all = append(all, button{b.name, b.who, right, b.leaves, b.to, wrong})
	}
	s.press(x.id, all)
	s.sound()
}

// TestWhatWasAskedIsTakenBackWhileItIsUndecided: the unit withdraws a measure, and
// its offer of the case, for as long as nobody has answered, also from before the
// chief; then the file goes without them, and the page offers it no more.
func TestWhatWasAskedIsTakenBackWhileItIsUndecided(t *testing.T) {
	s := newSite(t)
	id := s.approvable()
	m := s.measure(id, enquiry.Asked)
	transfer, err := s.Propose(ctx, s.house.on("chief", "cases.transfer.propose", id), id, s.unit["TNG-VILLE-BPJ"], "x")
	s.must(err)
	s.must(s.Submit(ctx, s.house.on("opj", "cases.review.submit", id), id))
	s.must(s.Approve(ctx, s.house.on("chief", "cases.review.approve", id), id))
	gate := func() enquiry.Gate {
		f, err := s.File(ctx, id)
		s.must(err)
		g, _ := s.Gate(ctx, f)
		return g
	}
	if open := gate().Missing(); len(open) != 1 || open[0].Check != enquiry.CheckMeasures {
		t.Fatalf("an unanswered measure blocks the file, and nothing else does: %+v", open)
	}
	here := "/cases/" + string(id)
	back := map[string]string{here + "/measures/" + string(m) + "/withdraw": "measure-withdrawn", here + "/transfers/" + string(transfer) + "/revoke": "transfer-decided"}
	for path, leaves := range back {
		c := s.desktop("chief", id)
		for lang := range languages {
			if p := c.Speak(lang).Get(here); !slices.Contains(p.Actions(), path) {
				t.Errorf("%s: %s is not offered", lang, path)
			}
		}
		s.leadsTo(c, path, http.StatusSeeOther, here, leaves)
		s.leadsTo(c, path, http.StatusForbidden, "", "")
		if p := c.Get(here); slices.Contains(p.Actions(), path) {
			t.Errorf("%s is offered again", path)
		}
	}
	for lang := range languages {
		if p, w := s.desktop("opj", id).Speak(lang).Get(here), s.k.Texts.In(text.Lang(lang)); !strings.Contains(p.Text(), w.T("cases.measure-state.withdrawn")) || !strings.Contains(p.Text(), w.T("cases.transfer-state.revoked")) {
			t.Errorf("%s: the page does not say what was taken back", lang)
		}
	}
	if g := gate(); !g.Open() {
		t.Errorf("what was withdrawn still blocks: %+v", g.Missing())
	}
	_, err = s.HandOver(ctx, s.house.on("chief", "cases.dossier.hand-over", id), id, s.ids.New())
	s.must(err)
	s.sound()
}

// laden is a case with a record of each kind that a button is about.
type laden struct {
	id, draft, ready, measure ident.ID
	file                      *enquiry.File
}

// loaded makes such a case.
func (h *house) loaded() laden {
	h.t.Helper()
	x := laden{id: h.approvable()}
	begin := func(form string, values map[string]string) ident.ID {
		p, err := h.DraftPV(ctx, h.on("opj", "cases.pv.draft", x.id), x.id, cases.NewPV{Submission: h.ids.New(), Form: form, Act: noon, Values: values})
		h.must(err)
		return p.ID
	}
	x.draft, x.ready = begin("pv-finding", nil), begin("pv-finding", complete["pv-finding"])
	h.must(h.Assign(ctx, h.on("chief", "cases.case.assign", x.id), x.id, h.who["agent"]))
	h.must(h.Refer(ctx, h.on("chief", "cases.case.refer", x.id), x.id, h.who["far"], "x"))
	_, err := h.Propose(ctx, h.on("chief", "cases.transfer.propose", x.id), x.id, h.unit["TNG-VILLE-BPJ"], "x")
	h.must(err)
	x.measure = h.measure(x.id, enquiry.Asked)
	x.file, err = h.File(ctx, x.id)
	h.must(err)
	return x
}

// TestRecordsOfAnotherCaseAreNotFound: a case opens no page, form or file of
// another one's records, though the reader may open both.
func TestRecordsOfAnotherCaseAreNotFound(t *testing.T) {
	s := newSite(t)
	_, d := s.sent()
	theirs, err := s.File(ctx, d.Case)
	s.must(err)
	other := s.loaded()
	m := s.measure(other.id, enquiry.Ordered)
	id, _, _ := s.theft()
	here := "/cases/" + string(id)
	opj := s.desktop("opj", id)
	chief := s.desktop("chief", id)
	for _, path := range []string{
		"/pvs/" + string(other.draft), "/pvs/" + string(other.draft) + "/edit", "/pvs/" + string(theirs.PVs[0].ID) + "/paper", "/measures/" + string(m) + "/report",
		"/link?element=" + string(other.file.Offences[0].ID) + ".taking", "/dossiers/" + string(d.ID), "/dossiers/" + string(d.ID) + "/twin/prosecutor", "/pieces/" + string(other.draft) + "/file",
	} {
		for name, c := range map[string]*kerneltest.Client{"opj": opj, "chief": chief} {
			if p := c.Get(here + path); p.Status != http.StatusNotFound {
				t.Errorf("%s, %s: %d", name, path, p.Status)
			}
		}
	}
	for _, path := range []string{"/dossiers/" + string(d.ID) + "/issue?profile=defence&lang=fr", "/dossiers/" + string(d.ID) + "/stamp?profile=defence", "/measures/" + string(m) + "/report", "/pvs/" + string(other.draft) + "/edit"} {
		s.leadsTo(chief, here+path, http.StatusNotFound, "", "")
	}
}

// TestASealIsNeverLiftedByTheFormThatSets it: a form sent twice, or shown
// before another chief acted, does what it said or nothing.
func TestASealIsNeverLiftedByTheFormThatSetsIt(t *testing.T) {
	s := newSite(t)
	id, _, _ := s.theft()
	path := "/cases/" + string(id) + "/seal"
	chief := s.desktop("chief", id)
	shown := chief.Get(path).Fields(path)
	shown.Set("order", "5/2026")
	for i, want := range []int{http.StatusSeeOther, http.StatusForbidden, http.StatusForbidden} {
		if p := chief.Post(path, shown); p.Status != want {
			t.Errorf("sent for the %d. time: %d", i+1, p.Status)
		}
		if c, err := s.Case(ctx, id); err != nil || !c.Sealed {
			t.Fatalf("after %d times: %+v %v", i+1, c, err)
		}
	}
	if p := chief.Post(path, on("order", "6/2026")); p.Status != http.StatusConflict {
		t.Errorf("a form that does not say what it does: %d", p.Status)
	}
	lift := chief.Get(path).Fields(path)
	lift.Set("order", "7/2026")
	for i, want := range []int{http.StatusSeeOther, http.StatusForbidden} {
		if p := chief.Post(path, lift); p.Status != want {
			t.Errorf("lifted for the %d. time: %d", i+1, p.Status)
		}
	}
	if c, err := s.Case(ctx, id); err != nil || c.Sealed || c.SealOrder != "7/2026" {
		t.Errorf("%+v %v", c, err)
	}
}

// TestACasePageLeadsNowhereThatIsShut: what the page of a case offers its
// reader, the reader may open; and what the authority said of a measure can be
// read there by who asked for it.
func TestACasePageLeadsNowhereThatIsShut(t *testing.T) {
	s := newSite(t)
	x := s.loaded()
	for _, state := range []enquiry.MeasureState{enquiry.Asked, enquiry.Ordered, enquiry.Done} {
		s.measure(x.id, state)
	}
	_, err := s.AskMeasure(ctx, s.house.on("opj", "cases.measure.ask", x.id), x.id, cases.NewMeasure{Kind: "seizure", Values: map[string]string{"objects": "x"}})
	s.must(err)
	s.measure(x.id, enquiry.Refused)
	done, d := s.sent()
	opj := s.desktop("opj", x.id).Speak("fr").Get("/cases/" + string(x.id))
	for _, word := range []string{"n° 7, jusqu", "refusée", "غير مبرر"} {
		if !strings.Contains(opj.Text(), word) {
			t.Errorf("who asked for the measures does not read %q", word)
		}
	}
	for _, id := range []ident.ID{x.id, done} {
		for _, name := range []string{"opj", "agent", "chief", "second", "far"} {
			c := s.desktop(name, id)
			page := c.Get("/cases/" + string(id))
			if id == done && (name == "agent" || name == "far") {
				continue // not theirs
			}
			if page.Status != http.StatusOK {
				t.Fatalf("%s: %d", name, page.Status)
			}
			for href := range page.Links() {
				if !strings.HasPrefix(href, "/cases/") && !strings.HasPrefix(href, "/measures/") {
					continue
				}
				if p := c.Get(href); p.Status != http.StatusOK {
					t.Errorf("%s is led to %s: %d", name, href, p.Status)
				}
			}
		}
	}
	if page := s.desktop("chief", done).Get("/cases/" + string(done)); page.LinkTo("/cases/"+string(done)+"/dossiers/"+string(d.ID)) == "" {
		t.Error("the page of a case does not lead to its dossier")
	}
}
