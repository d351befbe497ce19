package index

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/store"
)

// indexClass is the retention class of persons.
const indexClass = "person-index"

// lookAgain is after how long a person who is still spoken of is looked at
// again, and looksAtOnce bounds how many one round looks at: a million persons
// are gone through four times a year, some hundreds an hour.
const (
	lookAgain   = 90 * 24 * time.Hour
	looksAtOnce = 1000
)

// never is when those are looked at again who are gone.
const never = 1<<63 - 1

// terms are the persons of whom no record speaks any more, on the prosecution's
// word: with them ends what was decided about their duplicates, their links and
// vehicles, and what other modules wrote of nobody else.
// Law: L69-99; L09-08 3
func (s *Service) terms() []app.Term {
	return []app.Term{{Class: indexClass, Due: s.forgotten, Subjects: s.all, Over: func(ctx context.Context, r store.Reader, id ident.ID) error {
		d, err := s.over(ctx, r, id)
		if err == nil && d.Since.IsZero() {
			err = app.Needed
		}
		return err
	}}}
}

// forgotten lists persons of whom nothing has spoken since before a time. What
// the rounds found is asked again, for a record may speak of them since.
func (s *Service) forgotten(ctx context.Context, r store.Reader, w app.Window) ([]app.Due, error) {
	of, args := "", []any{store.Micros(w.Before), w.Most}
	if w.Unit != "" {
		of, args = " and t.unit = $3", append(args, string(w.Unit))
	}
	found, err := store.List(ctx, r, `select t.person from tmp_index_terms t join index_persons p on p.id = t.person
		where t.since_at > 0 and t.since_at < $1 and not p.erased and p.kept = ''`+of+" order by t.since_at, t.person limit $2", args, scanID)
	var out []app.Due
	for _, id := range found {
		d, err := s.over(ctx, r, id)
		if err != nil {
			return nil, err
		}
		if !d.Since.IsZero() && d.Since.Before(w.Before) && (w.Unit == "" || d.Unit == w.Unit) {
			out = append(out, d)
		}
	}
	return out, err
}

// over gives since when no record speaks of a person: when what the last one was
// about was over, or they were written down if none ever did. Since is zero while
// one is alive, for whoever is gone, and for a record that was merged into
// another. The unit of that last record answers for the person.
func (s *Service) over(ctx context.Context, r store.Reader, id ident.ID) (app.Due, error) {
	d := app.Due{Ref: person(id)}
	p, err := readPerson(ctx, r, id)
	if err != nil || p.Erased || p.Kept != "" {
		return d, err
	}
	all, err := group(ctx, r, id)
	if err != nil {
		return d, err
	}
	said, err := s.k.Keeper.Spoken(ctx, r, all)
	if err != nil || said.Live {
		return d, err
	}
	for _, one := range all {
		last, err := lastWritten(ctx, r, one)
		if err != nil {
			return d, err
		}
		said.Note(false, last, "")
	}
	d.Since, d.Unit = said.Last, said.Unit
	if d.Unit == "" {
		d.Unit = p.Unit
	}
	return d, nil
}

// lastWritten gives when something was last said of a person here.
func lastWritten(ctx context.Context, r store.Reader, id ident.ID) (at time.Time, err error) {
	err = r.Row(ctx, `select max(at) from (select recorded_at as at from index_persons where id = $1
		union all select at from index_claims where person = $1
		union all select at from index_decisions where kept = $1 or absorbed = $1
		union all select case when ended_at > at then ended_at else at end from index_links where from_id = $1 or to_id = $1
		union all select recorded_at from index_vehicles where owner = $1) x`, []any{string(id)}, store.At(&at))
	return at, err
}

// all lists under whose keys everything is sealed that ends with a person.
func (s *Service) all(ctx context.Context, r store.Reader, id ident.ID) ([]ident.ID, error) {
	persons, err := group(ctx, r, id)
	if err != nil {
		return nil, err
	}
	out, err := subjects(ctx, r, persons)
	if err != nil {
		return nil, err
	}
	for _, p := range persons {
		vehicles, err := store.List(ctx, r, "select id from index_vehicles where owner = $1 and not erased order by id", []any{string(p)}, scanID)
		if err != nil {
			return nil, err
		}
		out = append(out, vehicles...)
	}
	said, err := s.k.Keeper.Spoken(ctx, r, persons)
	out = append(out, said.With...)
	slices.Sort(out)
	return slices.Compact(out), err
}

// LookThrough looks whether a record still speaks of persons whose term could be
// over, those who were never looked at first, and gives how many it looked at. It
// goes through the index in rounds, each by an index of a table, so that what is
// due can be asked of a table of its own.
func (s *Service) LookThrough(ctx context.Context) (int, error) {
	now := s.k.Clock.Now()
	_, before, err := app.Over(s.k.Pack, indexClass, now)
	if fault.Is(err, fault.NotFound) { // a pack without the class
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	from, person := int64(0), ""
	err = s.k.Reader.Row(ctx, "select recorded_at, person from tmp_index_terms order by recorded_at desc, person desc limit 1", nil, &from, &person)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return 0, err
	}
	fresh, err := store.List(ctx, s.k.Reader, "select id from index_persons where (recorded_at, id) > ($1, $2) and recorded_at < $3 order by recorded_at, id limit $4",
		[]any{from, person, store.Micros(before), looksAtOnce}, scanID)
	again, err2 := store.List(ctx, s.k.Reader, "select person from tmp_index_terms where look_at <= $1 order by look_at limit $2", []any{store.Micros(now), looksAtOnce}, scanID)
	if err := errors.Join(err, err2); err != nil {
		return 0, err
	}
	all := append(fresh, again...)
	for i, id := range all {
		if err := s.look(ctx, id, now); err != nil {
			return i, err
		}
	}
	return len(all), nil
}

// look notes how one person stands.
func (s *Service) look(ctx context.Context, id ident.ID, now time.Time) error {
	p, err := readPerson(ctx, s.k.Reader, id)
	if err != nil {
		return err
	}
	d, err := s.over(ctx, s.k.Reader, id)
	if err != nil {
		return err
	}
	next := now.Add(lookAgain).UnixMicro()
	if p.Erased {
		next = never
	}
	_, err = s.k.Scratch.Exec(ctx, `insert into tmp_index_terms (person, unit, recorded_at, since_at, look_at) values ($1, $2, $3, $4, $5)
		on conflict (person) do update set unit = excluded.unit, since_at = excluded.since_at, look_at = excluded.look_at`,
		string(id), string(d.Unit), store.Micros(p.Recorded), store.Micros(d.Since), next)
	return err
}
