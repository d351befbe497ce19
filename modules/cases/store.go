package cases

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/modules/cases/enquiry"
)

// What the tables are read by.

const (
	caseColumns = `c.id, c.number, c.unit, c.origin, c.complaint, c.complaint_number, c.regime, c.court, c.state, c.stage, c.round, c.facts, c.place,
		c.from_at, c.to_at, c.sensitivity, c.sealed, c.seal_order, c.outcome, c.opened_by, c.opened_at, c.closed_at, c.version`
	pvColumns = `id, case_id, unit, form, state, author, capacity, person, second_person, measure, corrects, number, act_at, made_at, signed_at, version`
	msColumns = `id, case_id, kind, state, office, authority, through, requisition, asked_by, asked_at, magistrate, number, basis, from_at, until_at, decided_at, ended_at`
	doColumns = `id, case_id, round, number, unit, office, entry, gate, twin, state, by_officer, at, acknowledgement, acknowledged_at, decision, decided_by, decided_at`
)

func scanCase(scan store.Scan) (c enquiry.Case, err error) {
	err = scan(&c.ID, &c.Number, &c.Unit, &c.Origin, &c.Complaint, &c.ComplaintNumber, &c.Regime, &c.Court, &c.State, &c.Stage, &c.Round, journal.Words(&c.Facts), journal.Words(&c.Place),
		store.At(&c.From), store.At(&c.To), &c.Sensitivity, &c.Sealed, &c.SealOrder, &c.Outcome, &c.OpenedBy, store.At(&c.Opened), store.At(&c.Closed), &c.Version)
	return c, err
}

func readCase(ctx context.Context, r store.Reader, id ident.ID) (enquiry.Case, error) {
	return store.One(ctx, r, "select "+caseColumns+" from cases_cases c where c.id = $1", []any{string(id)}, scanCase)
}

// values reads the fields of a record as they stood at a version.
func values(ctx context.Context, r store.Reader, record ident.ID, version int64) (map[string]string, error) {
	out := map[string]string{}
	err := r.Each(ctx, "select field, value from cases_values where record = $1 and version <= $2 order by version", []any{string(record), version}, func(scan store.Scan) error {
		var field, value string
		err := scan(&field, journal.Words(&value))
		out[field] = value
		return err
	})
	return out, err
}

// valuesIn reads the fields, as they are now, of every record of a case that
// a table holds, by the records' ids.
func valuesIn(ctx context.Context, r store.Reader, table string, id ident.ID) (map[ident.ID]map[string]string, error) {
	out := map[ident.ID]map[string]string{}
	err := r.Each(ctx, "select v.record, v.field, v.value from cases_values v join "+table+" t on t.id = v.record where t.case_id = $1 order by v.version", []any{string(id)}, func(scan store.Scan) error {
		var record ident.ID
		var field, value string
		err := scan(&record, &field, journal.Words(&value))
		if out[record] == nil {
			out[record] = map[string]string{}
		}
		out[record][field] = value
		return err
	})
	return out, err
}

// latest is a version that no record reaches.
const latest = int64(1) << 60

func parties(ctx context.Context, r store.Reader, id ident.ID) ([]enquiry.Party, error) {
	return store.List(ctx, r, `select id, case_id, person, role, address, phone, since_at, ended_at from cases_parties
		where case_id = $1 and ended_at = 0 order by since_at, id`, []any{string(id)}, func(scan store.Scan) (p enquiry.Party, err error) {
		err = scan(&p.ID, &p.Case, &p.Person, &p.Role, journal.Words(&p.Address), journal.Words(&p.Phone), store.At(&p.Since), store.At(&p.Ended))
		return p, err
	})
}

func offences(ctx context.Context, r store.Reader, id ident.ID) ([]enquiry.Offence, error) {
	return store.List(ctx, r, `select id, case_id, suspect, code, law_at, class, attempted, part, aggravating, by_officer, at from cases_offences
		where case_id = $1 and withdrawn_at = 0 order by at, id`, []any{string(id)}, func(scan store.Scan) (o enquiry.Offence, err error) {
		err = scan(&o.ID, &o.Case, &o.Suspect, &o.Code, store.At(&o.LawAt), &o.Class, &o.Attempted, &o.Part, journal.Words(&o.Aggravating), &o.By, store.At(&o.At))
		return o, err
	})
}

func links(ctx context.Context, r store.Reader, id ident.ID) ([]enquiry.Link, error) {
	return store.List(ctx, r, `select id, offence, element, kind, piece_kind, piece, by_officer, at from cases_links
		where case_id = $1 and removed_at = 0 order by at, id`, []any{string(id)}, func(scan store.Scan) (l enquiry.Link, err error) {
		err = scan(&l.ID, &l.Offence, &l.Element, &l.Kind, &l.Piece.Kind, &l.Piece.ID, &l.By, store.At(&l.At))
		return l, err
	})
}

const pieceColumns = "id, case_id, kind, title, info, by_officer, at"

func readPiece(ctx context.Context, r store.Reader, id ident.ID) (enquiry.Piece, error) {
	return store.One(ctx, r, "select "+pieceColumns+" from cases_pieces where id = $1", []any{string(id)}, scanPiece)
}

func pieces(ctx context.Context, r store.Reader, id ident.ID) ([]enquiry.Piece, error) {
	return store.List(ctx, r, "select "+pieceColumns+" from cases_pieces where case_id = $1 order by at, id", []any{string(id)}, scanPiece)
}

func scanPiece(scan store.Scan) (p enquiry.Piece, err error) {
	err = scan(&p.ID, &p.Case, &p.Kind, journal.Words(&p.Title), journal.Words(&p.Info), &p.By, store.At(&p.At))
	return p, err
}

func scanPV(scan store.Scan) (p enquiry.PV, err error) {
	err = scan(&p.ID, &p.Case, &p.Unit, &p.Form, &p.State, &p.Author, &p.Capacity, &p.Person, &p.Second, &p.Measure, &p.Corrects, &p.Number,
		store.At(&p.Act), store.At(&p.Made), store.At(&p.Signed), &p.Version)
	return p, err
}

func readPV(ctx context.Context, r store.Reader, id ident.ID) (enquiry.PV, error) {
	p, err := store.One(ctx, r, "select "+pvColumns+" from cases_pvs where id = $1", []any{string(id)}, scanPV)
	if err != nil {
		return p, err
	}
	p.Values, err = values(ctx, r, id, latest)
	return p, err
}

func pvs(ctx context.Context, r store.Reader, id ident.ID) ([]enquiry.PV, error) {
	all, err := store.List(ctx, r, "select "+pvColumns+" from cases_pvs where case_id = $1 and state <> 'dropped' order by act_at, id", []any{string(id)}, scanPV)
	if err != nil || len(all) == 0 {
		return all, err
	}
	said, err := valuesIn(ctx, r, "cases_pvs", id)
	for i := range all {
		all[i].Values = said[all[i].ID]
	}
	return all, err
}

func scanMeasure(scan store.Scan) (m enquiry.Measure, err error) {
	err = scan(&m.ID, &m.Case, &m.Kind, &m.State, &m.Office, &m.Authority, &m.Through, &m.Requisition, &m.AskedBy, store.At(&m.Asked), &m.Magistrate, &m.Number, &m.Basis,
		store.At(&m.From), store.At(&m.Until), store.At(&m.Decided), store.At(&m.Ended))
	return m, err
}

func readMeasure(ctx context.Context, r store.Reader, id ident.ID) (enquiry.Measure, error) {
	m, err := store.One(ctx, r, "select "+msColumns+" from cases_measures where id = $1", []any{string(id)}, scanMeasure)
	if err != nil {
		return m, err
	}
	m.Values, err = values(ctx, r, id, latest)
	return m, err
}

func measures(ctx context.Context, r store.Reader, id ident.ID) ([]enquiry.Measure, error) {
	all, err := store.List(ctx, r, "select "+msColumns+" from cases_measures where case_id = $1 order by asked_at, id", []any{string(id)}, scanMeasure)
	if err != nil || len(all) == 0 {
		return all, err
	}
	said, err := valuesIn(ctx, r, "cases_measures", id)
	for i := range all {
		all[i].Values = said[all[i].ID]
	}
	return all, err
}

func assigned(ctx context.Context, r store.Reader, id ident.ID) ([]enquiry.Assignment, error) {
	return store.List(ctx, r, "select officer, by_officer, from_at, to_at from cases_assigned where case_id = $1 and to_at = 0 order by from_at, id",
		[]any{string(id)}, func(scan store.Scan) (a enquiry.Assignment, err error) {
			err = scan(&a.Officer, &a.By, store.At(&a.From), store.At(&a.To))
			return a, err
		})
}

func referrals(ctx context.Context, r store.Reader, id ident.ID) ([]enquiry.Referral, error) {
	return store.List(ctx, r, "select id, officer, reason, state, by_officer, from_at, to_at from cases_referrals where case_id = $1 order by from_at, id",
		[]any{string(id)}, func(scan store.Scan) (x enquiry.Referral, err error) {
			err = scan(&x.ID, &x.Officer, journal.Words(&x.Reason), &x.State, &x.By, store.At(&x.From), store.At(&x.To))
			return x, err
		})
}

const transferColumns = "id, case_id, from_unit, to_unit, state, reason, by_officer, at, decided_by, decided_at"

func scanTransfer(scan store.Scan) (t enquiry.Transfer, err error) {
	err = scan(&t.ID, &t.Case, &t.FromUnit, &t.ToUnit, &t.State, journal.Words(&t.Reason), &t.By, store.At(&t.At), &t.DecidedBy, store.At(&t.Decided))
	return t, err
}

func readTransfer(ctx context.Context, r store.Reader, id ident.ID) (enquiry.Transfer, error) {
	return store.One(ctx, r, "select "+transferColumns+" from cases_transfers where id = $1", []any{string(id)}, scanTransfer)
}

func transfers(ctx context.Context, r store.Reader, id ident.ID) ([]enquiry.Transfer, error) {
	return store.List(ctx, r, "select "+transferColumns+" from cases_transfers where case_id = $1 order by at, id", []any{string(id)}, scanTransfer)
}

func reviews(ctx context.Context, r store.Reader, id ident.ID) ([]enquiry.Review, error) {
	return store.List(ctx, r, "select id, round, stage, submitted_by, at, reviewer, outcome, decided_at from cases_reviews where case_id = $1 order by at, stage, id",
		[]any{string(id)}, func(scan store.Scan) (x enquiry.Review, err error) {
			err = scan(&x.ID, &x.Round, &x.Stage, &x.SubmittedBy, store.At(&x.At), &x.Reviewer, &x.Outcome, store.At(&x.Decided))
			return x, err
		})
}

func remarks(ctx context.Context, r store.Reader, id ident.ID) ([]enquiry.Remark, error) {
	return store.List(ctx, r, "select id, anchor, section, words, by_officer, at, state, answer, answered_by, answered_at from cases_remarks where case_id = $1 order by at, id",
		[]any{string(id)}, func(scan store.Scan) (x enquiry.Remark, err error) {
			var anchor string
			if err = scan(&x.ID, &anchor, &x.Section, journal.Words(&x.Words), &x.By, store.At(&x.At), &x.State, journal.Words(&x.Answer), &x.AnsweredBy, store.At(&x.Answered)); err != nil {
				return x, err
			}
			x.Anchor, err = ident.ParseRef(anchor)
			return x, err
		})
}

func scanDossier(scan store.Scan) (d enquiry.Dossier, err error) {
	var gate string
	err = scan(&d.ID, &d.Case, &d.Round, &d.Number, &d.Unit, &d.Office, &d.Entry, &gate, journal.Words(&d.Twin), &d.State, &d.By, store.At(&d.At),
		&d.Acknowledgement, store.At(&d.Acknowledged), &d.Decision, &d.DecidedBy, store.At(&d.Decided))
	if err != nil {
		return d, err
	}
	return d, json.Unmarshal([]byte(gate), &d.Gate)
}

func readDossier(ctx context.Context, r store.Reader, id ident.ID) (enquiry.Dossier, error) {
	d, err := store.One(ctx, r, "select "+doColumns+" from cases_dossiers where id = $1", []any{string(id)}, scanDossier)
	if err != nil {
		return d, err
	}
	if d.Values, err = values(ctx, r, id, latest); err != nil {
		return d, err
	}
	d.Issues, err = store.List(ctx, r, "select id, profile, lang, info, at from cases_issues where dossier = $1 order by at, id", []any{string(id)},
		func(scan store.Scan) (x enquiry.Issue, err error) {
			err = scan(&x.ID, &x.Profile, &x.Lang, journal.Words(&x.Info), store.At(&x.At))
			return x, err
		})
	return d, err
}

func dossiers(ctx context.Context, r store.Reader, id ident.ID) ([]enquiry.Dossier, error) {
	return store.List(ctx, r, "select "+doColumns+" from cases_dossiers where case_id = $1 order by round", []any{string(id)}, scanDossier)
}

// givers names, for each table with numbers, the column of the unit whose
// series they are of: a case that moves keeps its number, and its unit its own.
var givers = map[string]string{"cases_cases": "numbered_by", "cases_pvs": "unit", "cases_dossiers": "unit"}

// next gives the next number of a gapless series; it is called inside a
// decision, under the lock of the home.
func next(ctx context.Context, r store.Reader, table string, unit ident.ID, series string) (int64, error) {
	var n int64
	err := r.Row(ctx, "select coalesce(max(n), 0) + 1 from "+table+" where "+givers[table]+" = $1 and series = $2", []any{string(unit), series}, &n)
	return n, err
}

// erase forgets a subject: a person, or a document whose free text it is.
// Law: L09-08
func erase(w *store.Writer, subject ident.ID) error {
	for _, statement := range []string{
		"update cases_values set value = null where subject = $1",
		"update cases_cases set facts = null, place = null where id = $1",
		"update cases_parties set address = null, phone = null where person = $1",
		"update cases_offences set aggravating = null where case_id = $1",
		"update cases_pieces set title = null, info = null where id = $1",
		"update cases_referrals set reason = null where case_id = $1",
		"update cases_transfers set reason = null where case_id = $1",
		"update cases_remarks set words = null, answer = null where id = $1",
		"update cases_dossiers set twin = null where id = $1",
		"update cases_issues set info = null where dossier = $1",
	} {
		if _, err := w.Exec(statement, string(subject)); err != nil {
			return err
		}
	}
	return nil
}

// within names the cases in which a subject stands: as a party, as the person
// of a report, or as a document of the case.
func within(ctx context.Context, r store.Reader, subject ident.ID) ([]ident.Ref, error) {
	var out []ident.Ref
	err := r.Each(ctx, strings.Join([]string{
		"select case_id from cases_parties where person = $1",
		"select case_id from cases_offences where suspect = $1",
		"select case_id from cases_pvs where id = $1 or person = $1 or second_person = $1",
		"select case_id from cases_pieces where id = $1",
		"select case_id from cases_measures where id = $1",
		"select case_id from cases_remarks where id = $1",
		"select case_id from cases_dossiers where id = $1",
		"select id from cases_cases where id = $1",
	}, " union "), []any{string(subject)}, func(scan store.Scan) error {
		var id ident.ID
		err := scan(&id)
		out = append(out, caseRef(id))
		return err
	})
	return out, err
}

// Documents lists the documents in whose free text a person may stand: the
// cases they are a party of, with every report, measure, remark and dossier.
// Erasing a person means erasing these too, unless a hold forbids it.
func (s *Service) Documents(ctx context.Context, person ident.ID) ([]ident.ID, error) {
	var out []ident.ID
	const of = " where case_id in (select case_id from cases_parties where person = $1)"
	err := s.k.Reader.Each(ctx, "select distinct case_id from cases_parties where person = $1 union select id from cases_pvs"+of+
		" union select id from cases_measures"+of+" union select id from cases_remarks"+of+" union select id from cases_dossiers"+of+
		" union select id from cases_pieces"+of, []any{string(person)}, func(scan store.Scan) error {
		var id ident.ID
		err := scan(&id)
		out = append(out, id)
		return err
	})
	return out, err
}

// page reads a page of the list of cases, and one more to know whether there
// is a next.
func (s *Service) page(ctx context.Context, query string, args []any) ([]enquiry.Case, error) {
	return store.List(ctx, s.k.Reader, query+" order by c.opened_at desc, c.id desc limit "+strconv.Itoa(pageSize+1), args, scanCase)
}

// received lists what was handed over to an office, newest first.
func (s *Service) received(ctx context.Context, office ident.ID, states ...string) ([]enquiry.Dossier, error) {
	all, err := store.List(ctx, s.k.Reader, "select "+doColumns+" from cases_dossiers where office = $1 order by at desc, id desc limit 200", []any{string(office)}, scanDossier)
	return slices.DeleteFunc(all, func(d enquiry.Dossier) bool { return !slices.Contains(states, d.State) }), err
}

// askedOf lists the measures that wait for an office; in a court, where several
// decide, for those of one power.
func (s *Service) askedOf(ctx context.Context, office ident.ID, of string) ([]enquiry.Measure, error) {
	return store.List(ctx, s.k.Reader, "select "+msColumns+" from cases_measures where office = $1 and ($2 = '' or authority = $2) and state = 'asked' order by asked_at, id limit 200",
		[]any{string(office), of}, scanMeasure)
}
