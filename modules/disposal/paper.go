package disposal

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/amana-platform/amana/kernel/blobs"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/print"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/kernel/web"
)

// proofName is the file inside the PDF that proves the decision.
const proofName = "amana-proof.json"

// Paper gives the signed PDF of a list as it was decided, in a language: the
// first time it is made, proves the entry of the decision, and is kept; from then
// on it is the same bytes. It names records by their references, and nobody who
// stands in them; what was written of the decision is left out. Faults:
// disposal.undecided; disposal.forgotten once the list's words were erased.
// Law: L69-99
func (s *Service) Paper(ctx context.Context, g policy.Grant, id ident.ID, lang text.Lang) ([]byte, error) {
	l, err := s.List(ctx, id)
	if err != nil {
		return nil, err
	}
	if of := g.Resource().Ref; of != l.ref() {
		return nil, fault.New(fault.Refused, "disposal.another")
	}
	if l.State == Drawn {
		return nil, fault.New(fault.Conflict, "disposal.undecided")
	}
	info, err := paperOf(ctx, s.k.Reader, id, lang)
	if fault.Is(err, fault.NotFound) {
		info, err = s.issue(ctx, g, l, lang)
	}
	if err != nil {
		return nil, err
	}
	f, err := s.k.Blobs.Open(ctx, info)
	if err != nil {
		return nil, err
	}
	pdf, err := io.ReadAll(f)
	return pdf, errors.Join(err, f.Close())
}

// issue makes the paper and keeps it. Of two who ask at once the first is right.
func (s *Service) issue(ctx context.Context, g policy.Grant, l List, lang text.Lang) (blobs.Info, error) {
	drawn, decided, err := s.acts(ctx, l)
	if err != nil {
		return blobs.Info{}, err
	}
	proof, qr, err := s.k.Paper.Proof(ctx, decided, func(string) bool { return false })
	if err != nil {
		return blobs.Info{}, err
	}
	doc := press{ctx: ctx, s: s, w: s.k.Texts.In(lang), lang: string(lang)}.list(l, drawn.Ground, qr)
	pdf, err := print.Render(doc, print.Attachment{Name: proofName, MIME: "application/json", Description: string(l.ID), Relation: "Data", Data: proof})
	if err != nil {
		return blobs.Info{}, err
	}
	if pdf, err = s.k.Paper.Sign(ctx, pdf, string(l.ID)); err != nil {
		return blobs.Info{}, err
	}
	return s.keep(ctx, g, l, decided, lang, pdf)
}

// keep stores a paper and says that it was issued.
func (s *Service) keep(ctx context.Context, g policy.Grant, l List, decided ident.ID, lang text.Lang, pdf []byte) (blobs.Info, error) {
	info, err := s.k.Blobs.Put(ctx, blobs.Offer{Subject: string(l.ID), Name: "disposal-" + string(l.ID) + "-" + string(lang) + ".pdf", MIME: "application/pdf"}, bytes.NewReader(pdf), blobs.Limits{})
	if err != nil {
		return info, err
	}
	kept, err := json.Marshal(info)
	if err != nil {
		return info, err
	}
	sum := sha256.Sum256(pdf)
	mine := info.Address
	_, err = s.k.Journal.Do(ctx, g, func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		first, err := paperOf(ctx, r, l.ID, lang)
		switch {
		case err == nil:
			info = first
			return settled
		case !fault.Is(err, fault.NotFound):
			return err
		}
		d.Add(ListIssued{ID: l.ID, Lang: string(lang), Info: journal.Seal(string(kept))})
		d.Add(journal.Proof{Record: l.ref(), Entry: decided, Document: hex.EncodeToString(sum[:]), Kind: "disposal"})
		return nil
	})
	if err == nil {
		return info, nil
	}
	if errors.Is(err, settled) {
		err = nil
	}
	return info, errors.Join(err, s.k.Blobs.Delete(ctx, mine))
}

// acts finds the entries by which a list was drawn and decided.
func (s *Service) acts(ctx context.Context, l List) (drawn ListDrawn, decided ident.ID, err error) {
	for before := int64(0); ; {
		some, err := s.k.Journal.Timeline(ctx, l.ref(), before, 2*listMost)
		if err != nil {
			return drawn, "", err
		}
		for _, e := range some {
			before = e.Seq
			switch entry := e.Entry.(type) {
			case ListDecided:
				decided = e.ID
			case ListDrawn:
				return entry, decided, nil
			}
		}
		if len(some) == 0 {
			return drawn, "", fault.New(fault.NotFound, "fault.not-found")
		}
	}
}

// press sets a paper in one language.
type press struct {
	ctx  context.Context
	s    *Service
	w    *text.Words
	lang string
}

// t gives the words of a paper.
func (p press) t(key string) print.Text { return print.T(p.w.T("disposal.paper." + key)) }

func (p press) unit(id ident.ID) string    { return p.s.people.UnitName(p.ctx, p.lang, id) }
func (p press) officer(id ident.ID) string { return p.s.people.OfficerName(p.ctx, p.lang, id) }

// list sets a decided list: what it was drawn by, who decided, and each record
// with what becomes of it.
func (p press) list(l List, ground, qr string) *print.Document {
	class, capacity, title := l.Class, l.Approver, p.w.T("disposal.paper.title")
	term, basis := "", print.Ident(ground)
	if row, err := p.s.k.Pack.Retention(l.Class, l.Drawn); err == nil {
		from, _ := p.s.k.Pack.Instant(row.From, 0, 0, 0)
		class = titled(row.Names.In(p.lang))
		basis = print.Join(print.Ident(strings.Join(row.Law, ", ")), print.T("\n"+p.w.T("disposal.paper.row", "code", text.Isolate(row.Code), "day", p.w.DateNumeric(from))))
		term = p.w.T("disposal.paper.counted", "keep", length(p.w, row.Keep), "since", p.w.T("disposal.since."+row.Since))
	}
	if c, err := p.s.k.Pack.Capacity(l.Approver, l.Decided); err == nil {
		capacity = c.Names.In(p.lang)
	}
	doc := &print.Document{ID: string(l.ID), Title: title + " " + string(l.ID), Author: p.unit(l.Unit), Lang: p.lang, Created: l.Decided, Size: print.A4,
		Header: print.Band{Start: print.T(title), End: print.Ident(string(l.ID))}, Footer: print.Band{Start: print.Ident(string(l.ID))}, PageOf: p.w.T("disposal.paper.page-of")}
	kept := 0
	for _, i := range l.Items {
		if i.Outcome == Kept {
			kept++
		}
	}
	doc.Blocks = []print.Block{
		print.Paragraph{Text: print.B(p.unit(l.Unit)), Align: print.Center}, print.Heading{Text: print.T(title)}, print.Paragraph{Text: print.B(class), Align: print.Center},
		print.Facts{
			{Label: p.t("reference"), Value: print.Ident(string(l.ID))},
			{Label: p.t("term"), Value: print.T(term)},
			{Label: p.t("basis"), Value: basis},
			{Label: print.T(p.w.T("disposal.fact.action")), Value: print.T(p.w.T("disposal.action." + l.Action))},
			{Label: print.T(p.w.T("disposal.fact.by")), Value: print.T(p.officer(l.By) + " · " + p.w.DateTime(l.Drawn))},
			{Label: print.T(p.w.T("disposal.fact.office")), Value: print.T(p.unit(l.Office))},
			{Label: print.T(p.w.T("disposal.fact.decided-by")), Value: print.T(p.officer(l.DecidedBy) + " · " + capacity + " · " + p.w.DateTime(l.Decided))},
			{Label: p.t("ends"), Value: print.B(p.w.Number(int64(len(l.Items) - kept)))},
			{Label: p.t("kept"), Value: print.B(p.w.Number(int64(kept)))},
		},
		p.table(l), print.Space(8),
		print.Signatures{{Role: p.t("unit"), Name: print.T(p.officer(l.By))}, {Role: print.T(titled(capacity)), Name: print.T(p.officer(l.DecidedBy))}, {Role: p.t("archives")}},
		print.Framed{Blocks: []print.Block{print.QR{Content: qr, Caption: p.t("qr")}}},
	}
	return doc
}

// titled begins a name with a capital letter, where the script has any.
func titled(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[n:]
}

func (p press) table(l List) print.Table {
	t := print.Table{Columns: []print.Column{{Head: p.t("n")}, {Head: print.T(p.w.T("disposal.column.record")), Weight: 5}, {Head: print.T(p.w.T("disposal.column.ended")), Weight: 2}, {Head: p.t("decision"), Weight: 3}}}
	for n, i := range l.Items {
		label := i.Ref.String()
		if p.s.Label != nil {
			if said, _ := p.s.Label(p.ctx, i.Ref); said != "" {
				label = said
			}
		}
		says := p.w.T("disposal.paper.ended")
		if i.Outcome == Kept {
			says = p.w.T("disposal.outcome.kept", "until", p.w.DateNumeric(i.Until))
		}
		t.Rows = append(t.Rows, []print.Text{print.T(p.w.Number(int64(n + 1))), print.Ident(label), print.T(p.w.DateNumeric(i.Since)), print.T(says)})
	}
	return t
}

// printList sends the paper of a list; it leaves the house.
func (s *Service) printList(r *web.Request) error {
	id := r.Resource.Ref.ID
	pdf, err := s.Paper(r.Context(), r.Grant, id, r.Words.Lang())
	if err != nil {
		return err
	}
	r.Exported()
	return r.Send("application/pdf", "disposal-"+string(id)+".pdf", pdf)
}
