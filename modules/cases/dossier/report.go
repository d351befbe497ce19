package dossier

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/amana-platform/amana/kernel/packs"
	"github.com/amana-platform/amana/kernel/print"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/modules/cases/enquiry"
)

// Report sets one report: a draft with a stamp that says so, a signed one with
// the QR code of its proof.
func (p Press) Report(r Report, draft bool, qr string) *print.Document {
	number := cmp.Or(r.Number, p.w.T("cases.paper.draft"))
	doc := p.doc(number, r.Name.In(p.lang()), r.Written, r.Unit)
	doc.Blocks = append(p.head(r.Unit), print.Heading{Text: print.T(r.Name.In(p.lang()))}, print.Paragraph{Text: print.Ident(r.Number), Align: print.Center}, print.Space(4))
	doc.Blocks = append(doc.Blocks, p.report(r, ForProsecutor)...)
	if draft {
		doc.Stamps = append(doc.Stamps, print.Stamp{Text: p.t("draft"), Framed: true})
		return doc
	}
	doc.Blocks = append(doc.Blocks, print.Space(6), print.QR{Content: qr, Size: 28, Caption: p.t("qr-note")})
	return doc
}

// report sets a report in full: the words of the pack's template with what
// its author wrote, and the boxes to sign in.
func (p Press) report(r Report, profile string) []print.Block {
	if profile == ForStatistics {
		return []print.Block{print.Facts{p.fact("when", p.moment(r.Act)), p.fact("written", p.moment(r.Written))}}
	}
	form, err := p.pack.Template(r.Form, r.Written)
	if err != nil {
		return []print.Block{print.Paragraph{Text: print.T(r.Name.In(p.lang()))}}
	}
	shown := map[string]string{
		"unit": r.Unit.In(p.lang()), "number": numbered(r.Number), "author": text.Isolate(p.author(r)), "act-time": p.w.DateTime(r.Act), "written-time": p.w.DateTime(r.Written),
		"author-signature": p.w.T("cases.paper.signed-below"),
	}
	if c, err := p.pack.Capacity(r.Capacity, r.Written); err == nil {
		shown["capacity"] = c.Names.In(p.lang())
	}
	for code, v := range r.Fields {
		shown[code] = p.terms.Value(p.w, code, v)
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
func (p Press) fill(b packs.Block, shown map[string]string) string {
	words := b.Text.In(p.lang())
	for _, code := range packs.Holes(words) {
		if dir := text.DirOf(shown[code]); p.terms.Type(code) == "long" && dir != p.w.Dir() && dir != "auto" {
			// A passage of the other direction stands in lines of its own, and
			// the mark that would follow it is left out.
			for _, mark := range []string{". ", ".", ""} {
				words = strings.ReplaceAll(words, "{"+code+"}"+mark, "\n{"+code+" }\n")
			}
			words = strings.ReplaceAll(words, "{"+code+" }", "{"+code+"}")
		}
	}
	keep := func(part string) bool {
		codes := packs.Holes(part)
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

func (p Press) author(r Report) string {
	return enquiry.Identity{NameAR: r.Author, Name: r.AuthorFR}.In(p.lang())
}

// apart keeps a value of the other direction from mixing with the words
// around it; a long one stands in lines of its own already.
func (p Press) apart(code, v string) string {
	dir := text.DirOf(v)
	if code == "number" || dir == p.w.Dir() || dir == "auto" || p.terms.Type(code) == "long" {
		return v
	}
	return text.Isolate(text.Plain(v))
}

// numbered keeps a record's number from left to right, as the header shows it,
// whatever letters stand in it.
func numbered(s string) string { return "\u2066" + s + "\u2069" }

// latin shows names in the script of the paper.
func (p Press) latin(shown, fields map[string]string) {
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

func (p Press) signatures(r Report, form packs.Template) print.Signatures {
	boxes := print.Signatures{{Role: p.t("author"), Name: print.T(p.author(r))}}
	if slices.Contains(form.Required, "person-signature") {
		name := cmp.Or(r.Fields["person"], r.Fields["holder"], r.Fields["occupant"], r.Fields["recipient"])
		if p.lang() != "ar" {
			name = cmp.Or(r.Fields["name-latin"], name)
		}
		note := p.terms.Value(p.w, "person-signature", r.Fields["person-signature"])
		boxes = append(boxes, print.SignatureBox{Role: p.t("heard"), Name: print.T(name), Note: print.T(note)})
	}
	if v := r.Fields["interpreter"]; v != "" {
		boxes = append(boxes, print.SignatureBox{Role: p.t("interpreter"), Name: print.T(v)})
	}
	return boxes
}
