package index

import (
	"context"
	"strconv"
	"strings"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/store"
)

// What the tables are read by.

const (
	personColumns = `id, version, unit, recorded_at, kept, erased, family_ar, family, given_ar, given, father_ar, father, mother_ar, mother,
		nickname, birth, birthplace_ar, birthplace, sex, nationality, cnie, passport, phones, address, occupation, source, document`
	vehicleColumns  = "id, version, unit, recorded_at, erased, country, serial, letter, code, vin, make, model, colour, owner"
	placeColumns    = "id, unit, recorded_at, erased, area, quarter, address, pin"
	thingColumns    = "id, unit, recorded_at, erased, category, description, serial, imei"
	linkColumns     = "id, from_kind, from_id, to_kind, to_id, kind, source, reason, actor, at, ended_at, ended_by, ended_why"
	claimColumns    = "person, version, field, former, value, source, document, actor, at"
	decisionColumns = "id, kind, kept, absorbed, actor, at, reason, method, score, coverage, same, neither"
)

func scanPerson(scan store.Scan) (Person, error) {
	var f Facts
	var row Person
	err := scan(&f.Person, &row.Version, &row.Unit, store.At(&row.Recorded), &row.Kept, &row.Erased, &f.FamilyAR, &f.Family, &f.GivenAR, &f.Given,
		&f.FatherAR, &f.Father, &f.MotherAR, &f.Mother, &f.Nickname, &f.Birth, &f.BirthplaceAR, &f.Birthplace, &f.Sex, &f.Nationality,
		&f.CNIE, &f.Passport, &f.Phones, &f.Address, &f.Occupation, &f.Source, &f.Document)
	p := f.open()
	p.Version, p.Unit, p.Recorded, p.Kept, p.Erased = row.Version, row.Unit, row.Recorded, row.Kept, row.Erased
	return p, err
}

func scanVehicle(scan store.Scan) (v Vehicle, err error) {
	var serial, letter, code, vin journal.Sealed
	err = scan(&v.ID, &v.Version, &v.Unit, store.At(&v.Recorded), &v.Erased, &v.Plate.Country, &serial, &letter, &code, &vin, &v.Make, &v.Model, &v.Colour, &v.Owner)
	v.Plate.Serial, v.Plate.Letter, v.Plate.Code, v.VIN = serial.Text(), letter.Text(), code.Text(), vin.Text()
	return v, err
}

func scanPlace(scan store.Scan) (p Place, err error) {
	var quarter, address, at journal.Sealed
	err = scan(&p.ID, &p.Unit, store.At(&p.Recorded), &p.Erased, &p.Area, &quarter, &address, &at)
	p.Quarter, p.Address = quarter.Text(), address.Text()
	p.readPin(at.Text())
	return p, err
}

func scanThing(scan store.Scan) (t Thing, err error) {
	var description, serial, imei journal.Sealed
	err = scan(&t.ID, &t.Unit, store.At(&t.Recorded), &t.Erased, &t.Category, &description, &serial, &imei)
	t.Description, t.Serial, t.IMEI = description.Text(), serial.Text(), imei.Text()
	return t, err
}

func scanLink(scan store.Scan) (l Link, err error) {
	var reason, why journal.Sealed
	err = scan(&l.ID, &l.From.Kind, &l.From.ID, &l.To.Kind, &l.To.ID, &l.Kind, &l.Source, &reason, &l.Actor, store.At(&l.At), store.At(&l.Ended), &l.EndedBy, &why)
	l.Reason, l.EndedWhy = reason.Text(), why.Text()
	return l, err
}

func scanClaim(scan store.Scan) (c Claim, err error) {
	var former, value, document journal.Sealed
	err = scan(&c.Person, &c.Version, &c.Field, &former, &value, &c.Source, &document, &c.Actor, store.At(&c.At))
	c.Former, c.Value, c.Document = former.Text(), value.Text(), document.Text()
	return c, err
}

func scanDecision(scan store.Scan) (d Decision, err error) {
	var reason journal.Sealed
	err = scan(&d.ID, &d.Kind, &d.Kept, &d.Absorbed, &d.Actor, store.At(&d.At), &reason, &d.Proposal.Method, &d.Proposal.Score, &d.Proposal.Coverage, &d.Proposal.Same, &d.Proposal.Neither)
	d.Reason = reason.Text()
	return d, err
}

// readPerson reads one record as it stands, merged or not.
func readPerson(ctx context.Context, r store.Reader, id ident.ID) (Person, error) {
	return store.One(ctx, r, "select "+personColumns+" from index_persons where id = $1", []any{string(id)}, scanPerson)
}

// headOf reads the record that stands for a person: the one at the end of the
// merges. A merge is refused where it would close a ring, so there is an end.
func headOf(ctx context.Context, r store.Reader, id ident.ID) (Person, error) {
	p, err := readPerson(ctx, r, id)
	for err == nil && p.Kept != "" {
		p, err = readPerson(ctx, r, p.Kept)
	}
	return p, err
}

// readPersons reads records by id, in no order.
func readPersons(ctx context.Context, r store.Reader, ids []string) ([]Person, error) {
	var all []Person
	for len(ids) > 0 {
		n := min(len(ids), 256)
		list, args := inList(1, ids[:n])
		some, err := store.List(ctx, r, "select "+personColumns+" from index_persons where id in ("+list+")", args, scanPerson)
		if err != nil {
			return nil, err
		}
		all, ids = append(all, some...), ids[n:]
	}
	return all, nil
}

// inList gives parameters from $first on and their arguments. The list is
// filled up to a power of two with its last value, so that the engine meets
// few different texts and keeps them compiled.
func inList(first int, values []string) (string, []any) {
	size := 1
	for size < len(values) {
		size *= 2
	}
	marks, args := make([]string, size), make([]any, size)
	for i := range marks {
		marks[i], args[i] = "$"+strconv.Itoa(first+i), values[min(i, len(values)-1)]
	}
	return strings.Join(marks, ", "), args
}
