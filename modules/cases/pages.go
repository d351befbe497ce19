package cases

import (
	"cmp"
	"context"
	"encoding/json"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/amana-platform/amana/kernel/blobs"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/ui"
	"github.com/amana-platform/amana/modules/cases/enquiry"
	"github.com/amana-platform/amana/modules/units"
)

// around puts components inside another.
func around(outer templ.Component, inner ...templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return outer.Render(templ.WithChildren(ctx, templ.Join(inner...)), w)
	})
}

// stateOf gives a state of a case in words, with the status it stands for.
func stateOf(w *text.Words, s enquiry.State) ui.State {
	status := map[enquiry.State]ui.Status{enquiry.Open: ui.Neutral, enquiry.InReview: ui.Wait, enquiry.Returned: ui.Alert, enquiry.Approved: ui.Good, enquiry.HandedOver: ui.Wait, enquiry.Acknowledged: ui.Good, enquiry.Closed: ui.Stop}[s]
	return ui.State{Status: status, Label: w.T("cases.state." + string(s))}
}

// pageSize is how many cases a page of the list shows.
const pageSize = 50

// list shows the cases that the reader may read, newest first, by keyset.
func (s *Service) list(r *web.Request) error {
	rights, err := r.Filter("cases.case.list", columns(units.Subtree))
	if err != nil {
		return err
	}
	q := r.URL.Query()
	query, args := "select "+caseColumns+" from cases_cases c where "+rights.SQL, slices.Clone(rights.Args)
	add := func(condition string, v any) {
		args = append(args, v)
		query += " and " + strings.ReplaceAll(condition, "?", "$"+strconv.Itoa(len(args)))
	}
	if state := q.Get("state"); state != "" {
		add("c.state = ?", state)
	}
	if number := q.Get("number"); number != "" {
		add("c.number = ?", number)
	}
	if before, id, ok := strings.Cut(q.Get("after"), "."); ok {
		if us, err := strconv.ParseInt(before, 10, 64); err == nil {
			args = append(args, us, id)
			n := len(args)
			query += " and (c.opened_at < $" + strconv.Itoa(n-1) + " or c.opened_at = $" + strconv.Itoa(n-1) + " and c.id < $" + strconv.Itoa(n) + ")"
		}
	}
	all, err := s.page(r.Context(), query, args)
	if err != nil {
		return err
	}
	t := ui.Table{ID: "cases", Caption: r.T("cases.title"), Path: "/cases", Query: q, Count: -1, Columns: []ui.Column{
		{Key: "number", Label: r.T("cases.paper.case")}, {Key: "offence", Label: r.T("cases.paper.offence"), Wide: true}, {Key: "state", Label: r.T("cases.form.state")},
		{Key: "unit", Label: r.T("cases.form.unit"), Minor: true}, {Key: "opened", Label: r.T("cases.paper.opened"), Minor: true},
	}, Filters: []ui.Filter{{Name: "state", Label: r.T("cases.form.state"), Options: web.Options(r, "cases.state", enquiry.States())}, {Name: "number", Label: r.T("cases.paper.case")}}}
	if len(all) > pageSize {
		all = all[:pageSize]
		last := all[pageSize-1]
		t.Next = strconv.FormatInt(last.Opened.UnixMicro(), 10) + "." + string(last.ID)
	}
	for _, c := range all {
		r.Shows(caseRef(c.ID))
		row, err := s.row(r, c)
		if err != nil {
			return err
		}
		t.Rows = append(t.Rows, row)
	}
	var acts []ui.Act
	if r.Can("cases.case.open", policy.Resource{Unit: r.Actor.Unit}) {
		acts = append(acts, ui.Act{Label: r.T("cases.act.open"), Href: "/cases/new", Key: "n", Primary: true})
	}
	return r.Page(t.Caption, t.Page(r.Words, r.View(t.Caption), acts))
}

func (s *Service) row(r *web.Request, c enquiry.Case) (ui.Row, error) {
	all, err := offences(r.Context(), s.k.Reader, c.ID)
	if err != nil {
		return ui.Row{}, err
	}
	var names []string
	for _, o := range all {
		if n := s.offenceName(r, o); !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	state := stateOf(r.Words, c.State)
	return ui.Row{Href: s.hrefFor(r, c.ID), Label: c.Number, Status: state.Status, Cells: []templ.Component{
		ui.ID(c.Number), ui.Plain(strings.Join(names, " · ")), ui.Chip(state), ui.Plain(s.unitName(r, c.Unit)), ui.Plain(r.Words.DateNumeric(c.Opened)),
	}}, nil
}

// hrefFor leads to a case: at once if it is what one works under, or if one
// reads under a legal basis; else by way of choosing it as the purpose.
func (s *Service) hrefFor(r *web.Request, id ident.ID) string {
	if r.Purpose.Kind == policy.Basis || r.Purpose.Ref == caseRef(id) {
		return caseHref(id)
	}
	return workHref(id)
}

// verbs are the acts of a case's page, in the order in which they are offered.
var verbs = []struct{ verb, action, key string }{
	{"pv", "cases.pv.draft", "p"}, {"qualify", "cases.offence.qualify", "q"}, {"party", "cases.party.add", "a"}, {"piece", "cases.piece.file", "d"},
	{"ask", "cases.measure.ask", "m"}, {"amend", "cases.case.amend", "e"}, {"submit", "cases.review.submit", "s"},
	{"approve", "cases.review.approve", "v"}, {"return", "cases.review.return", "r"}, {"hand-over", "cases.dossier.hand-over", "h"},
	{"assign", "cases.case.assign", ""}, {"refer", "cases.case.refer", ""}, {"transfer", "cases.transfer.propose", ""}, {"restrict", "cases.case.restrict", ""},
	{"seal", "cases.case.seal", ""}, {"contacts", "cases.contact.read", ""},
}

// fits reports whether the state of a case allows a verb of its page.
func fits(f *enquiry.File, verb string) bool {
	switch verb {
	case "approve", "return":
		return f.State == enquiry.InReview
	case "hand-over":
		return f.State == enquiry.Approved
	case "assign", "refer", "restrict", "seal", "contacts":
		return f.State != enquiry.Closed || verb == "contacts"
	}
	return f.State.Editable()
}

func (s *Service) acts(r *web.Request, f *enquiry.File) []ui.Act {
	var out []ui.Act
	for _, v := range verbs {
		if !fits(f, v.verb) || !r.Can(v.action, r.Resource) {
			continue
		}
		label := r.T("cases.act." + v.verb)
		if v.verb == "seal" && f.Sealed {
			label = r.T("cases.act.unseal")
		}
		out = append(out, ui.Act{Name: v.action, Label: label, Href: caseHref(f.ID) + "/" + v.verb, Key: v.key, Primary: len(out) == 0})
	}
	return out
}

// casePage shows a case whole: facts, parts, gate, timeline, and the panels of
// other modules.
func (s *Service) casePage(r *web.Request) error {
	f, err := s.of(r, whole()...)
	if err != nil {
		return err
	}
	gate, office := s.Gate(r.Context(), f)
	var names []string
	for _, o := range f.Offences {
		names = append(names, s.offenceName(r, o))
	}
	rec := ui.Record{
		Kind: r.T("cases.kind"), Number: f.Number, Title: strings.Join(slices.Compact(names), " · "), State: stateOf(r.Words, f.State),
		Crumbs: []ui.Link{{Label: r.T("cases.title"), Href: "/cases"}}, Acts: s.acts(r, f), Facts: s.caseFacts(r, f, office),
		Aside: []ui.Aside{
			{Title: r.T("cases.paper.gate"), Body: s.gatePanel(r, f, gate)}, {Title: r.T("cases.paper.persons"), Body: lines(r.Words, s.partyLinesOf(r, f))},
			{Title: r.T("cases.paper.reports"), Body: lines(r.Words, s.pvLines(r, f))}, {Title: r.T("cases.paper.measures"), Body: lines(r.Words, s.measureLines(r, f))},
			{Title: r.T("cases.paper.documents"), Body: lines(r.Words, s.pieceLines(r, f))}, {Title: r.T("cases.people"), Body: lines(r.Words, s.peopleLines(r, f))},
		},
	}
	if judges(r.Actor) {
		rec.Crumbs = []ui.Link{{Label: r.T("cases.bench"), Href: "/inbox"}}
	}
	if len(f.Remarks) > 0 {
		rec.Aside = append([]ui.Aside{{Title: r.T("cases.remarks"), Body: lines(r.Words, s.remarkLines(r, f))}}, rec.Aside...)
	}
	if len(f.Dossiers) > 0 {
		rec.Aside = append(rec.Aside, ui.Aside{Title: r.T("cases.dossiers"), Body: lines(r.Words, s.dossierLines(r, f))})
	}
	if rec.Timeline, err = r.Timeline(caseRef(f.ID), 100); err != nil {
		return err
	}
	return r.RecordPage(f.Number, rec)
}

func (s *Service) caseFacts(r *web.Request, f *enquiry.File, office enquiry.Unit) []ui.Fact {
	regime := f.Regime
	if x, err := s.k.Pack.Regime(f.Regime, f.Opened); err == nil {
		regime = x.Names.In(string(r.Words.Lang()))
	}
	facts := []ui.Fact{
		{Label: r.T("cases.form.unit"), Text: s.unitName(r, f.Unit)}, {Label: r.T("cases.form.origin"), Text: r.T("cases.origin."+string(f.Origin)) + " " + f.ComplaintNumber},
		{Label: r.T("cases.form.regime"), Text: regime, Law: "CPP 24"},
	}
	if f.Court != "" {
		facts = append(facts, ui.Fact{Label: r.T("cases.form.court"), Text: s.unitName(r, f.Court), Law: "CPP 189"})
	}
	for _, code := range slices.Sorted(maps.Keys(f.Values)) {
		if f.Values[code] != "" {
			facts = append(facts, ui.Fact{Label: s.terms().Field(r.Words, code), Text: s.terms().Value(r.Words, code, f.Values[code])})
		}
	}
	facts = append(facts, ui.Fact{Label: r.T("cases.paper.facts-from"), Value: ui.Moment(r.Words, f.From)}, ui.Fact{Label: r.T("cases.form.place"), Text: f.Place},
		ui.Fact{Label: r.T("cases.form.facts"), Value: prose(strings.Split(f.Facts, "\n"))},
		ui.Fact{Label: r.T("cases.paper.offences"), Value: lines(r.Words, s.offenceLines(r, f))})
	if class, ok := s.Class(f); ok {
		facts = append(facts, ui.Fact{Label: r.T("cases.paper.class"), Text: class.Names.In(string(r.Words.Lang())), Law: "CP 111"},
			ui.Fact{Label: r.T("cases.paper.to"), Text: office.Names.In(string(r.Words.Lang()))})
	}
	if f.Sensitivity != "" {
		facts = append(facts, ui.Fact{Label: r.T("cases.form.sensitivity"), Text: r.T("cases.sensitivity." + string(f.Sensitivity))})
	}
	if f.Outcome != "" {
		if d, err := s.k.Pack.Decision(f.Outcome, r.Now()); err == nil {
			facts = append(facts, ui.Fact{Label: r.T("cases.form.decision"), Text: d.Names.In(string(r.Words.Lang()))})
		}
	}
	return facts
}

// may offers a button if the state and the policies allow it.
func (s *Service) may(r *web.Request, f *enquiry.File, action, key, path string) []act {
	if !f.State.Editable() || !r.Can(action, r.Resource) {
		return nil
	}
	return []act{{r.T("cases.act." + key), caseHref(f.ID) + path}}
}

func (s *Service) offenceLines(r *web.Request, f *enquiry.File) []line {
	var out []line
	for _, o := range f.Offences {
		detail := s.person(r, o.Suspect) + " · " + r.T("cases.part."+string(o.Part))
		if o.Attempted {
			detail += " · " + r.T("cases.paper.attempted")
		}
		out = append(out, line{label: s.offenceName(r, o), detail: detail, acts: s.may(r, f, "cases.offence.qualify", "withdraw", "/offences/"+string(o.ID)+"/withdraw")})
	}
	return out
}

func (s *Service) partyLinesOf(r *web.Request, f *enquiry.File) []line {
	var out []line
	for _, p := range f.Parties {
		out = append(out, line{label: s.person(r, p.Person), href: "/persons/" + string(p.Person), detail: r.T("cases.role." + string(p.Role)),
			acts: s.may(r, f, "cases.party.add", "withdraw", "/parties/"+string(p.ID)+"/withdraw")})
	}
	return out
}

func (s *Service) pvLines(r *web.Request, f *enquiry.File) []line {
	var out []line
	for _, p := range f.PVs {
		state := ui.State{Status: ui.Wait, Label: r.T("cases.pv-state.draft")}
		if p.State == enquiry.Signed {
			state = ui.State{Status: ui.Good, Label: r.T("cases.pv-state.signed")}
		}
		out = append(out, line{label: s.pvName(r, p), href: caseHref(f.ID) + "/pvs/" + string(p.ID), detail: r.Words.DateTimeNumeric(p.Act), state: state})
	}
	return out
}

// measureLines lists the measures with what the authority said of each, for
// those too who may not open its own page.
func (s *Service) measureLines(r *web.Request, f *enquiry.File) []line {
	var out []line
	for _, m := range f.Measures {
		x := line{label: s.measureName(r, m), state: measureState(r, m), detail: m.Values["refusal"]}
		if m.State == enquiry.Asked && m.Office != "" {
			x.detail = s.unitName(r, m.Office)
		}
		if !m.From.IsZero() {
			x.detail = r.T("cases.ordered-until", "number", m.Number, "until", m.Until)
		}
		switch {
		case m.InForce(r.Now()) && r.Can("cases.measure.report", r.Resource):
			x.href = caseHref(f.ID) + "/measures/" + string(m.ID) + "/report"
		case r.Can("cases.measure.read", measureResource(m, f.Unit)):
			x.href = "/measures/" + string(m.ID)
		}
		if m.State == enquiry.Asked && r.Can("cases.measure.withdraw", r.Resource) {
			x.acts = []act{{r.T("cases.act.withdraw"), caseHref(f.ID) + "/measures/" + string(m.ID) + "/withdraw"}}
		}
		out = append(out, x)
	}
	return out
}

func measureState(r *web.Request, m enquiry.Measure) ui.State {
	now := m.Now(r.Now())
	status := map[enquiry.MeasureState]ui.Status{enquiry.Asked: ui.Wait, enquiry.Ordered: ui.Good, enquiry.Refused: ui.Stop, enquiry.Done: ui.Neutral, enquiry.Stopped: ui.Stop, enquiry.Lapsed: ui.Alert, enquiry.Withdrawn: ui.Neutral}[now]
	return ui.State{Status: status, Label: r.T("cases.measure-state." + string(now))}
}

func (s *Service) pieceLines(r *web.Request, f *enquiry.File) []line {
	var out []line
	for _, p := range f.Pieces {
		x := line{label: cmp.Or(p.Title, r.T("cases.erased")), detail: r.T("cases.evidence." + p.Kind)}
		if p.Info != "" {
			x.href = caseHref(f.ID) + "/pieces/" + string(p.ID) + "/file"
		}
		out = append(out, x)
	}
	return out
}

// peopleLines lists who works on the case: assigned, shared with, offered to.
func (s *Service) peopleLines(r *web.Request, f *enquiry.File) []line {
	var out []line
	here := caseHref(f.ID)
	for _, a := range f.Assigned {
		x := line{label: s.officer(r, a.Officer), detail: r.T("cases.assigned")}
		if len(f.Assigned) > 1 && r.Can("cases.case.assign", r.Resource) {
			x.acts = []act{{r.T("cases.act.release"), here + "/release/" + string(a.Officer)}}
		}
		out = append(out, x)
	}
	for _, g := range f.Referrals {
		x := line{label: s.officer(r, g.Officer), detail: r.T("cases.referral-state."+g.State) + " · " + g.Reason}
		if g.State == "active" && r.Can("cases.referral.end", r.Resource) {
			x.acts = []act{{r.T("cases.act.end-referral"), here + "/referrals/" + string(g.ID) + "/end"}}
		}
		out = append(out, x)
	}
	for _, t := range f.Transfers {
		x := line{label: s.unitName(r, t.ToUnit), detail: r.T("cases.transfer-state."+t.State) + " · " + t.Reason}
		if t.State == "proposed" && r.Can("cases.transfer.propose", r.Resource) {
			x.acts = []act{{r.T("cases.act.revoke"), here + "/transfers/" + string(t.ID) + "/revoke"}}
		}
		out = append(out, x)
	}
	return out
}

func (s *Service) remarkLines(r *web.Request, f *enquiry.File) []line {
	var out []line
	here := caseHref(f.ID) + "/remarks/"
	for _, m := range f.Remarks {
		status := map[string]ui.Status{"open": ui.Alert, "answered": ui.Wait, "resolved": ui.Good}[m.State]
		x := line{label: s.remarkAbout(r, f, m), detail: m.Words, state: ui.State{Status: status, Label: r.T("cases.remark-state." + m.State)}}
		if m.Answer != "" {
			x.detail += " — " + m.Answer
		}
		if m.State != "resolved" && r.Can("cases.remark.answer", r.Resource) {
			x.href = here + string(m.ID) + "/answer"
		}
		if m.State != "resolved" && r.Can("cases.remark.resolve", r.Resource) {
			x.acts = []act{{r.T("cases.act.resolve"), here + string(m.ID) + "/resolve"}}
		}
		out = append(out, x)
	}
	return out
}

func (s *Service) dossierLines(r *web.Request, f *enquiry.File) []line {
	var out []line
	for _, d := range f.Dossiers {
		out = append(out, line{label: d.Number, href: caseHref(f.ID) + "/dossiers/" + string(d.ID), detail: r.Words.DateTimeNumeric(d.At) + " " + d.Acknowledgement, state: dossierState(r, d)})
	}
	return out
}

func dossierState(r *web.Request, d enquiry.Dossier) ui.State {
	status := map[string]ui.Status{"handed-over": ui.Wait, "acknowledged": ui.Good, "returned": ui.Alert, "decided": ui.Stop}[d.State]
	return ui.State{Status: status, Label: r.T("cases.dossier-state." + d.State)}
}

// gatePanel shows what the file has and what is missing; a missing element
// leads to the form that links a piece to it.
func (s *Service) gatePanel(r *web.Request, f *enquiry.File, g enquiry.Gate) templ.Component {
	var out []line
	for _, l := range g.Lines {
		x := line{label: r.T("cases.check." + l.Check), detail: s.terms().Check(r.Words, l.Check, l.Code), state: ui.State{Status: ui.Good, Label: r.T("cases.gate.met")}}
		if id, err := ident.Parse(l.Code); err == nil {
			x.detail = s.person(r, id)
		}
		if !l.Met {
			x.state = ui.State{Status: ui.Alert, Label: r.T("cases.gate.missing")}
		}
		if l.Check == enquiry.CheckElement {
			x.label, x.detail = x.detail, r.T("cases.count", "n", len(l.Pieces))
			if f.State.Editable() && r.Can("cases.evidence.link", r.Resource) {
				x.href = caseHref(f.ID) + "/link?element=" + string(l.Offence) + "." + l.Code
			}
			for _, k := range f.Links {
				if k.Offence == l.Offence && k.Element == l.Code {
					x.acts = append(x.acts, s.may(r, f, "cases.evidence.link", "unlink", "/links/"+string(k.ID)+"/remove")...)
				}
			}
		}
		out = append(out, x)
	}
	return lines(r.Words, out)
}

// contactsPage shows how to reach the parties, which is withheld elsewhere.
func (s *Service) contactsPage(r *web.Request) error {
	f, err := s.of(r, theParties)
	if err != nil {
		return err
	}
	var out []line
	for _, p := range f.Parties {
		who, err := s.parts.People.Identity(r.Context(), p.Person)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		out = append(out, line{label: s.person(r, p.Person), detail: r.T("cases.role."+string(p.Role)) + " · " + cmp.Or(p.Address, who.Address) + " · " + text.Isolate(cmp.Or(p.Phone, who.Phone))})
	}
	return r.Page(r.T("cases.act.contacts"), stack(r.T("cases.act.contacts"), lines(r.Words, out)))
}

func (s *Service) pieceFile(r *web.Request) error {
	f, err := s.of(r, thePieces)
	if err != nil {
		return err
	}
	id, err := r.PathID("piece")
	if err != nil {
		return err
	}
	i := slices.IndexFunc(f.Pieces, func(p enquiry.Piece) bool { return p.ID == id && p.Info != "" })
	if i < 0 {
		return orNotFound(nil)
	}
	var info blobs.Info
	if err := json.Unmarshal([]byte(f.Pieces[i].Info), &info); err != nil {
		return err
	}
	file, err := s.k.Blobs.Open(r.Context(), info)
	if err != nil {
		return err
	}
	defer file.Close()
	r.Shows(pieceRef(id))
	return r.SendFile(info.MIME, info.Name, file)
}
