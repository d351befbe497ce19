package plates

import (
	"context"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/store"
)

func insertHit(w *store.Writer, e HitProposed, m journal.Meta) error {
	return w.One(`insert into plates_hits (id, version, entry_id, list, camera, unit, state, country, plate, at, said_at, ppm, threshold, model, batch, n, proposed_at, sightings, last_seen_at,
			tick_image, tick_plate, tick_entry, tick_vehicle, decided_by, decided_at, ground, reason, crew, tasked_by, tasked_at, outcome, note, closed_by, closed_at, flagged, origin)
		values ($1, 1, $2, $3, $4, $5, 'proposed', $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 1, $8, false, false, false, false, '', 0, '', null, '', '', 0, '', null, '', 0, false, $16)`,
		string(e.Hit), string(e.Entry), string(e.List), string(e.Camera), string(e.Unit), e.Country, e.Plate, store.Micros(e.At), store.Micros(e.Said), e.PPM, e.Threshold, e.Model,
		string(e.Read.Batch), e.Read.N, store.Micros(m.Written), string(m.ID))
}

const hitColumns = `h.id, h.version, h.entry_id, h.list, h.camera, h.unit, h.state, h.country, h.plate, h.at, h.said_at, h.ppm, h.threshold, h.model, h.batch, h.n, h.proposed_at, h.sightings, h.last_seen_at,
	h.tick_image, h.tick_plate, h.tick_entry, h.tick_vehicle, h.decided_by, h.decided_at, h.ground, h.reason, h.crew, h.tasked_by, h.tasked_at, h.outcome, h.note, h.closed_by, h.closed_at, h.flagged, h.origin`

func scanHit(scan store.Scan) (h Hit, err error) {
	err = scan(&h.ID, &h.Version, &h.Entry, &h.List, &h.Camera, &h.Unit, &h.State, &h.Country, journal.Words(&h.Plate), store.At(&h.At), store.At(&h.Said), &h.PPM, &h.Threshold, &h.Model, &h.Batch, &h.N, store.At(&h.Proposed), &h.Sightings, store.At(&h.LastSeen),
		&h.Ticks.Image, &h.Ticks.Plate, &h.Ticks.Entry, &h.Ticks.Vehicle, &h.Decider, store.At(&h.Decided), &h.Ground, journal.Words(&h.Reason), &h.Crew, &h.Tasker, store.At(&h.TaskedAt), &h.Outcome, journal.Words(&h.Note), &h.Closer, store.At(&h.ClosedAt), &h.Flagged, &h.Origin)
	return h, err
}

func readHit(ctx context.Context, r store.Reader, id ident.ID) (Hit, error) {
	return store.One(ctx, r, "select "+hitColumns+" from plates_hits h where h.id = $1", []any{string(id)}, scanHit)
}

const sampleColumns = "s.id, s.week, s.camera, s.hour, s.subject, s.source, s.batch, s.n, s.hit, s.decider, s.country, s.plate, s.letter, s.state, s.first_by, s.first_typed, s.second_by, s.second_typed"

func scanSample(scan store.Scan) (x Sample, err error) {
	err = scan(&x.ID, &x.Week, &x.Camera, &x.Hour, &x.Subject, &x.Source, &x.Batch, &x.N, &x.Hit, &x.Decider, &x.Country, journal.Words(&x.Plate), &x.Letter, &x.State, &x.First, journal.Words(&x.FirstTyped), &x.Second, journal.Words(&x.SecondTyped))
	return x, err
}

func readSample(ctx context.Context, r store.Reader, id ident.ID) (Sample, error) {
	return store.One(ctx, r, "select "+sampleColumns+" from plates_samples s where s.id = $1", []any{string(id)}, scanSample)
}
