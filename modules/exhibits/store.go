package exhibits

import (
	"context"

	"github.com/amana-platform/amana/kernel/blobs"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/store"
)

func insertExhibit(w *store.Writer, e ExhibitSeized, m journal.Meta) error {
	s, t := e.Step, e.Thing
	return w.One(`insert into exhibits_exhibits (id, entry, case_id, pv, item, line, unit, series, n, number, category, milli, measure, description, person, place, witnesses,
		seized_at, written_at, seized_by, state, seal, seal_entry, holder, held_unit, kept, shelf, condition, pending, receiver, version)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, '', '', $20, $22, $23, $24, $25, '', '', 1)`,
		string(s.Exhibit), string(m.ID), string(s.Case), string(e.PV), e.Item, e.Line, string(e.Unit), e.Series, e.N, e.Number, string(t.Category), t.Milli, t.Measure,
		t.Description, string(t.From), t.Place, t.Witnesses, store.Micros(m.Happened), store.Micros(m.Written), string(s.Holder), string(s.State), string(s.HeldUnit), s.Kept, s.Shelf, s.Condition)
}

// takeStep brings the exhibit from step N-1 to step N and notes the step. It
// fails where the step before is missing, so that the chain has no gap.
func takeStep(w *store.Writer, s Step, m journal.Meta) error {
	err := w.One(`update exhibits_exhibits set state = $1, holder = $2, held_unit = $3, seal = $4, kept = $5, shelf = $6, condition = $7, pending = $8, receiver = $9, version = $10
		where id = $11 and version = $12`,
		string(s.State), string(s.Holder), string(s.HeldUnit), s.Seal, s.Kept, s.Shelf, s.Condition, string(s.Pending), string(s.Receiver), s.N, string(s.Exhibit), s.N-1)
	if err != nil {
		return err
	}
	return addStep(w, s, m)
}

func addStep(w *store.Writer, s Step, m journal.Meta) error {
	err := w.One(`insert into exhibits_steps (exhibit, n, kind, state, holder, held_unit, seal, kept, condition, happened_at, written_at, writer, entry)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		string(s.Exhibit), s.N, m.Kind, string(s.State), string(s.Holder), string(s.HeldUnit), s.Seal, s.Kept, s.Condition, store.Micros(m.Happened), store.Micros(m.Written), string(m.Actor), string(m.ID))
	if err != nil {
		return err
	}
	for _, p := range s.Photos {
		err := w.One(`insert into exhibits_photos (address, exhibit, step, size, mime, width, height, name, wrapped, digest, written_at)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
			p.Address, string(s.Exhibit), s.N, p.Size, p.MIME, p.Width, p.Height, p.Name, p.Wrapped, p.Digest, store.Micros(m.Written))
		if err != nil {
			return err
		}
	}
	return nil
}

// closeSeal adds a line to the ledger of seals, whose key is the number.
func closeSeal(w *store.Writer, s Step, c Closing, m journal.Meta) error {
	err := w.One(`insert into exhibits_seals (number, exhibit, unit, series, n, closed_at, closed_by, witnesses, opened_at, opened_by, presence, present, reason)
		values ($1, $2, $3, $4, $5, $6, $7, $8, 0, '', '', null, null)`,
		s.Seal, string(s.Exhibit), string(c.Unit), c.Series, c.N, store.Micros(m.Happened), string(c.By), c.Witnesses)
	if err != nil {
		return err
	}
	if err := w.One("update exhibits_exhibits set seal_entry = $1 where id = $2", string(m.ID), string(s.Exhibit)); err != nil {
		return err
	}
	return takeStep(w, s, m)
}

// answer ends a pending handover; a second answer finds none and fails.
func answer(w *store.Writer, state string, s Step, a Answer, m journal.Meta) error {
	err := w.One("update exhibits_handovers set state = $1, reason = $2, answered_at = $3 where id = $4 and state = 'pending'",
		state, a.Reason, store.Micros(m.Happened), string(a.ID))
	if err != nil {
		return err
	}
	return takeStep(w, s, m)
}

// forget nulls every sealed column of an erased exhibit.
func forget(w *store.Writer, subject ident.ID) error {
	for _, text := range []string{
		"update exhibits_exhibits set description = null, place = null, witnesses = null, shelf = null, condition = null where id = $1",
		"update exhibits_steps set condition = null where exhibit = $1",
		"update exhibits_seals set witnesses = null, present = null, reason = null where exhibit = $1",
		"update exhibits_handovers set authority = null, remark = null, reason = null where exhibit = $1",
		"update exhibits_takeovers set reason = null where exhibit = $1",
		"update exhibits_photos set name = null where exhibit = $1",
	} {
		if _, err := w.Exec(text, string(subject)); err != nil {
			return err
		}
	}
	return nil
}

// within names the exhibits in which a subject stands, and their cases.
func within(ctx context.Context, r store.Reader, subject ident.ID) ([]ident.Ref, error) {
	return store.List(ctx, r, `select 'exhibit', id from exhibits_exhibits where id = $1 or person = $1
		union select 'case', case_id from exhibits_exhibits where id = $1 or person = $1`, []any{string(subject)}, func(scan store.Scan) (out ident.Ref, err error) {
		err = scan(&out.Kind, &out.ID)
		return out, err
	})
}

// Documents lists the exhibits in whose free text somebody who is to be
// forgotten may stand: those taken from them, and those of the cases and
// reports that are to be forgotten with them.
func (s *Service) Documents(ctx context.Context, records []ident.ID) (out []ident.ID, err error) {
	for _, id := range records {
		some, err := store.List(ctx, s.k.Reader, "select id from exhibits_exhibits where person = $1 or case_id = $1 or pv = $1 order by id", []any{string(id)}, func(scan store.Scan) (id ident.ID, err error) {
			err = scan(&id)
			return id, err
		})
		if err != nil {
			return nil, err
		}
		out = append(out, some...)
	}
	return out, nil
}

const exhibitColumns = `x.id, x.entry, x.case_id, x.pv, x.item, x.line, x.unit, x.number, x.category, x.milli, x.measure, x.description, x.person, x.place, x.witnesses,
	x.seized_at, x.written_at, x.seized_by, x.state, x.seal, x.seal_entry, x.holder, x.held_unit, x.kept, x.shelf, x.condition, x.pending, x.receiver, x.version`

func scanExhibit(scan store.Scan) (x Exhibit, err error) {
	err = scan(&x.ID, &x.Entry, &x.Case, &x.PV, &x.Item, &x.Line, &x.Unit, &x.Number, &x.Category, &x.Milli, &x.Measure, journal.Words(&x.Description), &x.From, journal.Words(&x.Place), journal.Words(&x.Witnesses),
		store.At(&x.SeizedAt), store.At(&x.Written), &x.SeizedBy, &x.State, &x.Seal, &x.SealEntry, &x.Holder, &x.HeldUnit, &x.Kept, journal.Words(&x.Shelf), journal.Words(&x.Condition), &x.Pending, &x.Receiver, &x.Version)
	return x, err
}

func readExhibit(ctx context.Context, r store.Reader, id ident.ID) (Exhibit, error) {
	return store.One(ctx, r, "select "+exhibitColumns+" from exhibits_exhibits x where x.id = $1", []any{string(id)}, scanExhibit)
}

const handoverColumns = "h.id, h.exhibit, h.giver, h.receiver, h.destination, h.state, h.authority, h.order_number, h.order_day, h.remark, h.reason, h.offered_at, h.answered_at"

func scanHandover(scan store.Scan) (h Handover, err error) {
	err = scan(&h.ID, &h.Exhibit, &h.Giver, &h.Receiver, &h.Destination, &h.State, journal.Words(&h.Order.Authority), &h.Order.Number, &h.Order.Day, journal.Words(&h.Remark), journal.Words(&h.Reason), store.At(&h.OfferedAt), store.At(&h.AnsweredAt))
	return h, err
}

func readHandover(ctx context.Context, r store.Reader, id ident.ID) (Handover, error) {
	return store.One(ctx, r, "select "+handoverColumns+" from exhibits_handovers h where h.id = $1", []any{string(id)}, scanHandover)
}

func scanLink(scan store.Scan) (l Link, err error) {
	err = scan(&l.N, &l.Kind, &l.State, &l.Holder, &l.HeldUnit, &l.Seal, &l.Kept, journal.Words(&l.Condition), store.At(&l.Happened), store.At(&l.Written), &l.Writer, &l.Entry, &l.Absent, &l.Absence, journal.Words(&l.Reason))
	return l, err
}

func scanSeal(scan store.Scan) (s Seal, err error) {
	err = scan(&s.Number, &s.Exhibit, &s.Unit, store.At(&s.ClosedAt), &s.ClosedBy, journal.Words(&s.Witnesses), store.At(&s.OpenedAt), &s.OpenedBy, &s.Presence, journal.Words(&s.Present), journal.Words(&s.Reason))
	return s, err
}

const photoColumns = "p.address, p.exhibit, p.step, p.size, p.mime, p.width, p.height, p.name, p.wrapped, p.digest, p.written_at"

func scanPhoto(scan store.Scan) (p Photograph, err error) {
	err = scan(&p.Address, &p.Subject, &p.Step, &p.Size, &p.MIME, &p.Width, &p.Height, journal.Words(&p.Name), &p.Key, &p.Digest, store.At(&p.Written))
	return p, err
}

// photos lists every stored picture, for verify.
func photos(ctx context.Context, r store.Reader, each func(blobs.Info) error) error {
	return r.Each(ctx, "select "+photoColumns+" from exhibits_photos p order by p.address", nil, func(scan store.Scan) error {
		p, err := scanPhoto(scan)
		if err != nil {
			return err
		}
		return each(p.Info)
	})
}
