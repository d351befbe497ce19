package register

import (
	"context"
	"strings"
	"time"

	"github.com/amana-platform/amana/kernel/blobs"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/store"
)

func insertComplaint(w *store.Writer, e ComplaintRecorded, m journal.Meta) error {
	return w.One(`insert into register_complaints (id, received, unit, facts_unit, competent, series, n, number, origin, state, received_at, written_at, writer,
		facts_on, facts_clock, place, facts, due_at, told_at, closed_at, outcome, case_id, case_number, proposer, reason, authorised, transfer, version, entry)
		values ($1, $2, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, 0, 0, '', '', '', '', null, '', '', 1, $18)`,
		string(e.Complaint), string(e.Received), string(e.FactsUnit), string(e.Competent), e.Series, e.N, e.Number, string(e.Origin), string(e.State),
		store.Micros(m.Happened), store.Micros(m.Written), string(m.Actor), e.FactsOn, e.FactsClock, e.Place, e.Facts, store.Micros(e.Due), string(m.ID))
}

func insertFiles(w *store.Writer, complaint ident.ID, files []SealedFile, m journal.Meta) error {
	for _, f := range files {
		err := w.One(`insert into register_files (address, complaint, subject, size, mime, width, height, name, wrapped, digest, written_at)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
			f.Address, string(complaint), string(f.Of), f.Size, f.MIME, f.Width, f.Height, f.Name, f.Wrapped, f.Digest, store.Micros(m.Written))
		if err != nil {
			return err
		}
	}
	return nil
}

func insertPage(w *store.Writer, p Page, m journal.Meta, state, cell, grounds string, deadline time.Time) error {
	return w.One(`insert into register_custodies (id, unit, office, series, n, number, state, person, case_id, offence, class, regime, arrest_at, arrival_at, written_at,
		writer, officer, cell, grounds, reasons, juvenile, initials, deadline_at, extensions, asked_at, overrun_at, ended_at, outcome, version, entry)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, 0, 0, 0, 0, '', 1, $24)`,
		string(p.Custody), string(p.Unit), string(p.Office), p.Series, p.N, p.Number, state, string(p.Person), string(p.Case), p.Offence, p.Class, p.Regime,
		store.Micros(p.Arrest), store.Micros(p.Arrival), store.Micros(m.Written), string(m.Actor), string(p.Officer), cell, grounds, p.Reasons, p.Juvenile, p.Initials, store.Micros(deadline), string(m.ID))
}

func insertEvent(w *store.Writer, id, custody ident.ID, kind, phase string, m journal.Meta) error {
	return w.One("insert into register_events (id, custody, kind, phase, happened_at, written_at, writer) values ($1, $2, $3, $4, $5, $6, $7)",
		string(id), string(custody), kind, phase, store.Micros(m.Happened), store.Micros(m.Written), string(m.Actor))
}

func touch(w *store.Writer, custody ident.ID) error {
	return w.One("update register_custodies set version = version + 1 where id = $1", string(custody))
}

// forget nulls every sealed column whose subject is erased: the complaint, the
// line, the handover, the custody or the person themselves.
func forget(w *store.Writer, subject ident.ID) error {
	for _, text := range []string{
		"update register_complaints set place = null, facts = null, reason = null where id = $1",
		"update register_things set description = null, serial = null where complaint = $1",
		"update register_files set name = null where subject = $1",
		"update register_corrections set words = null where complaint = $1",
		"update register_transfers set words = null, answer = null where complaint = $1",
		"update register_lines set words = null where id = $1",
		"update register_handovers set remarks = null where id = $1",
		"update register_custodies set reasons = null where id = $1",
		"update register_custodies set initials = null where person = $1",
		"update register_details set value = null where custody = $1",
		"update register_decisions set words = null where custody = $1",
	} {
		if _, err := w.Exec(text, string(subject)); err != nil {
			return err
		}
	}
	return nil
}

// within names the complaints and custodies in which a subject stands.
func within(ctx context.Context, r store.Reader, subject ident.ID) ([]ident.Ref, error) {
	return store.List(ctx, r, `select 'complaint', complaint from register_parties where person = $1
		union select 'custody', id from register_custodies where person = $1 or id = $1
		union select 'complaint', id from register_complaints where id = $1`, []any{string(subject)}, func(scan store.Scan) (out ident.Ref, err error) {
		err = scan(&out.Kind, &out.ID)
		return out, err
	})
}

const complaintColumns = `c.id, c.received, c.unit, c.facts_unit, c.competent, c.series, c.n, c.number, c.origin, c.state, c.received_at, c.written_at, c.writer,
	c.facts_on, c.facts_clock, c.place, c.facts, c.due_at, c.told_at, c.outcome, c.case_id, c.case_number, c.proposer, c.reason, c.authorised, c.transfer, c.version, c.entry`

func scanComplaint(scan store.Scan) (c Complaint, err error) {
	err = scan(&c.ID, &c.Received, &c.Unit, &c.FactsUnit, &c.Competent, &c.Series, &c.N, &c.Number, &c.Origin, &c.State, store.At(&c.ReceivedAt), store.At(&c.Written), &c.Writer,
		&c.FactsOn, &c.FactsClock, journal.Words(&c.Place), journal.Words(&c.Facts), store.At(&c.Due), store.At(&c.Told), &c.Outcome, &c.Case, &c.CaseNumber, &c.Proposer, journal.Words(&c.Reason), &c.Authorised, &c.Transfer, &c.Version, &c.Entry)
	return c, err
}

// readComplaint reads a complaint without its parts.
func readComplaint(ctx context.Context, r store.Reader, id ident.ID) (Complaint, error) {
	return store.One(ctx, r, "select "+complaintColumns+" from register_complaints c where c.id = $1", []any{string(id)}, scanComplaint)
}

// readWhole reads a complaint with parties, offences, things, files and corrections.
func readWhole(ctx context.Context, r store.Reader, id ident.ID) (c Complaint, err error) {
	if c, err = readComplaint(ctx, r, id); err != nil {
		return c, err
	}
	key := []any{string(id)}
	c.Parties, err = store.List(ctx, r, "select role, person from register_parties where complaint = $1 order by n", key, func(scan store.Scan) (p Party, err error) {
		return p, scan(&p.Role, &p.Person)
	})
	if err != nil {
		return c, err
	}
	if c.Offences, err = readOffences(ctx, r, id); err != nil {
		return c, err
	}
	c.Things, err = store.List(ctx, r, "select kind, description, value, serial from register_things where complaint = $1 order by n", key, func(scan store.Scan) (t Thing, err error) {
		return t, scan(&t.Kind, journal.Words(&t.Description), &t.Value, journal.Words(&t.Serial))
	})
	if err != nil {
		return c, err
	}
	if c.Files, err = readFiles(ctx, r, "where complaint = $1", string(id)); err != nil {
		return c, err
	}
	c.Fixes, err = store.List(ctx, r, "select id, field, words, writer, written_at from register_corrections where complaint = $1 order by written_at, id", key, func(scan store.Scan) (f Correction, err error) {
		return f, scan(&f.ID, &f.Field, journal.Words(&f.Words), &f.Writer, store.At(&f.Written))
	})
	return c, err
}

func readOffences(ctx context.Context, r store.Reader, complaint ident.ID) ([]string, error) {
	return store.List(ctx, r, "select offence from register_offences where complaint = $1 order by n", []any{string(complaint)}, func(scan store.Scan) (s string, err error) {
		return s, scan(&s)
	})
}

func readFiles(ctx context.Context, r store.Reader, where string, args ...any) ([]File, error) {
	return store.List(ctx, r, "select address, subject, size, mime, width, height, name, wrapped, digest, written_at from register_files "+where+" order by written_at, address", args, func(scan store.Scan) (f File, err error) {
		i := &f.Info
		err = scan(&i.Address, &i.Subject, &i.Size, &i.MIME, &i.Width, &i.Height, journal.Words(&i.Name), &i.Key, &i.Digest, store.At(&f.Written))
		return f, err
	})
}

// eachFile lists the stored files that the register speaks of; those of an
// erased complaint are gone with its key.
func eachFile(ctx context.Context, r store.Reader, each func(blobs.Info) error) error {
	files, err := readFiles(ctx, r, "where name is not null")
	for _, f := range files {
		if err != nil {
			return err
		}
		err = each(f.Info)
	}
	return err
}

const lineColumns = "l.id, l.unit, l.series, l.n, l.number, l.kind, l.subject, l.subject_number, l.corrects, l.words, l.writer, l.happened_at, l.written_at"

func scanLine(scan store.Scan) (l Line, err error) {
	var subject string
	err = scan(&l.ID, &l.Unit, &l.Series, &l.N, &l.Number, &l.Kind, &subject, &l.SubjectNumber, &l.Corrects, journal.Words(&l.Words), &l.Writer, store.At(&l.Happened), store.At(&l.Written))
	if err == nil && subject != "" {
		l.Subject, err = ident.ParseRef(subject)
	}
	return l, err
}

const handoverColumns = "id, unit, outgoing, incoming, from_at, until_at, custodies, late, notices, waiting, remarks, taken_at, written_at"

func scanHandover(scan store.Scan) (h Handover, err error) {
	err = scan(&h.ID, &h.Unit, &h.Outgoing, &h.Incoming, store.At(&h.From), store.At(&h.Until), &h.Custodies, &h.Late, &h.Notices, &h.Waiting, journal.Words(&h.Remarks), store.At(&h.Taken), store.At(&h.Written))
	return h, err
}

const custodyColumns = `c.id, c.unit, c.office, c.series, c.n, c.number, c.state, c.person, c.case_id, c.offence, c.class, c.regime, c.arrest_at, c.arrival_at, c.written_at,
	c.writer, c.officer, c.cell, c.grounds, c.reasons, c.juvenile, c.initials, c.deadline_at, c.extensions, c.asked_at, c.asked_of, c.overrun_at, c.ended_at, c.outcome, c.version, c.entry`

func scanCustody(scan store.Scan) (c Custody, err error) {
	var grounds string
	err = scan(&c.ID, &c.Unit, &c.Office, &c.Series, &c.N, &c.Number, &c.State, &c.Person, &c.Case, &c.Offence, &c.Class, &c.Regime, store.At(&c.Arrest), store.At(&c.Arrival), store.At(&c.Written),
		&c.Writer, &c.Officer, &c.Cell, &grounds, journal.Words(&c.Reasons), &c.Juvenile, journal.Words(&c.Initials), store.At(&c.Deadline), &c.Extensions, store.At(&c.Asked), &c.AskedOf, store.At(&c.Overrun), store.At(&c.Ended), &c.Outcome, &c.Version, &c.Entry)
	c.Grounds = strings.Fields(grounds)
	return c, err
}

func readCustody(ctx context.Context, r store.Reader, id ident.ID) (Custody, error) {
	return store.One(ctx, r, "select "+custodyColumns+" from register_custodies c where c.id = $1", []any{string(id)}, scanCustody)
}

// readEvents reads the events of a custody with their details, and the daily
// lists it stood on, in the order in which they happened.
func readEvents(ctx context.Context, r store.Reader, custody ident.ID) ([]Event, error) {
	events, err := store.List(ctx, r, `select id, custody, kind, phase, happened_at, written_at, writer from register_events where custody = $1
		union all select l.id, i.custody, 'daily-list', '', l.written_at, l.written_at, l.writer from register_lists l join register_listed i on i.list = l.id where i.custody = $1
		order by 5, 6, 1`, []any{string(custody)}, func(scan store.Scan) (e Event, err error) {
		return e, scan(&e.ID, &e.Custody, &e.Kind, &e.Phase, store.At(&e.Happened), store.At(&e.Written), &e.Writer)
	})
	if err != nil {
		return nil, err
	}
	place := map[ident.ID]int{}
	for i, e := range events {
		place[e.ID] = i
	}
	return events, r.Each(ctx, "select event, field, value from register_details where custody = $1 order by event, n", []any{string(custody)}, func(scan store.Scan) error {
		var id ident.ID
		var d Detail
		err := scan(&id, &d.Field, journal.Words(&d.Value))
		if i, ok := place[id]; ok && d.Value != "" {
			events[i].Details = append(events[i].Details, d)
		}
		return err
	})
}

func readDecisions(ctx context.Context, r store.Reader, custody ident.ID) ([]Decision, error) {
	return store.List(ctx, r, `select id, custody, granted, officer, capacity, act, ground, words, until_at, decided_at, written_at
		from register_decisions where custody = $1 order by decided_at, id`, []any{string(custody)}, func(scan store.Scan) (d Decision, err error) {
		return d, scan(&d.ID, &d.Custody, &d.Granted, &d.Officer, &d.Capacity, &d.Act, &d.Ground, journal.Words(&d.Words), store.At(&d.Until), store.At(&d.Decided), store.At(&d.Written))
	})
}

const listColumns = "l.id, l.unit, l.office, l.day, l.count, l.writer, l.written_at, l.taken_by, l.taken_at, l.entry"

func scanList(scan store.Scan) (l List, err error) {
	err = scan(&l.ID, &l.Unit, &l.Office, &l.Day, &l.Count, &l.Writer, store.At(&l.Written), &l.TakenBy, store.At(&l.Taken), &l.Entry)
	return l, err
}

func readList(ctx context.Context, r store.Reader, id ident.ID) (List, error) {
	l, err := store.One(ctx, r, "select "+listColumns+" from register_lists l where l.id = $1", []any{string(id)}, scanList)
	if err != nil {
		return l, err
	}
	l.Custodies, err = store.List(ctx, r, "select custody from register_listed where list = $1 order by custody", []any{string(id)}, func(scan store.Scan) (id ident.ID, err error) {
		return id, scan(&id)
	})
	return l, err
}

func readTransfer(ctx context.Context, r store.Reader, id ident.ID) (Transfer, error) {
	return store.One(ctx, r, "select id, complaint, sender, receiver, state, words, answer, written_at from register_transfers where id = $1", []any{string(id)}, func(scan store.Scan) (t Transfer, err error) {
		return t, scan(&t.ID, &t.Complaint, &t.Sender, &t.Receiver, &t.State, journal.Words(&t.Words), journal.Words(&t.Answer), store.At(&t.Written))
	})
}
