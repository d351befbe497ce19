package index

import (
	"context"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/store"
)

// What Apply writes.

func insertPerson(w *store.Writer, f Facts, m journal.Meta) error {
	return w.One(`insert into index_persons (id, version, unit, recorded_at, kept, erased, family_ar, family, given_ar, given, father_ar, father,
		mother_ar, mother, nickname, birth, birthplace_ar, birthplace, sex, nationality, cnie, passport, phones, address, occupation, source, document)
		values ($1, 1, $2, $3, '', false, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24)`,
		string(f.Person), string(m.Unit), store.Micros(m.Written), f.FamilyAR, f.Family, f.GivenAR, f.Given, f.FatherAR, f.Father,
		f.MotherAR, f.Mother, f.Nickname, f.Birth, f.BirthplaceAR, f.Birthplace, f.Sex, f.Nationality, f.CNIE, f.Passport, f.Phones,
		f.Address, f.Occupation, string(f.Source), f.Document)
}

func updatePerson(w *store.Writer, f Facts, version int64) error {
	return w.One(`update index_persons set version = $1, family_ar = $2, family = $3, given_ar = $4, given = $5, father_ar = $6, father = $7,
		mother_ar = $8, mother = $9, nickname = $10, birth = $11, birthplace_ar = $12, birthplace = $13, sex = $14, nationality = $15, cnie = $16,
		passport = $17, phones = $18, address = $19, occupation = $20, source = $21, document = $22 where id = $23`,
		version, f.FamilyAR, f.Family, f.GivenAR, f.Given, f.FatherAR, f.Father, f.MotherAR, f.Mother, f.Nickname, f.Birth,
		f.BirthplaceAR, f.Birthplace, f.Sex, f.Nationality, f.CNIE, f.Passport, f.Phones, f.Address, f.Occupation,
		string(f.Source), f.Document, string(f.Person))
}

func insertClaim(w *store.Writer, e PersonCorrected, s Stated, m journal.Meta) error {
	return w.One(`insert into index_claims (person, version, field, former, value, source, document, actor, at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		string(s.Person), e.Version, s.Field, s.Former, s.Value, string(e.Facts.Source), e.Facts.Document, string(m.Actor), store.Micros(m.Written))
}

func insertDecision(w *store.Writer, d Decision, reason journal.Sealed) error {
	p := d.Proposal
	err := w.One(`insert into index_decisions (id, kind, kept, absorbed, actor, at, reason, method, score, coverage, same, neither)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`, string(d.ID), d.Kind, string(d.Kept), string(d.Absorbed), string(d.Actor),
		store.Micros(d.At), reason, p.Method, p.Score, p.Coverage, p.Same, p.Neither)
	if err != nil {
		return err
	}
	for _, v := range p.Evidence {
		err := w.One("insert into index_evidence (decision, field, state, similarity, weight) values ($1, $2, $3, $4, $5)",
			string(d.ID), v.Field, v.State, v.Similarity, v.Weight)
		if err != nil {
			return err
		}
	}
	return nil
}

// erase forgets what is known of a subject: a person, a vehicle, a place, a
// thing, or the free text of a decision or a link. The id stays, and names
// nobody. Law: L09-08 3
func erase(w *store.Writer, subject ident.ID) error {
	for _, statement := range []string{
		`update index_persons set erased = true, family_ar = null, family = null, given_ar = null, given = null, father_ar = null, father = null,
			mother_ar = null, mother = null, nickname = null, birth = null, birthplace_ar = null, birthplace = null, cnie = null, passport = null,
			phones = null, address = null, occupation = null, document = null where id = $1`,
		"update index_claims set former = null, value = null, document = null where person = $1",
		"update index_decisions set reason = null where id = $1",
		"update index_links set reason = null, ended_why = null where id = $1",
		"update index_vehicles set erased = true, serial = null, letter = null, code = null, vin = null where id = $1",
		"update index_places set erased = true, quarter = null, address = null, pin = null where id = $1",
		"update index_things set erased = true, description = null, serial = null, imei = null where id = $1",
	} {
		if _, err := w.Exec(statement, string(subject)); err != nil {
			return err
		}
	}
	if err := reindexPerson(w, subject); err != nil {
		return err
	}
	if err := reindexVehicle(w, subject); err != nil {
		return err
	}
	return reindexThing(w, subject)
}

// within names the records in which a subject stands: those it was merged
// with, those it is linked to, and the vehicles it owns.
func within(ctx context.Context, r store.Reader, subject ident.ID) ([]ident.Ref, error) {
	return store.List(ctx, r, `select 'person' as kind, kept as id from index_persons where id = $1 and kept <> ''
		union select 'person', id from index_persons where kept = $1
		union select from_kind, from_id from index_links where to_id = $1
		union select to_kind, to_id from index_links where from_id = $1
		union select 'vehicle', id from index_vehicles where owner = $1
		union select 'person', owner from index_vehicles where id = $1 and owner <> ''
		order by 1, 2`, []any{string(subject)}, func(scan store.Scan) (ref ident.Ref, err error) {
		err = scan(&ref.Kind, &ref.ID)
		return ref, err
	})
}
