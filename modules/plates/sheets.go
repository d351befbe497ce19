package plates

import (
	"fmt"
	"net/url"
	"strconv"

	"github.com/a-h/templ"

	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/ui"
	"github.com/amana-platform/amana/modules/index"
)

// The forms of lists and hits, one for each verb.

func reason() web.Question { return web.Question{Name: "reason", Kind: "area", Help: true} }

func authority() web.Question {
	return web.Question{Name: "authority", Help: true, Law: "CPP 40"}
}

func fileQuestion(_ ui.Form, fd ui.Field) templ.Component { return fileField(fd) }

// enterSheet lists a plate.
func (s *Service) enterSheet(r *web.Request) (web.Sheet, error) {
	f := web.Sheet{Verb: "enter", Back: "/plates/entries", Law: "CPP 40", Asks: []web.Question{
		{Name: "list", Kind: "radios", Options: web.Options(r, "plates.list", Lists())}, {Name: "plate", LTR: true, Help: true}, {Name: "country", Optional: true, LTR: true, Help: true},
		{Name: "make", Optional: true}, {Name: "model", Optional: true}, {Name: "colour", Kind: "select", Optional: true, Options: colours(r)},
		reason(), authority(), {Name: "area", Kind: "select", Optional: true, Options: s.areas(r), Help: true}, {Name: "until", Kind: "time", Optional: true, Help: true},
	}}
	f.Do = func(a web.Answers) (string, error) {
		in := NewEntry{Submission: a.ID("submission"), List: List(a.Get("list")), Country: a.Get("country"), Plate: a.Get("plate"), Make: a.Get("make"), Model: a.Get("model"), Colour: a.Get("colour"),
			Reason: a.Get("reason"), Authority: a.Get("authority"), Area: a.Get("area"), Until: a.Until("until")}
		if r.Purpose.Ref.Kind == "case" {
			in.Case = r.Purpose.Ref.ID
		}
		return a.Then(entryHref(in.Submission), func() error { _, err := s.EnterEntry(r.Context(), r.Grant, in); return err })
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
func (s *Service) importSheet(*web.Request) (web.Sheet, error) {
	return web.Sheet{Verb: "import", Back: "/plates/entries", Law: "CPP 40", Asks: []web.Question{{Name: "file", Help: true, Draw: fileQuestion}}}, nil
}

// aboutEntry is the sheet of an act on the entry of the address.
func (s *Service) aboutEntry(r *web.Request, verb, law string, asks ...web.Question) (web.Sheet, Entry, error) {
	e, err := s.Entry(r.Context(), r.Resource.Ref.ID)
	if err != nil {
		return web.Sheet{}, e, err
	}
	return web.Sheet{Verb: verb, Back: entryHref(e.ID), Law: law, Asks: asks, Above: entryLine(r, e), Values: url.Values{"version": {strconv.FormatInt(e.Version, 10)}}}, e, nil
}

func (s *Service) renewSheet(r *web.Request) (web.Sheet, error) {
	f, e, err := s.aboutEntry(r, "renew", "CPP 5", authority(), web.Question{Name: "until", Kind: "time", Optional: true, Help: true})
	f.Do = func(a web.Answers) (string, error) {
		in := Renewal{Act: actOf(a), Entry: e.ID, Until: a.Until("until"), Authority: a.Get("authority")}
		return a.Then(f.Back, func() error { return s.RenewEntry(r.Context(), r.Grant, in) })
	}
	return f, err
}

func (s *Service) cancelSheet(r *web.Request) (web.Sheet, error) {
	f, e, err := s.aboutEntry(r, "cancel", "", web.Question{Name: "reason", Kind: "area"})
	f.Do = func(a web.Answers) (string, error) {
		in := Cancelling{Act: actOf(a), Entry: e.ID, Reason: a.Get("reason")}
		return a.Then(f.Back, func() error { return s.CancelEntry(r.Context(), r.Grant, in) })
	}
	return f, err
}

func (s *Service) contestSheet(r *web.Request) (web.Sheet, error) {
	f, e, err := s.aboutEntry(r, "contest", "L09-08 3", web.Question{Name: "person"}, web.Question{Name: "contact", Optional: true}, web.Question{Name: "grounds", Kind: "area", Help: true})
	f.Do = func(a web.Answers) (string, error) {
		in := Contesting{Act: actOf(a), Entry: e.ID, Person: a.Get("person"), Contact: a.Get("contact"), Grounds: a.Get("grounds")}
		return a.Then(f.Back, func() error { return s.ContestEntry(r.Context(), r.Grant, in) })
	}
	return f, err
}

func (s *Service) decideSheet(r *web.Request) (web.Sheet, error) {
	f, e, err := s.aboutEntry(r, "decide", "L09-08 3", web.Question{Name: "upheld", Kind: "radios", Options: web.Options(r, "plates.contest", contestAnswers())}, web.Question{Name: "decision", Kind: "area"})
	f.Do = func(a web.Answers) (string, error) {
		in := Deciding{Act: actOf(a), Entry: e.ID, Upheld: a.Get("upheld") == "upheld", Decision: a.Get("decision")}
		if !in.Upheld && a.Get("upheld") != "dismissed" {
			a.Wrong.Add("upheld", "form.choose")
		}
		return a.Then(f.Back, func() error { return s.DecideContest(r.Context(), r.Grant, in) })
	}
	return f, err
}

// aboutHit is the sheet of an act on the hit of the address, with picture and
// entry side by side above its questions.
func (s *Service) aboutHit(r *web.Request, verb string, asks ...web.Question) (web.Sheet, Hit, error) {
	h, err := s.Hit(r.Context(), r.Resource.Ref.ID)
	if err != nil {
		return web.Sheet{}, h, err
	}
	side, err := s.beside(r, h)
	return web.Sheet{Verb: verb, Back: hitHref(h.ID), Asks: asks, Above: comparison(r, side), Values: url.Values{"version": {strconv.FormatInt(h.Version, 10)}}}, h, err
}

func (s *Service) confirmSheet(r *web.Request) (web.Sheet, error) {
	var ticks []web.Question
	for _, t := range []string{"image", "plate", "entry", "vehicle"} {
		ticks = append(ticks, web.Question{Name: "tick-" + t, Kind: "check", Help: true})
	}
	f, h, err := s.aboutHit(r, "confirm", ticks...)
	f.Do = func(a web.Answers) (string, error) {
		in := Confirming{Act: actOf(a), Hit: h.ID, Ticks: Ticks{Image: a.Ticked("tick-image"), Plate: a.Ticked("tick-plate"), Entry: a.Ticked("tick-entry"), Vehicle: a.Ticked("tick-vehicle")}}
		return a.Then(f.Back, func() error { return s.ConfirmHit(r.Context(), r.Grant, in) })
	}
	return f, err
}

func (s *Service) rejectSheet(r *web.Request) (web.Sheet, error) {
	f, h, err := s.aboutHit(r, "reject", web.Question{Name: "ground", Kind: "radios", Options: web.Options(r, "plates.ground", Grounds())}, web.Question{Name: "reason", Kind: "area", Optional: true})
	f.Do = func(a web.Answers) (string, error) {
		in := Rejecting{Act: actOf(a), Hit: h.ID, Ground: a.Get("ground"), Reason: a.Get("reason")}
		return a.Then("/plates", func() error { return s.RejectHit(r.Context(), r.Grant, in) })
	}
	return f, err
}

func (s *Service) taskSheet(r *web.Request) (web.Sheet, error) {
	f, h, err := s.aboutHit(r, "task", web.Question{Name: "crew", Help: true})
	f.Do = func(a web.Answers) (string, error) {
		in := Tasking{Act: actOf(a), Hit: h.ID, Crew: a.Get("crew")}
		return a.Then(f.Back, func() error { return s.TaskCrew(r.Context(), r.Grant, in) })
	}
	return f, err
}

func (s *Service) closeSheet(r *web.Request) (web.Sheet, error) {
	f, h, err := s.aboutHit(r, "close", web.Question{Name: "outcome", Kind: "radios", Options: web.Options(r, "plates.outcome", Outcomes())}, web.Question{Name: "note", Kind: "area", Optional: true, Help: true})
	f.Do = func(a web.Answers) (string, error) {
		in := Closing{Act: actOf(a), Hit: h.ID, Outcome: Outcome(a.Get("outcome")), Note: a.Get("note")}
		return a.Then(f.Back, func() error { return s.CloseHit(r.Context(), r.Grant, in) })
	}
	return f, err
}

// sampleSheet asks what a person reads in a picture; it says nothing of what
// the machine read.
func (s *Service) sampleSheet(r *web.Request) (web.Sheet, error) {
	x, err := s.Sample(r.Context(), r.Resource.Ref.ID)
	if err != nil {
		return web.Sheet{}, err
	}
	f := web.Sheet{Verb: "key", Back: "/plates/samples", Above: pictureBox(r, "/plates/samples/"+string(x.ID)+"/picture"),
		Asks: []web.Question{{Name: "typed", Optional: true, LTR: true, Help: true}, {Name: "country", Optional: true, LTR: true}, {Name: "unreadable", Kind: "check"}}}
	f.Do = func(a web.Answers) (string, error) {
		in := Keying{Act: actOf(a), Sample: x.ID, Country: a.Get("country"), Plate: a.Get("typed")}
		if (in.Plate == "") != a.Ticked("unreadable") {
			a.Wrong.Add("typed", "plates.fault.key-or-tick")
		}
		return a.Then(f.Back, func() error { return s.KeySample(r.Context(), r.Grant, in) })
	}
	return f, nil
}

// searchSheet asks what is looked for among past reads.
func (s *Service) searchSheet(r *web.Request) (web.Sheet, error) {
	rights, err := r.Filter(actionShown, cameraRights())
	if err != nil {
		return web.Sheet{}, err
	}
	all, err := s.cameras(r.Context(), rights)
	if err != nil {
		return web.Sheet{}, err
	}
	var places []ui.Option
	for _, c := range all {
		places = append(places, ui.Option{Value: string(c.ID), Label: fmt.Sprintf("%s · %s", c.Code, c.Name)})
	}
	return web.Sheet{Verb: "search", Back: "/plates", Law: "L09-08 3", Asks: []web.Question{
		{Name: "pattern", Optional: true, LTR: true, Help: true}, {Name: "country", Optional: true, LTR: true}, {Name: "camera", Kind: "select", Optional: true, Options: places},
		{Name: "from", Kind: "time"}, {Name: "to", Kind: "time"}, {Name: "authority", Help: true, Law: "L09-08 3"},
	}}, nil
}
