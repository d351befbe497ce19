package index

import (
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
)

// Drafts: what other modules record inside their own transaction. The input
// must have passed its Check; the action of the grant must list the entry
// kinds (see Drafted). Each draft is keyed by the record's id, so that a form
// sent twice records once.

// DraftPerson drafts a new person under an id of the caller's.
func DraftPerson(d *journal.Draft, input Person, id ident.ID) ident.Ref {
	d.AddOnce(id, d.Now, PersonRecorded{Facts: factsOf(id, input.normal())})
	return person(id)
}

// DraftVehicle drafts a new vehicle.
func DraftVehicle(d *journal.Draft, input Vehicle, id ident.ID) ident.Ref {
	d.AddOnce(id, d.Now, VehicleRecorded{Facts: vehicleFacts(id, input.normal())})
	return vehicle(id)
}

// DraftPlace drafts a new place.
func DraftPlace(d *journal.Draft, input Place, id ident.ID) ident.Ref {
	input = input.normal()
	d.AddOnce(id, d.Now, PlaceRecorded{Place: id, Area: input.Area, Quarter: seal(input.Quarter), Address: seal(input.Address), Pin: seal(pin(input))})
	return ident.Ref{Kind: KindPlace, ID: id}
}

// DraftThing drafts a new thing.
func DraftThing(d *journal.Draft, input Thing, id ident.ID) ident.Ref {
	input = input.normal()
	d.AddOnce(id, d.Now, ThingRecorded{Thing: id, Category: input.Category, Description: seal(input.Description), Serial: seal(input.Serial), IMEI: seal(input.IMEI)})
	return ident.Ref{Kind: KindThing, ID: id}
}

// DraftLink drafts a link between two records, by the actor who says so.
func DraftLink(d *journal.Draft, link Link, id ident.ID) {
	d.AddOnce(id, d.Now, PersonLinked{Link: id, From: link.From, To: link.To, Kind: link.Kind, Source: link.Source, By: link.Actor, Reason: seal(link.Reason)})
}
