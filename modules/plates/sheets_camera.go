package plates

import (
	"net/url"
	"strconv"

	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/ui"
)

// The forms of cameras, one for each verb.

func (s *Service) settingQuestions(r *web.Request) []question {
	return []question{
		{name: "name"}, {name: "mount", kind: "radios", options: options(r, "mount", Mounts())}, {name: "way", kind: "radios", options: options(r, "way", Ways())},
		{name: "area", kind: "select", optional: true, options: s.areas(r)}, {name: "lat", optional: true, ltr: true, help: true}, {name: "lon", optional: true, ltr: true},
		{name: "heading", optional: true, ltr: true, help: true}, {name: "address", optional: true, ltr: true, help: true},
	}
}

// camera reads the setting of a camera.
func (a answers) camera() NewCamera {
	in := NewCamera{Act: a.act(), Name: a.Get("name"), Mount: Mount(a.Get("mount")), Way: Way(a.Get("way")), Area: a.Get("area"),
		Pinned: a.Get("lat") != "" && a.Get("lon") != "", Lat: a.degrees("lat"), Lon: a.degrees("lon"), Heading: a.whole("heading", -1), Address: a.Get("address")}
	if (a.Get("lat") == "") != (a.Get("lon") == "") {
		a.wrong.Add("lon", "plates.fault.place")
	}
	return in
}

// registerSheet adds a camera to the registry.
func (s *Service) registerSheet(r *web.Request) (sheet, error) {
	all, err := s.units.Units(r.Context())
	var serve []ui.Option
	for _, u := range all {
		serve = append(serve, ui.Option{Value: string(u.ID), Label: u.Code + " · " + s.units.UnitName(r.Context(), string(r.Words.Lang()), u.ID)})
	}
	f := sheet{verb: "register", back: "/plates/cameras", values: url.Values{"mount": {string(Fixed)}, "way": {string(Events)}}}
	f.asks = append([]question{{name: "code", ltr: true, help: true}, {name: "unit", kind: "select", options: serve}}, s.settingQuestions(r)...)
	f.do = func(a answers) (string, error) {
		in := a.camera()
		in.Code, in.Unit = a.Get("code"), a.id("unit")
		return a.then(cameraHref(in.Submission), func() error { _, err := s.RegisterCamera(r.Context(), r.Grant, in); return err })
	}
	return f, err
}

// aboutCamera is the sheet of an act on the camera of the address.
func (s *Service) aboutCamera(r *web.Request, verb string, asks ...question) (sheet, Camera, error) {
	c, err := s.Camera(r.Context(), r.Resource.Ref.ID)
	return sheet{verb: verb, title: c.Code + " · " + c.Name, back: cameraHref(c.ID), asks: asks, values: url.Values{"version": {strconv.FormatInt(c.Version, 10)}}}, c, err
}

func (s *Service) amendSheet(r *web.Request) (sheet, error) {
	f, c, err := s.aboutCamera(r, "amend", s.settingQuestions(r)...)
	if err != nil {
		return f, err
	}
	for name, v := range map[string]string{"name": c.Name, "mount": string(c.Mount), "way": string(c.Way), "area": c.Area, "address": c.Address} {
		f.values.Set(name, v)
	}
	if c.Pinned {
		f.values.Set("lat", degreesText(c.Lat))
		f.values.Set("lon", degreesText(c.Lon))
	}
	if c.Heading >= 0 {
		f.values.Set("heading", strconv.FormatInt(c.Heading, 10))
	}
	f.do = func(a answers) (string, error) {
		in := a.camera()
		in.ID = c.ID
		return a.then(f.back, func() error { return s.AmendCamera(r.Context(), r.Grant, in) })
	}
	return f, nil
}

// degreesText writes millionths of a degree as they are typed.
func degreesText(micro int64) string {
	return strconv.FormatFloat(float64(micro)/million, 'f', -1, 64)
}

// keySheet asks before a new key makes the old one void.
func (s *Service) keySheet(r *web.Request) (sheet, error) {
	f, _, err := s.aboutCamera(r, "issue")
	return f, err
}

// remarkSheet is an act on a camera with its reason.
func (s *Service) remarkSheet(r *web.Request, verb string, act func(Remark) error) (sheet, error) {
	f, c, err := s.aboutCamera(r, verb, question{name: "why"})
	f.do = func(a answers) (string, error) {
		in := Remark{Act: a.act(), Camera: c.ID, Why: a.Get("why")}
		return a.then(f.back, func() error { return act(in) })
	}
	return f, err
}

func (s *Service) suspendSheet(r *web.Request) (sheet, error) {
	return s.remarkSheet(r, "suspend", func(in Remark) error { return s.SuspendAlerts(r.Context(), r.Grant, in) })
}

func (s *Service) restoreSheet(r *web.Request) (sheet, error) {
	return s.remarkSheet(r, "restore", func(in Remark) error { return s.RestoreAlerts(r.Context(), r.Grant, in) })
}

func (s *Service) retireSheet(r *web.Request) (sheet, error) {
	return s.remarkSheet(r, "retire", func(in Remark) error { return s.RetireCamera(r.Context(), r.Grant, in) })
}
