package index

import (
	"net/url"
	"strconv"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/ui"
)

// vehicleLabel says a vehicle by its plate.
func vehicleLabel(w *text.Words, v Vehicle) string {
	if v.Plate.IsZero() {
		return orElse(text.Isolate(v.VIN), w.T("index.erased"))
	}
	return text.Isolate(v.Plate.typed())
}

// vehiclePage shows a vehicle.
func (s *Service) vehiclePage(r *web.Request) error {
	v, err := s.Vehicle(r.Context(), r.Resource.Ref.ID)
	if err != nil {
		return err
	}
	r.Shows(v.Ref())
	rec := ui.Record{Kind: r.T("index.vehicle"), Title: vehicleLabel(r.Words, v), State: ui.State{Status: ui.Neutral, Label: r.T("index.state.recorded")}, Facts: s.vehicleFactsShown(r, v)}
	if v.Erased {
		rec.State = ui.State{Status: ui.Stop, Label: r.T("index.state.erased")}
	} else if r.Can(ActionVehicleCorrect, r.Resource) {
		rec.Acts = []ui.Act{{Name: ActionVehicleCorrect, Label: r.T("index.act.correct"), Href: vehicleHref(v.ID) + "/correct", Primary: true}}
	}
	if rec.Timeline, err = s.ownTimeline(r, v.Ref()); err != nil {
		return err
	}
	return r.RecordPage(rec.Title, rec)
}

func (s *Service) vehicleFactsShown(r *web.Request, v Vehicle) []ui.Fact {
	var out []ui.Fact
	if !v.Plate.IsZero() {
		out = append(out, ui.Fact{Label: r.T("index.field.plate"), Value: ui.Plate(r.Words, ShownPlate(v.Plate))})
	}
	if v.VIN != "" {
		out = append(out, ui.Fact{Label: r.T("index.field.vin"), Value: ui.ID(v.VIN)})
	}
	if name := together(v.Make, v.Model); name != "" {
		out = append(out, ui.Fact{Label: r.T("index.field.make"), Text: name})
	}
	if v.Colour != "" {
		out = append(out, ui.Fact{Label: r.T("index.field.colour"), Text: r.T("index.colour." + v.Colour)})
	}
	if v.Owner != "" && r.Can(ActionPersonRead, personResource(v.Owner, v.Unit)) {
		out = append(out, ui.Fact{Label: r.T("index.field.owner"), Value: panelLines([]line{{label: s.refLabel(r, person(v.Owner)), href: personHref(v.Owner)}})})
	}
	return out
}

// newVehicle asks what a vehicle is.
func (s *Service) newVehicle(r *web.Request) error {
	return s.vehicleSheet(r, "index.act.record-vehicle", "/persons", url.Values{}, nil, false)
}

func (s *Service) vehicleSheet(r *web.Request, title, back string, values url.Values, wrong fault.List, correction bool) error {
	f := s.form(r, "vehicle", back, values)
	f.Errors = wrong
	for _, name := range []string{"plate", "country", "vin", "make", "model", "colour", "owner", "reason"} {
		f.Labels[name] = r.T("index.field." + name)
	}
	return page{title: title, form: f, fields: vehicleForm(f, s.picked(r, values.Get("owner")), correction)}.show(r)
}

// recordVehicle writes a vehicle down.
func (s *Service) recordVehicle(r *web.Request) error {
	values, id, err := posted(r)
	if err == nil {
		var v Vehicle
		if v, err = s.RecordVehicle(r.Context(), r.Grant, id, ReadVehicle(values, "")); err == nil {
			return r.Redirect(vehicleHref(v.ID))
		}
	}
	wrong, err := wrongs(err)
	if err != nil {
		return err
	}
	return s.vehicleSheet(r, "index.act.record-vehicle", "/persons", typed(values), wrong, false)
}

// correctVehicleForm shows a vehicle for correction.
func (s *Service) correctVehicleForm(r *web.Request) error {
	v, err := s.Vehicle(r.Context(), r.Resource.Ref.ID)
	if err != nil {
		return err
	}
	r.Shows(v.Ref())
	values := VehicleValues(v, "")
	values.Set("version", strconv.FormatInt(v.Version, 10))
	return s.vehicleSheet(r, "index.act.correct", vehicleHref(v.ID), values, nil, true)
}

// correctVehicle writes what a vehicle is now.
func (s *Service) correctVehicle(r *web.Request) error {
	id := r.Resource.Ref.ID
	r.Shows(r.Resource.Ref)
	values, _, err := posted(r)
	if err == nil {
		base, _ := strconv.ParseInt(values.Get("version"), 10, 64) // 0 is refused as a version
		if _, err = s.CorrectVehicle(r.Context(), r.Grant, id, base, ReadVehicle(values, ""), values.Get("reason")); err == nil {
			return r.Redirect(vehicleHref(id))
		}
	}
	wrong, err := wrongs(err)
	if err != nil {
		return err
	}
	return s.vehicleSheet(r, "index.act.correct", vehicleHref(id), typed(values), wrong, true)
}
