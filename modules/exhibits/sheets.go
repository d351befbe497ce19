package exhibits

import (
	"net/url"
	"strconv"

	"github.com/a-h/templ"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/ui"
)

// The forms, one for each verb.

func at() web.Question        { return web.Question{Name: "at", Kind: "time", Optional: true, Help: true} }
func condition() web.Question { return web.Question{Name: "condition", Optional: true, Help: true} }
func photo() web.Question {
	return web.Question{Name: "photo", Optional: true, Draw: func(f ui.Form, fd ui.Field) templ.Component {
		return f.Attach(fd, "image/jpeg,image/png,image/webp", true)
	}}
}

func witnesses() web.Question {
	return web.Question{Name: "witnesses", Optional: true, Help: true, Law: "CPP 59"}
}

// thingQuestions ask what a thing is, where it was found and whose it was; from
// is the person chosen before.
func (s *Service) thingQuestions(r *web.Request, from ui.Person) []web.Question {
	pick := func(f ui.Form, fd ui.Field) templ.Component { return f.PersonPicker(fd, s.PickPerson, from) }
	return []web.Question{
		{Name: "described", Kind: "area", Help: true}, {Name: "category", Kind: "select", Options: web.Options(r, "exhibits.category", Categories())},
		{Name: "quantity", Optional: true, LTR: true, Help: true}, {Name: "measure", Kind: "select", Optional: true, Options: web.Options(r, "exhibits.measure", Measures())},
		{Name: "place"}, {Name: "from", Draw: pick, Optional: true, Help: true}, witnesses(),
	}
}

// seizeSheet records a thing seized for the case of the address.
func (s *Service) seizeSheet(r *web.Request) (web.Sheet, error) {
	id := r.Resource.Ref.ID
	number, back := s.caseLabel(r, id)
	f := web.Sheet{Verb: "seize", About: number, Back: back, Law: "CPP 59", Values: url.Values{"quantity": {"1"}, "measure": {"piece"}}}
	f.Asks = append(s.thingQuestions(r, s.chosen(r)), condition(), at())
	f.Do = func(a web.Answers) (string, error) {
		x := a.ID("submission")
		in := Seizure{Case: id, At: a.Time("at"), Place: a.Get("place"), From: chosenPerson(a, "from"), Witnesses: a.Get("witnesses"), Condition: a.Get("condition"), Things: []NewThing{thingOf(a, x)}}
		return a.Then(href(x), func() error { _, err := s.SeizeExhibits(r.Context(), r.Grant, in); return err })
	}
	return f, nil
}

// sheetOf is the sheet of an act on the exhibit of the address.
func (s *Service) sheetOf(r *web.Request, verb, law string, asks ...web.Question) (web.Sheet, Exhibit, error) {
	x, err := s.Exhibit(r.Context(), r.Resource.Ref.ID)
	if err != nil {
		return web.Sheet{}, x, err
	}
	r.Shows(x.Ref())
	return web.Sheet{Verb: verb, About: x.Number + " · " + x.Description, Back: href(x.ID), Law: law, Asks: asks, Hidden: []string{"handover", "listed"},
		Values: url.Values{"version": {strconv.FormatInt(x.Version, 10)}, "handover": {string(x.Pending)}}}, x, nil
}

func (s *Service) sealSheet(r *web.Request) (web.Sheet, error) {
	f, x, err := s.sheetOf(r, "seal", "CPP 59", witnesses(), condition(), photo(), at())
	f.Do = func(a web.Answers) (string, error) {
		in := Sealing{Move: s.moveOf(a, x), Witnesses: a.Get("witnesses")}
		return a.Then(f.Back, func() error { _, err := s.SealExhibit(r.Context(), r.Grant, in); return err })
	}
	return f, err
}

func (s *Service) resealSheet(r *web.Request) (web.Sheet, error) {
	f, x, err := s.sheetOf(r, "reseal", "CPP 104", witnesses(), condition(), photo(), at())
	f.Do = func(a web.Answers) (string, error) {
		in := Sealing{Move: s.moveOf(a, x), Witnesses: a.Get("witnesses")}
		return a.Then(f.Back, func() error { _, err := s.ResealExhibit(r.Context(), r.Grant, in); return err })
	}
	return f, err
}

func (s *Service) breakSheet(r *web.Request) (web.Sheet, error) {
	f, x, err := s.sheetOf(r, "break", "CPP 104", web.Question{Name: "seal", LTR: true, Help: true}, web.Question{Name: "presence", Kind: "radios", Law: "CPP 104", Options: web.Options(r, "exhibits.presence", Presences())},
		web.Question{Name: "present", Optional: true, Help: true}, web.Question{Name: "reason", Kind: "area", Help: true}, condition(), photo(), at())
	f.Do = func(a web.Answers) (string, error) {
		in := Breaking{Move: s.moveOf(a, x), Seal: a.Get("seal"), Presence: Presence(a.Get("presence")), Present: a.Get("present"), Reason: a.Get("reason")}
		return a.Then(f.Back, func() error { return s.BreakSeal(r.Context(), r.Grant, in) })
	}
	return f, err
}

func (s *Service) storeSheet(r *web.Request) (web.Sheet, error) {
	f, x, err := s.sheetOf(r, "store", "")
	f.Asks = []web.Question{{Name: "kept", Kind: "select", Options: web.Options(r, "exhibits.place", x.Category.Places())}, {Name: "shelf", Help: true}, condition(), at()}
	f.Do = func(a web.Answers) (string, error) {
		in := Storing{Move: s.moveOf(a, x), Kept: a.Get("kept"), Shelf: a.Get("shelf")}
		return a.Then(f.Back, func() error { return s.StoreExhibit(r.Context(), r.Grant, in) })
	}
	return f, err
}

func (s *Service) photographSheet(r *web.Request) (web.Sheet, error) {
	f, x, err := s.sheetOf(r, "photograph", "", photo(), condition(), at())
	f.Do = func(a web.Answers) (string, error) {
		in := s.moveOf(a, x)
		return a.Then(f.Back, func() error { return s.AddPhotographs(r.Context(), r.Grant, in) })
	}
	return f, err
}

func (s *Service) correctSheet(r *web.Request) (web.Sheet, error) {
	f, x, err := s.sheetOf(r, "correct", "")
	if err != nil {
		return f, err
	}
	from := s.chosen(r)
	if x.From != "" && from.Ref == "" {
		from = s.personOf(r, x.From)
	}
	f.Asks = append(s.thingQuestions(r, from), at())
	f.Values["described"], f.Values["category"], f.Values["place"], f.Values["witnesses"] = []string{x.Description}, []string{string(x.Category)}, []string{x.Place}, []string{x.Witnesses}
	f.Values["quantity"], f.Values["measure"] = []string{FormatQuantity(x.Milli)}, []string{x.Measure}
	f.Do = func(a web.Answers) (string, error) {
		in := Correcting{Move: s.moveOf(a, x), Thing: thingOf(a, x.ID), Place: a.Get("place"), From: chosenPerson(a, "from"), Witnesses: a.Get("witnesses")}
		return a.Then(f.Back, func() error { return s.CorrectExhibit(r.Context(), r.Grant, in) })
	}
	return f, err
}

// offerSheet offers an exhibit to an officer of a unit; another unit's officers
// are listed once its code is sent.
func (s *Service) offerSheet(r *web.Request) (web.Sheet, error) {
	f, x, err := s.sheetOf(r, "offer", "")
	if err != nil {
		return f, err
	}
	code, receivers, err := s.receivers(r, x)
	f.Values.Set("unit", code)
	f.Values.Set("listed", code)
	f.Asks = []web.Question{
		{Name: "destination", Kind: "radios", Options: web.Options(r, "exhibits.destination", Destinations())},
		{Name: "unit", LTR: true, Help: true}, {Name: "receiver", Kind: "select", Options: receivers, Help: true},
		{Name: "authority", Optional: true, Help: true}, {Name: "order-number", Optional: true, LTR: true}, {Name: "order-day", Kind: "date", Optional: true},
		{Name: "remark", Kind: "area", Optional: true}, condition(), photo(), at(),
	}
	f.Do = func(a web.Answers) (string, error) {
		in := Offering{Move: s.moveOf(a, x), Receiver: a.ID("receiver"), Destination: Destination(a.Get("destination")), Remark: a.Get("remark"),
			Order: Order{Authority: a.Get("authority"), Number: a.Get("order-number"), Day: string(a.Day("order-day"))}}
		if a.Get("unit") != a.Get("listed") {
			a.Set("listed", a.Get("unit"))
			a.Wrong.Add("receiver", "exhibits.fault.choose-receiver")
		}
		return a.Then(f.Back, func() error { return s.OfferHandover(r.Context(), r.Grant, in) })
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
func (s *Service) answerSheet(r *web.Request, verb string, act func(web.Answers, Answering) error, asks ...web.Question) (web.Sheet, error) {
	f, x, err := s.sheetOf(r, verb, "", asks...)
	if err == nil && x.Pending == "" {
		err = fault.New(fault.Conflict, "exhibits.fault.no-offer")
	}
	f.Do = func(a web.Answers) (string, error) {
		in := Answering{Move: s.moveOf(a, x), Handover: a.ID("handover"), Seal: a.Get("seal"), Reason: a.Get("reason")}
		return a.Then(f.Back, func() error { return act(a, in) })
	}
	return f, err
}

func (s *Service) acceptSheet(r *web.Request) (web.Sheet, error) {
	must := condition()
	must.Optional = false
	return s.answerSheet(r, "accept", func(_ web.Answers, in Answering) error { return s.AcceptHandover(r.Context(), r.Grant, in) },
		web.Question{Name: "seal", LTR: true, Help: true, Optional: true}, must, photo(), at())
}

func (s *Service) refuseSheet(r *web.Request) (web.Sheet, error) {
	return s.answerSheet(r, "refuse", func(_ web.Answers, in Answering) error { return s.RefuseHandover(r.Context(), r.Grant, in) },
		web.Question{Name: "reason", Kind: "area"}, condition(), photo(), at())
}

func (s *Service) withdrawSheet(r *web.Request) (web.Sheet, error) {
	return s.answerSheet(r, "withdraw", func(_ web.Answers, in Answering) error { return s.WithdrawHandover(r.Context(), r.Grant, in) },
		web.Question{Name: "reason", Kind: "area", Optional: true}, at())
}

// takeOverSheet takes an exhibit over from a holder who is gone.
func (s *Service) takeOverSheet(r *web.Request) (web.Sheet, error) {
	must := condition()
	must.Optional = false
	f, x, err := s.sheetOf(r, "take-over", "", web.Question{Name: "seal", LTR: true, Help: true, Optional: true}, must, web.Question{Name: "reason", Kind: "area"}, photo(), at())
	f.Do = func(a web.Answers) (string, error) {
		in := TakingOver{Move: s.moveOf(a, x), Seal: a.Get("seal"), Reason: a.Get("reason")}
		return a.Then(f.Back, func() error { return s.TakeOverExhibit(r.Context(), r.Grant, in) })
	}
	return f, err
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
