package register_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/modules/register"
)

// TestListEqualsSingleDecisions: the list shows exactly the complaints that
// the policy would grant one by one, for everybody of the cast.
func TestListEqualsSingleDecisions(t *testing.T) {
	h := newHouse(t)
	var all []ident.ID
	for i := range 12 {
		who := []string{"desk", "other", "agent"}[i%3]
		c, err := h.RecordComplaint(ctx, h.grant(who, "register.complaint.record", res0), h.theft())
		h.must(err)
		all = append(all, c.ID)
	}
	basis := policy.Purpose{Kind: policy.Basis, Basis: "CPP-21"}
	cols := policy.Columns{ID: "c.id", Unit: "c.unit", Under: map[string]string{"case": "c.case_id"}}
	for _, x := range cast {
		for _, purpose := range [][]policy.Purpose{nil, {basis}, {h.newCase("*")}} {
			actor, p := h.actor(x.name)
			if len(purpose) > 0 {
				p = purpose[0]
			}
			listed := map[ident.ID]bool{}
			if pred, err := h.k.Policy.Filter(ctx, actor, "register.complaint.list", p, cols); err == nil {
				ids, err := store.List(ctx, h.k.Reader, "select c.id from register_complaints c where "+pred.SQL, pred.Args, func(scan store.Scan) (id ident.ID, err error) { return id, scan(&id) })
				h.must(err)
				for _, id := range ids {
					listed[id] = true
				}
			}
			for _, id := range all {
				if can := h.k.Policy.Can(ctx, actor, "register.complaint.list", h.on(x.name, register.KindComplaint, id, p), p); can != listed[id] {
					t.Errorf("%s under %s: list says %v, decision %v", x.name, p, listed[id], can)
				}
			}
		}
	}
}

// TestReplayOfEverything: after many acts of all kinds in an order drawn by
// chance, the journal replays to equal tables.
func TestReplayOfEverything(t *testing.T) {
	h := newHouse(t)
	chance := rand.New(rand.NewPCG(7, 11))
	for range 25 {
		c := h.record()
		own := func(name, action string) policy.Grant {
			return h.grant(name, action, h.on(name, register.KindComplaint, c.ID))
		}
		switch chance.IntN(6) {
		case 0:
			h.must(h.CorrectComplaint(ctx, own("desk", "register.complaint.correct"), c.ID, "facts", "Deux hommes."))
		case 1:
			h.must(h.ProposeClosing(ctx, own("desk", "register.closing.propose"), c.ID, 0, "Retrouv\u00e9."))
			h.must(h.DecideClosing(ctx, own("night", "register.closing.decide"), c.ID, 0, chance.IntN(2) == 0, "Vu."))
		case 2:
			h.refer(c, "1/KEN-VILLE-BPJ/2026")
		case 3:
			h.must(h.TellOutcome(ctx, own("desk", "register.outcome.tell"), c.ID, h.clock.Now(), "pending", "phone", "Re\u00e7u."))
		case 4:
			in := h.arrested([]string{"theft-simple", "burglary"}[chance.IntN(2)])
			if chance.IntN(3) == 0 {
				in.New.Birth = "2011-03"
			}
			page, p := h.hold(in)
			if chance.IntN(2) == 0 {
				g := h.grant("opj", "register.custody.end", h.on("opj", register.KindCustody, page.ID, p), p)
				h.must(h.EndCustody(ctx, g, page.ID, 0, "release", h.clock.Now(), "Aucune charge."))
			}
		case 5:
			_, err := h.WriteLine(ctx, h.grant("desk", "register.line.write", res0), register.NewLine{Submission: h.ids.New(), Words: "Ronde."})
			h.must(err)
		}
		h.clock.Advance(time.Duration(chance.IntN(600)) * time.Minute)
		if _, err := h.Watch(ctx); err != nil {
			t.Fatal(err)
		}
	}
	h.sound()
}
