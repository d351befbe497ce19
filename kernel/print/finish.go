package print

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/print/internal/pdf"
)

// finish writes pages, bookmarks, attachments and the catalogue.
func (j *job) finish(s *sheet, drawn []*canvas, fonts string, attachments []Attachment) ([]byte, error) {
	w, d := j.out, j.doc
	tree := w.Reserve()
	refs := make([]pdf.Ref, len(drawn))
	for i := range drawn {
		refs[i] = w.Reserve()
	}
	for i, c := range drawn {
		j.page(refs[i], tree, c, refs)
	}
	resources := fmt.Sprintf("<</Font <<%s>> /XObject <<%s>>>>", fonts, xobjects(drawn))
	w.Put(tree, fmt.Sprintf("<</Type /Pages /Count %d /Kids [%s] /MediaBox [0 0 %s %s] /Resources %s>>",
		len(refs), list(refs), num(s.width), num(s.height), resources))
	files, err := j.attach(attachments)
	if err != nil {
		return nil, err
	}
	meta := pdf.Meta{ID: d.ID, Title: d.Title, Author: d.Author, Lang: d.Lang, Created: d.Created}
	side := "L2R"
	if rightToLeft(d.Lang) {
		side = "R2L"
	}
	root := w.Add(fmt.Sprintf("<</Type /Catalog /Version /1.7 /Pages %s /Lang (%s) /ViewerPreferences <</DisplayDocTitle true /Direction /%s>> /Metadata %s /OutputIntents [%s]%s%s>>",
		tree, langTag(d.Lang), side, w.Metadata(meta), w.OutputIntent(), j.outlines(s, refs), files))
	return w.Finish(root, w.Info(meta)), nil
}

// langTag keeps what a language tag may be made of, for it stands in a string object.
func langTag(lang string) string {
	return strings.Map(func(r rune) rune {
		if r == '-' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return -1
	}, lang)
}

func (j *job) page(ref, tree pdf.Ref, c *canvas, pages []pdf.Ref) {
	content := j.out.Stream("", c.buf.Bytes())
	var links []pdf.Ref
	for _, l := range c.links {
		links = append(links, j.out.Add(fmt.Sprintf("<</Type /Annot /Subtype /Link /F 4 /Border [0 0 0] /Rect [%s %s %s %s] /Dest %s>>",
			num(l.x), num(c.height-l.y-l.h), num(l.x+l.w), num(c.height-l.y), dest(l.to, c, pages))))
	}
	annots := ""
	if len(links) > 0 {
		annots = fmt.Sprintf(" /Annots [%s]", list(links))
	}
	j.out.Put(ref, fmt.Sprintf("<</Type /Page /Parent %s /Contents %s%s>>", tree, content, annots))
}

func dest(a *anchor, c *canvas, pages []pdf.Ref) string {
	return fmt.Sprintf("[%s /XYZ 0 %s 0]", pages[a.page-1], num(c.height-a.y))
}

func list(refs []pdf.Ref) string {
	var b strings.Builder
	for i, r := range refs {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(r.String())
	}
	return b.String()
}

// xobjects lists the pictures of all pages under the names they were drawn by.
func xobjects(drawn []*canvas) string {
	all := map[string]pdf.Ref{}
	for _, c := range drawn {
		for ref, name := range c.images {
			all[name] = ref
		}
	}
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(all)) {
		fmt.Fprintf(&b, "/%s %s ", name, all[name])
	}
	return b.String()
}

// outlines writes the reader's bookmarks, one level deep: a police dossier is
// found by its parts, and a flat list shows all of them.
func (j *job) outlines(s *sheet, pages []pdf.Ref) string {
	if len(j.anchors) == 0 {
		return ""
	}
	root := j.out.Reserve()
	refs := make([]pdf.Ref, len(j.anchors))
	for i := range refs {
		refs[i] = j.out.Reserve()
	}
	for i, a := range j.anchors {
		near := ""
		if i > 0 {
			near += fmt.Sprintf(" /Prev %s", refs[i-1])
		}
		if i+1 < len(refs) {
			near += fmt.Sprintf(" /Next %s", refs[i+1])
		}
		j.out.Put(refs[i], fmt.Sprintf("<</Title %s /Parent %s%s /Dest [%s /XYZ 0 %s 0]>>",
			pdf.Text(a.title), root, near, pages[a.page-1], num(s.height-a.y)))
	}
	j.out.Put(root, fmt.Sprintf("<</Type /Outlines /First %s /Last %s /Count %d>>", refs[0], refs[len(refs)-1], len(refs)))
	return fmt.Sprintf(" /Outlines %s /PageMode /UseNone", root)
}

// maxName bounds an attachment's name in bytes.
const maxName = 200

// attach writes the embedded files, in the order of their names as the name
// tree needs it.
func (j *job) attach(attachments []Attachment) (string, error) {
	if len(attachments) == 0 {
		return "", nil
	}
	sorted := slices.SortedFunc(slices.Values(attachments), func(a, b Attachment) int { return strings.Compare(a.Name, b.Name) })
	var refs []pdf.Ref
	var names strings.Builder
	for i, a := range sorted {
		if a.Name == "" || len(a.Name) > maxName || !utf8.ValidString(a.Name) || i > 0 && sorted[i-1].Name == a.Name {
			return "", fault.New(fault.Invalid, "print.attachment.name", "name", a.Name)
		}
		if a.Relation == "" {
			a.Relation = "Supplement"
		}
		ref := j.out.Embed(pdf.File{Name: a.Name, MIME: a.MIME, Description: a.Description, Relation: a.Relation, Data: a.Data, Modified: j.doc.Created})
		refs = append(refs, ref)
		fmt.Fprintf(&names, "%s %s ", pdf.Text(a.Name), ref)
	}
	return fmt.Sprintf(" /Names <</EmbeddedFiles <</Names [%s]>>>> /AF [%s]", names.String(), list(refs)), nil
}
