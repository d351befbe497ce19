package cases

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/packs"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/ui"
	"github.com/amana-platform/amana/modules/cases/dossier"
	"github.com/amana-platform/amana/modules/cases/enquiry"
)

// The forms of reports, measures, reviews and the hand-over.

// pvSheet begins a report: its form, the person it is about, when it was done.
func (s *Service) pvSheet(r *web.Request) (web.Sheet, error) {
	c, x, err := s.on(r, "pv", theParties)
	if err != nil {
		return x, err
	}
	x.Values.Set("form", r.FormValue("form"))
	x.Values.Set("corrects", r.FormValue("corrects"))
	x.Fields = func(f ui.Form) []templ.Component {
		var forms []ui.Option
		for _, t := range s.k.Pack.Templates("pv", r.Now()) {
			forms = append(forms, ui.Option{Value: t.Code, Label: t.Names.In(string(r.Words.Lang()))})
		}
		return []templ.Component{
			f.Hidden("corrects"), f.Radios(ui.Field{Name: "form", Label: r.T("cases.form.form"), Law: "CPP 24"}, forms),
			f.Time(ui.Field{Name: "act", Label: s.terms().Field(r.Words, "act-time")}),
			f.Select(ui.Field{Name: "person", Label: r.T("cases.form.person"), Help: r.T("cases.help.pv-person"), Optional: true}, s.partyOptions(r, c)),
			f.Select(ui.Field{Name: "second", Label: s.terms().Field(r.Words, "second-person"), Help: r.T("cases.help.second"), Optional: true}, s.partyOptions(r, c)),
		}
	}
	x.Do = func(a web.Answers) (string, error) {
		n := NewPV{Submission: a.ID("submission"), Form: a.Get("form"), Person: a.ID("person"), Second: a.ID("second"), Corrects: a.ID("corrects"), Act: a.Time("act")}
		if n.Corrects != "" {
			old, err := s.PV(r.Context(), n.Corrects)
			if err != nil {
				return "", err
			}
			n.Values = old.Values
		}
		p, err := s.DraftPV(r.Context(), r.Grant, c.ID, n)
		return x.Back + "/pvs/" + string(p.ID) + "/edit", err
	}
	return x, nil
}

// pv reads the report of an address, which must be of the case of the address.
func (s *Service) pv(r *web.Request) (enquiry.PV, error) {
	id, err := r.PathID("pv")
	if err != nil {
		return enquiry.PV{}, err
	}
	p, err := s.PV(r.Context(), id)
	if err == nil && p.Case != r.Resource.Ref.ID {
		err = orNotFound(nil)
	}
	return p, err
}

// editSheet writes a draft. Two people may write it at once: it saves itself
// field by field, and what both changed is shown side by side.
func (s *Service) editSheet(r *web.Request) (web.Sheet, error) {
	_, x, err := s.on(r, "edit-pv")
	if err != nil {
		return x, err
	}
	p, err := s.pv(r)
	if err != nil {
		return x, err
	}
	form, err := s.k.Pack.Template(p.Form, p.Made)
	if err != nil {
		return x, err
	}
	if p.State != enquiry.Draft {
		return x, refuse("cases.refused.signed")
	}
	here := x.Back + "/pvs/" + string(p.ID)
	x.Title, x.Draft, x.Back = s.pvName(r, p), "shared-pv-"+string(p.ID), here
	x.Values = url.Values{"version": {strconv.FormatInt(p.Version, 10)}, "act": {r.Words.DateTimeNumeric(p.Act)}}
	s.stored(r, p.Values, x.Values)
	var clashes []enquiry.Clash
	x.Fields = func(f ui.Form) []templ.Component {
		out := []templ.Component{f.Time(ui.Field{Name: "act", Label: s.terms().Field(r.Words, "act-time")})}
		for _, code := range enquiry.Typed(form) {
			i := slices.IndexFunc(clashes, func(c enquiry.Clash) bool { return c.Field == code })
			if i >= 0 {
				out = append(out, f.Conflict(ui.Field{Name: "f." + code, Label: s.terms().Field(r.Words, code)},
					ui.Clash{Mine: clashes[i].Mine, Theirs: clashes[i].Theirs, Who: s.officer(r, p.Author), At: r.Now()}))
			}
			out = append(out, s.packField(r, f, code, slices.Contains(form.Required, code)))
		}
		return out
	}
	x.Do = func(a web.Answers) (string, error) {
		given, act := s.fieldsOf(a, enquiry.Typed(form)), a.Time("act")
		if len(*a.Wrong) > 0 {
			return "", *a.Wrong
		}
		var now enquiry.PV
		var err error
		if now, clashes, err = s.RevisePV(r.Context(), r.Grant, p.ID, a.Version(), act, given); len(clashes) > 0 {
			a.Set("version", strconv.FormatInt(now.Version, 10)) // the next save decides over what is shown
		}
		return here, err
	}
	return x, nil
}

func (s *Service) askSheet(r *web.Request) (web.Sheet, error) {
	c, x, err := s.on(r, "ask")
	if err != nil {
		return x, err
	}
	kind, known := s.measureKind(r, r.FormValue("kind"))
	x.Values.Set("kind", r.FormValue("kind"))
	x.Fields = func(f ui.Form) []templ.Component {
		var kinds []ui.Option
		for _, m := range s.k.Pack.Measures(r.Now()) {
			if slices.Contains(m.Regimes, c.Regime) {
				kinds = append(kinds, ui.Option{Value: m.Code, Label: m.Names.In(string(r.Words.Lang())), Help: strings.Join(m.Law, ", ")})
			}
		}
		out := []templ.Component{f.Select(ui.Field{Name: "kind", Label: r.T("cases.form.measure"), Help: r.T("cases.help.measure")}, kinds)}
		if known {
			out = append(out, s.packFields(r, f, kind.Fields, kind.Fields)...)
		}
		return out
	}
	x.Do = func(a web.Answers) (string, error) {
		given := s.fieldsOf(a, kind.Fields)
		if len(*a.Wrong) > 0 {
			return "", *a.Wrong
		}
		_, err := s.AskMeasure(r.Context(), r.Grant, c.ID, NewMeasure{Kind: a.Get("kind"), Values: given})
		return x.Back, err
	}
	return x, nil
}

func (s *Service) measureKind(r *web.Request, code string) (packs.Measure, bool) {
	m, err := s.k.Pack.Measure(code, r.Now())
	return m, err == nil
}

// measure reads the measure of an address.
func (s *Service) measureOf(r *web.Request) (enquiry.Measure, error) {
	id, err := r.PathID("measure")
	if err != nil {
		return enquiry.Measure{}, err
	}
	return s.Measure(r.Context(), id)
}

func (s *Service) reportSheet(r *web.Request) (web.Sheet, error) {
	c, x, err := s.on(r, "report")
	if err != nil {
		return x, err
	}
	m, err := s.measureOf(r)
	if err != nil || m.Case != c.ID {
		return x, orNotFound(err)
	}
	x.About = s.measureName(r, m)
	x.Fields = func(f ui.Form) []templ.Component {
		return []templ.Component{
			f.Radios(ui.Field{Name: "state", Label: r.T("cases.form.state")}, web.Options(r, "cases.measure-state", []enquiry.MeasureState{enquiry.Done, enquiry.Stopped})),
			f.Area(ui.Field{Name: "result", Label: r.T("cases.form.result")}),
		}
	}
	x.Do = func(a web.Answers) (string, error) {
		return x.Back, s.ReportMeasure(r.Context(), r.Grant, m.ID, enquiry.MeasureState(a.Get("state")), a.Get("result"))
	}
	return x, nil
}

func (s *Service) measureName(r *web.Request, m enquiry.Measure) string {
	if kind, ok := s.measureKind(r, m.Kind); ok {
		return kind.Names.In(string(r.Words.Lang()))
	}
	return m.Kind
}

// orderSheet is the authority's decision: number, basis and window.
func (s *Service) orderSheet(r *web.Request) (web.Sheet, error) {
	m, err := s.measureOf(r)
	if err != nil {
		return web.Sheet{}, err
	}
	kind, _ := s.measureKind(r, m.Kind)
	x := web.Sheet{Verb: "order", Back: "/measures/" + string(m.ID), About: s.measureName(r, m), Values: url.Values{"from": {r.Words.DateTimeNumeric(r.Now())}}}
	x.Fields = func(f ui.Form) []templ.Component {
		var basis []ui.Option
		for _, law := range kind.Law {
			basis = append(basis, ui.Option{Value: law, Label: law})
		}
		return []templ.Component{
			f.Text(ui.Field{Name: "number", Label: r.T("cases.form.number"), LTR: true, Narrow: true}),
			f.Radios(ui.Field{Name: "basis", Label: r.T("cases.form.basis")}, basis),
			f.Time(ui.Field{Name: "from", Label: r.T("cases.form.window-from")}),
			f.Time(ui.Field{Name: "until", Label: r.T("cases.form.window-until"), Help: r.T("cases.help.window", "longest", r.Words.Date(kind.Window.After(r.Now()))), Optional: true}),
		}
	}
	x.Do = func(a web.Answers) (string, error) {
		o := Order{Number: a.Get("number"), Basis: a.Get("basis"), From: a.From("from"), Until: a.Until("until")}
		if len(*a.Wrong) > 0 {
			return "", *a.Wrong
		}
		return x.Back, s.OrderMeasure(r.Context(), r.Grant, m.ID, o)
	}
	return x, nil
}

// requestSheet puts a measure before the court that may order it.
func (s *Service) requestSheet(r *web.Request) (web.Sheet, error) {
	m, err := s.measureOf(r)
	x := web.Sheet{Verb: "request", Back: "/measures/" + string(m.ID), About: s.measureName(r, m), Values: url.Values{}}
	x.Fields = func(f ui.Form) []templ.Component {
		return []templ.Component{f.Text(ui.Field{Name: "number", Label: r.T("cases.form.requisition"), Law: "CPP 108", LTR: true, Narrow: true})}
	}
	x.Do = func(a web.Answers) (string, error) {
		return x.Back, s.RequestMeasure(r.Context(), r.Grant, m.ID, a.Get("number"))
	}
	return x, err
}

func (s *Service) refuseSheet(r *web.Request) (web.Sheet, error) {
	m, err := s.measureOf(r)
	x := web.Sheet{Verb: "refuse", Back: "/measures/" + string(m.ID), About: s.measureName(r, m)}
	x.Fields = func(f ui.Form) []templ.Component {
		return []templ.Component{f.Area(ui.Field{Name: "reason", Label: r.T("cases.form.reason")})}
	}
	x.Do = func(a web.Answers) (string, error) {
		return x.Back, s.RefuseMeasure(r.Context(), r.Grant, m.ID, a.Get("reason"))
	}
	return x, err
}

func (s *Service) submitSheet(r *web.Request) (web.Sheet, error) {
	c, x, err := s.on(r, "submit", whole()...)
	if err != nil {
		return x, err
	}
	gate, _ := s.Gate(r.Context(), c)
	x.Above = s.gatePanel(r, c, gate)
	x.Do = func(web.Answers) (string, error) { return x.Back, s.Submit(r.Context(), r.Grant, c.ID) }
	return x, nil
}

func (s *Service) approveSheet(r *web.Request) (web.Sheet, error) {
	c, x, err := s.on(r, "approve", whole()...)
	if err != nil {
		return x, err
	}
	gate, _ := s.Gate(r.Context(), c)
	x.Above = s.gatePanel(r, c, gate)
	x.Do = func(web.Answers) (string, error) { return x.Back, s.Approve(r.Context(), r.Grant, c.ID) }
	return x, nil
}

// remarkRows is how many remarks the form of a return offers at once.
const remarkRows = 5

// returnSheet gives a case back; each remark is anchored on a section.
func (s *Service) returnSheet(r *web.Request) (web.Sheet, error) {
	c, x, err := s.on(r, "return", thePVs)
	if err != nil {
		return x, err
	}
	anchors := s.anchors(r, c)
	x.Fields = func(f ui.Form) []templ.Component {
		var out []templ.Component
		for i := range remarkRows {
			n := "remarks." + strconv.Itoa(i)
			out = append(out, section(r.T("cases.form.remark", "n", i+1),
				f.Select(ui.Field{Name: n + ".anchor", Label: r.T("cases.form.anchor"), Optional: i > 0}, anchors),
				f.Area(ui.Field{Name: n + ".words", Label: r.T("cases.form.words"), Optional: i > 0})))
		}
		return out
	}
	x.Do = func(a web.Answers) (string, error) {
		var said []NewRemark
		for i := range remarkRows {
			n := "remarks." + strconv.Itoa(i)
			anchor, sect, _ := strings.Cut(a.Get(n+".anchor"), "#")
			ref, err := ident.ParseRef(anchor)
			if err != nil && a.Get(n+".words") != "" {
				return "", &fault.Error{Kind: fault.Invalid, Key: "form.choose", Field: n + ".anchor"}
			}
			said = append(said, NewRemark{Anchor: ref, Section: sect, Words: a.Get(n + ".words")})
		}
		return x.Back, s.Return(r.Context(), r.Grant, c.ID, said)
	}
	return x, nil
}

// caseSections are the parts of a case that a remark may be about.
var caseSections = []string{"facts", "persons", "offences", "evidence", "measures"}

// anchors lists what a remark may be about: parts of the case, and the fields
// of its reports.
func (s *Service) anchors(r *web.Request, f *enquiry.File) []ui.Option {
	var out []ui.Option
	for _, part := range caseSections {
		out = append(out, ui.Option{Value: caseRef(f.ID).String() + "#" + part, Label: r.T("cases.part-of." + part), Group: r.T("cases.purpose", "number", f.Number)})
	}
	for _, p := range f.PVs {
		form, err := s.k.Pack.Template(p.Form, p.Made)
		if err != nil {
			continue
		}
		for _, code := range enquiry.Typed(form) {
			out = append(out, ui.Option{Value: pvRef(p.ID).String() + "#" + code, Label: s.terms().Field(r.Words, code), Group: s.pvName(r, p)})
		}
	}
	return out
}

func (s *Service) answerSheet(r *web.Request) (web.Sheet, error) {
	c, x, err := s.on(r, "answer", thePVs, theRemarks)
	if err != nil {
		return x, err
	}
	id, err := r.PathID("remark")
	for _, m := range c.Remarks {
		if m.ID == id {
			x.About = s.remarkAbout(r, c, m) + " · " + m.Words
		}
	}
	x.Fields = func(f ui.Form) []templ.Component {
		return []templ.Component{f.Area(ui.Field{Name: "answer", Label: r.T("cases.form.answer")})}
	}
	x.Do = func(a web.Answers) (string, error) {
		return x.Back, s.Answer(r.Context(), r.Grant, c.ID, id, a.Get("answer"))
	}
	return x, err
}

// remarkAbout says what a remark is anchored on.
func (s *Service) remarkAbout(r *web.Request, f *enquiry.File, m enquiry.Remark) string {
	if m.Anchor.Kind == enquiry.KindCase {
		if slices.Contains(caseSections, m.Section) {
			return r.T("cases.part-of." + m.Section)
		}
		return r.T("cases.purpose", "number", f.Number)
	}
	for _, p := range f.PVs {
		if p.ID == m.Anchor.ID {
			return s.pvName(r, p) + " · " + s.terms().Field(r.Words, m.Section)
		}
	}
	return ""
}

func (s *Service) handOverSheet(r *web.Request) (web.Sheet, error) {
	c, x, err := s.on(r, "hand-over", whole()...)
	if err != nil {
		return x, err
	}
	gate, office := s.Gate(r.Context(), c)
	x.Above = s.gatePanel(r, c, gate)
	if office.ID != "" {
		x.About += " · " + office.Names.In(string(r.Words.Lang()))
	}
	x.Do = func(a web.Answers) (string, error) {
		d, err := s.HandOver(r.Context(), r.Grant, c.ID, a.ID("submission"))
		if err != nil {
			return "", err
		}
		for _, profile := range dossier.Profiles() {
			if _, err := s.IssueDossier(r.Context(), r.Grant, d.ID, profile, "ar"); err != nil {
				return "", err
			}
		}
		return x.Back + "/dossiers/" + string(d.ID), nil
	}
	return x, nil
}

// decideSheet is the prosecutor's answer: first the decision, then what it
// asks for.
func (s *Service) decideSheet(r *web.Request) (web.Sheet, error) {
	d, err := s.Dossier(r.Context(), r.Resource.Ref.ID)
	if err != nil {
		return web.Sheet{}, err
	}
	decision, err := s.k.Pack.Decision(r.FormValue("code"), r.Now())
	known := err == nil
	x := web.Sheet{Verb: "decide", Back: "/dossiers/" + string(d.ID), About: d.Number, Values: url.Values{"code": {r.FormValue("code")}}}
	x.Fields = func(f ui.Form) []templ.Component {
		var all []ui.Option
		for _, o := range s.k.Pack.Decisions(r.Now()) {
			group := r.T("cases.form.decides")
			if o.Returns {
				group = r.T("cases.form.returns")
			}
			all = append(all, ui.Option{Value: o.Code, Label: o.Names.In(string(r.Words.Lang())), Group: group})
		}
		out := []templ.Component{f.Select(ui.Field{Name: "code", Label: r.T("cases.form.decision"), Help: r.T("cases.help.decision"), Law: "CPP 40"}, all)}
		if known {
			out = append(out, s.packFields(r, f, decision.Fields, decision.Fields)...)
		}
		return append(out, f.Area(ui.Field{Name: "remarks", Label: r.T("cases.form.remarks"), Optional: true}))
	}
	x.Do = func(a web.Answers) (string, error) {
		given := s.fieldsOf(a, decision.Fields)
		if len(*a.Wrong) > 0 {
			return "", *a.Wrong
		}
		given["remarks"] = a.Get("remarks")
		return x.Back, s.Decide(r.Context(), r.Grant, d.ID, a.Get("code"), given)
	}
	return x, nil
}
