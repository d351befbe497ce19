package cases

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/ui"
	"github.com/amana-platform/amana/modules/cases/dossier"
	"github.com/amana-platform/amana/modules/cases/enquiry"
)

// The pages of reports, measures and dossiers, and the small acts of a case.

// pvPage shows a report with what may be done with it.
func (s *Service) pvPage(r *web.Request) error {
	f, err := s.of(r)
	if err != nil {
		return err
	}
	p, err := s.pv(r)
	if err != nil {
		return err
	}
	form, err := s.k.Pack.Template(p.Form, p.Made)
	if err != nil {
		return err
	}
	r.Shows(pvRef(p.ID))
	here := caseHref(f.ID) + "/pvs/" + string(p.ID)
	rec := ui.Record{
		Kind: r.T("cases.pv"), Number: cmp.Or(p.Number, r.T("cases.pv-state.draft")), Title: s.pvName(r, p),
		State: ui.State{Status: ui.Wait, Label: r.T("cases.pv-state.draft")}, PDF: here + "/paper",
		Crumbs: []ui.Link{{Label: r.T("cases.title"), Href: "/cases"}, {Label: f.Number, Href: caseHref(f.ID)}},
		Facts: []ui.Fact{
			{Label: s.terms().Field(r.Words, "author"), Text: s.officer(r, p.Author)}, {Label: s.terms().Field(r.Words, "act-time"), Value: ui.Moment(r.Words, p.Act)},
			{Label: s.terms().Field(r.Words, "written-time"), Value: ui.Moment(r.Words, cmp.Or(p.Signed, p.Made))},
		},
	}
	for _, code := range append(slices.Clone(form.Required), form.Optional...) {
		if v := p.Values[code]; v != "" && code != "address" {
			rec.Facts = append(rec.Facts, ui.Fact{Label: s.terms().Field(r.Words, code), Value: prose(strings.Split(s.terms().Value(r.Words, code, v), "\n"))})
		}
	}
	rec.Acts = s.pvActs(r, f, p, here)
	if p.State == enquiry.Signed {
		rec.State = ui.State{Status: ui.Good, Label: r.T("cases.pv-state.signed")}
	}
	if rec.Timeline, err = r.Timeline(pvRef(p.ID), 30); err != nil {
		return err
	}
	return r.RecordPage(rec.Title, rec)
}

func (s *Service) pvActs(r *web.Request, f *enquiry.File, p enquiry.PV, here string) []ui.Act {
	var out []ui.Act
	if !f.State.Editable() || !r.Can("cases.pv.draft", r.Resource) {
		return nil
	}
	if p.State == enquiry.Signed {
		return append(out, ui.Act{Name: "cases.pv.draft", Label: r.T("cases.act.correct"), Href: caseHref(f.ID) + "/pv?form=" + p.Form + "&corrects=" + string(p.ID)})
	}
	out = append(out, ui.Act{Name: "cases.pv.draft", Label: r.T("cases.act.edit-pv"), Href: here + "/edit", Key: "e", Primary: true})
	if p.Author == r.Actor.ID && r.Can("cases.pv.sign", r.Resource) {
		out = append(out, ui.Act{Name: "cases.pv.sign", Label: r.T("cases.act.sign"), Href: here + "/sign?version=" + strconv.FormatInt(p.Version, 10), Post: true})
	}
	if s.mayDrop(r.Context(), s.k.Reader, p, r.Actor.ID) == nil {
		out = append(out, ui.Act{Name: "cases.pv.draft", Label: r.T("cases.act.drop"), Href: here + "/drop", Post: true})
	}
	return out
}

// pvPaper prints a report, in the language asked for, Arabic otherwise.
func (s *Service) pvPaper(r *web.Request) error {
	p, err := s.pv(r)
	if err != nil {
		return err
	}
	pdf, err := s.PaperPV(r.Context(), p.ID, paperLang(r))
	if err != nil {
		return err
	}
	r.Shows(pvRef(p.ID))
	r.Exported()
	return r.Send("application/pdf", "pv-"+strings.Map(safe, p.Number)+".pdf", pdf)
}

// paperLang is the language of a paper: the service writes Arabic.
func paperLang(r *web.Request) string {
	if r.URL.Query().Get("paper") == "fr" || r.FormValue("lang") == "fr" {
		return "fr"
	}
	return "ar"
}

// signPV signs the version that the page showed, and no other.
func (s *Service) signPV(r *web.Request) error {
	p, err := s.pv(r)
	if err != nil {
		return err
	}
	shown, _ := strconv.ParseInt(r.URL.Query().Get("version"), 10, 64) // none conflicts
	_, err = s.SignPV(r.Context(), r.Grant, p.ID, shown)
	if fault.Is(err, fault.Invalid) {
		return s.incomplete(r, p, fault.All(err))
	}
	if err != nil {
		return err
	}
	return r.Redirect(caseHref(p.Case) + "/pvs/" + string(p.ID))
}

// incomplete shows a report that cannot be signed yet as the form that takes
// what is missing, each field named.
func (s *Service) incomplete(r *web.Request, p enquiry.PV, wrong fault.List) error {
	x, err := s.editSheet(r)
	if err != nil {
		return err
	}
	r.Shows(pvRef(p.ID))
	x.At = x.Back + "/edit"
	x.Values.Set("submission", string(s.k.Journal.NewID()))
	return s.sheets.Again(r, x, x.Values, wrong)
}

func (s *Service) dropPV(r *web.Request) error {
	p, err := s.pv(r)
	if err != nil {
		return err
	}
	return s.then(r, s.DropPV(r.Context(), r.Grant, p.ID))
}

// then goes back to the case after an act, or gives what went wrong.
func (s *Service) then(r *web.Request, err error) error {
	if err != nil {
		return err
	}
	return r.Redirect(caseHref(r.Resource.Ref.ID))
}

// withID makes a handler's act on a record of the case named in the address.
func (s *Service) withID(r *web.Request, name string, do func(id ident.ID) error) error {
	id, err := r.PathID(name)
	if err != nil {
		return err
	}
	return s.then(r, do(id))
}

func (s *Service) withdrawParty(r *web.Request) error {
	return s.withID(r, "party", func(id ident.ID) error { return s.WithdrawParty(r.Context(), r.Grant, r.Resource.Ref.ID, id) })
}

func (s *Service) withdrawOffence(r *web.Request) error {
	return s.withID(r, "offence", func(id ident.ID) error { return s.WithdrawOffence(r.Context(), r.Grant, r.Resource.Ref.ID, id) })
}

func (s *Service) unlink(r *web.Request) error {
	return s.withID(r, "link", func(id ident.ID) error { return s.Unlink(r.Context(), r.Grant, r.Resource.Ref.ID, id) })
}

func (s *Service) releaseOfficer(r *web.Request) error {
	return s.withID(r, "officer", func(id ident.ID) error { return s.Release(r.Context(), r.Grant, r.Resource.Ref.ID, id) })
}

func (s *Service) endReferral(r *web.Request) error {
	return s.withID(r, "referral", func(id ident.ID) error { return s.EndReferral(r.Context(), r.Grant, r.Resource.Ref.ID, id) })
}

func (s *Service) resolveRemark(r *web.Request) error {
	return s.withID(r, "remark", func(id ident.ID) error { return s.Resolve(r.Context(), r.Grant, r.Resource.Ref.ID, id) })
}

// revokeTransfer takes an offer back; the transfer must be of this case.
func (s *Service) revokeTransfer(r *web.Request) error {
	return s.withID(r, "transfer", func(id ident.ID) error {
		t, err := s.Transfer(r.Context(), id)
		if err != nil || t.Case != r.Resource.Ref.ID {
			return orNotFound(err)
		}
		return s.DecideTransfer(r.Context(), r.Grant, id, "revoked", "")
	})
}

// dossier reads the dossier of an address; under a case it must be of it.
func (s *Service) dossierOf(r *web.Request) (enquiry.Dossier, string, error) {
	id, err := r.PathID("dossier")
	if err != nil {
		return enquiry.Dossier{}, "", err
	}
	d, err := s.Dossier(r.Context(), id)
	here := "/dossiers/" + string(id)
	if r.Resource.Ref.Kind == enquiry.KindCase {
		here = caseHref(r.Resource.Ref.ID) + here
		if err == nil && d.Case != r.Resource.Ref.ID {
			err = orNotFound(nil)
		}
	}
	r.Shows(dossierRef(id))
	return d, here, err
}

// mayHave lists the profiles that a reader of a dossier may have.
func mayHave(policy.Resource) []string { return dossier.Profiles() }

// dossierPage shows a dossier with its files in each profile, and its answer.
func (s *Service) dossierPage(r *web.Request) error {
	d, here, err := s.dossierOf(r)
	if err != nil {
		return err
	}
	rec := ui.Record{Kind: r.T("cases.paper.dossier"), Number: d.Number, State: dossierState(r, d), Crumbs: []ui.Link{{Label: r.T("cases.inbox"), Href: "/inbox"}}, Facts: []ui.Fact{
		{Label: r.T("cases.form.unit"), Text: s.unitName(r, d.Unit)}, {Label: r.T("cases.paper.to"), Text: s.unitName(r, d.Office)},
		{Label: r.T("cases.paper.sent"), Value: ui.Moment(r.Words, d.At)}, {Label: r.T("cases.paper.sender"), Text: s.officer(r, d.By)},
	}}
	if r.Resource.Ref.Kind == enquiry.KindCase {
		rec.Crumbs = []ui.Link{{Label: r.T("cases.title"), Href: "/cases"}, {Label: r.T("cases.kind"), Href: caseHref(d.Case)}}
	}
	if d.Acknowledgement != "" {
		rec.Facts = append(rec.Facts, ui.Fact{Label: r.T("cases.acknowledgement"), Value: ui.ID(d.Acknowledgement)})
	}
	if x, err := s.k.Pack.Decision(d.Decision, r.Now()); err == nil {
		rec.Facts = append(rec.Facts, ui.Fact{Label: r.T("cases.form.decision"), Text: x.Names.In(string(r.Words.Lang()))})
	}
	for _, code := range slices.Sorted(maps.Keys(d.Values)) {
		rec.Facts = append(rec.Facts, ui.Fact{Label: s.terms().Field(r.Words, code), Text: s.terms().Value(r.Words, code, d.Values[code])})
	}
	rec.Aside = []ui.Aside{{Title: r.T("cases.files"), Body: lines(r.Words, s.issueLines(r, d, here))}, {Title: r.T("cases.paper.gate"), Body: lines(r.Words, s.gateLines(r, d))}}
	if d.State == "handed-over" && r.Can("cases.dossier.acknowledge", r.Resource) {
		rec.Acts = append(rec.Acts, ui.Act{Name: "cases.dossier.acknowledge", Label: r.T("cases.act.acknowledge"), Href: here + "/acknowledge", Post: true, Primary: true})
	}
	if d.State == "acknowledged" && r.Can("cases.dossier.decide", r.Resource) {
		rec.Acts = append(rec.Acts, ui.Act{Name: "cases.dossier.decide", Label: r.T("cases.act.decide"), Href: here + "/decide", Primary: true})
	}
	if rec.Timeline, err = r.Timeline(dossierRef(d.ID), 30); err != nil {
		return err
	}
	return r.RecordPage(d.Number, rec)
}

// issueLines offers each profile's PDFs and its twin.
func (s *Service) issueLines(r *web.Request, d enquiry.Dossier, here string) []line {
	var out []line
	for _, profile := range mayHave(r.Resource) {
		for _, lang := range []string{"ar", "fr"} {
			x := line{label: r.T("cases.profile."+profile) + " · " + r.T("cases.lang."+lang)}
			if made, ok := d.Issue(profile, lang); ok {
				x.href, x.detail = here+"/files/"+string(made.ID), r.Words.DateTimeNumeric(made.At)
				s.stampOf(r, made, &x, here)
			} else {
				x.acts = []act{{r.T("cases.act.issue"), here + "/issue?profile=" + profile + "&lang=" + lang}}
			}
			out = append(out, x)
		}
		out = append(out, line{label: r.T("cases.twin") + " · " + r.T("cases.profile."+profile), href: here + "/twin/" + profile})
	}
	return out
}

// stampOf says whether a time stamp authority vouches for a PDF, where the
// service has one, and offers to ask it again.
func (s *Service) stampOf(r *web.Request, made enquiry.Issue, x *line, here string) {
	if !s.k.Paper.Stamps() {
		return
	}
	pdf, err := s.issued(r.Context(), made)
	if err != nil {
		return // the file's own page says what is wrong with it
	}
	if at := s.k.Paper.Stamped(pdf); !at.IsZero() {
		x.state = ui.State{Status: ui.Good, Label: r.T("cases.stamped", "at", r.Words.DateTimeNumeric(at))}
		return
	}
	x.state = ui.State{Status: ui.Alert, Label: r.T("cases.unstamped")}
	x.acts = []act{{r.T("cases.act.stamp"), here + "/stamp?profile=" + made.Profile + "&lang=" + made.Lang}}
}

// stamp asks the time stamp authority again for a PDF without a stamp.
func (s *Service) stamp(r *web.Request) error {
	d, here, err := s.dossierOf(r)
	if err != nil {
		return err
	}
	if _, err := s.StampIssue(r.Context(), r.Grant, d.ID, r.URL.Query().Get("profile"), paperLang(r)); err != nil {
		return err
	}
	return r.Redirect(here)
}

func (s *Service) gateLines(r *web.Request, d enquiry.Dossier) []line {
	var out []line
	for _, l := range d.Gate {
		x := line{label: r.T("cases.check." + l.Check), detail: s.terms().Check(r.Words, l.Check, l.Code), state: ui.State{Status: ui.Good, Label: r.T("cases.gate.met")}}
		if id, err := ident.Parse(l.Code); err == nil {
			x.detail = s.person(r, id)
		}
		out = append(out, x)
	}
	return out
}

func (s *Service) issue(r *web.Request) error {
	d, here, err := s.dossierOf(r)
	if err != nil {
		return err
	}
	if _, err := s.IssueDossier(r.Context(), r.Grant, d.ID, r.URL.Query().Get("profile"), paperLang(r)); err != nil {
		return err
	}
	return r.Redirect(here)
}

func (s *Service) issueFile(r *web.Request) error {
	d, _, err := s.dossierOf(r)
	if err != nil {
		return err
	}
	id, err := r.PathID("issue")
	if err != nil {
		return err
	}
	i := slices.IndexFunc(d.Issues, func(x enquiry.Issue) bool { return x.ID == id })
	if i < 0 {
		return orNotFound(nil)
	}
	file, name, err := s.OpenIssue(r.Context(), d.Issues[i])
	if err != nil {
		return err
	}
	defer file.Close()
	r.Exported()
	return r.SendFile("application/pdf", name, file)
}

func (s *Service) twinFile(r *web.Request) error {
	d, _, err := s.dossierOf(r)
	if err != nil {
		return err
	}
	raw, err := s.TwinOf(r.Context(), d, r.PathValue("profile"))
	if err != nil {
		return err
	}
	r.Exported()
	return r.Send("application/json", dossier.TwinFile, raw)
}

func (s *Service) acknowledge(r *web.Request) error {
	if _, err := s.Acknowledge(r.Context(), r.Grant, r.Resource.Ref.ID); err != nil {
		return err
	}
	return r.Redirect("/dossiers/" + string(r.Resource.Ref.ID))
}
