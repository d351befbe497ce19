package cases

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/packs"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/modules/cases/enquiry"
)

// Qualification says which offence the facts are, under the law of their day.
type Qualification struct {
	Code        string
	Suspect     ident.ID // person; "" for an unknown offender
	Attempted   bool
	Part        enquiry.Part
	Aggravating string
}

// Qualify adds a qualification. The class follows it, and with the class the
// prosecution office. Law: CP 111; CP 114
func (s *Service) Qualify(ctx context.Context, g policy.Grant, id ident.ID, q Qualification) error {
	if err := given(g, caseRef(id)); err != nil {
		return err
	}
	if q.Part == "" {
		q.Part = enquiry.Author
	}
	var wrong fault.List
	if !slices.Contains(enquiry.Parts(), q.Part) {
		wrong.Add("part", "form.choose")
	}
	if err := wrong.Err(); err != nil {
		return err
	}
	_, err := s.k.Journal.Do(ctx, g, func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		c, err := changing(ctx, r, id)
		if err != nil {
			return err
		}
		offence, err := s.k.Pack.Offence(q.Code, c.From)
		switch {
		case err != nil:
			wrong.Add("code", "form.choose")
		case q.Attempted && !offence.Attempt:
			wrong.Add("attempted", "cases.wrong.attempt")
		}
		all, err := parties(ctx, r, id)
		if err != nil {
			return err
		}
		if q.Suspect != "" && !slices.ContainsFunc(all, func(p enquiry.Party) bool { return p.Person == q.Suspect && p.Role == enquiry.Suspect }) {
			wrong.Add("suspect", "cases.wrong.not-suspect")
		}
		known, err := offences(ctx, r, id)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(known, func(o enquiry.Offence) bool { return o.Code == q.Code && o.Suspect == q.Suspect }) {
			wrong.Add("code", "cases.wrong.offence-twice")
		}
		if err := wrong.Err(); err != nil {
			return err
		}
		d.Add(OffenceQualified{ID: d.NewID(), Case: id, Suspect: q.Suspect, Code: q.Code, LawAt: c.From, Class: offence.Class, Attempted: q.Attempted, Part: q.Part,
			Aggravating: sealText(q.Aggravating), By: actor(g)})
		return nil
	})
	return err
}

// WithdrawOffence ends a qualification, for another one or for none.
func (s *Service) WithdrawOffence(ctx context.Context, g policy.Grant, id, offence ident.ID) error {
	if err := given(g, caseRef(id)); err != nil {
		return err
	}
	_, err := s.k.Journal.Do(ctx, g, func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		if _, err := changing(ctx, r, id); err != nil {
			return err
		}
		all, err := offences(ctx, r, id)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(o enquiry.Offence) bool { return o.ID == offence })
		if i < 0 {
			return orNotFound(nil)
		}
		d.Add(OffenceWithdrawn{ID: offence, Case: id, Suspect: all[i].Suspect, Code: all[i].Code})
		return nil
	})
	return err
}

// Link says that a piece shows an element of an offence. The kind of the piece
// must be one that can show it. Law: CPP 286
func (s *Service) Link(ctx context.Context, g policy.Grant, id, offence ident.ID, element string, piece ident.Ref) error {
	if err := given(g, caseRef(id)); err != nil {
		return err
	}
	f, err := s.read(ctx, s.k.Reader, id, thePVs, thePieces, theExhibits)
	if err != nil {
		return err
	}
	kind := f.Evidence(piece)
	if kind == "" {
		return &fault.Error{Kind: fault.Invalid, Key: "cases.wrong.piece", Field: "piece"}
	}
	_, err = s.k.Journal.Do(ctx, g, func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		if _, err := changing(ctx, r, id); err != nil {
			return err
		}
		all, err := offences(ctx, r, id)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(o enquiry.Offence) bool { return o.ID == offence })
		if i < 0 {
			return orNotFound(nil)
		}
		if err := s.checkLink(all[i], element, kind); err != nil {
			return err
		}
		shown, err := links(ctx, r, id)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(shown, func(l enquiry.Link) bool { return l.Offence == offence && l.Element == element && l.Piece == piece }) {
			return &fault.Error{Kind: fault.Invalid, Key: "cases.wrong.link-twice", Field: "piece"}
		}
		d.Add(EvidenceLinked{ID: d.NewID(), Case: id, Offence: offence, Element: element, Kind: string(kind), Piece: piece, By: actor(g)})
		return nil
	})
	return err
}

func (s *Service) checkLink(o enquiry.Offence, element string, kind packs.Evidence) error {
	elements, err := s.k.Pack.Elements(o.Code, o.LawAt)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(elements, func(e packs.Element) bool { return e.Code == element })
	if i < 0 {
		return &fault.Error{Kind: fault.Invalid, Key: "form.choose", Field: "element"}
	}
	if !elements[i].ShownBy(kind) {
		return &fault.Error{Kind: fault.Invalid, Key: "cases.wrong.evidence", Field: "piece"}
	}
	return nil
}

// Unlink says that a piece is no longer held to show an element.
func (s *Service) Unlink(ctx context.Context, g policy.Grant, id, link ident.ID) error {
	if err := given(g, caseRef(id)); err != nil {
		return err
	}
	_, err := s.k.Journal.Do(ctx, g, func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		if _, err := changing(ctx, r, id); err != nil {
			return err
		}
		all, err := links(ctx, r, id)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(l enquiry.Link) bool { return l.ID == link })
		if i < 0 {
			return orNotFound(nil)
		}
		d.Add(EvidenceUnlinked{ID: link, Case: id, Element: all[i].Element, Piece: all[i].Piece})
		return nil
	})
	return err
}

// pieceKinds are the kinds of evidence that a filed piece may be; the others
// come from reports and exhibits.
func pieceKinds() []packs.Evidence {
	return []packs.Evidence{packs.Medical, packs.Expert, packs.Photo, packs.Document}
}

// FilePiece puts a paper or a file into a case; a form sent twice does it once.
func (s *Service) FilePiece(ctx context.Context, g policy.Grant, id ident.ID, p NewPiece) (ident.ID, error) {
	if err := given(g, caseRef(id)); err != nil {
		return "", err
	}
	var wrong fault.List
	if !slices.Contains(pieceKinds(), packs.Evidence(p.Kind)) {
		wrong.Add("kind", "form.choose")
	}
	if strings.TrimSpace(p.Title) == "" {
		wrong.Add("title", "form.required")
	}
	if err := wrong.Err(); err != nil {
		return "", err
	}
	if p.ID == "" {
		p.ID = s.k.Journal.NewID()
	}
	_, err := s.k.Journal.Do(ctx, g, func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		if _, err := changing(ctx, r, id); err != nil {
			return err
		}
		done, err := readPiece(ctx, r, p.ID)
		switch {
		case err == nil && done.Case == id:
			return errDone
		case err == nil:
			return orNotFound(nil)
		case !fault.Is(err, fault.NotFound):
			return err
		}
		d.Add(PieceFiled{ID: p.ID, Case: id, Kind: p.Kind, Title: sealText(p.Title), Info: sealText(p.Info), By: actor(g)})
		return nil
	})
	if errors.Is(err, errDone) {
		err = nil
	}
	return p.ID, err
}
