package exhibits

import (
	"net/url"
	"strconv"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/ui"
)

// The forms, one for each verb.

func at() question        { return question{name: "at", kind: "time", optional: true, help: true} }
func condition() question { return question{name: "condition", optional: true, help: true} }
func photo() question     { return question{name: "photo", kind: "photo", optional: true} }
func witnesses() question {
	return question{name: "witnesses", optional: true, help: true, law: "CPP 59"}
}

// options says the choices of a field in the words of the reader.
func options[T ~string](r *web.Request, group string, from []T) []ui.Option {
	var out []ui.Option
	for _, v := range from {
		out = append(out, ui.Option{Value: string(v), Label: r.T("exhibits." + group + "." + string(v))})
	}
	return out
}

func thingQuestions(r *web.Request) []question {
	return []question{
		{name: "described", kind: "area", help: true}, {name: "category", kind: "select", options: options(r, "category", Categories())},
		{name: "quantity", optional: true, ltr: true, help: true}, {name: "measure", kind: "select", optional: true, options: options(r, "measure", Measures())},
		{name: "place"}, {name: "from", kind: "person", optional: true, help: true}, witnesses(),
	}
}

// seizeSheet records a thing seized for the case of the address.
func (s *Service) seizeSheet(r *web.Request) (sheet, error) {
	id := r.Resource.Ref.ID
	number, back := s.caseLabel(r, id)
	f := sheet{verb: "seize", title: number, back: back, law: "CPP 59", values: url.Values{"quantity": {"1"}, "measure": {"piece"}}, from: s.chosen(r)}
	f.asks = append(thingQuestions(r), condition(), at())
	f.do = func(a answers) (string, error) {
		x := a.id("submission")
		in := Seizure{Case: id, At: a.time("at"), Place: a.Get("place"), From: a.person("from"), Witnesses: a.Get("witnesses"), Condition: a.Get("condition"), Things: []NewThing{a.thing(x)}}
		return a.then(href(x), func() error { _, err := s.SeizeExhibits(r.Context(), r.Grant, in); return err })
	}
	return f, nil
}

// sheetOf is the sheet of an act on the exhibit of the address.
func (s *Service) sheetOf(r *web.Request, verb, law string, asks ...question) (sheet, Exhibit, error) {
	x, err := s.Exhibit(r.Context(), r.Resource.Ref.ID)
	if err != nil {
		return sheet{}, x, err
	}
	r.Shows(x.Ref())
	return sheet{verb: verb, title: x.Number + " · " + x.Description, back: href(x.ID), law: law, asks: asks,
		values: url.Values{"version": {strconv.FormatInt(x.Version, 10)}, "handover": {string(x.Pending)}}}, x, nil
}

func (s *Service) sealSheet(r *web.Request) (sheet, error) {
	f, x, err := s.sheetOf(r, "seal", "CPP 59", witnesses(), condition(), photo(), at())
	f.do = func(a answers) (string, error) {
		in := Sealing{Move: a.move(x), Witnesses: a.Get("witnesses")}
		return a.then(f.back, func() error { _, err := s.SealExhibit(r.Context(), r.Grant, in); return err })
	}
	return f, err
}

func (s *Service) resealSheet(r *web.Request) (sheet, error) {
	f, x, err := s.sheetOf(r, "reseal", "CPP 104", witnesses(), condition(), photo(), at())
	f.do = func(a answers) (string, error) {
		in := Sealing{Move: a.move(x), Witnesses: a.Get("witnesses")}
		return a.then(f.back, func() error { _, err := s.ResealExhibit(r.Context(), r.Grant, in); return err })
	}
	return f, err
}

func (s *Service) breakSheet(r *web.Request) (sheet, error) {
	f, x, err := s.sheetOf(r, "break", "CPP 104", question{name: "seal", ltr: true, help: true}, question{name: "presence", kind: "radios", law: "CPP 104", options: options(r, "presence", Presences())},
		question{name: "present", optional: true, help: true}, question{name: "reason", kind: "area", help: true}, condition(), photo(), at())
	f.do = func(a answers) (string, error) {
		in := Breaking{Move: a.move(x), Seal: a.Get("seal"), Presence: Presence(a.Get("presence")), Present: a.Get("present"), Reason: a.Get("reason")}
		return a.then(f.back, func() error { return s.BreakSeal(r.Context(), r.Grant, in) })
	}
	return f, err
}

func (s *Service) storeSheet(r *web.Request) (sheet, error) {
	f, x, err := s.sheetOf(r, "store", "")
	f.asks = []question{{name: "kept", kind: "select", options: options(r, "place", x.Category.Places())}, {name: "shelf", help: true}, condition(), at()}
	f.do = func(a answers) (string, error) {
		in := Storing{Move: a.move(x), Kept: a.Get("kept"), Shelf: a.Get("shelf")}
		return a.then(f.back, func() error { return s.StoreExhibit(r.Context(), r.Grant, in) })
	}
	return f, err
}

func (s *Service) photographSheet(r *web.Request) (sheet, error) {
	f, x, err := s.sheetOf(r, "photograph", "", photo(), condition(), at())
	f.do = func(a answers) (string, error) {
		in := a.move(x)
		return a.then(f.back, func() error { return s.AddPhotographs(r.Context(), r.Grant, in) })
	}
	return f, err
}

func (s *Service) correctSheet(r *web.Request) (sheet, error) {
	f, x, err := s.sheetOf(r, "correct", "")
	f.asks = append(thingQuestions(r), at())
	f.from = s.chosen(r)
	f.values["described"], f.values["category"], f.values["place"], f.values["witnesses"] = []string{x.Description}, []string{string(x.Category)}, []string{x.Place}, []string{x.Witnesses}
	f.values["quantity"], f.values["measure"] = []string{FormatQuantity(x.Milli)}, []string{x.Measure}
	if x.From != "" && f.from.Ref == "" {
		f.from = s.personOf(r, x.From)
	}
	f.do = func(a answers) (string, error) {
		in := Correcting{Move: a.move(x), Thing: a.thing(x.ID), Place: a.Get("place"), From: a.person("from"), Witnesses: a.Get("witnesses")}
		return a.then(f.back, func() error { return s.CorrectExhibit(r.Context(), r.Grant, in) })
	}
	return f, err
}

// offerSheet offers an exhibit to an officer of a unit; another unit's officers
// are listed once its code is sent.
func (s *Service) offerSheet(r *web.Request) (sheet, error) {
	f, x, err := s.sheetOf(r, "offer", "")
	if err != nil {
		return f, err
	}
	code, receivers, err := s.receivers(r, x)
	f.values.Set("unit", code)
	f.values.Set("listed", code)
	f.asks = []question{
		{name: "destination", kind: "radios", options: options(r, "destination", Destinations())},
		{name: "unit", ltr: true, help: true}, {name: "receiver", kind: "select", options: receivers, help: true},
		{name: "authority", optional: true, help: true}, {name: "order-number", optional: true, ltr: true}, {name: "order-day", kind: "date", optional: true},
		{name: "remark", kind: "area", optional: true}, condition(), photo(), at(),
	}
	f.do = func(a answers) (string, error) {
		in := Offering{Move: a.move(x), Receiver: a.id("receiver"), Destination: Destination(a.Get("destination")), Remark: a.Get("remark"),
			Order: Order{Authority: a.Get("authority"), Number: a.Get("order-number"), Day: a.day("order-day")}}
		if a.Get("unit") != a.Get("listed") {
			a.Set("listed", a.Get("unit"))
			a.wrong.Add("receiver", "exhibits.fault.choose-receiver")
		}
		return a.then(f.back, func() error { return s.OfferHandover(r.Context(), r.Grant, in) })
	}
	return f, err
}

// receivers lists who serves in the unit that the form names, the reader's own
// at first, without the holder.
func (s *Service) receivers(r *web.Request, x Exhibit) (code string, out []ui.Option, err error) {
	unit, err := s.units.Unit(r.Context(), r.Actor.Unit)
	if err != nil {
		return "", nil, err
	}
	if named := r.PostForm.Get("unit"); named != "" {
		if u, err := s.units.UnitByCode(r.Context(), named); err == nil {
			unit = u
		}
	}
	all, err := s.units.Serving(r.Context(), unit.ID, "")
	for _, o := range all {
		if o.ID != x.Holder {
			out = append(out, ui.Option{Value: string(o.ID), Label: o.Name(string(r.Words.Lang()))})
		}
	}
	return unit.Code, out, err
}

// answerSheet answers the handover that waits.
func (s *Service) answerSheet(r *web.Request, verb string, act func(answers, Answering) error, asks ...question) (sheet, error) {
	f, x, err := s.sheetOf(r, verb, "", asks...)
	if err == nil && x.Pending == "" {
		err = fault.New(fault.Conflict, "exhibits.fault.no-offer")
	}
	f.do = func(a answers) (string, error) {
		in := Answering{Move: a.move(x), Handover: a.id("handover"), Seal: a.Get("seal"), Reason: a.Get("reason")}
		return a.then(f.back, func() error { return act(a, in) })
	}
	return f, err
}

func (s *Service) acceptSheet(r *web.Request) (sheet, error) {
	must := condition()
	must.optional = false
	return s.answerSheet(r, "accept", func(_ answers, in Answering) error { return s.AcceptHandover(r.Context(), r.Grant, in) },
		question{name: "seal", ltr: true, help: true, optional: true}, must, photo(), at())
}

func (s *Service) refuseSheet(r *web.Request) (sheet, error) {
	return s.answerSheet(r, "refuse", func(_ answers, in Answering) error { return s.RefuseHandover(r.Context(), r.Grant, in) },
		question{name: "reason", kind: "area"}, condition(), photo(), at())
}

func (s *Service) withdrawSheet(r *web.Request) (sheet, error) {
	return s.answerSheet(r, "withdraw", func(_ answers, in Answering) error { return s.WithdrawHandover(r.Context(), r.Grant, in) },
		question{name: "reason", kind: "area", optional: true}, at())
}

// chosen is the person that the submitted form names, to be shown again.
func (s *Service) chosen(r *web.Request) ui.Person {
	ref, err := ident.ParseRef(r.PostForm.Get("from"))
	if err != nil {
		return ui.Person{}
	}
	return s.personOf(r, ref.ID)
}

func (s *Service) personOf(r *web.Request, id ident.ID) ui.Person {
	return ui.Person{Ref: "person/" + string(id), Name: s.people.Name(r.Context(), string(r.Words.Lang()), id)}
}
