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

// t gives the words of a paper.
func (p press) t(key string) print.Text { return print.T(p.w.T("exhibits.paper." + key)) }

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
	return s.issue(ctx, x.SealEntry, x.Seal, func(qr string) *print.Document {
		return s.press(ctx, l).label(x, seals[len(seals)-1], qr)
	})
}

func (p press) label(x Exhibit, seal Seal, qr string) *print.Document {
	title, unit := p.w.T("exhibits.paper.label"), p.unit(seal.Unit)
	doc := &print.Document{ID: x.Seal, Title: title + " " + x.Seal, Author: unit, Lang: p.lang, Created: seal.ClosedAt, Size: print.Label}
	doc.Blocks = []print.Block{
		print.Paragraph{Text: print.B(title), Align: print.Center, Size: 80},
		print.Paragraph{Text: print.Text{{Text: x.Seal, Bold: true, Ident: true}}, Align: print.Center, Size: 105},
		print.QR{Content: qr, Size: 24, Caption: print.Join(print.B(p.w.T("exhibits.category."+string(x.Category))+"\n"), print.Ident(x.Number), print.T("\n"+p.w.T("exhibits.paper.item", "n", x.Item)))},
		print.Paragraph{Text: print.B(text.Isolate(x.Description)), Size: 74},
	}
	for _, l := range []struct {
		key   string
		value print.Text
	}{
		{"unit", print.T(unit)}, {"case", print.Ident(p.caseNumber(x.Case))}, {"place", print.T(text.Isolate(x.Place))}, {"closed-at", print.T(p.w.DateTime(seal.ClosedAt))},
		{"from", print.T(text.Isolate(p.person(x.From)))}, {"sealed-by", print.T(text.Isolate(p.officer(seal.ClosedBy)))},
	} {
		if l.value.String() != "" {
			doc.Blocks = append(doc.Blocks, print.Paragraph{Text: print.Join(p.t(l.key), print.T(p.w.T("exhibits.paper.colon")), l.value), Size: 68})
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
	title, number := p.w.T("exhibits.paper.inventory"), p.caseNumber(first.Case)
	doc := &print.Document{ID: number, Title: strings.TrimSpace(title + " " + number), Author: p.unit(first.Unit), Lang: p.lang, Created: last.Written, Size: print.A4,
		Footer: print.Band{Start: print.Join(print.T(title+" "), print.Ident(number))}, PageOf: p.w.T("exhibits.paper.page-of")}
	doc.Blocks = []print.Block{
		print.Heading{Text: print.T(title)},
		print.Facts{
			{Label: p.t("unit"), Value: print.T(p.unit(first.Unit))},
			{Label: p.t("case"), Value: print.Ident(number)},
			{Label: p.t("law"), Value: print.Ident(strings.Join(tpl.Law, ", "))},
		},
		print.Space(4), p.table(all), print.Space(8),
		print.Framed{Blocks: []print.Block{print.QR{Content: qr, Caption: print.T(p.w.T("exhibits.paper.qr", "n", last.Item))}}},
		print.Space(8),
		print.Signatures{
			{Role: print.T(p.w.T("exhibits.field.seized-by")), Name: print.T(p.officer(last.SeizedBy))},
			{Role: p.t("from"), Name: print.T(p.person(last.From))},
			{Role: p.t("witnesses"), Name: print.T(last.Witnesses)},
		},
	}
	return doc
}

func (p press) table(all []Exhibit) print.Table {
	t := print.Table{Columns: []print.Column{
		{Head: print.T(p.w.T("exhibits.field.item"))}, {Head: print.T(p.w.T("exhibits.field.described")), Weight: 5}, {Head: print.T(p.w.T("exhibits.field.quantity"))},
		{Head: print.T(p.w.T("exhibits.field.seal")), Weight: 2}, {Head: p.t("from"), Weight: 2}, {Head: p.t("kept"), Weight: 2},
	}}
	for _, x := range all {
		kept := print.T(p.officer(x.Holder))
		if x.Kept != "" {
			kept = print.T(p.w.T("exhibits.place." + x.Kept))
		}
		t.Rows = append(t.Rows, []print.Text{
			print.T(p.w.Number(x.Item)), print.Join(print.T(x.Description+"\n"), print.Ident(x.Number)), print.T(quantity(p.w, x)),
			print.Ident(x.Seal), print.T(p.person(x.From)), kept,
		})
	}
	return t
}

// quantity says how much of a thing there is, "" where it was not counted;
// pieces go without saying.
func quantity(w *text.Words, x Exhibit) string {
	if x.Milli == 0 {
		return ""
	}
	if x.Measure == "piece" {
		return text.Isolate(FormatQuantity(x.Milli))
	}
	return text.Isolate(FormatQuantity(x.Milli)) + " " + w.T("exhibits.measure."+x.Measure)
}
