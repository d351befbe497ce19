package plates

import (
	"context"
	"fmt"
	"time"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/store"
)

// inForce is the condition that a watch entry is in force at the moment in
// argument n.
func inForce(n int) string {
	return fmt.Sprintf("plates_entries.state = 'active' and plates_entries.from_at <= $%d and plates_entries.until_at > $%d", n, n)
}

// beat notes that the list has changed, for whoever holds it in memory.
func beat(w *store.Writer, m journal.Meta) error {
	return w.One("insert into plates_pulse (id, seq) values (1, $1) on conflict (id) do update set seq = excluded.seq", m.Seq)
}

func insertEntry(w *store.Writer, e EntryListed, m journal.Meta) error {
	return w.One(`insert into plates_entries (id, version, seq, list, country, plate, make, model, colour, reason, authority, area, from_at, until_at, state, unit, listed_by, case_id, listed_at,
			ended_at, ended_by, ended_why, reached_at, lapsed_on)
		values ($1, 1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 'active', $14, $15, $16, $17, 0, '', null, 0, '')`,
		string(e.Entry), m.Seq, string(e.List), e.Country, e.Plate, e.Make, e.Model, e.Colour, e.Reason, e.Authority, e.Area, store.Micros(e.From), store.Micros(e.Until),
		string(e.Unit), string(e.By), string(e.Case), store.Micros(m.Written))
}

// endEntry cancels an entry that is not cancelled yet.
func endEntry(w *store.Writer, id ident.ID, n int64, by ident.ID, why journal.Sealed, m journal.Meta) error {
	return w.One(`update plates_entries set state = 'cancelled', ended_at = $1, ended_by = $2, ended_why = $3, version = $4, seq = $5, reached_at = 0
		where id = $6 and version = $7 and state <> 'cancelled'`,
		store.Micros(m.Happened), string(by), why, n, m.Seq, string(id), n-1)
}

// forget nulls every sealed column of an erased subject, and removes what a
// camera read on a day whose key is destroyed.
func forget(w *store.Writer, subject ident.ID) error {
	for _, text := range []string{
		"update plates_entries set plate = null, make = null, model = null, reason = null, ended_why = null where id = $1",
		"update plates_contests set person = null, contact = null, grounds = null, decision = null where id = $1",
		"update plates_cameras set address = null where id = $1",
		"update plates_hits set plate = null, reason = null, note = null where id = $1",
		"update plates_searches set pattern = null where id = $1",
		"update plates_samples set plate = null, first_typed = null, second_typed = null where subject = $1",
		"delete from plates_reads where day = $1",
		"delete from plates_pictures where subject = $1",
		"update plates_days set gone = true where id = $1",
	} {
		if _, err := w.Exec(text, string(subject)); err != nil {
			return err
		}
	}
	return nil
}

// within names the records in which a subject stands: a hold on one of them
// keeps what it says. A camera's day and its hits stand in the camera.
func within(ctx context.Context, r store.Reader, subject ident.ID) ([]ident.Ref, error) {
	return store.List(ctx, r, `select 'watch-entry', id from plates_entries where id = $1
		union select 'case', case_id from plates_entries where id = $1 and case_id <> ''
		union select 'plate-hit', id from plates_hits where id = $1
		union select 'watch-entry', entry_id from plates_hits where id = $1
		union select 'plate-camera', camera from plates_hits where id = $1
		union select 'plate-camera', camera from plates_days where id = $1
		union select 'plate-camera', id from plates_cameras where id = $1
		union select 'watch-entry', entry_id from plates_contests where id = $1`, []any{string(subject)}, func(scan store.Scan) (out ident.Ref, err error) {
		err = scan(&out.Kind, &out.ID)
		return out, err
	})
}

const entryColumns = `e.id, e.version, e.list, e.country, e.plate, e.make, e.model, e.colour, e.reason, e.authority, e.area, e.from_at, e.until_at, e.state, e.unit, e.listed_by, e.case_id, e.listed_at,
	e.ended_at, e.ended_by, e.ended_why, e.reached_at, e.lapsed_on`

func scanEntry(scan store.Scan) (e Entry, err error) {
	err = scan(&e.ID, &e.Version, &e.List, &e.Country, journal.Words(&e.Plate), journal.Words(&e.Make), journal.Words(&e.Model), &e.Colour, journal.Words(&e.Reason), &e.Authority, &e.Area, store.At(&e.From), store.At(&e.Until), &e.State, &e.Unit, &e.By, &e.Case,
		store.At(&e.Listed), store.At(&e.Ended), &e.EndedBy, journal.Words(&e.EndedWhy), store.At(&e.Reached), &e.LapsedOn)
	return e, err
}

func readEntry(ctx context.Context, r store.Reader, id ident.ID) (Entry, error) {
	return store.One(ctx, r, "select "+entryColumns+" from plates_entries e where e.id = $1", []any{string(id)}, scanEntry)
}

const contestColumns = "c.id, c.entry_id, c.person, c.contact, c.grounds, c.hit, c.received_by, c.received_at, c.state, c.decided_at, c.decided_by, c.decision"

func scanContest(scan store.Scan) (c Contest, err error) {
	err = scan(&c.ID, &c.Entry, journal.Words(&c.Person), journal.Words(&c.Contact), journal.Words(&c.Grounds), &c.Hit, &c.By, store.At(&c.At), &c.State, store.At(&c.Decided), &c.Decider, journal.Words(&c.Decision))
	return c, err
}

const cameraColumns = `c.id, c.version, c.code, c.name, c.unit, c.mount, c.way, c.area, c.pinned, c.lat, c.lon, c.heading, c.address, c.key_hash, c.alerts, c.why, c.retired_at, c.installed_at,
	coalesce(x.seen_at, 0), coalesce(x.last_at, 0), coalesce(x.offset_us, 0)`

const cameraTables = "plates_cameras c left join tmp_plates_health x on x.camera = c.id"

func scanCamera(scan store.Scan) (c Camera, err error) {
	var offset int64
	err = scan(&c.ID, &c.Version, &c.Code, &c.Name, &c.Unit, &c.Mount, &c.Way, &c.Area, &c.Pinned, &c.Lat, &c.Lon, &c.Heading, journal.Words(&c.Address), &c.Key, &c.Alerts, &c.Why, store.At(&c.Retired), store.At(&c.Installed),
		store.At(&c.Seen), store.At(&c.LastAt), &offset)
	c.Offset = time.Duration(offset) * time.Microsecond
	return c, err
}

func readCamera(ctx context.Context, r store.Reader, id ident.ID) (Camera, error) {
	return store.One(ctx, r, "select "+cameraColumns+" from "+cameraTables+" where c.id = $1", []any{string(id)}, scanCamera)
}
