package index

import (
	"context"
	"slices"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/store"
)

// What other modules read of the index. The caller holds the grant under
// which it shows what it reads, and tells the access which records it showed.

// Person gives the record that stands for a person: where the one asked for
// was merged, the one it was merged into.
func (s *Service) Person(ctx context.Context, id ident.ID) (Person, error) {
	return headOf(ctx, s.k.Reader, id)
}

// PersonAsRecorded gives one record as it stands, merged or not.
func (s *Service) PersonAsRecorded(ctx context.Context, id ident.ID) (Person, error) {
	return readPerson(ctx, s.k.Reader, id)
}

// PersonByCNIE gives the record that stands for the holder of a national
// identity card; NotFound where the index has none, or has several that nobody
// has judged to be one.
func (s *Service) PersonByCNIE(ctx context.Context, cnie string) (Person, error) {
	normal, err := ParseCNIE(cnie)
	if err != nil {
		return Person{}, &fault.Error{Kind: fault.Invalid, Key: "index.fault.cnie", Field: "cnie", Cause: err}
	}
	ids, err := personsByNumber(ctx, s.k.Reader, number{numberCNIE, keyCNIE(normal)})
	if err != nil {
		return Person{}, err
	}
	heads := map[ident.ID]Person{}
	for _, id := range ids {
		p, err := s.Person(ctx, ident.ID(id))
		if err != nil {
			return Person{}, err
		}
		if !p.Erased {
			heads[p.ID] = p
		}
	}
	if len(heads) != 1 {
		return Person{}, fault.New(fault.NotFound, "fault.not-found")
	}
	for _, p := range heads {
		return p, nil
	}
	return Person{}, nil
}

// Persons gives the records that stand for persons, by the id asked for. An id
// that is not in the index is left out.
func (s *Service) Persons(ctx context.Context, ids []ident.ID) (map[ident.ID]Person, error) {
	return persons(ctx, s.k.Reader, ids)
}

func persons(ctx context.Context, r store.Reader, ids []ident.ID) (map[ident.ID]Person, error) {
	want := make([]string, 0, len(ids))
	for _, id := range ids {
		want = append(want, string(id))
	}
	all, err := readPersons(ctx, r, distinct(want))
	out := make(map[ident.ID]Person, len(all))
	for _, p := range all {
		id := p.ID
		if p.Kept != "" && err == nil {
			p, err = headOf(ctx, r, p.Kept)
		}
		out[id] = p
	}
	return out, err
}

// Name gives a person's full name as it is shown in a language: "" after
// erasure and for a person who is not in the index.
func (s *Service) Name(ctx context.Context, lang string, id ident.ID) string {
	p, err := s.Person(ctx, id)
	if err != nil {
		if !fault.Is(err, fault.NotFound) {
			s.k.Log.ErrorContext(ctx, "a name cannot be read", "person", id, "err", err)
		}
		return ""
	}
	return p.Name(lang)
}

// Group lists every record of the person whom a record stands for, the kept
// one first.
func (s *Service) Group(ctx context.Context, id ident.ID) ([]ident.ID, error) {
	return group(ctx, s.k.Reader, id)
}

func group(ctx context.Context, r store.Reader, id ident.ID) ([]ident.ID, error) {
	head, err := headOf(ctx, r, id)
	if err != nil {
		return nil, err
	}
	all := []ident.ID{head.ID}
	for i := 0; i < len(all); i++ {
		under, err := store.List(ctx, r, "select id from index_persons where kept = $1 order by id", []any{string(all[i])}, scanID)
		if err != nil {
			return nil, err
		}
		all = append(all, under...)
	}
	return all, nil
}

// Subjects lists every id to be forgotten together with a person: the records
// of the person, and the free text of decisions and links in which they
// stand. Law: L09-08 3
func (s *Service) Subjects(ctx context.Context, id ident.ID) ([]ident.ID, error) {
	persons, err := s.Group(ctx, id)
	if err != nil {
		return nil, err
	}
	return subjects(ctx, s.k.Reader, persons)
}

// subjects lists the records of a person and what was decided and linked of them.
func subjects(ctx context.Context, r store.Reader, persons []ident.ID) ([]ident.ID, error) {
	all := slices.Clone(persons)
	for _, one := range persons {
		more, err := store.List(ctx, r, `select id from index_decisions where kept = $1 or absorbed = $1
			union select id from index_links where from_id = $1 or to_id = $1 order by 1`, []any{string(one)}, scanID)
		if err != nil {
			return nil, err
		}
		all = append(all, more...)
	}
	seen := map[ident.ID]bool{}
	return slices.DeleteFunc(all, func(id ident.ID) bool {
		again := seen[id]
		seen[id] = true
		return again
	}), nil
}

func scanID(scan store.Scan) (id ident.ID, err error) {
	err = scan(&id)
	return id, err
}

// Claims lists the corrections of a record, the newest first.
func (s *Service) Claims(ctx context.Context, id ident.ID) ([]Claim, error) {
	return claims(ctx, s.k.Reader, id)
}

func claims(ctx context.Context, r store.Reader, id ident.ID) ([]Claim, error) {
	return store.List(ctx, r, "select "+claimColumns+" from index_claims where person = $1 order by version desc, field", []any{string(id)}, scanClaim)
}

// Decisions lists what was decided about a record and its duplicates, the
// newest first, each with what was proposed.
func (s *Service) Decisions(ctx context.Context, id ident.ID) ([]Decision, error) {
	r := s.k.Reader
	all, err := store.List(ctx, r, "select "+decisionColumns+" from index_decisions where kept = $1 or absorbed = $1 order by at desc, id desc", []any{string(id)}, scanDecision)
	for i := range all {
		if err == nil {
			all[i].Proposal.Evidence, err = store.List(ctx, r, "select field, state, similarity, weight from index_evidence where decision = $1 order by field",
				[]any{string(all[i].ID)}, scanEvidence)
		}
	}
	return all, err
}

func scanEvidence(scan store.Scan) (e Evidence, err error) {
	err = scan(&e.Field, &e.State, &e.Similarity, &e.Weight)
	return e, err
}

// Links lists the links of a record in both directions, the newest first.
func (s *Service) Links(ctx context.Context, id ident.ID) ([]Link, error) {
	return store.List(ctx, s.k.Reader, "select "+linkColumns+" from index_links where from_id = $1 or to_id = $1 order by at desc, id desc", []any{string(id)}, scanLink)
}

// Vehicle gives a vehicle.
func (s *Service) Vehicle(ctx context.Context, id ident.ID) (Vehicle, error) {
	return store.One(ctx, s.k.Reader, "select "+vehicleColumns+" from index_vehicles where id = $1", []any{string(id)}, scanVehicle)
}

// VehiclesOf lists the vehicles a person owns.
func (s *Service) VehiclesOf(ctx context.Context, owner ident.ID) ([]Vehicle, error) {
	return store.List(ctx, s.k.Reader, "select "+vehicleColumns+" from index_vehicles where owner = $1 order by id", []any{string(owner)}, scanVehicle)
}

// VehiclesByPlate lists the vehicles that bear a plate. An empty letter or
// code is a part that was not read, and fits any.
func (s *Service) VehiclesByPlate(ctx context.Context, p Plate, n int) ([]Vehicle, error) {
	return store.List(ctx, s.k.Reader, "select "+vehicleColumns+` from index_vehicles where id in (select vehicle from idx_index_plates
		where serial = $1 and country = $2 and (letter = $3 or cast($3 as text) = '') and (code = $4 or cast($4 as text) = '')) order by id limit $5`,
		[]any{p.Serial, p.Country, p.Letter, p.Code, n}, scanVehicle)
}

// BySerial lists the vehicles and things that bear a chassis, serial or IMEI
// number.
func (s *Service) BySerial(ctx context.Context, number string, n int) ([]ident.Ref, error) {
	return store.List(ctx, s.k.Reader, "select kind, record from idx_index_serials where value = $1 order by kind, record limit $2", []any{squeeze(number), n},
		func(scan store.Scan) (ref ident.Ref, err error) {
			err = scan(&ref.Kind, &ref.ID)
			if ref.Kind == numberVIN {
				ref.Kind = KindVehicle
			} else {
				ref.Kind = KindThing
			}
			return ref, err
		})
}

// Place gives a place.
func (s *Service) Place(ctx context.Context, id ident.ID) (Place, error) {
	return store.One(ctx, s.k.Reader, "select "+placeColumns+" from index_places where id = $1", []any{string(id)}, scanPlace)
}

// Thing gives a thing.
func (s *Service) Thing(ctx context.Context, id ident.ID) (Thing, error) {
	return store.One(ctx, s.k.Reader, "select "+thingColumns+" from index_things where id = $1", []any{string(id)}, scanThing)
}
