package index

import (
	"context"
	"strings"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
)

// RecordVehicle writes a vehicle down under an id of the form's.
func (s *Service) RecordVehicle(ctx context.Context, g policy.Grant, id ident.ID, input Vehicle) (Vehicle, error) {
	if err := input.Check("").Err(); err != nil {
		return Vehicle{}, err
	}
	err := s.record(ctx, g, id, func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		DraftVehicle(d, input, id)
		return ownerKnown(ctx, r, input.Owner)
	})
	if err != nil {
		return Vehicle{}, err
	}
	return s.Vehicle(ctx, id)
}

// record appends under a form's id.
func (s *Service) record(ctx context.Context, g policy.Grant, id ident.ID, draft journal.Decide) error {
	if _, err := ident.Parse(string(id)); err != nil {
		return fault.Wrap(err, fault.Invalid, "index.fault.submission")
	}
	_, err := s.k.Journal.Do(ctx, g, draft)
	return err
}

func ownerKnown(ctx context.Context, r store.Reader, owner ident.ID) error {
	if owner == "" {
		return nil
	}
	if err := known(ctx, r, person(owner)); err != nil {
		return &fault.Error{Kind: fault.Invalid, Key: "index.fault.owner", Field: "owner", Cause: err}
	}
	return nil
}

// CorrectVehicle writes what a vehicle is now. A version that is not the
// newest is a conflict.
func (s *Service) CorrectVehicle(ctx context.Context, g policy.Grant, id ident.ID, base int64, input Vehicle, reason string) (Vehicle, error) {
	wrong := input.Check("")
	if err := reasonGiven("reason", reason); err != nil {
		wrong = append(wrong, fault.All(err)...)
	}
	if err := wrong.Err(); err != nil {
		return Vehicle{}, err
	}
	_, err := s.k.Journal.Do(ctx, g, func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		now, err := store.One(ctx, r, "select "+vehicleColumns+" from index_vehicles where id = $1", []any{string(id)}, scanVehicle)
		switch {
		case err != nil:
			return err
		case now.Erased:
			return fault.New(fault.Refused, "index.fault.erased")
		case now.Version != base:
			return fault.New(fault.Conflict, "index.fault.version")
		}
		d.Add(VehicleCorrected{Facts: vehicleFacts(id, input.normal()), Version: base + 1, Former: now.Owner, Subject: id, Reason: seal(strings.TrimSpace(reason))})
		return ownerKnown(ctx, r, input.Owner)
	})
	if err != nil {
		return Vehicle{}, err
	}
	return s.Vehicle(ctx, id)
}

// RecordPlace writes a place down under an id of the form's.
func (s *Service) RecordPlace(ctx context.Context, g policy.Grant, id ident.ID, input Place) (Place, error) {
	wrong := input.Check("")
	if _, err := s.k.Pack.Area(input.Area, s.k.Clock.Now()); input.Area != "" && err != nil {
		wrong.Add("area", "index.fault.area")
	}
	if err := wrong.Err(); err != nil {
		return Place{}, err
	}
	err := s.record(ctx, g, id, func(_ context.Context, _ store.Reader, d *journal.Draft) error {
		DraftPlace(d, input, id)
		return nil
	})
	if err != nil {
		return Place{}, err
	}
	return s.Place(ctx, id)
}

// RecordThing writes a thing down under an id of the form's.
func (s *Service) RecordThing(ctx context.Context, g policy.Grant, id ident.ID, input Thing) (Thing, error) {
	if err := input.Check("").Err(); err != nil {
		return Thing{}, err
	}
	err := s.record(ctx, g, id, func(_ context.Context, _ store.Reader, d *journal.Draft) error {
		DraftThing(d, input, id)
		return nil
	})
	if err != nil {
		return Thing{}, err
	}
	return s.Thing(ctx, id)
}

// Seeding is data made by a program: a demonstration, an import, a benchmark.
type Seeding struct {
	Persons  []Person // with their ids
	Vehicles []Vehicle
	Places   []Place
	Things   []Thing
	Links    []Link // with their actors
}

// seedBatch is how many records one transaction of a seeding appends.
const seedBatch = 1000

// Seed records much at once, a thousand records to a transaction, under a
// system grant of the action "index.seed". Nothing is compared with what is
// known. Records of an id that is in the journal already are passed over, so
// that a seeding that was interrupted is simply run again.
func (s *Service) Seed(ctx context.Context, grant func() (policy.Grant, error), all Seeding) error {
	var drafts []func(*journal.Draft)
	for _, x := range all.Persons {
		drafts = append(drafts, func(d *journal.Draft) { DraftPerson(d, x, x.ID) })
	}
	for _, x := range all.Vehicles {
		drafts = append(drafts, func(d *journal.Draft) { DraftVehicle(d, x, x.ID) })
	}
	for _, x := range all.Places {
		drafts = append(drafts, func(d *journal.Draft) { DraftPlace(d, x, x.ID) })
	}
	for _, x := range all.Things {
		drafts = append(drafts, func(d *journal.Draft) { DraftThing(d, x, x.ID) })
	}
	for _, x := range all.Links {
		drafts = append(drafts, func(d *journal.Draft) { DraftLink(d, x, x.ID) })
	}
	for len(drafts) > 0 {
		g, err := grant() // a grant lives a minute
		if err != nil {
			return err
		}
		n := min(len(drafts), seedBatch)
		_, err = s.k.Journal.Do(ctx, g, func(_ context.Context, _ store.Reader, d *journal.Draft) error {
			for _, draft := range drafts[:n] {
				draft(d)
			}
			return nil
		})
		if err != nil {
			return err
		}
		drafts = drafts[n:]
	}
	return nil
}
