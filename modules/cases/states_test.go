package cases_test

import (
	"slices"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/modules/cases"
	"github.com/amana-platform/amana/modules/cases/enquiry"
)

// standing is a case that stands in a state, with a record of each kind that a
// verb may be tried on.
type standing struct {
	*house
	file    *enquiry.File
	photo   ident.ID // shows nothing yet
	dossier enquiry.Dossier
}

// standing brings a theft to a state, by the verbs that lead there.
func (h *house) standing(state enquiry.State) *standing {
	h.t.Helper()
	id := h.approvable()
	photo, err := h.FilePiece(ctx, h.on("opj", "cases.piece.file", id), id, cases.NewPiece{Kind: "photo", Title: "x"})
	h.must(err)
	x := &standing{house: h, photo: photo}
	path := []struct {
		to enquiry.State
		do func() error
	}{
		{enquiry.Open, func() error { return nil }},
		{enquiry.InReview, func() error { return h.Submit(ctx, h.on("opj", "cases.review.submit", id), id) }},
		{enquiry.Approved, func() error { return h.Approve(ctx, h.on("chief", "cases.review.approve", id), id) }},
		{enquiry.HandedOver, func() (err error) {
			x.dossier, err = h.HandOver(ctx, h.on("chief", "cases.dossier.hand-over", id), id, h.ids.New())
			return err
		}},
		{enquiry.Acknowledged, func() error {
			_, err := h.Acknowledge(ctx, h.grant("prosecutor", "cases.dossier.acknowledge", dossierOf(x.dossier)), x.dossier.ID)
			return err
		}},
		{enquiry.Closed, func() error {
			return h.Decide(ctx, h.grant("prosecutor", "cases.dossier.decide", dossierOf(x.dossier)), x.dossier.ID, "time-barred", nil)
		}},
	}
	if state == enquiry.Returned {
		path = append(path[:2:2], struct {
			to enquiry.State
			do func() error
		}{enquiry.Returned, func() error {
			said := []cases.NewRemark{{Anchor: ident.Ref{Kind: "case", ID: id}, Section: "facts", Words: "x"}}
			if err := h.Return(ctx, h.on("chief", "cases.review.return", id), id, said); err != nil {
				return err
			}
			f, err := h.File(ctx, id)
			h.must(err)
			return h.Answer(ctx, h.on("opj", "cases.remark.answer", id), id, f.Remarks[0].ID, "y")
		}})
	}
	for _, to := range path {
		h.must(to.do())
		if to.to == state {
			break
		}
	}
	x.file, err = h.File(ctx, id)
	h.must(err)
	if f := x.file; f.State != state {
		h.t.Fatalf("the case stands in %s, not %s", f.State, state)
	}
	return x
}

// on makes a grant about the standing case.
func (x *standing) on(who, action string) policy.Grant {
	x.t.Helper()
	return x.house.on(who, action, x.file.ID)
}

// grown are the verbs that let the content of a case grow.
var grown = map[string]func(x *standing) error{
	"state the facts anew": func(x *standing) error {
		f := x.file
		return x.Amend(ctx, x.on("opj", "cases.case.amend"), f.ID, cases.Amendment{Version: f.Version, Regime: f.Regime, Values: f.Values, Facts: "x", From: f.From})
	},
	"add a person": func(x *standing) error {
		return x.AddParty(ctx, x.on("opj", "cases.party.add"), x.file.ID, cases.NewParty{Person: x.file.Parties[0].Person, Role: enquiry.Interpreter})
	},
	"withdraw a person": func(x *standing) error {
		i := slices.IndexFunc(x.file.Parties, func(p enquiry.Party) bool { return p.Role == enquiry.Victim })
		return x.WithdrawParty(ctx, x.on("opj", "cases.party.add"), x.file.ID, x.file.Parties[i].ID)
	},
	"qualify": func(x *standing) error {
		return x.Qualify(ctx, x.on("opj", "cases.offence.qualify"), x.file.ID, cases.Qualification{Code: "theft-armed"})
	},
	"withdraw an offence": func(x *standing) error {
		return x.WithdrawOffence(ctx, x.on("opj", "cases.offence.qualify"), x.file.ID, x.file.Offences[0].ID)
	},
	"link": func(x *standing) error {
		return x.Link(ctx, x.on("opj", "cases.evidence.link"), x.file.ID, x.file.Offences[0].ID, "taking", ident.Ref{Kind: "piece", ID: x.photo})
	},
	"unlink": func(x *standing) error {
		return x.Unlink(ctx, x.on("opj", "cases.evidence.link"), x.file.ID, x.file.Links[0].ID)
	},
	"file a paper": func(x *standing) error {
		_, err := x.FilePiece(ctx, x.on("opj", "cases.piece.file"), x.file.ID, cases.NewPiece{Kind: "document", Title: "x"})
		return err
	},
	"begin a report": func(x *standing) error {
		_, err := x.DraftPV(ctx, x.on("opj", "cases.pv.draft"), x.file.ID, cases.NewPV{Submission: x.ids.New(), Form: "pv-finding", Act: noon})
		return err
	},
	"ask for a measure": func(x *standing) error {
		_, err := x.AskMeasure(ctx, x.on("opj", "cases.measure.ask"), x.file.ID, cases.NewMeasure{Kind: "seizure", Values: map[string]string{"objects": "x"}})
		return err
	},
	"offer it to another unit": func(x *standing) error {
		_, err := x.Propose(ctx, x.on("chief", "cases.transfer.propose"), x.file.ID, x.unit["TNG-VILLE-BPJ"], "x")
		return err
	},
	"submit": func(x *standing) error { return x.Submit(ctx, x.on("opj", "cases.review.submit"), x.file.ID) },
}

// moved are the verbs that bring a case on, by the states that allow them and
// the state they lead to.
var moved = map[string]struct {
	in map[enquiry.State]enquiry.State
	do func(x *standing) error
}{
	"submit":  {map[enquiry.State]enquiry.State{enquiry.Open: enquiry.InReview, enquiry.Returned: enquiry.InReview}, grown["submit"]},
	"approve": {map[enquiry.State]enquiry.State{enquiry.InReview: enquiry.Approved}, func(x *standing) error { return x.Approve(ctx, x.on("chief", "cases.review.approve"), x.file.ID) }},
	"return": {map[enquiry.State]enquiry.State{enquiry.InReview: enquiry.Returned}, func(x *standing) error {
		return x.Return(ctx, x.on("chief", "cases.review.return"), x.file.ID, []cases.NewRemark{{Anchor: ident.Ref{Kind: "case", ID: x.file.ID}, Words: "x"}})
	}},
	"hand over": {map[enquiry.State]enquiry.State{enquiry.Approved: enquiry.HandedOver}, func(x *standing) error {
		_, err := x.HandOver(ctx, x.on("chief", "cases.dossier.hand-over"), x.file.ID, x.ids.New())
		return err
	}},
	"share": {map[enquiry.State]enquiry.State{enquiry.Open: enquiry.Open, enquiry.InReview: enquiry.InReview, enquiry.Returned: enquiry.Returned, enquiry.Approved: enquiry.Approved,
		enquiry.HandedOver: enquiry.HandedOver, enquiry.Acknowledged: enquiry.Acknowledged}, func(x *standing) error {
		return x.Refer(ctx, x.on("chief", "cases.case.refer"), x.file.ID, x.who["far"], "x")
	}},
}

// answers are what the prosecution may do with a dossier, by the states of its
// case that allow it and the state they lead to.
var answers = map[string]struct {
	in map[enquiry.State]enquiry.State
	do func(x *standing) error
}{
	"acknowledge": {map[enquiry.State]enquiry.State{enquiry.HandedOver: enquiry.Acknowledged}, func(x *standing) error {
		_, err := x.Acknowledge(ctx, x.grant("prosecutor", "cases.dossier.acknowledge", dossierOf(x.dossier)), x.dossier.ID)
		return err
	}},
	"give back": {map[enquiry.State]enquiry.State{enquiry.Acknowledged: enquiry.Returned}, func(x *standing) error {
		return x.Decide(ctx, x.grant("prosecutor", "cases.dossier.decide", dossierOf(x.dossier)), x.dossier.ID, "return-form", map[string]string{"missing": "x", "deadline": "2026-12-31"})
	}},
	"decide": {map[enquiry.State]enquiry.State{enquiry.Acknowledged: enquiry.Closed}, func(x *standing) error {
		return x.Decide(ctx, x.grant("prosecutor", "cases.dossier.decide", dossierOf(x.dossier)), x.dossier.ID, "offender-unknown", nil)
	}},
}

// TestEveryEdgeOfACase: in each state, each verb either does what it is for or
// is refused by the state and writes nothing.
func TestEveryEdgeOfACase(t *testing.T) {
	h := newHouse(t)
	for _, state := range enquiry.States() {
		h.run(string(state), func(t *testing.T) {
			still := h.standing(state) // what is refused leaves it as it is
			for verb, do := range grown {
				if !state.Editable() {
					h.refuses([]refusal{{verb, func() error { return do(still) }, fault.Refused, "cases.refused.state", ""}})
				} else if err := do(h.standing(state)); err != nil {
					t.Errorf("%s: %v", verb, err)
				}
			}
			for verb, edge := range moved {
				h.edge(still, verb, edge.in, edge.do, "cases.refused.state")
			}
			if still.dossier.ID == "" {
				return
			}
			for verb, edge := range answers {
				h.edge(still, verb, edge.in, edge.do, "cases.refused.dossier-state")
			}
		})
	}
	h.sound()
}

// edge checks one verb on one state.
func (h *house) edge(still *standing, verb string, in map[enquiry.State]enquiry.State, do func(*standing) error, key string) {
	h.t.Helper()
	to, allowed := in[still.file.State]
	if !allowed {
		h.refuses([]refusal{{verb, func() error { return do(still) }, fault.Refused, key, ""}})
		return
	}
	x := h.standing(still.file.State)
	h.must(do(x))
	if c, err := h.Case(ctx, x.file.ID); err != nil || c.State != to {
		h.t.Errorf("%s leads from %s to %s, not %s (%v)", verb, still.file.State, c.State, to, err)
	}
}

// TestACaseIsTakenOverWhileItIsWorkedOnOnly: an offer of a case may be turned
// down or taken back at any time, but accepted only while the content of the
// case may grow: what a chief reviews or the prosecution has does not move.
func TestACaseIsTakenOverWhileItIsWorkedOnOnly(t *testing.T) {
	h := newHouse(t)
	id := h.approvable()
	transfer, err := h.Propose(ctx, h.on("chief", "cases.transfer.propose", id), id, h.unit["TNG-VILLE-BPJ"], "x")
	h.must(err)
	accept := func() error {
		offer := policy.Resource{Ref: ident.Ref{Kind: "transfer", ID: transfer}, Under: []ident.Ref{{Kind: "case", ID: id}}, Unit: h.unit["TNG-VILLE-BPJ"]}
		return h.DecideTransfer(ctx, h.grant("far-chief", "cases.transfer.decide", offer), transfer, "accepted", h.who["far"])
	}
	shut := func(when string) {
		h.refuses([]refusal{{when, accept, fault.Refused, "cases.refused.state", ""}})
	}
	h.must(h.Submit(ctx, h.on("opj", "cases.review.submit", id), id))
	shut("before a chief")
	h.must(h.Approve(ctx, h.on("chief", "cases.review.approve", id), id))
	shut("approved")
	d, err := h.HandOver(ctx, h.on("chief", "cases.dossier.hand-over", id), id, h.ids.New())
	h.must(err)
	shut("handed over")
	_, err = h.Acknowledge(ctx, h.grant("prosecutor", "cases.dossier.acknowledge", dossierOf(d)), d.ID)
	h.must(err)
	shut("with the prosecution")
	h.must(h.Decide(ctx, h.grant("prosecutor", "cases.dossier.decide", dossierOf(d)), d.ID, "return-form", map[string]string{"missing": "x", "deadline": "2026-12-31"}))
	h.must(accept())
	if c, err := h.Case(ctx, id); err != nil || c.Unit != h.unit["TNG-VILLE-BPJ"] {
		t.Errorf("%+v %v", c, err)
	}
	h.sound()
}

// TestMeasureEdges: asked, ordered or refused, done or stopped; nothing twice,
// nothing out of its turn.
func TestMeasureEdges(t *testing.T) {
	h := newHouse(t)
	id, _, _ := h.theft()
	verbs := map[string]func(m ident.ID) error{
		"order": func(m ident.ID) error {
			return h.OrderMeasure(ctx, h.grant("prosecutor", "cases.measure.order", h.asked(m)), m, cases.Order{Number: "7", Basis: "CPP 108", From: noon})
		},
		"refuse": func(m ident.ID) error {
			return h.RefuseMeasure(ctx, h.grant("prosecutor", "cases.measure.refuse", h.asked(m)), m, "x")
		},
		"withdraw": func(m ident.ID) error {
			return h.WithdrawMeasure(ctx, h.on("opj", "cases.measure.withdraw", id), m)
		},
		"report it done": func(m ident.ID) error {
			return h.ReportMeasure(ctx, h.on("opj", "cases.measure.report", id), m, enquiry.Done, "x")
		},
		"report it stopped": func(m ident.ID) error {
			return h.ReportMeasure(ctx, h.on("opj", "cases.measure.report", id), m, enquiry.Stopped, "x")
		},
	}
	edges := map[enquiry.MeasureState]map[string]enquiry.MeasureState{
		enquiry.Asked:   {"order": enquiry.Ordered, "refuse": enquiry.Refused, "withdraw": enquiry.Withdrawn},
		enquiry.Ordered: {"report it done": enquiry.Done, "report it stopped": enquiry.Stopped},
		enquiry.Refused: {}, enquiry.Done: {}, enquiry.Stopped: {}, enquiry.Lapsed: {}, enquiry.Withdrawn: {},
	}
	for state, to := range edges {
		for verb, do := range verbs {
			h.run(string(state)+", "+verb, func(t *testing.T) {
				m := h.measure(id, state)
				want, allowed := to[verb]
				if !allowed {
					h.refuses([]refusal{{"refused", func() error { return do(m) }, fault.Refused, "cases.refused.measure-state", ""}})
					want = state
				} else if err := do(m); err != nil {
					t.Fatal(err)
				}
				if x, err := h.Measure(ctx, m); err != nil || x.State != want {
					t.Errorf("%s, %v", x.State, err)
				}
			})
		}
	}
	h.sound()
}

// asked is the resource of a measure as the routes give it to the policy.
func (h *house) asked(m ident.ID) policy.Resource {
	h.t.Helper()
	res, err := h.MeasureResource(ctx, m)
	h.must(err)
	return res
}

// measure asks for telephone data and brings the measure to a state.
func (h *house) measure(id ident.ID, state enquiry.MeasureState) ident.ID {
	h.t.Helper()
	m, err := h.AskMeasure(ctx, h.on("opj", "cases.measure.ask", id), id, cases.NewMeasure{Kind: "phone-data", Values: map[string]string{"target": "0611000000", "addressee": "x", "reasons": "x"}})
	h.must(err)
	if state == enquiry.Asked {
		return m
	}
	if state == enquiry.Withdrawn {
		h.must(h.WithdrawMeasure(ctx, h.on("opj", "cases.measure.withdraw", id), m))
		return m
	}
	if state == enquiry.Refused {
		h.must(h.RefuseMeasure(ctx, h.grant("prosecutor", "cases.measure.refuse", h.asked(m)), m, "غير مبرر"))
		return m
	}
	order := cases.Order{Number: "7", Basis: "CPP 108", From: noon}
	if state == enquiry.Lapsed {
		order.From, order.Until = h.clock.Now().Add(-2*time.Hour), h.clock.Now().Add(-time.Hour)
	}
	h.must(h.OrderMeasure(ctx, h.grant("prosecutor", "cases.measure.order", h.asked(m)), m, order))
	switch state {
	case enquiry.Done, enquiry.Stopped:
		h.must(h.ReportMeasure(ctx, h.on("opj", "cases.measure.report", id), m, state, "x"))
	case enquiry.Lapsed:
		n, err := h.StopLapsed(ctx, 100)
		h.must(err)
		if n != 1 {
			h.t.Fatalf("%d measures lapsed", n)
		}
	}
	return m
}
