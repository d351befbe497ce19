package exhibits

import (
	"context"
	"strings"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/packs"
	"github.com/amana-platform/amana/kernel/print"
	"github.com/amana-platform/amana/kernel/text"
)

// proofName is the file inside each PDF that proves its entry.
const proofName = "amana-proof.json"

// issue renders a document with the proof of an entry inside and as a QR code,
// and signs it. The proof opens no sealed field: what the paper says stands on
// its face.
func (s *Service) issue(ctx context.Context, entry ident.ID, reason string, finish func(qr string) *print.Document) ([]byte, error) {
	proof, qr, err := s.k.Paper.Proof(ctx, entry, func(string) bool { return false })
	if err != nil {
		return nil, err
	}
	pdf, err := print.Render(finish(qr), print.Attachment{Name: proofName, MIME: "application/json", Description: reason, Relation: "Data", Data: proof})
	if err != nil {
		return nil, err
	}
	return s.k.Paper.Sign(ctx, pdf, reason)
}

// press sets papers in one language.
type press struct {
	ctx  context.Context
	s    *Service
	w    *text.Words
	lang string
}

func (s *Service) press(ctx context.Context, l text.Lang) press {
	return press{ctx: ctx, s: s, w: s.k.Texts.In(l), lang: string(l)}
}

// field says the name of a field of the pack.
func (p press) field(code string) print.Text {
	f, err := p.s.k.Pack.Field(code, p.s.k.Clock.Now())
	if err != nil {
		return print.T(code)
	}
	return print.T(f.Names.In(p.lang))
}

func (p press) caseNumber(id ident.ID) string {
	if p.s.CaseLabel == nil {
		return ""
	}
	number, _ := p.s.CaseLabel(p.ctx, id)
	return number
}

func (p press) officer(id ident.ID) string { return p.s.units.OfficerName(p.ctx, p.lang, id) }
func (p press) unit(id ident.ID) string    { return p.s.units.UnitName(p.ctx, p.lang, id) }

func (p press) person(id ident.ID) string {
	if id == "" {
		return ""
	}
	return p.s.people.Name(p.ctx, p.lang, id)
}

// Label prints the 62 mm label of a sealed exhibit in a language: the seal, the
// thing, who sealed it, and a QR code that proves the entry of the sealing.
// Law: CPP 59
func (s *Service) Label(ctx context.Context, id ident.ID, l text.Lang) ([]byte, error) {
	x, err := s.Exhibit(ctx, id)
	if err != nil {
		return nil, err
	}
	if x.Seal == "" {
		return nil, fault.New(fault.Conflict, "exhibits.fault.no-seal")
	}
	seals, err := s.Seals(ctx, id)
	if err != nil {
		return nil, err
	}
	tpl, err := s.k.Pack.Template("seal-label", x.SeizedAt)
	if err != nil {
		return nil, err
	}
	return s.issue(ctx, x.SealEntry, x.Seal, func(qr string) *print.Document {
		return s.press(ctx, l).label(x, seals[len(seals)-1], tpl, qr)
	})
}

func (p press) label(x Exhibit, seal Seal, tpl packs.Template, qr string) *print.Document {
	values := map[string]string{
		"unit": p.unit(seal.Unit), "seal-number": text.Isolate(x.Seal), "item-number": text.Isolate(x.Number), "case-number": text.Isolate(p.caseNumber(x.Case)),
		"description": text.Isolate(x.Description), "seizure-place": text.Isolate(x.Place), "act-time": p.w.DateTime(seal.ClosedAt),
		"holder": text.Isolate(p.person(x.From)), "sealed-by": text.Isolate(p.officer(seal.ClosedBy)),
	}
	doc := &print.Document{ID: x.Seal, Title: tpl.Names.In(p.lang) + " " + x.Seal, Author: values["unit"], Lang: p.lang, Created: seal.ClosedAt, Size: print.Label}
	doc.Blocks = []print.Block{
		print.Paragraph{Text: print.B(tpl.Names.In(p.lang)), Align: print.Center, Size: 80},
		print.Paragraph{Text: print.Join(print.Text{{Text: x.Seal, Bold: true, Ident: true}}), Align: print.Center, Size: 105},
		print.QR{Content: qr, Size: 24, Caption: print.Join(print.B(p.w.T("exhibits.category."+string(x.Category))+"\n"), print.Ident(x.Number+"\n"), print.T(p.w.T("exhibits.paper.item", "n", x.Item)))},
	}
	for _, b := range tpl.Blocks {
		for line := range strings.SplitSeq(b.Fill(p.lang, values), "\n") {
			doc.Blocks = append(doc.Blocks, print.Paragraph{Text: print.T(line), Size: 68})
		}
	}
	return doc
}

// Inventory prints the A4 inventory of a case's exhibits in a language, with a
// QR code that proves the entry of the last one seized. Law: CPP 59; CPP 60
func (s *Service) Inventory(ctx context.Context, caseID ident.ID, l text.Lang) ([]byte, error) {
	all, err := s.Exhibits(ctx, caseID)
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, fault.New(fault.Conflict, "exhibits.fault.none")
	}
	last := all[len(all)-1]
	tpl, err := s.k.Pack.Template("seizure-inventory", last.SeizedAt)
	if err != nil {
		return nil, err
	}
	return s.issue(ctx, last.Entry, tpl.Names.In(string(l)), func(qr string) *print.Document { return s.press(ctx, l).inventory(all, tpl, qr) })
}

func (p press) inventory(all []Exhibit, tpl packs.Template, qr string) *print.Document {
	first, last := all[0], all[len(all)-1]
	title, number := tpl.Names.In(p.lang), p.caseNumber(first.Case)
	doc := &print.Document{ID: number, Title: strings.TrimSpace(title + " " + number), Author: p.unit(first.Unit), Lang: p.lang, Created: last.Written, Size: print.A4,
		Footer: print.Band{Start: print.Join(print.T(title+" "), print.Ident(number))}, PageOf: p.w.T("exhibits.paper.page-of")}
	doc.Blocks = []print.Block{
		print.Heading{Text: print.T(title)},
		print.Facts{
			{Label: p.field("unit"), Value: print.T(p.unit(first.Unit))},
			{Label: p.field("case-number"), Value: print.Ident(number)},
			{Label: print.T(p.w.T("exhibits.paper.law")), Value: print.Ident(strings.Join(tpl.Law, ", "))},
		},
		print.Space(4), p.table(all), print.Space(8),
		print.Framed{Blocks: []print.Block{print.QR{Content: qr, Caption: print.T(p.w.T("exhibits.paper.qr", "n", last.Item))}}},
		print.Space(8),
		print.Signatures{
			{Role: p.field("sealed-by"), Name: print.T(p.officer(last.SeizedBy))},
			{Role: p.field("holder"), Name: print.T(p.person(last.From))},
			{Role: p.field("witnesses"), Name: print.T(last.Witnesses)},
		},
	}
	return doc
}

func (p press) table(all []Exhibit) print.Table {
	t := print.Table{Columns: []print.Column{
		{Head: print.T(p.w.T("exhibits.field.item"))}, {Head: print.T(p.w.T("exhibits.field.described")), Weight: 5}, {Head: print.T(p.w.T("exhibits.field.quantity"))},
		{Head: p.field("seal-number"), Weight: 2}, {Head: print.T(p.w.T("exhibits.field.from")), Weight: 2}, {Head: p.field("destination"), Weight: 2},
	}}
	for _, x := range all {
		kept := print.T(p.officer(x.Holder))
		if x.Kept != "" {
			kept = print.T(p.w.T("exhibits.place." + x.Kept))
		}
		t.Rows = append(t.Rows, []print.Text{
			print.Join(print.Ident(p.w.Number(x.Item))), print.Join(print.T(x.Description+"\n"), print.Ident(x.Number)), print.T(quantity(p.w, x)),
			print.Ident(x.Seal), print.T(p.person(x.From)), kept,
		})
	}
	return t
}

// quantity says how much of a thing there is, "" where it was not counted.
func quantity(w *text.Words, x Exhibit) string {
	if x.Milli == 0 {
		return ""
	}
	return text.Isolate(FormatQuantity(x.Milli)) + " " + w.T("exhibits.measure."+x.Measure)
}
