package dossier

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/amana-platform/amana/kernel/packs"
	"github.com/amana-platform/amana/kernel/print"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/modules/cases/enquiry"
)

// Names of the files that ride in a dossier's PDF.
const (
	TwinFile  = "dossier.json"
	ProofFile = "amana-proof.json"
)

// Press sets papers in one language.
type Press struct {
	pack  *packs.Pack
	texts *text.Catalogue
	w     *text.Words
	terms enquiry.Terms
}

// NewPress makes the press of a language, by the law of a day.
func NewPress(pack *packs.Pack, texts *text.Catalogue, lang string, at time.Time) Press {
	return Press{pack, texts, texts.In(text.Lang(lang)), enquiry.Terms{Pack: pack, At: at}}
}

func (p Press) lang() string { return string(p.w.Lang()) }
func (p Press) t(key string, args ...any) print.Text {
	return print.T(p.w.T("cases.paper."+key, args...))
}

// moment is a time set as a whole that does not break its order in a line.
func (p Press) moment(t time.Time) print.Text {
	if t.IsZero() {
		return nil
	}
	return print.T(p.w.DateTime(t))
}

// comma separates the parts of an enumeration.
func (p Press) comma() string { return strings.TrimSpace(p.w.T("cases.paper.comma")) + " " }

func (p Press) fact(key string, v print.Text) print.Fact {
	return print.Fact{Label: p.t(key), Value: v}
}

// head is the top of the first page of every paper: who issues it.
func (p Press) head(unit Label) []print.Block {
	lines := func(lang string) []print.Block {
		w := p.texts.In(text.Lang(lang))
		var out []print.Block
		for _, line := range []string{w.T("cases.paper.state"), w.T("cases.paper.service"), unit.In(lang)} {
			out = append(out, print.Paragraph{Text: print.T(line), Align: print.Center, Size: 95})
		}
		return out
	}
	return []print.Block{print.Bilingual{Langs: [2]string{"ar", "fr"}, Rows: [][2][]print.Block{{lines("ar"), lines("fr")}}}, print.Rule{}, print.Space(6)}
}

// doc begins a document.
func (p Press) doc(number, title string, at time.Time, unit Label) *print.Document {
	return &print.Document{
		ID: number, Title: title, Author: unit.In(p.lang()), Lang: p.lang(), Created: at, Size: print.A4, PageOf: p.w.T("cases.paper.page"),
		Header: print.Band{Start: print.T(title), End: print.Ident(number)}, Footer: print.Band{Start: print.Ident(number)},
		Stamps: []print.Stamp{{Text: print.T(p.w.T("cases.paper.stamp")), Framed: true}, {Text: print.Ident(number)}},
	}
}

// Dossier sets the whole file from its twin.
func (p Press) Dossier(t *Twin, twin []byte, qr string) *print.Document {
	doc := p.doc(t.Number, p.w.T("cases.paper.dossier"), t.Sent, t.Unit)
	doc.Redact = print.Redaction{"withheld": p.w.T("cases.paper.withheld")}
	doc.Blocks = append(p.head(t.Unit), p.cover(t)...)
	doc.Blocks = append(doc.Blocks, print.PageBreak{}, print.Contents{Title: p.t("contents")}, print.PageBreak{})
	n := 0
	for _, part := range []struct {
		key    string
		blocks []print.Block
	}{
		{"summary", p.summary(t)}, {"persons", p.persons(t)}, {"offences", p.offences(t)}, {"chronology", p.chronology(t)}, {"reports", p.reports(t)},
		{"exhibits", p.exhibits(t)}, {"documents", p.documents(t)}, {"measures", p.measures(t)}, {"custodies", p.custodies(t)},
		{"gate", p.gate(t)}, {"proofs", p.proofs(t, twin, qr)},
	} {
		n++
		title := print.T(strconv.Itoa(n) + ". " + p.w.T("cases.paper."+part.key))
		doc.Blocks = append(doc.Blocks, print.Heading{Level: 1, Text: title})
		if len(part.blocks) == 0 {
			part.blocks = []print.Block{print.Paragraph{Text: p.t("none")}}
		}
		doc.Blocks = append(doc.Blocks, part.blocks...)
	}
	return doc
}

func (p Press) cover(t *Twin) []print.Block {
	var names, people []string
	for _, o := range t.Offences {
		if name := o.Name.In(p.lang()); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, x := range t.Persons {
		if slices.Contains(x.Roles, enquiry.Suspect) {
			people = append(people, p.name(x))
		}
	}
	if len(people) == 0 {
		people = []string{p.w.T("cases.paper.unknown-offender")}
	}
	sender := enquiry.Identity{NameAR: t.Sender, Name: t.SenderFR}.In(p.lang())
	state := "free"
	if slices.ContainsFunc(t.Custodies, func(c Custody) bool { return c.Outcome != "release" }) {
		state = "detained"
	}
	return []print.Block{
		print.Heading{Text: p.t("dossier")}, print.Paragraph{Text: print.T(p.w.T("cases.profile." + t.Profile)), Align: print.Center}, print.Space(8),
		filled(print.Facts{
			p.fact("number", print.Ident(t.Number)), p.fact("case", print.Ident(t.Case.Number)), p.fact("to", print.B(t.Office.In(p.lang()))),
			p.fact("offence", print.T(strings.Join(names, p.comma()))), p.fact("frame", print.T(t.Case.RegimeAs.In(p.lang()))),
			p.fact("suspects", print.T(strings.Join(people, p.comma()))), p.fact("state-of-suspects", p.t("state-"+state)),
			p.fact("pieces", p.t("count", "reports", len(t.Reports), "exhibits", len(t.Exhibits), "documents", len(t.Documents))),
			p.fact("complaint", print.Ident(t.Case.Complaint)), p.fact("sender", print.T(sender)), p.fact("sent", p.moment(t.Sent)),
		}),
		print.Space(14),
		print.Signatures{{Role: p.t("chief"), Name: print.T(sender)}, {Role: p.t("received"), Note: p.t("received-note")}},
	}
}

// filled leaves out facts without a value.
func filled(facts print.Facts) print.Facts {
	return slices.DeleteFunc(facts, func(f print.Fact) bool { return f.Value.String() == "" })
}

func (p Press) summary(t *Twin) []print.Block {
	facts := print.Facts{p.fact("opened", p.moment(t.Case.Opened)), p.fact("facts-from", p.moment(t.Case.From))}
	if t.Case.To != nil {
		facts = append(facts, p.fact("facts-to", p.moment(*t.Case.To)))
	}
	facts = append(facts, p.fact("place", print.T(t.Case.Place)))
	for _, code := range slices.Sorted(maps.Keys(t.Case.Frame)) {
		facts = append(facts, print.Fact{Label: print.T(p.terms.Field(p.w, code)), Value: print.T(p.terms.Value(p.w, code, t.Case.Frame[code]))})
	}
	return append([]print.Block{facts}, p.paragraphs(t.Case.Facts)...)
}

// paragraphs sets free text, a paragraph to a line.
func (p Press) paragraphs(s string) []print.Block {
	var out []print.Block
	for line := range strings.SplitSeq(strings.TrimSpace(s), "\n") {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		var block print.Block = print.Paragraph{Text: print.T(line), Align: print.Justified}
		if text.DirOf(line) == "rtl" && p.w.Dir() != "rtl" {
			block = print.Section{Lang: "ar", Blocks: []print.Block{block}}
		}
		out = append(out, block)
	}
	return out
}

// name says a person in the paper's language; one without a name is their ref.
func (p Press) name(x Person) string {
	who := enquiry.Identity{NameAR: x.NameAR, Name: x.Name}
	return cmp.Or(who.In(p.lang()), x.Ref)
}

func (p Press) roles(roles []enquiry.Role) string {
	var out []string
	for _, r := range roles {
		out = append(out, p.w.T("cases.role."+string(r)))
	}
	return strings.Join(out, p.comma())
}

func (p Press) persons(t *Twin) []print.Block {
	var out []print.Block
	for _, x := range t.Persons {
		withheld := func(field string, v print.Text) print.Text {
			if slices.Contains(x.Withheld, field) {
				return print.Marked("withheld", print.T(WithheldMark))
			}
			return v
		}
		facts := print.Facts{p.fact("role", print.T(p.roles(x.Roles)))}
		if slices.Contains(x.Withheld, "identity") {
			facts = append(facts, p.fact("identity", withheld("identity", nil)))
		} else {
			other := x.Name
			if p.lang() != "ar" {
				other = x.NameAR
			}
			facts = append(facts, p.fact("other-script", print.T(other)), p.fact("born", print.T(x.Born)),
				p.fact("filiation", print.T(cmp.Or(enquiry.Identity{NameAR: x.FiliationAR, Name: x.Filiation}.In(p.lang())))), p.fact("card", print.Ident(x.Card)),
				p.fact("occupation", print.T(x.Occupation)), p.fact("address", withheld("address", print.T(x.Address))), p.fact("phone", withheld("phone", print.Ident(x.Phone))))
		}
		title := print.Join(print.Ident(x.Ref), print.T("  "+p.name(x)))
		out = append(out, print.Heading{Level: 2, Text: title}, filled(facts))
	}
	return out
}

func (p Press) offences(t *Twin) []print.Block {
	var out []print.Block
	for _, o := range t.Offences {
		who := p.w.T("cases.paper.unknown-offender")
		for _, x := range t.Persons {
			if x.Ref == o.Suspect {
				who = p.name(x)
			}
		}
		done := "completed"
		if o.Attempted {
			done = "attempted"
		}
		facts := print.Facts{
			p.fact("class", print.T(o.ClassAs.In(p.lang()))), p.fact("law", print.Ident(strings.Join(o.Law, ", "))), p.fact("law-at", print.T(p.w.Date(o.LawAt))),
			p.fact("by", print.Join(print.T(who+" "), print.T("("+p.w.T("cases.part."+string(o.Part))+")"))), p.fact("degree", p.t(done)),
		}
		if o.Aggravating != "" {
			facts = append(facts, p.fact("aggravating", print.T(o.Aggravating)))
		}
		table := print.Table{Columns: []print.Column{{Head: p.t("element"), Weight: 3}, {Head: p.t("shown-by"), Weight: 2}}}
		for _, e := range o.Elements {
			table.Rows = append(table.Rows, []print.Text{print.T(e.Name.In(p.lang())), p.shown(t, e.ShownBy)})
		}
		out = append(out, print.Heading{Level: 2, Text: print.T(o.Name.In(p.lang()))}, facts, table)
	}
	return out
}

// shown names the pieces that show something.
func (p Press) shown(t *Twin, by []string) print.Text {
	var out print.Text
	for i, ref := range by {
		if i > 0 {
			out = append(out, print.T(p.comma())...)
		}
		out = append(out, print.Ident(ref)...)
		for _, r := range t.Reports {
			if r.Ref == ref {
				out = append(out, print.T(" "+r.Name.In(p.lang()))...)
			}
		}
	}
	if len(by) == 0 {
		return print.T("—")
	}
	return out
}

func (p Press) chronology(t *Twin) []print.Block {
	table := print.Table{Columns: []print.Column{{Head: p.t("when"), Weight: 2}, {Head: p.t("what"), Weight: 4}, {Head: p.t("ref")}}}
	for _, e := range t.Chronology {
		what := print.T(p.w.T("cases.step." + e.What))
		if of := e.Of.In(p.lang()); of != "" {
			if e.Of.AR == e.Of.FR {
				of = numbered(of) // a number, the same in every language
			}
			what = print.Join(what, print.T(" "), print.T(of))
		}
		table.Rows = append(table.Rows, []print.Text{print.T(p.w.DateTimeNumeric(e.At)), what, print.Ident(e.Ref)})
	}
	return []print.Block{table}
}

func (p Press) reports(t *Twin) []print.Block {
	var out []print.Block
	for i, r := range t.Reports {
		if i > 0 {
			out = append(out, print.PageBreak{})
		}
		title := print.Join(print.Ident(r.Ref), print.T("  "+r.Name.In(p.lang())+" "), print.Ident(r.Number))
		out = append(out, print.Heading{Level: 2, Text: title})
		out = append(out, p.report(r, t.Profile)...)
	}
	return out
}

func (p Press) exhibits(t *Twin) []print.Block {
	if len(t.Exhibits) == 0 {
		return nil
	}
	table := print.Table{Columns: []print.Column{{Head: p.t("ref")}, {Head: p.t("exhibit-number"), Weight: 1}, {Head: p.t("seal"), Weight: 1}, {Head: p.t("described"), Weight: 4}, {Head: p.t("kept-at"), Weight: 2}}}
	for _, x := range t.Exhibits {
		table.Rows = append(table.Rows, []print.Text{print.Ident(x.Ref), print.Ident(x.Number), print.Ident(x.Seal), print.T(x.Description), print.T(x.Place)})
	}
	return []print.Block{table}
}

func (p Press) documents(t *Twin) []print.Block {
	if len(t.Documents) == 0 {
		return nil
	}
	table := print.Table{Columns: []print.Column{{Head: p.t("ref")}, {Head: p.t("kind"), Weight: 1}, {Head: p.t("title"), Weight: 3}, {Head: p.t("digest"), Weight: 2}}}
	for _, d := range t.Documents {
		short := d.SHA256
		if len(short) > 16 {
			short = short[:16] + "…"
		}
		table.Rows = append(table.Rows, []print.Text{print.Ident(d.Ref), print.T(p.w.T("cases.evidence." + d.Kind)), print.T(d.Title), print.Ident(short)})
	}
	return []print.Block{table}
}

func (p Press) measures(t *Twin) []print.Block {
	var out []print.Block
	for _, m := range t.Measures {
		facts := print.Facts{p.fact("measure-state", print.T(p.w.T("cases.measure-state."+string(m.State)))), p.fact("order-number", print.Ident(m.Number)), p.fact("law", print.Ident(m.Basis))}
		if c, err := p.pack.Capacity(m.Authority, t.Sent); err == nil {
			facts = append(facts, p.fact("authority", print.T(c.Names.In(p.lang()))))
		}
		if m.From != nil && m.Until != nil {
			facts = append(facts, p.fact("from", p.moment(*m.From)), p.fact("until", p.moment(*m.Until)))
		}
		for _, code := range slices.Sorted(maps.Keys(m.Fields)) {
			facts = append(facts, print.Fact{Label: print.T(p.terms.Field(p.w, code)), Value: print.T(p.terms.Value(p.w, code, m.Fields[code]))})
		}
		out = append(out, print.Heading{Level: 2, Text: print.T(m.Name.In(p.lang()))}, filled(facts))
	}
	return out
}

func (p Press) custodies(t *Twin) []print.Block {
	if len(t.Custodies) == 0 {
		return nil
	}
	table := print.Table{Columns: []print.Column{{Head: p.t("number"), Weight: 1}, {Head: p.t("ref")}, {Head: p.t("arrest"), Weight: 2}, {Head: p.t("end"), Weight: 2}, {Head: p.t("extensions")}, {Head: p.t("outcome"), Weight: 2}}}
	for _, c := range t.Custodies {
		end := print.T("—")
		if c.End != nil {
			end = print.T(p.w.DateTimeNumeric(*c.End))
		}
		outcome := p.w.T("cases.custody-outcome." + cmp.Or(c.Outcome, "held"))
		if c.Overran != nil {
			outcome += " · " + p.w.T("cases.paper.overran")
		}
		table.Rows = append(table.Rows, []print.Text{print.Ident(c.Number), print.Ident(c.Person), print.T(p.w.DateTimeNumeric(c.Arrest)), end, print.T(strconv.FormatInt(c.Extensions, 10)), print.T(outcome)})
	}
	return []print.Block{table}
}

func (p Press) gate(t *Twin) []print.Block {
	table := print.Table{Columns: []print.Column{{Head: p.t("check"), Weight: 3}, {Head: p.t("of"), Weight: 3}, {Head: p.t("met")}}}
	for _, c := range t.Gate {
		met := p.w.T("cases.yesno.no")
		if c.Met {
			met = p.w.T("cases.yesno.yes")
		}
		table.Rows = append(table.Rows, []print.Text{print.T(p.w.T("cases.check." + c.Check)), print.T(text.Isolate(p.terms.Check(p.w, c.Check, c.Of))), print.T(met)})
	}
	return []print.Block{print.Paragraph{Text: p.t("gate-note")}, table}
}

func (p Press) proofs(t *Twin, twin []byte, qr string) []print.Block {
	sum := sha256.Sum256(twin)
	return []print.Block{
		print.Paragraph{Text: p.t("proof-note"), Align: print.Justified},
		print.Facts{
			p.fact("entry", print.Ident(string(t.Entry))), p.fact("twin", print.Ident(hex.EncodeToString(sum[:32]))),
			p.fact("attached", print.Join(print.Ident(TwinFile), print.T(p.comma()), print.Ident(ProofFile))),
		},
		print.QR{Content: qr, Size: 34, Caption: p.t("qr-note")},
		print.Paragraph{Text: p.t("check-note"), Align: print.Justified, Small: true},
		print.Paragraph{Text: print.Ident("amana proof check dossier.pdf")},
	}
}
