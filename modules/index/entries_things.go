package index

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/store"
)

// VehicleFacts are the values of a vehicle as entries hold them.
type VehicleFacts struct {
	Vehicle ident.ID
	Country string
	Serial  journal.Sealed `seal:"Vehicle"`
	Letter  journal.Sealed `seal:"Vehicle"`
	Code    journal.Sealed `seal:"Vehicle"`
	VIN     journal.Sealed `seal:"Vehicle"`
	Make    string
	Model   string
	Colour  string
	Owner   ident.ID
}

func vehicleFacts(id ident.ID, v Vehicle) VehicleFacts {
	return VehicleFacts{Vehicle: id, Country: v.Plate.Country, Serial: seal(v.Plate.Serial), Letter: seal(v.Plate.Letter), Code: seal(v.Plate.Code),
		VIN: seal(v.VIN), Make: v.Make, Model: v.Model, Colour: v.Colour, Owner: v.Owner}
}

// about names the vehicle and its owner.
func (f VehicleFacts) about() []ident.Ref {
	refs := []ident.Ref{vehicle(f.Vehicle)}
	if f.Owner != "" {
		refs = append(refs, person(f.Owner))
	}
	return refs
}

// VehicleRecorded says that a vehicle was written down.
type VehicleRecorded struct {
	Facts VehicleFacts
}

// Apply adds the vehicle.
func (e VehicleRecorded) Apply(w *store.Writer, m journal.Meta) error {
	f := e.Facts
	err := w.One(`insert into index_vehicles (id, version, unit, recorded_at, erased, country, serial, letter, code, vin, make, model, colour, owner)
		values ($1, 1, $2, $3, false, $4, $5, $6, $7, $8, $9, $10, $11, $12)`, string(f.Vehicle), string(m.Unit), store.Micros(m.Written),
		f.Country, f.Serial, f.Letter, f.Code, f.VIN, f.Make, f.Model, f.Colour, string(f.Owner))
	if err != nil {
		return err
	}
	return reindexVehicle(w, f.Vehicle)
}

// About names the vehicle and its owner.
func (e VehicleRecorded) About() []ident.Ref { return e.Facts.about() }

// VehicleCorrected says what a vehicle is now, in full.
type VehicleCorrected struct {
	Facts   VehicleFacts
	Version int64
	Former  ident.ID       // the owner before
	Reason  journal.Sealed `seal:"Subject"`
	Subject ident.ID       // the vehicle again, under which the reason is sealed
}

// Apply writes the values.
func (e VehicleCorrected) Apply(w *store.Writer, _ journal.Meta) error {
	f := e.Facts
	err := w.One(`update index_vehicles set version = $1, country = $2, serial = $3, letter = $4, code = $5, vin = $6, make = $7, model = $8, colour = $9, owner = $10
		where id = $11`, e.Version, f.Country, f.Serial, f.Letter, f.Code, f.VIN, f.Make, f.Model, f.Colour, string(f.Owner), string(f.Vehicle))
	if err != nil {
		return err
	}
	return reindexVehicle(w, f.Vehicle)
}

// About names the vehicle and its owners, before and now.
func (e VehicleCorrected) About() []ident.Ref {
	refs := e.Facts.about()
	if e.Former != "" && e.Former != e.Facts.Owner {
		refs = append(refs, person(e.Former))
	}
	return refs
}

// PlaceRecorded says that a place was written down.
type PlaceRecorded struct {
	Place   ident.ID
	Area    string
	Quarter journal.Sealed `seal:"Place"`
	Address journal.Sealed `seal:"Place"`
	Pin     journal.Sealed `seal:"Place"` // "lat,lon" in millionths of a degree: a home is found by it
}

// Apply adds the place.
func (e PlaceRecorded) Apply(w *store.Writer, m journal.Meta) error {
	return w.One("insert into index_places (id, unit, recorded_at, erased, area, quarter, address, pin) values ($1, $2, $3, false, $4, $5, $6, $7)",
		string(e.Place), string(m.Unit), store.Micros(m.Written), e.Area, e.Quarter, e.Address, e.Pin)
}

// About names the place.
func (e PlaceRecorded) About() []ident.Ref { return []ident.Ref{{Kind: KindPlace, ID: e.Place}} }

// pin writes coordinates as one text; readPin reads them.
func pin(p Place) string {
	if !p.Pinned {
		return ""
	}
	return fmt.Sprintf("%d,%d", p.Lat, p.Lon)
}

func (p *Place) readPin(s string) {
	lat, lon, ok := strings.Cut(s, ",")
	if !ok {
		return
	}
	var errLat, errLon error
	p.Lat, errLat = strconv.ParseInt(lat, 10, 64)
	p.Lon, errLon = strconv.ParseInt(lon, 10, 64)
	p.Pinned = errLat == nil && errLon == nil
}

// ThingRecorded says that an object was written down.
type ThingRecorded struct {
	Thing       ident.ID
	Category    string
	Description journal.Sealed `seal:"Thing"`
	Serial      journal.Sealed `seal:"Thing"`
	IMEI        journal.Sealed `seal:"Thing"`
}

// Apply adds the thing.
func (e ThingRecorded) Apply(w *store.Writer, m journal.Meta) error {
	err := w.One("insert into index_things (id, unit, recorded_at, erased, category, description, serial, imei) values ($1, $2, $3, false, $4, $5, $6, $7)",
		string(e.Thing), string(m.Unit), store.Micros(m.Written), e.Category, e.Description, e.Serial, e.IMEI)
	if err != nil {
		return err
	}
	return reindexThing(w, e.Thing)
}

// About names the thing.
func (e ThingRecorded) About() []ident.Ref { return []ident.Ref{{Kind: KindThing, ID: e.Thing}} }
