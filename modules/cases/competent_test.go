package cases_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/modules/cases"
	"github.com/amana-platform/amana/modules/cases/enquiry"
	"github.com/amana-platform/amana/modules/register"
)

// takes lets somebody who may open cases try to open one from a complaint.
func (h *house) takes(name string, complaint ident.ID) error {
	h.t.Helper()
	_, err := h.Open(ctx, h.grant(name, "cases.case.open", policy.Resource{}), cases.Opening{
		Submission: h.ids.New(), Complaint: complaint, Regime: "preliminary", Values: map[string]string{"instruction": "141/2026"}})
	return err
}

// refusals counts the recorded refusals of somebody about a complaint.
func (h *house) refusals(name string, complaint ident.ID) int {
	h.t.Helper()
	all, err := h.k.Journal.Lane().Search(ctx, journal.AccessQuery{Actor: h.who[name], About: ident.Ref{Kind: register.KindComplaint, ID: complaint}, Outcome: journal.Refused, Limit: 100})
	h.must(err)
	n := 0
	for _, a := range all {
		if a.Action == "register.complaint.refer" {
			n++
		}
	}
	return n
}

// TestOnlyTheCompetentUnitOpens: whoever may open cases and knows a complaint's
// id gets nothing of it, unless their unit answers for it or the desk named it;
// the refusal is recorded, and nothing else is.
func TestOnlyTheCompetentUnitOpens(t *testing.T) {
	h := newHouse(t)
	own, sent := h.complaint(""), h.complaint("KEN-VILLE-BPJ")
	for _, tc := range []struct {
		name string
		c    register.Complaint
	}{{"opj", own}, {"chief", own}, {"far", own}, {"far", sent}, {"far-chief", sent}} {
		entries := h.head()
		err := h.takes(tc.name, tc.c.ID)
		if !fault.Is(err, fault.Refused) {
			t.Errorf("%s opens a case from a complaint of another unit: %v", tc.name, err)
		}
		if n := h.refusals(tc.name, tc.c.ID); n != 1 {
			t.Errorf("%s: %d refusals recorded", tc.name, n)
		}
		if n := h.head(); n != entries {
			t.Errorf("%s: and yet %d entries were appended", tc.name, n-entries)
		}
	}
	h.must(h.takes("opj", sent.ID))
	h.sound()
}

// head counts the entries.
func (h *house) head() (n int64) {
	h.t.Helper()
	h.must(h.k.Reader.Row(ctx, "select count(*) from journal_entries", nil, &n))
	return n
}

// TestCompetenceMoves: who accepts a complaint is competent for it, and who was
// before is not any more.
func TestCompetenceMoves(t *testing.T) {
	h := newHouse(t)
	c := h.complaint("KEN-VILLE-BPJ")
	on := func(name, action, kind string, id ident.ID) policy.Grant {
		a, err := h.units.Account(ctx, h.who[name])
		h.must(err)
		res, err := h.register.Resource(ctx, ident.Ref{Kind: kind, ID: id}, a.Duty)
		h.must(err)
		g, err := h.k.Policy.Ask(ctx, a.Actor, action, res, a.Duty)
		h.must(err)
		return g
	}
	h.must(h.register.OfferTransfer(ctx, on("desk", "register.transfer.offer", register.KindComplaint, c.ID), c.ID, 0, h.unit["TNG-VILLE-BPJ"], "x"))
	moving, err := h.register.Complaint(ctx, c.ID)
	h.must(err)
	h.must(h.register.AnswerTransfer(ctx, on("far-chief", "register.transfer.answer", register.KindTransfer, moving.Transfer), moving.Transfer, true, ""))
	if err := h.takes("opj", c.ID); !fault.Is(err, fault.Refused) {
		t.Errorf("the unit that was competent before still opens: %v", err)
	}
	h.must(h.takes("far", c.ID))
	h.sound()
}

// TestTakeOverPage: the form that is filled from a complaint shows nothing of
// it to whom it was not sent, and the form of a case from nowhere takes no
// complaint by its address.
func TestTakeOverPage(t *testing.T) {
	s := newSite(t)
	c := s.complaint("KEN-VILLE-BPJ")
	at := "/complaints/" + string(c.ID) + "/case"
	silent := func(body string) {
		t.Helper()
		for _, word := range []string{c.Number, c.Facts, c.Place, "Essaadi"} {
			if strings.Contains(body, word) {
				t.Errorf("the page shows %q", word)
			}
		}
	}
	typed := url.Values{"submission": {string(s.ids.New())}, "regime": {"preliminary"}, "f.instruction": {"141/2026"}}
	for _, name := range []string{"far", "far-chief", "desk", "administrator", "prosecutor"} {
		silent(s.as(name).wants(s.as(name).get(at), http.StatusForbidden).Body.String())
		silent(s.as(name).wants(s.as(name).post(at, typed), http.StatusForbidden).Body.String())
		if n := s.refusals(name, c.ID); n != 2 {
			t.Errorf("%s: %d refusals recorded", name, n)
		}
	}
	for _, name := range []string{"far", "opj"} {
		silent(s.as(name).wants(s.as(name).get("/cases/new?complaint="+string(c.ID)+"&from="+string(c.ID)), http.StatusOK).Body.String())
	}
	far := url.Values{"submission": {string(s.ids.New())}, "regime": {"preliminary"}, "f.instruction": {"1"}, "complaint": {string(c.ID)}, "origin": {string(enquiry.FromInstruction)}, "facts": {"x"}, "from": {noon.Add(-time.Hour).Format("15:04")}}
	s.as("far").wants(s.as("far").post("/cases/new", far), http.StatusSeeOther)
	if opened, err := s.Case(ctx, ident.ID(far.Get("submission"))); err != nil || opened.Complaint != "" {
		t.Errorf("the open form took the complaint of a hidden field: %+v, %v", opened, err)
	}
	opj := s.as("opj")
	opj.wants(opj.get(at+"?lang=fr"), http.StatusOK, c.Number)
	opj.wants(opj.post(at, typed), http.StatusSeeOther)
	if opened, err := s.Case(ctx, ident.ID(typed.Get("submission"))); err != nil || opened.Complaint != c.ID || opened.Facts != c.Facts {
		t.Errorf("%+v, %v", opened, err)
	}
	s.sound()
}
