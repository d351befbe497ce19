package exhibits_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/modules/exhibits"
	"github.com/amana-platform/amana/modules/units"
)

// manages gives the administrator's grant on an officer.
func (h *house) manages(action, name string) policy.Grant {
	h.t.Helper()
	actor, p := h.actor("administrator")
	g, err := h.k.Policy.Ask(ctx, actor, action, policy.Resource{Ref: ident.Ref{Kind: units.KindOfficer, ID: h.who[name]}, Unit: actor.Unit, Attrs: map[string]any{"officer": string(h.who[name])}}, p)
	h.must(err)
	return g
}

// retires: the post of an officer ends now.
func (h *house) retires(name string) {
	h.t.Helper()
	posts, err := h.units.Posts(ctx, h.who[name])
	h.must(err)
	h.must(h.units.EndPost(ctx, h.manages("units.post.end", name), units.PostEnding{Post: posts[0].ID, To: h.clock.Now(), Act: "3/2026"}))
	h.clock.Advance(time.Minute)
}

func (h *house) suspends(name string) {
	h.t.Helper()
	_, err := h.units.SuspendOfficer(ctx, h.manages("units.officer.suspend", name), units.NewSuspension{Officer: h.who[name], Reason: "Enquête"})
	h.must(err)
	h.clock.Advance(time.Minute)
}

func (h *house) reinstates(name string) {
	h.t.Helper()
	h.must(h.units.LiftSuspension(ctx, h.manages("units.suspension.lift", name), h.who[name]))
	h.clock.Advance(time.Minute)
}

// takingOver is what is good to say of it.
func (h *house) takingOver(x exhibits.Exhibit) exhibits.TakingOver {
	in := exhibits.TakingOver{Move: h.moveOf(x.ID), Seal: x.Seal, Reason: "Départ du détenteur"}
	in.Condition = "Scellé intact"
	return in
}

func (h *house) takesOver(x exhibits.Exhibit, c policy.Purpose) error {
	h.t.Helper()
	return h.TakeOverExhibit(ctx, h.grant("chief", "exhibits.exhibit.take-over", x.ID, c), h.takingOver(x))
}

// TestWhoIsGoneHandsNothingOver: the head of the unit takes over what the holder
// left behind, sealed or open, with its seal read and a reason; the chain says
// that the holder was absent, and the offer they made has ended.
func TestWhoIsGoneHandsNothingOver(t *testing.T) {
	h := newHouse(t)
	c := h.newCase("*")
	kept, opened, ended := h.standing(exhibits.Stored, c), h.standing(exhibits.Opened, c), h.standing(exhibits.Deposited, c)
	offered := h.standing(exhibits.Closed, c)
	offer := h.offer(offered.ID, c, "opj", "second", exhibits.ToCarrier)
	chief := func(x exhibits.Exhibit) policy.Grant { return h.grant("chief", "exhibits.exhibit.take-over", x.ID, c) }
	h.refuses([]refusal{{"while the holder serves", func() error { return h.takesOver(kept, c) }, fault.Refused, "exhibits.fault.holder-here", ""}})
	h.retires("opj")
	send := func(in exhibits.TakingOver) error { return h.TakeOverExhibit(ctx, chief(kept), in) }
	h.refuses(append(spoiled(func() exhibits.TakingOver { return h.takingOver(kept) }, send, map[string]func(*exhibits.TakingOver){
		"seal exhibits.fault.seal-differs": func(in *exhibits.TakingOver) { in.Seal = "KEN-VILLE-BPJ-2026-00099" },
		"reason form.required":             func(in *exhibits.TakingOver) { in.Reason = " " },
		"condition form.required":          func(in *exhibits.TakingOver) { in.Condition = "" },
	}), []refusal{
		{"what has left the police", func() error { return h.takesOver(ended, c) }, fault.Refused, "exhibits.fault.state", ""},
		{"another than the grant's", func() error { return h.TakeOverExhibit(ctx, chief(opened), h.takingOver(kept)) }, fault.Refused, "exhibits.fault.other-exhibit", ""},
	}...))
	for x, want := range map[exhibits.Exhibit]exhibits.State{kept: exhibits.Closed, opened: exhibits.Opened, offered: exhibits.Closed} {
		left, err := h.leaves(func() error { return h.takesOver(x, c) })
		now, e := h.Exhibit(ctx, x.ID)
		h.must(e)
		if err != nil || left != "exhibit-taken-over" || now.State != want || now.Holder != h.who["chief"] || now.HeldUnit != h.unit["KEN-VILLE-BPJ"] || now.Seal != x.Seal || now.Kept != "" || now.Pending != "" || now.Receiver != "" {
			t.Errorf("%s: %v, %s, %+v", x.State, err, left, now)
		}
		chain, err := h.Chain(ctx, x.ID)
		h.must(err)
		if l := chain[len(chain)-1]; l.Absent != h.who["opj"] || l.Absence != exhibits.HolderLeft || l.Reason != "Départ du détenteur" || chain[0].Absent != "" {
			t.Errorf("%s: the chain says %+v", x.State, l)
		}
	}
	if all, err := h.Handovers(ctx, offered.ID); err != nil || all[0].State != "lapsed" {
		t.Errorf("%v %+v", err, all)
	}
	h.wants(h.accepts(offered.ID, offer, "second"), fault.Refused, "policy.refused.policy")
	h.must(h.accepts(kept.ID, h.offer(kept.ID, c, "chief", "second", exhibits.ToKeeper), "second")) // and it moves again
	h.sound()
}

// TestWhoIsSuspendedHandsNothingOver, until the suspension is lifted.
func TestWhoIsSuspendedHandsNothingOver(t *testing.T) {
	h := newHouse(t)
	x, c := h.sealed()
	other := h.standing(exhibits.Seized, c)
	h.suspends("opj")
	h.must(h.takesOver(x, c))
	chain, err := h.Chain(ctx, x.ID)
	h.must(err)
	if l := chain[len(chain)-1]; l.Absence != exhibits.HolderSuspended {
		t.Errorf("%+v", l)
	}
	h.reinstates("opj")
	h.refuses([]refusal{
		{"from who is back", func() error { return h.takesOver(other, c) }, fault.Refused, "exhibits.fault.holder-here", ""},
	})
	h.sound()
}

// TestAnAbsentHolderOnThePage: the head of the unit finds the act once the holder
// is gone, and nobody else does; the chain tells everybody, in their language.
func TestAnAbsentHolderOnThePage(t *testing.T) {
	s := newSite(t)
	x, c := s.sealed()
	path := "/exhibits/" + string(x.ID) + "/take-over"
	offered := func(name string) bool {
		_, ok := s.desktop(name, c).Get("/exhibits/" + string(x.ID)).Links()[path]
		return ok
	}
	if offered("chief") {
		t.Error("the page offers to take over from a holder who serves")
	}
	s.retires("opj")
	if !offered("chief") || offered("second") {
		t.Error("the page does not offer it to the chief alone")
	}
	chief := s.desktop("chief", c)
	values := chief.Get(path).Fields(path)
	for name, v := range map[string]string{"seal": x.Seal, "condition": "Intact", "reason": "Départ à la retraite"} {
		values.Set(name, v)
	}
	if p := chief.Post(path, values); p.Status != http.StatusSeeOther {
		t.Fatalf("%d %v", p.Status, p.Errors())
	}
	for lang := range languages {
		p, w := s.desktop("second", c).Speak(lang).Get("/exhibits/"+string(x.ID)), s.k.Texts.In(text.Lang(lang))
		for _, words := range []string{w.T("entry.exhibits.exhibit-taken-over"), w.T("exhibits.absence.left", "officer", s.units.OfficerName(ctx, lang, s.who["opj"])), "Départ à la retraite"} {
			if !strings.Contains(p.Text(), words) {
				t.Errorf("%s: nothing says %q", lang, words)
			}
		}
	}
}
