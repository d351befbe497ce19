package cases

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/packs"
	"github.com/amana-platform/amana/kernel/print"
	"github.com/amana-platform/amana/kernel/text"
)

// PaperPV sets a report on paper: signed ones with the proof of the entry
// that closed them, drafts with a stamp that says so.
func (s *Service) PaperPV(ctx context.Context, id ident.ID, lang string) ([]byte, error) {
	pv, err := s.PV(ctx, id)
	if err != nil {
		return nil, err
	}
	r, err := s.twinReport(ctx, pv)
	if err != nil {
		return nil, err
	}
	p := s.press(lang)
	number := first(pv.Number, p.w.T("cases.paper.draft"))
	doc := p.doc(number, r.Name.In(lang), r.Written, r.Unit)
	doc.Blocks = append(p.head(r.Unit), print.Heading{Text: print.T(r.Name.In(lang))}, print.Paragraph{Text: print.Ident(pv.Number), Align: print.Center}, print.Space(4))
	doc.Blocks = append(doc.Blocks, p.report(r, ForProsecutor)...)
	if pv.State != Signed {
		doc.Stamps = append(doc.Stamps, print.Stamp{Text: p.t("draft"), Framed: true})
		return print.Render(doc)
	}
	entry, err := s.signing(ctx, id)
	if err != nil {
		return nil, err
	}
	proof, qr, err := s.k.Paper.Proof(ctx, entry, func(string) bool { return false })
	if err != nil {
		return nil, err
	}
	doc.Blocks = append(doc.Blocks, print.Space(6), print.QR{Content: qr, Size: 28, Caption: p.t("qr-note")})
	pdf, err := print.Render(doc, print.Attachment{Name: ProofFile, MIME: "application/json", Relation: "Supplement", Data: proof})
	if err != nil {
		return nil, err
	}
	return s.k.Paper.Sign(ctx, pdf, p.w.T("cases.paper.reason"))
}

// signing finds the entry that closed a report.
func (s *Service) signing(ctx context.Context, pv ident.ID) (ident.ID, error) {
	all, err := s.k.Journal.Timeline(ctx, pvRef(pv), 0, 200)
	if err != nil {
		return "", err
	}
	for _, e := range all {
		if _, ok := e.Entry.(PVSigned); ok {
			return e.ID, nil
		}
	}
	return "", fmt.Errorf("cases: report %s has no signing entry", pv)
}

// report sets a report in full: the words of the pack's template with what
// its author wrote, and the boxes to sign in.
func (p press) report(r TwinReport, profile string) []print.Block {
	if profile == ForStatistics {
		return []print.Block{print.Facts{p.fact("when", p.moment(r.Act)), p.fact("written", p.moment(r.Written))}}
	}
	form, err := p.s.k.Pack.Template(r.Form, r.Written)
	if err != nil {
		return []print.Block{print.Paragraph{Text: print.T(r.Name.In(p.lang()))}}
	}
	shown := map[string]string{
		"unit": r.Unit.In(p.lang()), "number": numbered(r.Number), "author": text.Isolate(p.author(r)), "act-time": p.w.DateTime(r.Act), "written-time": p.w.DateTime(r.Written),
		"author-signature": p.w.T("cases.paper.signed-below"),
	}
	if c, err := p.s.k.Pack.Capacity(r.Capacity, r.Written); err == nil {
		shown["capacity"] = c.Names.In(p.lang())
	}
	for code, v := range r.Fields {
		shown[code] = p.value(code, v)
	}
	p.latin(shown, r.Fields)
	for code, v := range shown {
		shown[code] = p.apart(code, v)
	}
	var out []print.Block
	if r.Corrects != "" {
		out = append(out, print.Paragraph{Text: print.Join(p.t("corrects"), print.T(" "), print.Ident(r.Corrects))})
	}
	for _, b := range form.Blocks {
		out = append(out, p.paragraphs(p.fill(b, shown))...)
	}
	return append(out, print.Space(4), p.signatures(r, form))
}

var clause = regexp.MustCompile(`[^.،,;؛\n]*(?:[.،,;؛\n]\s*|$)`)

// fill puts the values into a block. A clause whose every value is empty is
// left out: a signed report has no dotted lines for what did not apply.
func (p press) fill(b packs.Block, shown map[string]string) string {
	words := b.Text.In(p.lang())
	for _, code := range packs.Placeholders(words) {
		if dir := text.DirOf(shown[code]); p.s.fieldType(code) == "long" && dir != p.w.Dir() && dir != "auto" {
			// A passage of the other direction stands in lines of its own, and
			// the mark that would follow it is left out.
			for _, mark := range []string{". ", ".", ""} {
				words = strings.ReplaceAll(words, "{"+code+"}"+mark, "\n{"+code+" }\n")
			}
			words = strings.ReplaceAll(words, "{"+code+" }", "{"+code+"}")
		}
	}
	keep := func(part string) bool {
		codes := packs.Placeholders(part)
		return len(codes) == 0 || slices.ContainsFunc(codes, func(code string) bool { return strings.TrimSpace(shown[code]) != "" })
	}
	var out strings.Builder
	for _, part := range clause.FindAllString(words, -1) {
		if keep(part) {
			out.WriteString(part)
		} else if mark := strings.TrimSpace(part); strings.HasSuffix(mark, ".") && out.Len() > 0 {
			ended := strings.TrimRight(out.String(), " .،,;؛\n")
			out.Reset()
			out.WriteString(ended + ". ")
		}
	}
	b.Text = packs.Names{AR: out.String(), FR: out.String(), EN: out.String()}
	return b.Fill(p.lang(), shown)
}

func (p press) author(r TwinReport) string {
	return Identity{NameAR: r.Author, Name: r.AuthorFR}.In(p.lang())
}

// apart keeps a value of the other direction from mixing with the words
// around it; a long one stands in lines of its own already.
func (p press) apart(code, v string) string {
	dir := text.DirOf(v)
	if code == "number" || dir == p.w.Dir() || dir == "auto" || p.s.fieldType(code) == "long" {
		return v
	}
	return text.Isolate(text.Plain(v))
}

// numbered keeps a record's number from left to right, as the header shows it,
// whatever letters stand in it.
func numbered(s string) string { return "\u2066" + s + "\u2069" }

// latin shows names in the script of the paper.
func (p press) latin(shown, fields map[string]string) {
	if p.lang() == "ar" {
		return
	}
	if v := fields["name-latin"]; v != "" {
		for _, code := range []string{"person", "holder", "occupant", "recipient"} {
			if fields[code] != "" {
				shown[code] = v
			}
		}
	}
	if v := fields["second-latin"]; v != "" {
		shown["second-person"] = v
	}
}

func (p press) signatures(r TwinReport, form packs.Template) print.Signatures {
	boxes := print.Signatures{{Role: p.t("author"), Name: print.T(p.author(r))}}
	if slices.Contains(form.Required, "person-signature") {
		name := first(r.Fields["person"], r.Fields["holder"], r.Fields["occupant"], r.Fields["recipient"])
		if p.lang() != "ar" {
			name = first(r.Fields["name-latin"], name)
		}
		note := p.value("person-signature", r.Fields["person-signature"])
		boxes = append(boxes, print.SignatureBox{Role: p.t("heard"), Name: print.T(name), Note: print.T(note)})
	}
	if v := r.Fields["interpreter"]; v != "" {
		boxes = append(boxes, print.SignatureBox{Role: p.t("interpreter"), Name: print.T(v)})
	}
	return boxes
}

// field gives the words of a pack's field.
func (p press) field(code string) string { return p.s.fieldName(p.w, code) }

// value shows a stored value by the type of its field.
func (p press) value(code, v string) string { return p.s.fieldValue(p.w, code, v) }

func (s *Service) fieldName(w *text.Words, code string) string {
	if f, err := s.k.Pack.Field(code, s.k.Clock.Now()); err == nil {
		return f.Names.In(string(w.Lang()))
	}
	if key := "cases.field." + code; w.Has(key) {
		return w.T(key)
	}
	return code
}

func (s *Service) fieldValue(w *text.Words, code, v string) string {
	lang := string(w.Lang())
	switch code {
	case "regime":
		if r, err := s.k.Pack.Regime(v, s.k.Clock.Now()); err == nil {
			return r.Names.In(lang)
		}
	case "quality":
		if key := "cases.role." + v; w.Has(key) {
			return w.T(key)
		}
	case "offence":
		if o, err := s.k.Pack.Offence(v, s.k.Clock.Now()); err == nil {
			return o.Names.In(lang)
		}
	}
	f, err := s.k.Pack.Field(code, s.k.Clock.Now())
	if err != nil {
		return v
	}
	switch f.Type {
	case "time":
		if t, err := time.Parse(time.RFC3339, v); err == nil {
			return w.DateTime(t)
		}
	case "date":
		return w.Partial(text.PartialDate(v))
	case "yesno":
		if v == "yes" || v == "no" {
			return w.T("cases.yesno." + v)
		}
	case "signature":
		if key := "cases.signature." + v; w.Has(key) {
			return w.T(key)
		}
	}
	return v
}
