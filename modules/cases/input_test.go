package cases_test

import (
	"strings"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/modules/cases"
	"github.com/amana-platform/amana/modules/cases/enquiry"
)

// spoiled makes a refusal of each way to spoil a good form. Its name is
// "field: what is wrong with it"; the field is where the message must stand.
func spoiled[T any](good func() T, send func(T) error, ways map[string]func(*T)) []refusal {
	var out []refusal
	for name, spoil := range ways {
		where, key, _ := strings.Cut(name, " ")
		key, _, _ = strings.Cut(key, ",")
		out = append(out, refusal{name, func() error {
			form := good()
			spoil(&form)
			return send(form)
		}, fault.Invalid, key, where})
	}
	return out
}

// TestWhatAnOpeningMustSay: each fault of the form is said on the field that
// has it, and no case is opened.
func TestWhatAnOpeningMustSay(t *testing.T) {
	h := newHouse(t)
	person := h.person("Khadija", "Essaadi", "خديجة", "السعدي", "AB100001", "x", "+212600000017")
	good := func() cases.Opening {
		return cases.Opening{Submission: h.ids.New(), Origin: enquiry.FromFlagrance, Regime: "flagrance", Values: map[string]string{"caught-how": "ضبط متلبساً"}, Facts: "x", Place: "y",
			From: noon.Add(-time.Hour), To: noon.Add(-time.Minute), Parties: []cases.NewParty{{Person: person, Role: enquiry.Victim}}, Offences: []string{"theft-simple"}}
	}
	send := func(o cases.Opening) error {
		_, err := h.Open(ctx, h.grant("opj", "cases.case.open", policy.Resource{}), o)
		return err
	}
	h.refuses(spoiled(good, send, map[string]func(*cases.Opening){
		"submission form.required":             func(o *cases.Opening) { o.Submission = "" },
		"origin form.choose, none":             func(o *cases.Opening) { o.Origin = "" },
		"origin form.choose, unknown":          func(o *cases.Opening) { o.Origin = "rumour" },
		"regime form.choose, none":             func(o *cases.Opening) { o.Regime = "" },
		"regime form.choose, unknown":          func(o *cases.Opening) { o.Regime = "none" },
		"f.caught-how form.required":           func(o *cases.Opening) { o.Values = nil },
		"f.caught-how form.required, blank":    func(o *cases.Opening) { o.Values = map[string]string{"caught-how": " \n"} },
		"f.judge form.required":                func(o *cases.Opening) { o.Regime = "rogatory" },
		"f.mandate form.required":              func(o *cases.Opening) { o.Regime = "rogatory" },
		"f.deadline form.required":             func(o *cases.Opening) { o.Regime = "rogatory" },
		"facts form.required":                  func(o *cases.Opening) { o.Facts = " " },
		"from form.required":                   func(o *cases.Opening) { o.From = time.Time{} },
		"from cases.wrong.future":              func(o *cases.Opening) { o.From = h.clock.Now().Add(time.Second) },
		"to cases.wrong.order":                 func(o *cases.Opening) { o.To = o.From.Add(-time.Second) },
		"person form.required":                 func(o *cases.Opening) { o.Parties[0].Person = "" },
		"role form.choose":                     func(o *cases.Opening) { o.Parties[0].Role = "neighbour" },
		"offences form.choose":                 func(o *cases.Opening) { o.Offences = []string{"theft-simple", "jaywalking"} },
		"offences form.choose, before the law": func(o *cases.Opening) { o.From, o.To = time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC), time.Time{} },
	}))
	h.must(send(good()))
	edge := good()
	edge.From, edge.To = h.clock.Now(), h.clock.Now() // this very moment, and a moment only
	h.must(send(edge))
}

// TestWhatAnAmendmentMustSay: the same is asked when the facts are stated anew.
func TestWhatAnAmendmentMustSay(t *testing.T) {
	h := newHouse(t)
	id, _, _ := h.theft()
	good := func() cases.Amendment {
		c, err := h.Case(ctx, id)
		h.must(err)
		return cases.Amendment{Version: c.Version, Regime: "preliminary", Facts: "x", From: noon.Add(-time.Hour)}
	}
	send := func(a cases.Amendment) error { return h.Amend(ctx, h.on("opj", "cases.case.amend", id), id, a) }
	h.refuses(spoiled(good, send, map[string]func(*cases.Amendment){
		"regime form.choose":         func(a *cases.Amendment) { a.Regime = "" },
		"f.caught-how form.required": func(a *cases.Amendment) { a.Regime = "flagrance" },
		"facts form.required":        func(a *cases.Amendment) { a.Facts = "" },
		"from form.required":         func(a *cases.Amendment) { a.From = time.Time{} },
		"from cases.wrong.future":    func(a *cases.Amendment) { a.From = h.clock.Now().Add(time.Hour) },
		"to cases.wrong.order":       func(a *cases.Amendment) { a.To = a.From.Add(-time.Minute) },
	}))
	for name, off := range map[string]int64{"the version before": -1, "a version to come": 1} {
		h.refuses([]refusal{{name, func() error {
			a := good()
			a.Version += off
			return send(a)
		}, fault.Conflict, "fault.conflict", ""}})
	}
	h.must(send(good()))
}

// TestWhatComesIntoACase: persons, offences, papers and links, each fault on
// its field.
func TestWhatComesIntoACase(t *testing.T) {
	h := newHouse(t)
	id, victim, suspect := h.theft()
	pv := h.hearing(id, victim, "x")
	f, err := h.File(ctx, id)
	h.must(err)
	party := func(p cases.NewParty) error { return h.AddParty(ctx, h.on("opj", "cases.party.add", id), id, p) }
	h.refuses(spoiled(func() cases.NewParty { return cases.NewParty{Person: victim, Role: enquiry.Witness} }, party, map[string]func(*cases.NewParty){
		"person form.required":           func(p *cases.NewParty) { p.Person = "" },
		"person form.choose, unknown":    func(p *cases.NewParty) { p.Person = h.ids.New() },
		"role form.choose, none":         func(p *cases.NewParty) { p.Role = "" },
		"role form.choose, unknown":      func(p *cases.NewParty) { p.Role = "judge" },
		"person cases.wrong.party-twice": func(p *cases.NewParty) { p.Role = enquiry.Victim },
	}))
	qualify := func(q cases.Qualification) error {
		return h.Qualify(ctx, h.on("opj", "cases.offence.qualify", id), id, q)
	}
	h.refuses(spoiled(func() cases.Qualification { return cases.Qualification{Code: "theft-armed", Suspect: suspect} }, qualify, map[string]func(*cases.Qualification){
		"code form.choose, none":                func(q *cases.Qualification) { q.Code = "" },
		"code form.choose, unknown":             func(q *cases.Qualification) { q.Code = "jaywalking" },
		"part form.choose":                      func(q *cases.Qualification) { q.Part = "spectator" },
		"suspect cases.wrong.not-suspect":       func(q *cases.Qualification) { q.Suspect = victim },
		"suspect cases.wrong.not-suspect, none": func(q *cases.Qualification) { q.Suspect = h.ids.New() },
		"code cases.wrong.offence-twice":        func(q *cases.Qualification) { q.Code = "theft-simple" },
		"attempted cases.wrong.attempt": func(q *cases.Qualification) {
			q.Attempted = true
			for _, o := range h.k.Pack.Offences(noon) {
				if !o.Attempt {
					q.Code = o.Code
				}
			}
		},
	}))
	file := func(p cases.NewPiece) error {
		_, err := h.FilePiece(ctx, h.on("opj", "cases.piece.file", id), id, p)
		return err
	}
	h.refuses(spoiled(func() cases.NewPiece { return cases.NewPiece{Kind: "photo", Title: "x"} }, file, map[string]func(*cases.NewPiece){
		"kind form.choose, none":           func(p *cases.NewPiece) { p.Kind = "" },
		"kind form.choose, a report's":     func(p *cases.NewPiece) { p.Kind = "hearing" },
		"kind form.choose, sealed thing's": func(p *cases.NewPiece) { p.Kind = "exhibit" },
		"title form.required":              func(p *cases.NewPiece) { p.Title = "\t" },
	}))
	type link struct {
		offence ident.ID
		element string
		piece   ident.Ref
	}
	show := func(l link) error {
		return h.Link(ctx, h.on("opj", "cases.evidence.link", id), id, l.offence, l.element, l.piece)
	}
	draft, err := h.DraftPV(ctx, h.on("opj", "cases.pv.draft", id), id, cases.NewPV{Submission: h.ids.New(), Form: "pv-finding", Act: noon})
	h.must(err)
	h.refuses(spoiled(func() link { return link{f.Offences[0].ID, "taking", ident.Ref{Kind: "pv", ID: pv.ID}} }, show, map[string]func(*link){
		"piece cases.wrong.piece, none":      func(l *link) { l.piece = ident.Ref{} },
		"piece cases.wrong.piece, unknown":   func(l *link) { l.piece.ID = h.ids.New() },
		"piece cases.wrong.piece, not yet":   func(l *link) { l.piece.ID = draft.ID },
		"piece cases.wrong.piece, of no law": func(l *link) { l.piece.Kind = "person" },
		"element form.choose":                func(l *link) { l.element = "armed" },
	}))
	h.refuses([]refusal{{"an offence of no case", func() error { return show(link{h.ids.New(), "taking", ident.Ref{Kind: "pv", ID: pv.ID}}) }, fault.NotFound, "fault.not-found", ""}})
}

// TestWhatAReportMustSay: a report cannot be begun, written or closed without
// what its form asks for.
func TestWhatAReportMustSay(t *testing.T) {
	h := newHouse(t)
	id, victim, suspect := h.theft()
	stranger := h.person("Samira", "Tazi", "سميرة", "التازي", "C300003", "x", "+212600000055")
	other, _, _ := h.theft()
	foreign := h.hearing(other, victim, "x")
	draft := func(n cases.NewPV) error {
		_, err := h.DraftPV(ctx, h.on("opj", "cases.pv.draft", id), id, n)
		return err
	}
	good := func() cases.NewPV {
		return cases.NewPV{Submission: h.ids.New(), Form: "pv-confrontation", Person: victim, Second: suspect, Act: h.clock.Now()}
	}
	h.refuses(spoiled(good, draft, map[string]func(*cases.NewPV){
		"form form.choose, none":            func(n *cases.NewPV) { n.Form = "" },
		"form form.choose, no report":       func(n *cases.NewPV) { n.Form = "requisition" },
		"act form.required":                 func(n *cases.NewPV) { n.Act = time.Time{} },
		"act cases.wrong.future":            func(n *cases.NewPV) { n.Act = h.clock.Now().Add(time.Second) },
		"person form.required":              func(n *cases.NewPV) { n.Person = "" },
		"second cases.wrong.second, none":   func(n *cases.NewPV) { n.Second = "" },
		"second cases.wrong.second, alone":  func(n *cases.NewPV) { n.Second = victim },
		"person cases.wrong.not-party":      func(n *cases.NewPV) { n.Person = stranger },
		"second cases.wrong.not-party":      func(n *cases.NewPV) { n.Second = stranger },
		"person form.required, a seizure":   func(n *cases.NewPV) { n.Form, n.Person = "pv-seizure", "" },
		"person form.required, a notice":    func(n *cases.NewPV) { n.Form, n.Person = "pv-notification", "" },
		"person cases.wrong.not-party, all": func(n *cases.NewPV) { n.Person, n.Second = stranger, h.ids.New() },
	}))
	correcting := func(corrects ident.ID) func() error {
		return func() error {
			n := good()
			n.Corrects = corrects
			return draft(n)
		}
	}
	p, err := h.DraftPV(ctx, h.on("opj", "cases.pv.draft", id), id, good())
	h.must(err)
	h.refuses([]refusal{
		{"a correction of another case's report", correcting(foreign.ID), fault.Refused, "cases.refused.correct", ""},
		{"a correction of a draft", correcting(p.ID), fault.Refused, "cases.refused.correct", ""},
		{"a correction of nothing", correcting(h.ids.New()), fault.NotFound, "fault.not-found", ""},
	})
	type revision struct {
		at  time.Time
		say map[string]string
	}
	revise := func(x revision) error {
		_, _, err := h.RevisePV(ctx, h.on("opj", "cases.pv.draft", id), p.ID, p.Version, x.at, x.say)
		return err
	}
	h.refuses(spoiled(func() revision { return revision{h.clock.Now(), nil} }, revise, map[string]func(*revision){
		"act cases.wrong.future":       func(x *revision) { x.at = h.clock.Now().Add(time.Second) },
		"act cases.wrong.future, none": func(x *revision) { x.at = time.Time{} },
	}))
}

// complete is what each form of a report needs of its author before it may be
// closed, by its codes.
var complete = map[string]map[string]string{
	"pv-hearing":       heard("x"),
	"pv-seizure":       {"seizure-place": "x", "objects": "- a\n- b", "seal-numbers": "1, 2", "destination": "x", "person-signature": enquiry.SignedByHand},
	"pv-finding":       {"place": "x", "findings": "x"},
	"pv-search":        {"place": "x", "search-start": "2026-11-22T09:00:00Z", "search-end": "2026-11-22T10:00:00Z", "findings": "x", "person-signature": enquiry.Thumbprint},
	"pv-confrontation": {"place": "x", "points": "x", "statement": "x", "read-back": "yes", "additions": "x", "person-signature": enquiry.SignedByHand},
	"pv-custody": {"offence": "theft-simple", "grounds": "x", "reasons": "x", "arrest-time": "2026-11-22T09:00:00Z", "arrest-place": "x", "arrival-time": "2026-11-22T09:30:00Z",
		"rights-time": "2026-11-22T09:30:00Z", "language": "x", "silence-told": "yes", "family-told": "yes", "person-signature": enquiry.SignedByHand},
	"pv-notification": {"place": "x", "notified": "x", "person-signature": enquiry.SignedByHand},
}

// TestEveryFormOfReportIsClosedCompleteOnly: for each form of the pack, taking
// out any one field that the author owes keeps the report from being closed,
// and the message stands on that field; with all of them it gets its number.
func TestEveryFormOfReportIsClosedCompleteOnly(t *testing.T) {
	h := newHouse(t)
	id, victim, suspect := h.theft()
	n := 0
	for _, form := range h.k.Pack.Templates("pv", noon) {
		full := complete[form.Code]
		if full == nil {
			t.Errorf("nothing is known of %s", form.Code)
			continue
		}
		n++
		h.run(form.Code, func(t *testing.T) {
			p, err := h.DraftPV(ctx, h.on("opj", "cases.pv.draft", id), id, cases.NewPV{Submission: h.ids.New(), Form: form.Code, Person: victim, Second: suspect, Act: noon, Values: full})
			h.must(err)
			save := func(values map[string]string) {
				p, _, err = h.RevisePV(ctx, h.on("opj", "cases.pv.draft", id), p.ID, p.Version, noon, values)
				h.must(err)
			}
			sign := func() error {
				_, err := h.SignPV(ctx, h.on("opj", "cases.pv.sign", id), p.ID, p.Version)
				return err
			}
			for field, v := range full {
				save(map[string]string{field: " "})
				h.refuses([]refusal{{"without " + field, sign, fault.Invalid, "form.required", "f." + field}})
				save(map[string]string{field: v})
			}
			if full["person-signature"] != "" {
				save(map[string]string{"person-signature": enquiry.RefusedSign})
				h.refuses([]refusal{{"a refusal to sign without its reason", sign, fault.Invalid, "form.required", "f.refusal"}})
				save(map[string]string{"refusal": "رفض دون ذكر السبب"})
			}
			h.must(sign())
			if p, err = h.PV(ctx, p.ID); err != nil || p.State != enquiry.Signed || p.Number == "" {
				t.Errorf("%+v %v", p, err)
			}
		})
	}
	f, err := h.File(ctx, id)
	h.must(err)
	if len(f.PVs) != n || n != len(complete) {
		t.Errorf("%d reports of %d forms", len(f.PVs), n)
	}
}
