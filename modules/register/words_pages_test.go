package register_test

import (
	"slices"
	"testing"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/modules/register"
)

// TestEveryWordOfAComplaint: each origin, role, thing, part that is corrected, outcome
// and line of the log book has its words on the page in each language.
func TestEveryWordOfAComplaint(t *testing.T) {
	s := newSite(t)
	g := s.grant("desk", "register.complaint.record", res0)
	all := map[ident.ID]register.Origin{}
	for _, origin := range register.Origins() {
		in := s.theft()
		in.Origin, in.Things = origin, nil
		if origin == register.Anonymously {
			in.Parties = nil
		}
		for _, kind := range register.ThingKinds() {
			in.Things = append(in.Things, register.Thing{Kind: kind, Description: "Chose", Value: 12})
		}
		for _, role := range []register.Role{register.Accused, register.Witness, register.Victim} {
			p := synthetic("Zerhouni", string(role)+" "+string(origin), "1990")
			in.Parties = append(in.Parties, register.NewParty{Role: role, New: &p, Field: string(role)})
		}
		all[must(s.RecordComplaint(ctx, g, in)).ID] = origin
	}
	outcomes := register.Outcomes()
	for id := range all {
		for _, field := range register.CorrectFields() {
			s.must(s.CorrectComplaint(ctx, s.may("desk", toCorrect, id), id, field, "Rectifi\u00e9."))
		}
		for _, channel := range register.Channels() {
			s.must(s.TellOutcome(ctx, s.may("desk", toTell, id), id, s.clock.Now(), outcomes[len(id)%len(outcomes)], channel, ""))
		}
		outcomes = append(outcomes[1:], outcomes[0])
	}
	desk := s.browser("desk")
	for _, lang := range text.Langs() {
		w := s.k.Texts.In(lang)
		desk.Speak(string(lang))
		for id, origin := range all {
			want := []string{w.T("register.origin." + string(origin)), w.T("register.role.witness"), w.T("register.role.victim"), w.T("register.role.accused")}
			for _, kind := range register.ThingKinds() {
				want = append(want, w.T("register.thing."+kind))
			}
			for _, field := range register.CorrectFields() {
				want = append(want, w.T("register.correct."+field))
			}
			shows(t, desk.Get(complaints+string(id)), want...)
		}
		shows(t, desk.Get("/register"), w.T("register.origin.police"))
		shows(t, desk.Get("/log-book"))
		shows(t, desk.Get("/"))
		for _, page := range []string{"/register/complaints/new", "/handover"} {
			shows(t, desk.Get(page))
		}
	}
}

// TestEveryWordOfACustody: each regime with each event that it knows, start and end,
// every field of it and every ground has its words on the page of the unit, on that of
// the office, and on the board.
func TestEveryWordOfACustody(t *testing.T) {
	s := newSite(t)
	p := s.newCase("*")
	opj, chief, seat := s.browser("opj").Under(p.String()), s.browser("chief"), s.browser("prosecutor").Under(control.String())
	for regime, special := range map[string]string{"ordinary": "", "juvenile": "", "rogatory": "rogatory", "identity-check": "identity-check"} {
		in := s.arrested("theft-simple")
		in.Special = special
		if regime == "juvenile" {
			in.New.Birth = "2011"
		}
		law := must(s.k.Pack.Custody(regime, in.Arrest))
		in.Grounds = law.Grounds
		if regime == "identity-check" {
			in.Offence = ""
		}
		c := must(s.OpenCustody(ctx, s.grant("opj", "register.custody.open", res0, p), in))
		kinds := s.noteAll(c, p, append(slices.Clone(law.Events), register.Check))
		for _, lang := range text.Langs() {
			var want []string
			for _, code := range kinds {
				if e, err := s.k.Pack.Event(code, c.Arrest); err == nil {
					want = append(want, e.Names.In(string(lang)))
				}
			}
			want = append(want, law.Names.In(string(lang)), s.k.Texts.In(lang).T("register.event."+register.Check), s.k.Texts.In(lang).T("register.custody.state.open"))
			shows(t, opj.Speak(string(lang)).Get(custodies+string(c.ID)), want...)
			shows(t, seat.Speak(string(lang)).Get(seats+string(c.ID)), want...)
			shows(t, chief.Speak(string(lang)).Get("/custody"))
			shows(t, opj.Get(custodies+string(c.ID)+"/event"))
		}
		s.end(c, p, "release", s.clock.Now())
	}
}

// noteAll notes each kind of event that may be noted by hand, with every field that it
// asks for, and gives those kinds.
func (s *site) noteAll(c register.Custody, p policy.Purpose, codes []string) (kinds []string) {
	s.t.Helper()
	g := s.held("opj", "register.custody.note", c.ID, p)
	for i, code := range codes {
		e := register.NewEvent{Submission: s.ids.New(), Kind: code, Phase: []string{"", "start", "stop"}[i%3], At: s.clock.Now(), Details: []register.Detail{{Field: "remarks", Value: "Vu."}}}
		if row, err := s.k.Pack.Event(code, c.Arrest); err == nil {
			for _, field := range row.Fields {
				e.Details = append(e.Details, register.Detail{Field: field, Value: "Dit."})
			}
		}
		if err := s.NoteEvent(ctx, g, c.ID, e); err == nil {
			kinds = append(kinds, code)
		}
	}
	return kinds
}
