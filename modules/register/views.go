package register

import (
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/ui"
)

func fileHref(c Complaint, f File) string {
	return "/register/complaints/" + string(c.ID) + "/files/" + string(f.Info.Address)
}

// fieldName names a field of an event as the pack does.
func (s *Service) fieldName(w *text.Words, code string, c Custody) string {
	if f, err := s.k.Pack.Field(code, c.Arrest); err == nil {
		return f.Names.In(string(w.Lang()))
	}
	return w.T("register." + code)
}

func grantedState(r *web.Request, d Decision) ui.State {
	if d.Granted {
		return ui.State{Status: ui.Good, Label: r.T("register.decision.granted")}
	}
	return ui.State{Status: ui.Stop, Label: r.T("register.decision.declined")}
}

func handoverFacts(r *web.Request, h Handover, who func(ident.ID) string) []ui.Fact {
	return []ui.Fact{
		{Label: r.T("register.handover.outgoing"), Text: who(h.Outgoing)},
		{Label: r.T("register.handover.from"), Value: ui.Moment(r.Words, h.From)}, {Label: r.T("register.handover.until"), Value: ui.Moment(r.Words, h.Until)},
		{Label: r.T("register.handover.custodies"), Text: r.Words.Number(h.Custodies)}, {Label: r.T("register.handover.late"), Text: r.Words.Number(h.Late)},
		{Label: r.T("register.handover.notices"), Text: r.Words.Number(h.Notices)}, {Label: r.T("register.handover.waiting"), Text: r.Words.Number(h.Waiting)},
		{Label: r.T("register.remarks"), Text: h.Remarks},
	}
}

func openFacts(r *web.Request, o Open) []ui.Fact {
	late := 0
	for _, all := range o.Late {
		late += len(all)
	}
	return []ui.Fact{
		{Label: r.T("register.handover.from"), Value: ui.Moment(r.Words, o.From)},
		{Label: r.T("register.handover.custodies"), Text: r.Words.Number(int64(len(o.Custodies)))}, {Label: r.T("register.handover.late"), Text: r.Words.Number(int64(late))},
		{Label: r.T("register.handover.notices"), Text: r.Words.Number(int64(len(o.Notices)))}, {Label: r.T("register.handover.waiting"), Text: r.Words.Number(int64(len(o.Waiting)))},
	}
}

func custodyLinks(o Open) (out []ui.Link) {
	for _, c := range o.Custodies {
		out = append(out, ui.Link{Label: c.Number, Href: "/custody/" + string(c.ID)})
	}
	return out
}

func complaintLinks(all []Complaint) (out []ui.Link) {
	for _, c := range all {
		out = append(out, ui.Link{Label: c.Number, Href: "/register/complaints/" + string(c.ID)})
	}
	return out
}
