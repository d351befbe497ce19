package plates

import (
	"net/url"
	"strconv"

	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/ui"
)

// The forms of cameras, one for each verb.

func (s *Service) settingQuestions(r *web.Request) []web.Question {
	return []web.Question{
		{Name: "name"}, {Name: "mount", Kind: "radios", Options: web.Options(r, "plates.mount", Mounts())}, {Name: "way", Kind: "radios", Options: web.Options(r, "plates.way", Ways())},
		{Name: "area", Kind: "select", Optional: true, Options: s.areas(r)}, {Name: "lat", Optional: true, LTR: true, Help: true}, {Name: "lon", Optional: true, LTR: true},
		{Name: "heading", Optional: true, LTR: true, Help: true}, {Name: "address", Optional: true, LTR: true, Help: true},
	}
}

// camera reads the setting of a camera.
func cameraOf(a web.Answers) NewCamera {
	in := NewCamera{Act: actOf(a), Name: a.Get("name"), Mount: Mount(a.Get("mount")), Way: Way(a.Get("way")), Area: a.Get("area"),
		Pinned: a.Get("lat") != "" && a.Get("lon") != "", Lat: degrees(a, "lat"), Lon: degrees(a, "lon"), Heading: whole(a, "heading", -1), Address: a.Get("address")}
	if (a.Get("lat") == "") != (a.Get("lon") == "") {
		a.Wrong.Add("lon", "plates.fault.place")
	}
	return in
}

// registerSheet adds a camera to the registry.
func (s *Service) registerSheet(r *web.Request) (web.Sheet, error) {
	all, err := s.units.Units(r.Context())
	var serve []ui.Option
	for _, u := range all {
		serve = append(serve, ui.Option{Value: string(u.ID), Label: u.Code + " · " + s.units.UnitName(r.Context(), string(r.Words.Lang()), u.ID)})
	}
	f := web.Sheet{Verb: "register", Back: "/plates/cameras", Values: url.Values{"mount": {string(Fixed)}, "way": {string(Events)}}}
	f.Asks = append([]web.Question{{Name: "code", LTR: true, Help: true}, {Name: "unit", Kind: "select", Options: serve}}, s.settingQuestions(r)...)
	f.Do = func(a web.Answers) (string, error) {
		in := cameraOf(a)
		in.Code, in.Unit = a.Get("code"), a.ID("unit")
		return a.Then(cameraHref(in.Submission), func() error { _, err := s.RegisterCamera(r.Context(), r.Grant, in); return err })
	}
	return f, err
}

// aboutCamera is the sheet of an act on the camera of the address.
func (s *Service) aboutCamera(r *web.Request, verb string, asks ...web.Question) (web.Sheet, Camera, error) {
	c, err := s.Camera(r.Context(), r.Resource.Ref.ID)
	return web.Sheet{Verb: verb, About: c.Code + " · " + c.Name, Back: cameraHref(c.ID), Asks: asks, Values: url.Values{"version": {strconv.FormatInt(c.Version, 10)}}}, c, err
}

func (s *Service) amendSheet(r *web.Request) (web.Sheet, error) {
	f, c, err := s.aboutCamera(r, "amend", s.settingQuestions(r)...)
	if err != nil {
		return f, err
	}
	for name, v := range map[string]string{"name": c.Name, "mount": string(c.Mount), "way": string(c.Way), "area": c.Area, "address": c.Address} {
		f.Values.Set(name, v)
	}
	if c.Pinned {
		f.Values.Set("lat", degreesText(c.Lat))
		f.Values.Set("lon", degreesText(c.Lon))
	}
	if c.Heading >= 0 {
		f.Values.Set("heading", strconv.FormatInt(c.Heading, 10))
	}
	f.Do = func(a web.Answers) (string, error) {
		in := cameraOf(a)
		in.ID = c.ID
		return a.Then(f.Back, func() error { return s.AmendCamera(r.Context(), r.Grant, in) })
	}
	return f, nil
}

// degreesText writes millionths of a degree as they are typed.
func degreesText(micro int64) string {
	return strconv.FormatFloat(float64(micro)/million, 'f', -1, 64)
}

// keySheet asks before a new key makes the old one void.
func (s *Service) keySheet(r *web.Request) (web.Sheet, error) {
	f, _, err := s.aboutCamera(r, "issue")
	return f, err
}

// remarkSheet is an act on a camera with its reason.
func (s *Service) remarkSheet(r *web.Request, verb string, act func(Remark) error) (web.Sheet, error) {
	f, c, err := s.aboutCamera(r, verb, web.Question{Name: "why"})
	f.Do = func(a web.Answers) (string, error) {
		in := Remark{Act: actOf(a), Camera: c.ID, Why: a.Get("why")}
		return a.Then(f.Back, func() error { return act(in) })
	}
	return f, err
}

func (s *Service) suspendSheet(r *web.Request) (web.Sheet, error) {
	return s.remarkSheet(r, "suspend", func(in Remark) error { return s.SuspendAlerts(r.Context(), r.Grant, in) })
}

func (s *Service) restoreSheet(r *web.Request) (web.Sheet, error) {
	return s.remarkSheet(r, "restore", func(in Remark) error { return s.RestoreAlerts(r.Context(), r.Grant, in) })
}

func (s *Service) retireSheet(r *web.Request) (web.Sheet, error) {
	return s.remarkSheet(r, "retire", func(in Remark) error { return s.RetireCamera(r.Context(), r.Grant, in) })
}
