package plates_test

import (
	"strings"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/modules/plates"
)

// setting is what an administrator says of a camera.
func (h *house) setting(code string) plates.NewCamera {
	return plates.NewCamera{Act: h.act(), Code: code, Name: "Rond-point", Unit: h.unit["KEN-01"], Mount: plates.Fixed, Way: plates.Events, Heading: -1}
}

// onCamera does one act on a camera as the administrator.
func (h *house) onCamera(verb string, id ident.ID, a plates.Act) error {
	h.t.Helper()
	ref := ident.Ref{Kind: plates.KindCamera, ID: id}
	action := map[string]string{"suspend": "plates.alerts.suspend", "restore": "plates.alerts.restore"}[verb]
	if action == "" {
		action = "plates.camera." + verb
	}
	g, why := h.grant("administrator", action, ref), plates.Remark{Act: a, Camera: id, Why: "Travaux"}
	switch verb {
	case "amend":
		in := h.setting("")
		in.Act, in.ID, in.Name = a, id, "Pont"
		return h.AmendCamera(ctx, g, in)
	case "key":
		_, err := h.KeyCamera(ctx, g, a, id)
		return err
	case "suspend":
		return h.SuspendAlerts(ctx, g, why)
	case "restore":
		return h.RestoreAlerts(ctx, g, why)
	}
	return h.RetireCamera(ctx, g, why)
}

// TestEveryEdgeOfACamera does every act on a camera that alerts, on one whose
// alerts are suspended and on one that is retired.
func TestEveryEdgeOfACamera(t *testing.T) {
	h := newHouse(t)
	const there, gone = "plates.fault.alerts", "plates.fault.retired"
	n := 0
	for state, answers := range map[string]map[string]string{
		"alerting":  {"amend": "", "key": "", "suspend": "", "restore": there, "retire": ""},
		"suspended": {"amend": "", "key": "", "suspend": there, "restore": "", "retire": ""},
		"retired":   {"amend": gone, "key": gone, "suspend": gone, "restore": gone, "retire": gone},
	} {
		for verb, want := range answers {
			n++
			c, _ := h.camera("KEN-E" + nth(n)[:4])
			if before := map[string]string{"suspended": "suspend", "retired": "retire"}[state]; before != "" {
				h.must(h.onCamera(before, c.ID, h.act()))
			}
			was, err := h.Camera(ctx, c.ID)
			h.must(err)
			name := verb + " of a camera that is " + state
			h.says(name+", seen in another version", "fault.conflict", func() error {
				return h.onCamera(verb, c.ID, plates.Act{Submission: h.ids.New(), Version: was.Version + 1})
			})
			h.says(name, want, func() error { return h.onCamera(verb, c.ID, plates.Act{Submission: h.ids.New(), Version: was.Version}) })
			now, err := h.Camera(ctx, c.ID)
			h.must(err)
			if want != "" {
				if now != was {
					t.Errorf("%s is refused, and makes %+v of %+v", name, now, was)
				}
				continue
			}
			alerts := state == "alerting" && verb != "suspend" && verb != "retire" || verb == "restore"
			if now.Version != was.Version+1 || now.Alerts != alerts || now.Retired.IsZero() == (verb == "retire") || (now.Key == "") != (verb == "retire") || (now.Name == "Pont") != (verb == "amend") {
				t.Errorf("%s: %+v", name, now)
			}
		}
	}
	h.sound()
}

// TestEveryFieldOfACamera: what is said wrongly of a camera is named at its
// field, when it is registered and when it is amended, and nothing is written.
func TestEveryFieldOfACamera(t *testing.T) {
	h := newHouse(t)
	c, _ := h.camera("KEN-A1")
	register := h.grant("administrator", "plates.camera.register", ident.Ref{})
	amend := h.grant("administrator", "plates.camera.amend", c.Ref())
	for _, x := range []struct {
		name, fresh, amended string
		change               func(*plates.NewCamera)
	}{
		{"no form", "plates.fault.submission (submission)", "plates.fault.submission (submission)", func(in *plates.NewCamera) { in.Submission = "" }},
		{"no name", "form.required (name)", "form.required (name)", func(in *plates.NewCamera) { in.Name = "  " }},
		{"a name too long", "form.too-long (name)", "form.too-long (name)", func(in *plates.NewCamera) { in.Name = strings.Repeat("\u0639", 201) }},
		{"no mount", "form.choose (mount)", "form.choose (mount)", func(in *plates.NewCamera) { in.Mount = "balloon" }},
		{"no way", "form.choose (way)", "form.choose (way)", func(in *plates.NewCamera) { in.Way = "" }},
		{"no such area", "form.choose (area)", "form.choose (area)", func(in *plates.NewCamera) { in.Area = "99.1" }},
		{"north of the pole", "plates.fault.place (place)", "plates.fault.place (place)", func(in *plates.NewCamera) { in.Lat = 90_000_001 }},
		{"south of the pole", "plates.fault.place (place)", "plates.fault.place (place)", func(in *plates.NewCamera) { in.Lat = -90_000_001 }},
		{"east of the date line", "plates.fault.place (place)", "plates.fault.place (place)", func(in *plates.NewCamera) { in.Lon = 180_000_001 }},
		{"west of the date line", "plates.fault.place (place)", "plates.fault.place (place)", func(in *plates.NewCamera) { in.Lon = -180_000_001 }},
		{"a full turn", "form.out-of-range (heading)", "form.out-of-range (heading)", func(in *plates.NewCamera) { in.Heading = 360 }},
		{"less than unknown", "form.out-of-range (heading)", "form.out-of-range (heading)", func(in *plates.NewCamera) { in.Heading = -2 }},
		{"fetched from nowhere", "plates.fault.address (address)", "plates.fault.address (address)", func(in *plates.NewCamera) { in.Way = plates.Pull }},
		{"an address too long", "form.too-long (address)", "form.too-long (address)", func(in *plates.NewCamera) { in.Address = "rtsp://" + strings.Repeat("x", 500) }},
		{"a code of one sign", "plates.fault.code (code)", "", func(in *plates.NewCamera) { in.Code = "K" }},
		{"a code in small letters", "plates.fault.code (code)", "", func(in *plates.NewCamera) { in.Code = "ken-a1" }},
		{"a code that begins with a dash", "plates.fault.code (code)", "", func(in *plates.NewCamera) { in.Code = "-KEN" }},
		{"a code of 32 signs", "plates.fault.code (code)", "", func(in *plates.NewCamera) { in.Code = strings.Repeat("K", 32) }},
		{"a code with a line's end", "plates.fault.code (code)", "", func(in *plates.NewCamera) { in.Code = "KEN\n" }},
		{"a code that another has", "plates.fault.code-taken (code)", "", func(in *plates.NewCamera) { in.Code = "KEN-A1" }},
		{"of no unit", "form.choose (unit)", "", func(in *plates.NewCamera) { in.Unit = h.ids.New() }},
	} {
		in := h.setting("KEN-NEW")
		x.change(&in)
		h.says(x.name+", new", x.fresh, func() error { _, err := h.RegisterCamera(ctx, register, in); return err })
		in = h.setting("KEN-NEW")
		in.ID = c.ID
		x.change(&in)
		h.says(x.name+", amended", x.amended, func() error { return h.AmendCamera(ctx, amend, in) })
	}
	now, err := h.Camera(ctx, c.ID)
	h.must(err)
	if now.Code != "KEN-A1" || now.Unit != h.unit["KEN-01"] || now.Key != c.Key {
		t.Errorf("an amendment changed who the camera is: %+v", now)
	}
	h.sound()
}

// TestACameraAtTheEdgesOfWhatMayBeSaid is taken as it was said.
func TestACameraAtTheEdgesOfWhatMayBeSaid(t *testing.T) {
	h := newHouse(t)
	for code, change := range map[string]func(*plates.NewCamera){
		"K1":                    func(in *plates.NewCamera) { in.Pinned, in.Lat, in.Lon, in.Heading = true, 90_000_000, 180_000_000, 359 },
		strings.Repeat("9", 31): func(in *plates.NewCamera) { in.Pinned, in.Lat, in.Lon, in.Heading = true, -90_000_000, -180_000_000, 0 },
		"0-0": func(in *plates.NewCamera) {
			in.Name, in.Mount, in.Way = strings.Repeat("\u0639", 200), plates.Phone, plates.Push
		},
		"PULL": func(in *plates.NewCamera) { in.Way, in.Address, in.Unit = plates.Pull, "rtsps://10.0.0.1/one", "" },
	} {
		in := h.setting(code)
		change(&in)
		got, err := h.RegisterCamera(ctx, h.grant("administrator", "plates.camera.register", ident.Ref{}), in)
		h.must(err)
		unit := in.Unit
		if unit == "" {
			unit = h.unit["DGSN"] // of who registers it
		}
		if got.ID != in.Submission || got.Code != code || got.Name != in.Name || got.Lat != in.Lat || got.Lon != in.Lon || got.Heading != in.Heading || got.Pinned != in.Pinned || got.Address != in.Address || got.Unit != unit {
			t.Errorf("%s: %+v", code, got)
		}
		if !got.Alerts || got.Key != "" || got.Health(h.clock.Now()) != "never" {
			t.Errorf("%s: a new camera is %+v", code, got)
		}
	}
	h.sound()
}

// TestAKeyIsShownOnce: the form of a key sent twice shows no key that opens
// nothing; the key shown first stays the camera's.
func TestAKeyIsShownOnce(t *testing.T) {
	h := newHouse(t)
	c, first := h.camera("KEN-A1")
	g, a := h.grant("administrator", "plates.camera.key", c.Ref()), h.act()
	key, err := h.KeyCamera(ctx, g, a, c.ID)
	h.must(err)
	h.says("the same form again", "plates.fault.key-shown", func() error {
		again, err := h.KeyCamera(ctx, g, a, c.ID)
		if again != "" {
			t.Error("a key is shown that opens nothing")
		}
		return err
	})
	if got, err := h.Device(ctx, key); err != nil || got.ID != c.ID {
		t.Errorf("the key that was shown opens nothing: %v", err)
	}
	for name, bad := range map[string]string{"the key before": first, "nothing": "", "the prefix": "amana-device.", "a longer key": key + "0", "a shorter key": key[:len(key)-1], "the key in capitals": strings.ToUpper(key), "another camera's": strings.Replace(key, string(c.ID), string(h.ids.New()), 1), "no id": "amana-device." + strings.Repeat("x", 36) + key[len(key)-65:]} {
		if _, err := h.Device(ctx, bad); !fault.Is(err, fault.SignIn) || fault.Of(err).Key != "plates.fault.device" {
			t.Errorf("%s: %v", name, err)
		}
	}
	h.must(h.onCamera("retire", c.ID, h.act()))
	if _, err := h.Device(ctx, key); !fault.Is(err, fault.SignIn) {
		t.Errorf("a retired camera's key: %v", err)
	}
}

// TestHowACameraIs: at each edge of what is silent and what is a wrong clock;
// a retired one is retired, whatever else it is.
func TestHowACameraIs(t *testing.T) {
	for _, x := range []struct {
		want string
		c    plates.Camera
	}{
		{"never", plates.Camera{}}, {"well", plates.Camera{Seen: noon}}, {"well", plates.Camera{Seen: noon.Add(-time.Hour)}}, {"silent", plates.Camera{Seen: noon.Add(-time.Hour - time.Second)}},
		{"well", plates.Camera{Seen: noon, Offset: 2 * time.Second}}, {"clock", plates.Camera{Seen: noon, Offset: 2*time.Second + 1}}, {"clock", plates.Camera{Seen: noon, Offset: -2*time.Second - 1}},
		{"silent", plates.Camera{Seen: noon.Add(-2 * time.Hour), Offset: time.Minute}}, {"retired", plates.Camera{Retired: noon, Offset: time.Minute}}, {"retired", plates.Camera{Retired: noon, Seen: noon}},
	} {
		if got := x.c.Health(noon); got != x.want {
			t.Errorf("%+v is %s, want %s", x.c, got, x.want)
		}
	}
}
