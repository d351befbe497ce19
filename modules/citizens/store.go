package citizens

import (
	"context"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/store"
)

const (
	accountColumns = "id, person, unit, enrolled_at, enrolled_by, since_at, closed_at, filled_at, lines, residence, forgotten"
	meansColumns   = "id, citizen, kind, fingerprint, label, record, added_at, revoked_at, why"
	lineColumns    = `citizen, n, id, person, kind, source, delay, by_ref, by_ar, by_fr, by_en, purpose, purpose_ar, purpose_fr, purpose_en, attributes, result, happened_at, written_at`
)

func scanCitizen(scan store.Scan) (c Citizen, err error) {
	var enrolled, since, closed, filled int64
	var residence journal.Sealed
	err = scan(&c.ID, &c.Person, &c.Unit, &enrolled, &c.By, &since, &closed, &filled, &c.Lines, &residence, &c.Forgotten)
	c.Residence = residence.Text()
	c.Enrolled, c.Since, c.Closed, c.Filled = store.Time(enrolled), store.Time(since), store.Time(closed), store.Time(filled)
	return c, err
}

func scanMeans(scan store.Scan) (m Means, err error) {
	var label, record journal.Sealed
	var added, revoked int64
	err = scan(&m.ID, &m.Citizen, &m.Kind, &m.Fingerprint, &label, &record, &added, &revoked, &m.Why)
	m.Label, m.Record, m.Added, m.Revoked = label.Text(), record.Text(), store.Time(added), store.Time(revoked)
	return m, err
}

func scanID(scan store.Scan) (id ident.ID, err error) { return id, scan(&id) }

func account(ctx context.Context, r store.Reader, id ident.ID) (Citizen, error) {
	return store.One(ctx, r, "select "+accountColumns+" from citizens_accounts where id = $1", []any{string(id)}, scanCitizen)
}

// accountOf reads the open account of one of the records of a person.
func accountOf(ctx context.Context, r store.Reader, persons []ident.ID) (Citizen, error) {
	for _, id := range persons {
		c, err := store.One(ctx, r, "select "+accountColumns+" from citizens_accounts where person = $1 and closed_at = 0 and not forgotten", []any{string(id)}, scanCitizen)
		if err == nil || !fault.Is(err, fault.NotFound) {
			return c, err
		}
	}
	return Citizen{}, fault.New(fault.NotFound, "fault.not-found")
}

func meansOf(ctx context.Context, r store.Reader, citizen ident.ID) ([]Means, error) {
	return store.List(ctx, r, "select "+meansColumns+" from citizens_means where citizen = $1 order by added_at, id", []any{string(citizen)}, scanMeans)
}

func oneMeans(ctx context.Context, r store.Reader, id ident.ID) (Means, error) {
	return store.One(ctx, r, "select "+meansColumns+" from citizens_means where id = $1", []any{string(id)}, scanMeans)
}

// strongest gives the level of the strongest live means of a citizen.
func strongest(all []Means) Level {
	top := Nobody
	for _, m := range all {
		if m.Live() {
			top = max(top, m.Kind.Level())
		}
	}
	return top
}

// AccountsOf lists the accounts that a person has or had, those of somebody who
// was erased too.
func AccountsOf(ctx context.Context, r store.Reader, person ident.ID) ([]ident.ID, error) {
	return store.List(ctx, r, "select id from citizens_accounts where person = $1 order by id", []any{string(person)}, func(scan store.Scan) (id ident.ID, err error) {
		err = scan(&id)
		return id, err
	})
}

// forget nulls what stands here about a person.
func forget(w *store.Writer, subject ident.ID) error {
	for _, text := range []string{
		"update citizens_lines set by_ref = null, by_ar = null, by_fr = null, by_en = null, purpose = null, purpose_ar = null, purpose_fr = null, purpose_en = null, attributes = null, result = null where person = $1",
		"update citizens_held set by_ref = null, by_ar = null, by_fr = null, by_en = null, purpose = null, attributes = null, result = null where person = $1",
		"update citizens_contests set reason = null, answer = null where person = $1",
		"update citizens_accounts set residence = null, forgotten = true where person = $1",
		"update citizens_means set label = null, record = null where citizen in (select id from citizens_accounts where person = $1)",
		"update citizens_delays set authority = null, reference = null where id = $1",
	} {
		if _, err := w.Exec(text, string(subject)); err != nil {
			return err
		}
	}
	return nil
}
