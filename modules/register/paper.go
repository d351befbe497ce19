package register

import (
	"context"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/packs"
	"github.com/amana-platform/amana/kernel/print"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/kernel/web"
)

// proofName is the file inside each PDF that proves its entry.
const proofName = "amana-proof.json"

// issue renders a document with the proof of an entry inside and as a QR code,
// and signs it. finish gets the text of the code. The document is dated by the
// entry, so that the same record gives the same paper.
func (s *Service) issue(ctx context.Context, entry ident.ID, disclose func(string) bool, reason string, finish func(qr string) *print.Document) ([]byte, error) {
	proof, qr, err := s.k.Paper.Proof(ctx, entry, disclose)
	if err != nil {
		return nil, err
	}
	pdf, err := print.Render(finish(qr), print.Attachment{Name: proofName, MIME: "application/json", Description: reason, Relation: "Data", Data: proof})
	if err != nil {
		return nil, err
	}
	return s.k.Paper.Sign(ctx, pdf, reason)
}

// receiptShows says which sealed fields of the entry a receipt's proof opens:
// none that speaks of another person or of the facts.
func receiptShows(string) bool { return false }

// Receipt prints the A5 receipt of a complaint in three languages, the
// reader's first. It names nobody but the complainant.
// Law: CPP 21; CPP 40
func (s *Service) Receipt(ctx context.Context, id ident.ID, first text.Lang) ([]byte, error) {
	c, err := s.Complaint(ctx, id)
	if err != nil {
		return nil, err
	}
	if len(c.Persons(Complainant)) == 0 {
		return nil, fault.New(fault.Conflict, "register.fault.no-receipt")
	}
	tpl, err := s.k.Pack.Template("complaint-receipt", c.ReceivedAt)
	if err != nil {
		return nil, err
	}
	return s.issue(ctx, c.Entry, receiptShows, c.Number, func(qr string) *print.Document { return s.receipt(ctx, c, tpl, first, qr) })
}

func (s *Service) receipt(ctx context.Context, c Complaint, tpl packs.Template, first text.Lang, qr string) *print.Document {
	w := s.k.Texts.In(first)
	doc := &print.Document{ID: c.Number, Title: titled(tpl.Names.In(string(first))) + " " + c.Number, Author: s.units.UnitName(ctx, string(first), c.Received),
		Lang: string(first), Created: c.Written, Size: print.A5, Footer: print.Band{Start: print.Ident(c.Number)}, PageOf: w.T("register.paper.page-of")}
	doc.Blocks = []print.Block{print.Bilingual{Langs: [2]string{"fr", "ar"}, Rows: [][2][]print.Block{{s.letterhead(ctx, c.Received, text.FR), s.letterhead(ctx, c.Received, text.AR)}}}, print.Rule{}}
	order := []text.Lang{first}
	for _, l := range []text.Lang{text.AR, text.FR, text.EN} {
		if l != first {
			order = append(order, l)
		}
	}
	for i, l := range order {
		if i > 0 {
			doc.Blocks = append(doc.Blocks, print.Rule{})
		}
		doc.Blocks = append(doc.Blocks, print.Section{Lang: string(l), Blocks: s.receiptIn(ctx, c, tpl, l)})
	}
	doc.Blocks = append(doc.Blocks, print.Framed{Blocks: []print.Block{print.QR{Content: qr, Size: 24, Caption: print.T(w.T("register.paper.qr"))}}})
	return doc
}

// letterhead names the unit at the head of a paper.
func (s *Service) letterhead(ctx context.Context, unit ident.ID, l text.Lang) []print.Block {
	return []print.Block{print.Paragraph{Text: print.B(s.units.UnitName(ctx, string(l), unit)), Align: print.Center}}
}

// titled begins a title with a capital letter, where the script has any.
func titled(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[n:]
}

// receiptIn is the receipt in one language.
func (s *Service) receiptIn(ctx context.Context, c Complaint, tpl packs.Template, l text.Lang) []print.Block {
	w, values := s.k.Texts.In(l), s.receiptValues(ctx, c, l)
	out := []print.Block{print.Paragraph{Text: print.B(titled(tpl.Names.In(string(l)))), Align: print.Center, Size: 110}}
	for _, b := range tpl.Blocks {
		if b.ID == "attachments" {
			continue
		}
		out = append(out, print.Paragraph{Text: print.T(b.Fill(string(l), values)), Size: 82})
	}
	return append(out, print.Facts{
		{Label: print.T(w.T("register.complaint.number")), Value: print.Ident(c.Number)},
		{Label: print.T(w.T("register.paper.received-by")), Value: print.T(values["received-by"])},
	})
}

// receiptValues fills the template's fields in a language.
func (s *Service) receiptValues(ctx context.Context, c Complaint, l text.Lang) map[string]string {
	w := s.k.Texts.In(l)
	var complainants []string
	for _, id := range c.Persons(Complainant) {
		complainants = append(complainants, text.Isolate(s.people.Name(ctx, string(l), id)))
	}
	return map[string]string{
		"unit": s.units.UnitName(ctx, string(l), c.Received), "number": text.Isolate(c.Number), "complainant": strings.Join(complainants, w.T("register.and")),
		"act-time": w.DateTime(c.ReceivedAt), "offence": s.offencesLine(w, c.Offences, c), "facts-time": factsTime(w, c), "facts-place": text.Isolate(c.Place),
		"received-by": s.units.OfficerName(ctx, string(l), c.Writer), "outcome-date": w.Date(c.Due),
	}
}

// sheetShows opens nothing: the register's page carries what it says on its face.
func sheetShows(string) bool { return false }

// SheetPaper prints a page of the custody register in a language.
// Law: CPP 66; CPP 67
func (s *Service) SheetPaper(ctx context.Context, id ident.ID, l text.Lang) ([]byte, error) {
	c, err := s.Sheet(ctx, id)
	if err != nil {
		return nil, err
	}
	tpl, err := s.k.Pack.Template("custody-register", c.Arrest)
	if err != nil {
		return nil, err
	}
	return s.issue(ctx, c.Entry, sheetShows, c.Number, func(qr string) *print.Document { return s.sheetPaper(ctx, c, tpl, l, qr) })
}

func (s *Service) sheetPaper(ctx context.Context, c Sheet, tpl packs.Template, l text.Lang, qr string) *print.Document {
	w := s.k.Texts.In(l)
	title := titled(tpl.Names.In(string(l)))
	doc := &print.Document{ID: c.Number, Title: title + " " + c.Number, Author: s.units.UnitName(ctx, string(l), c.Unit), Lang: string(l), Created: c.Written, Size: print.A4,
		Header: print.Band{Start: print.T(title), End: print.Ident(c.Number)}, Footer: print.Band{Start: print.Ident(c.Number)}, PageOf: w.T("register.paper.page-of")}
	doc.Blocks = []print.Block{
		print.Paragraph{Text: print.B(s.units.UnitName(ctx, string(l), c.Unit)), Align: print.Center}, print.Heading{Text: print.T(title)},
		print.Facts{
			{Label: print.T(w.T("register.custody.number")), Value: print.Ident(c.Number)},
			{Label: print.T(w.T("register.custody.person")), Value: s.personOnPaper(ctx, c, l)},
			{Label: print.T(w.T("register.custody.offence")), Value: print.T(s.offencesLine(w, nonEmpty(c.Offence), Complaint{ReceivedAt: c.Arrest}))},
			{Label: print.T(w.T("register.custody.regime")), Value: print.T(c.Law.Names.In(string(l)) + " (" + strings.Join(c.Law.Law, ", ") + ")")},
			{Label: print.T(w.T("register.custody.grounds")), Value: print.T(s.groundsLine(w, c.Custody))},
			{Label: print.T(w.T("register.custody.reasons")), Value: print.T(c.Reasons)},
			{Label: print.T(w.T("register.custody.arrest")), Value: print.T(w.DateTime(c.Arrest))},
			{Label: print.T(w.T("register.custody.arrival")), Value: print.T(w.DateTime(c.Arrival))},
			{Label: print.T(w.T("register.custody.entry")), Value: print.T(w.DateTime(c.Written) + " · " + s.units.OfficerName(ctx, string(l), c.Writer))},
			{Label: print.T(w.T("register.custody.deadline")), Value: print.B(w.DateTime(c.Deadline))},
			{Label: print.T(w.T("register.custody.ended")), Value: print.T(s.endOnPaper(w, c))},
		},
		print.Heading{Level: 2, Text: print.T(w.T("register.event.title"))}, s.eventTable(ctx, c, l),
	}
	if len(c.Decisions) > 0 {
		doc.Blocks = append(doc.Blocks, print.Heading{Level: 2, Text: print.T(w.T("register.decision.title"))}, s.decisionTable(ctx, c, l))
	}
	doc.Blocks = append(doc.Blocks, print.Signatures{
		{Role: print.T(w.T("register.paper.person"))}, {Role: print.T(w.T("register.paper.officer")), Name: print.T(s.units.OfficerName(ctx, string(l), c.Officer))},
		{Role: print.T(w.T("register.paper.visa"))},
	}, print.Framed{Blocks: []print.Block{print.QR{Content: qr, Caption: print.T(w.T("register.paper.qr"))}}})
	return doc
}

func (s *Service) personOnPaper(ctx context.Context, c Sheet, l text.Lang) print.Text {
	p, err := s.people.Person(ctx, c.Person)
	if err != nil {
		return print.T(s.k.Texts.In(l).T("register.erased"))
	}
	w := s.k.Texts.In(l)
	out := print.B(p.Name(string(l)))
	if p.Birth != "" {
		out = print.Join(out, print.T(" · "+w.T("register.paper.born", "date", w.Partial(p.Birth))))
	}
	if p.CNIE != "" {
		out = print.Join(out, print.T(" · "), print.Ident(p.CNIE))
	}
	return out
}

func (s *Service) groundsLine(w *text.Words, c Custody) string {
	var out []string
	for _, code := range c.Grounds {
		if g, err := s.k.Pack.Ground(code, c.Arrest); err == nil {
			out = append(out, g.Names.In(string(w.Lang())))
		}
	}
	return strings.Join(out, w.T("register.and"))
}

// endOnPaper says how it ended; a line to be filled in by hand while it lasts.
func (s *Service) endOnPaper(w *text.Words, c Sheet) string {
	out := strings.Repeat(".", 30)
	if !c.Ended.IsZero() {
		out = w.DateTime(c.Ended) + " · " + w.T("register.ending."+c.Outcome)
	}
	if !c.Overrun.IsZero() {
		out += " · " + w.T("register.custody.overran") + " " + w.DateTime(c.Overrun)
	}
	return out
}

func (s *Service) eventTable(ctx context.Context, c Sheet, l text.Lang) print.Table {
	w := s.k.Texts.In(l)
	t := print.Table{Columns: []print.Column{{Head: print.T(w.T("register.happened"))}, {Head: print.T(w.T("register.written"))}, {Head: print.T(w.T("register.event.kind")), Weight: 3}, {Head: print.T(w.T("register.remarks")), Weight: 4}, {Head: print.T(w.T("register.log.writer")), Weight: 2}}}
	for _, e := range c.Events {
		kind := s.eventName(w, e.Kind, c.Custody)
		if e.Phase != "" {
			kind += " (" + w.T("register.phase."+e.Phase) + ")"
		}
		var details []string
		for _, d := range e.Details {
			details = append(details, s.fieldName(w, d.Field, c.Custody)+w.T("register.colon")+d.Value)
		}
		t.Rows = append(t.Rows, []print.Text{print.T(stampOf(w, e.Happened)), print.T(stampOf(w, e.Written)), print.T(kind), print.T(strings.Join(details, "\n")), print.T(s.units.OfficerName(ctx, string(l), e.Writer))})
	}
	return t
}

// stampOf is a day and an hour as narrow as a column.
func stampOf(w *text.Words, t time.Time) string { return w.DateTimeNumeric(t) }

func (s *Service) decisionTable(ctx context.Context, c Sheet, l text.Lang) print.Table {
	w := s.k.Texts.In(l)
	t := print.Table{Columns: []print.Column{{Head: print.T(w.T("register.decision.label"))}, {Head: print.T(w.T("register.decision.act"))}, {Head: print.T(w.T("register.decision.by")), Weight: 3}, {Head: print.T(w.T("register.happened"))}, {Head: print.T(w.T("register.decision.until"))}}}
	for _, d := range c.Decisions {
		says, until := w.T("register.decision.declined"), ""
		if d.Granted {
			says, until = w.T("register.decision.granted"), stampOf(w, d.Until)
		}
		t.Rows = append(t.Rows, []print.Text{print.T(says), print.Ident(d.Act), print.T(w.T("register.authority."+d.Capacity) + " " + s.units.OfficerName(ctx, string(l), d.Officer)), print.T(stampOf(w, d.Decided)), print.T(until)})
	}
	return t
}

// ListPaper prints the daily list to an office.
// Law: CPP 66
func (s *Service) ListPaper(ctx context.Context, id ident.ID, l text.Lang) ([]byte, error) {
	list, err := readList(ctx, s.k.Reader, id)
	if err != nil {
		return nil, err
	}
	tpl, err := s.k.Pack.Template("daily-custody-list", list.Written)
	if err != nil {
		return nil, err
	}
	table, err := s.listTable(ctx, list, l)
	if err != nil {
		return nil, err
	}
	return s.issue(ctx, list.Entry, sheetShows, list.Day, func(qr string) *print.Document {
		w := s.k.Texts.In(l)
		title := titled(tpl.Names.In(string(l)))
		return &print.Document{ID: string(list.ID), Title: title + " " + list.Day, Author: s.units.UnitName(ctx, string(l), list.Unit), Lang: string(l), Created: list.Written, Size: print.A4,
			PageOf: w.T("register.paper.page-of"), Footer: print.Band{Start: print.Ident(list.Day)}, Blocks: []print.Block{
				print.Paragraph{Text: print.B(s.units.UnitName(ctx, string(l), list.Unit)), Align: print.Center}, print.Heading{Text: print.T(title)},
				print.Facts{{Label: print.T(w.T("register.list.to")), Value: print.T(s.units.UnitName(ctx, string(l), list.Office))}, {Label: print.T(w.T("register.list.sent")), Value: print.T(w.DateTime(list.Written))}},
				table, print.Signatures{{Role: print.T(w.T("register.paper.officer")), Name: print.T(s.units.OfficerName(ctx, string(l), list.Writer))}, {Role: print.T(w.T("register.paper.visa"))}},
				print.Framed{Blocks: []print.Block{print.QR{Content: qr, Caption: print.T(w.T("register.paper.qr"))}}},
			}}
	})
}

func (s *Service) listTable(ctx context.Context, list List, l text.Lang) (print.Table, error) {
	w := s.k.Texts.In(l)
	t := print.Table{Columns: []print.Column{{Head: print.T(w.T("register.custody.number"))}, {Head: print.T(w.T("register.custody.person")), Weight: 4}, {Head: print.T(w.T("register.custody.offence")), Weight: 3}, {Head: print.T(w.T("register.custody.arrest"))}, {Head: print.T(w.T("register.custody.deadline"))}}}
	for _, id := range list.Custodies {
		c, err := readCustody(ctx, s.k.Reader, id)
		if err != nil {
			return t, err
		}
		t.Rows = append(t.Rows, []print.Text{print.Ident(c.Number), print.T(s.people.Name(ctx, string(l), c.Person)), print.T(s.offencesLine(w, nonEmpty(c.Offence), Complaint{ReceivedAt: c.Arrest})), print.T(stampOf(w, c.Arrest)), print.T(stampOf(w, c.Deadline))})
	}
	return t, nil
}

// printReceipt sends the receipt; it leaves the house.
func (s *Service) printReceipt(r *web.Request) error {
	pdf, err := s.Receipt(r.Context(), r.Resource.Ref.ID, r.Words.Lang())
	return s.sendPaper(r, "receipt", pdf, err)
}

// printSheet sends the page of the register.
func (s *Service) printSheet(r *web.Request) error {
	pdf, err := s.SheetPaper(r.Context(), r.Resource.Ref.ID, r.Words.Lang())
	return s.sendPaper(r, "custody", pdf, err)
}

// printList sends a daily list.
func (s *Service) printList(r *web.Request) error {
	pdf, err := s.ListPaper(r.Context(), r.Resource.Ref.ID, r.Words.Lang())
	return s.sendPaper(r, "custody-list", pdf, err)
}

func (s *Service) sendPaper(r *web.Request, name string, pdf []byte, err error) error {
	if err != nil {
		return err
	}
	r.Exported()
	return r.Send("application/pdf", name+"-"+string(r.Resource.Ref.ID)+".pdf", pdf)
}
