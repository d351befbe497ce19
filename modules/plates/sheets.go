package plates

import (
	"fmt"
	"net/url"
	"strconv"

	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/ui"
	"github.com/amana-platform/amana/modules/index"
)

// The forms of lists and hits, one for each verb.

func reason() question { return question{name: "reason", kind: "area", help: true} }

func authority() question {
	return question{name: "authority", help: true, law: "CPP 40"}
}

// enterSheet lists a plate.
func (s *Service) enterSheet(r *web.Request) (sheet, error) {
	f := sheet{verb: "enter", back: "/plates/entries", law: "CPP 40", asks: []question{
		{name: "list", kind: "radios", options: options(r, "list", Lists())}, {name: "plate", ltr: true, help: true}, {name: "country", optional: true, ltr: true, help: true},
		{name: "make", optional: true}, {name: "model", optional: true}, {name: "colour", kind: "select", optional: true, options: colours(r)},
		reason(), authority(), {name: "area", kind: "select", optional: true, options: s.areas(r), help: true}, {name: "until", kind: "time", optional: true, help: true},
	}}
	f.do = func(a answers) (string, error) {
		in := NewEntry{Submission: a.id("submission"), List: List(a.Get("list")), Country: a.Get("country"), Plate: a.Get("plate"), Make: a.Get("make"), Model: a.Get("model"), Colour: a.Get("colour"),
			Reason: a.Get("reason"), Authority: a.Get("authority"), Area: a.Get("area"), Until: a.time("until")}
		if r.Purpose.Ref.Kind == "case" {
			in.Case = r.Purpose.Ref.ID
		}
		return a.then(entryHref(in.Submission), func() error { _, err := s.EnterEntry(r.Context(), r.Grant, in); return err })
	}
	return f, nil
}

func colours(r *web.Request) []ui.Option {
	var out []ui.Option
	for _, c := range index.Colours() {
		out = append(out, ui.Option{Value: c, Label: r.T("index.colour." + c)})
	}
	return out
}

// areas offers the regions and, under each, its provinces.
func (s *Service) areas(r *web.Request) []ui.Option {
	lang := string(r.Words.Lang())
	var out []ui.Option
	for _, region := range s.k.Pack.Areas("region", r.Now()) {
		out = append(out, ui.Option{Value: region.Code, Label: region.Names.In(lang), Group: region.Names.In(lang)})
		for _, a := range s.k.Pack.Areas("", r.Now()) {
			if a.Parent == region.Code {
				out = append(out, ui.Option{Value: a.Code, Label: a.Names.In(lang), Group: region.Names.In(lang)})
			}
		}
	}
	return out
}

// importSheet takes a list as a file.
func (s *Service) importSheet(*web.Request) (sheet, error) {
	return sheet{verb: "import", back: "/plates/entries", law: "CPP 40", asks: []question{{name: "file", kind: "file", help: true}}}, nil
}

// aboutEntry is the sheet of an act on the entry of the address.
func (s *Service) aboutEntry(r *web.Request, verb, law string, asks ...question) (sheet, Entry, error) {
	e, err := s.Entry(r.Context(), r.Resource.Ref.ID)
	if err != nil {
		return sheet{}, e, err
	}
	return sheet{verb: verb, back: entryHref(e.ID), law: law, asks: asks, above: entryLine(r, e), values: url.Values{"version": {strconv.FormatInt(e.Version, 10)}}}, e, nil
}

func (s *Service) renewSheet(r *web.Request) (sheet, error) {
	f, e, err := s.aboutEntry(r, "renew", "CPP 5", authority(), question{name: "until", kind: "time", optional: true, help: true})
	f.do = func(a answers) (string, error) {
		in := Renewal{Act: a.act(), Entry: e.ID, Until: a.time("until"), Authority: a.Get("authority")}
		return a.then(f.back, func() error { return s.RenewEntry(r.Context(), r.Grant, in) })
	}
	return f, err
}

func (s *Service) cancelSheet(r *web.Request) (sheet, error) {
	f, e, err := s.aboutEntry(r, "cancel", "", question{name: "reason", kind: "area"})
	f.do = func(a answers) (string, error) {
		in := Cancelling{Act: a.act(), Entry: e.ID, Reason: a.Get("reason")}
		return a.then(f.back, func() error { return s.CancelEntry(r.Context(), r.Grant, in) })
	}
	return f, err
}

func (s *Service) contestSheet(r *web.Request) (sheet, error) {
	f, e, err := s.aboutEntry(r, "contest", "L09-08 3", question{name: "person"}, question{name: "contact", optional: true}, question{name: "grounds", kind: "area", help: true})
	f.do = func(a answers) (string, error) {
		in := Contesting{Act: a.act(), Entry: e.ID, Person: a.Get("person"), Contact: a.Get("contact"), Grounds: a.Get("grounds")}
		return a.then(f.back, func() error { return s.ContestEntry(r.Context(), r.Grant, in) })
	}
	return f, err
}

func (s *Service) decideSheet(r *web.Request) (sheet, error) {
	f, e, err := s.aboutEntry(r, "decide", "L09-08 3", question{name: "upheld", kind: "radios", options: options(r, "contest", ContestStates()[1:])}, question{name: "decision", kind: "area"})
	f.do = func(a answers) (string, error) {
		in := Deciding{Act: a.act(), Entry: e.ID, Upheld: a.Get("upheld") == "upheld", Decision: a.Get("decision")}
		if !in.Upheld && a.Get("upheld") != "dismissed" {
			a.wrong.Add("upheld", "form.choose")
		}
		return a.then(f.back, func() error { return s.DecideContest(r.Context(), r.Grant, in) })
	}
	return f, err
}

// aboutHit is the sheet of an act on the hit of the address, with picture and
// entry side by side above its questions.
func (s *Service) aboutHit(r *web.Request, verb string, asks ...question) (sheet, Hit, error) {
	h, err := s.Hit(r.Context(), r.Resource.Ref.ID)
	if err != nil {
		return sheet{}, h, err
	}
	side, err := s.beside(r, h)
	return sheet{verb: verb, back: hitHref(h.ID), asks: asks, above: comparison(r, side), values: url.Values{"version": {strconv.FormatInt(h.Version, 10)}}}, h, err
}

func (s *Service) confirmSheet(r *web.Request) (sheet, error) {
	var ticks []question
	for _, t := range []string{"image", "plate", "entry", "vehicle"} {
		ticks = append(ticks, question{name: "tick-" + t, kind: "check", help: true})
	}
	f, h, err := s.aboutHit(r, "confirm", ticks...)
	f.do = func(a answers) (string, error) {
		in := Confirming{Act: a.act(), Hit: h.ID, Ticks: Ticks{Image: a.ticked("tick-image"), Plate: a.ticked("tick-plate"), Entry: a.ticked("tick-entry"), Vehicle: a.ticked("tick-vehicle")}}
		return a.then(f.back, func() error { return s.ConfirmHit(r.Context(), r.Grant, in) })
	}
	return f, err
}

func (s *Service) rejectSheet(r *web.Request) (sheet, error) {
	f, h, err := s.aboutHit(r, "reject", question{name: "ground", kind: "radios", options: options(r, "ground", Grounds())}, question{name: "reason", kind: "area", optional: true})
	f.do = func(a answers) (string, error) {
		in := Rejecting{Act: a.act(), Hit: h.ID, Ground: a.Get("ground"), Reason: a.Get("reason")}
		return a.then("/plates", func() error { return s.RejectHit(r.Context(), r.Grant, in) })
	}
	return f, err
}

func (s *Service) taskSheet(r *web.Request) (sheet, error) {
	f, h, err := s.aboutHit(r, "task", question{name: "crew", help: true})
	f.do = func(a answers) (string, error) {
		in := Tasking{Act: a.act(), Hit: h.ID, Crew: a.Get("crew")}
		return a.then(f.back, func() error { return s.TaskCrew(r.Context(), r.Grant, in) })
	}
	return f, err
}

func (s *Service) closeSheet(r *web.Request) (sheet, error) {
	f, h, err := s.aboutHit(r, "close", question{name: "outcome", kind: "radios", options: options(r, "outcome", Outcomes())}, question{name: "note", kind: "area", optional: true, help: true})
	f.do = func(a answers) (string, error) {
		in := Closing{Act: a.act(), Hit: h.ID, Outcome: Outcome(a.Get("outcome")), Note: a.Get("note")}
		return a.then(f.back, func() error { return s.CloseHit(r.Context(), r.Grant, in) })
	}
	return f, err
}

// sampleSheet asks what a person reads in a picture; it says nothing of what
// the machine read.
func (s *Service) sampleSheet(r *web.Request) (sheet, error) {
	x, err := s.Sample(r.Context(), r.Resource.Ref.ID)
	if err != nil {
		return sheet{}, err
	}
	f := sheet{verb: "key", back: "/plates/samples", above: pictureBox(r, "/plates/samples/"+string(x.ID)+"/picture"),
		asks: []question{{name: "typed", optional: true, ltr: true, help: true}, {name: "country", optional: true, ltr: true}, {name: "unreadable", kind: "check"}}}
	f.do = func(a answers) (string, error) {
		in := Keying{Act: a.act(), Sample: x.ID, Country: a.Get("country"), Plate: a.Get("typed")}
		if (in.Plate == "") != a.ticked("unreadable") {
			a.wrong.Add("typed", "plates.fault.key-or-tick")
		}
		return a.then(f.back, func() error { return s.KeySample(r.Context(), r.Grant, in) })
	}
	return f, nil
}

// searchSheet asks what is looked for among past reads.
func (s *Service) searchSheet(r *web.Request) (sheet, error) {
	rights, err := r.Filter(actionShown, cameraRights())
	if err != nil {
		return sheet{}, err
	}
	all, err := s.cameras(r.Context(), rights)
	if err != nil {
		return sheet{}, err
	}
	var places []ui.Option
	for _, c := range all {
		places = append(places, ui.Option{Value: string(c.ID), Label: fmt.Sprintf("%s · %s", c.Code, c.Name)})
	}
	return sheet{verb: "search", back: "/plates", law: "L09-08 3", asks: []question{
		{name: "pattern", optional: true, ltr: true, help: true}, {name: "country", optional: true, ltr: true}, {name: "camera", kind: "select", optional: true, options: places},
		{name: "from", kind: "time"}, {name: "to", kind: "time"}, {name: "authority", help: true, law: "L09-08 3"},
	}}, nil
}
