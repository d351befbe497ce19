package plates

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"net/url"
	"regexp"
	"time"

	"github.com/amana-platform/amana/kernel/check"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
)

// NewCamera is a camera as a form names it; for an amendment Code and Unit
// are ignored.
type NewCamera struct {
	Act
	ID      ident.ID // of the camera; the submission's for a new one
	Code    string
	Name    string
	Unit    ident.ID
	Mount   Mount
	Way     Way
	Area    string
	Pinned  bool
	Lat     int64
	Lon     int64
	Heading int64
	Address string
}

var cameraCode = regexp.MustCompile(`^[A-Z0-9][A-Z0-9-]{1,30}$`)

// check checks what was typed.
func (s *Service) checkCamera(in *NewCamera, fresh bool) error {
	c := s.checks()
	in.check(c)
	if fresh && !cameraCode.MatchString(in.Code) {
		c.Add("code", "plates.fault.code")
	}
	in.Name = c.Required("name", in.Name, maxLine)
	check.OneOf(&c.Form, "mount", in.Mount, Mounts())
	check.OneOf(&c.Form, "way", in.Way, Ways())
	if in.Area != "" {
		if _, err := s.k.Pack.Area(in.Area, c.Now); err != nil {
			c.Add("area", "form.choose")
		}
	}
	if in.Lat < -90*million || in.Lat > 90*million || in.Lon < -180*million || in.Lon > 180*million {
		c.Add("place", "plates.fault.place")
	}
	if in.Heading < -1 || in.Heading > 359 {
		c.Add("heading", "form.out-of-range", "min", 0, "max", 359)
	}
	in.Address = c.Optional("address", in.Address, 500)
	if in.Way == Pull && !fetchable(in.Address) {
		c.Add("address", "plates.fault.address")
	}
	return c.Err()
}

// fetchable accepts the addresses that pictures can be fetched from.
func fetchable(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Host != "" && (u.Scheme == "rtsp" || u.Scheme == "rtsps" || u.Scheme == "http" || u.Scheme == "https")
}

func (in NewCamera) setting() Setting {
	return Setting{Camera: in.ID, Name: in.Name, Mount: in.Mount, Way: in.Way, Area: in.Area, Pinned: in.Pinned, Lat: in.Lat, Lon: in.Lon, Heading: in.Heading, Address: journal.Seal(in.Address)}
}

// RegisterCamera adds a camera to the registry.
func (s *Service) RegisterCamera(ctx context.Context, g policy.Grant, in NewCamera) (Camera, error) {
	in.ID = in.Submission
	if in.Unit == "" {
		in.Unit = g.Actor().Unit
	}
	if err := s.checkCamera(&in, true); err != nil {
		return Camera{}, err
	}
	if _, err := s.units.Unit(ctx, in.Unit); err != nil {
		return Camera{}, &fault.Error{Kind: fault.Invalid, Key: "form.choose", Field: "unit"}
	}
	err := s.do(ctx, g, in.Act, ident.Ref{}, func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		var n int
		err := r.Row(ctx, "select count(*) from plates_cameras where code = $1", []any{in.Code}, &n)
		if err == nil && n > 0 {
			err = &fault.Error{Kind: fault.Conflict, Key: "plates.fault.code-taken", Field: "code"}
		}
		if err == nil {
			d.AddOnce(in.Submission, d.Now, CameraRegistered{Camera: in.ID, Code: in.Code, Unit: in.Unit, Setting: in.setting()})
		}
		return err
	})
	if err != nil {
		return Camera{}, err
	}
	return s.Camera(ctx, in.ID)
}

// Camera gives a camera by its id.
func (s *Service) Camera(ctx context.Context, id ident.ID) (Camera, error) {
	return readCamera(ctx, s.k.Reader, id)
}

// onCamera re-reads a camera under the lock and appends what decide makes of it.
func (s *Service) onCamera(ctx context.Context, g policy.Grant, a Act, id ident.ID, decide func(Camera) (journal.Entry, error)) error {
	return s.do(ctx, g, a, cameraRef(id), func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		c, err := readCamera(ctx, r, id)
		if err != nil {
			return err
		}
		if err := a.stale(c.Version); err != nil {
			return err
		}
		if !c.Retired.IsZero() {
			return fault.New(fault.Refused, "plates.fault.retired")
		}
		e, err := decide(c)
		if err == nil {
			d.AddOnce(a.Submission, d.Now, e)
		}
		return err
	})
}

// AmendCamera says how a camera stands now.
func (s *Service) AmendCamera(ctx context.Context, g policy.Grant, in NewCamera) error {
	if err := s.checkCamera(&in, false); err != nil {
		return err
	}
	return s.onCamera(ctx, g, in.Act, in.ID, func(c Camera) (journal.Entry, error) {
		return CameraAmended{N: c.Version + 1, Setting: in.setting()}, nil
	})
}

// KeyCamera makes a new key for a device and gives it, this once: only its
// hash is kept. The key before is void. A form sent twice shows no second key,
// which would open nothing. Fault: Conflict plates.fault.key-shown.
// Law: L09-08 23
func (s *Service) KeyCamera(ctx context.Context, g policy.Grant, a Act, id ident.ID) (string, error) {
	c := s.checks()
	a.check(c)
	if err := c.Err(); err != nil {
		return "", err
	}
	secret := make([]byte, 32)
	rand.Read(secret) // never fails: the runtime ends the program first
	key := deviceKey(id, secret)
	made := false
	err := s.onCamera(ctx, g, a, id, func(c Camera) (journal.Entry, error) {
		made = true
		return CameraKeyed{Camera: id, N: c.Version + 1, Hash: hashKey(key)}, nil
	})
	if err == nil && !made {
		err = fault.New(fault.Conflict, "plates.fault.key-shown")
	}
	if err != nil {
		return "", err
	}
	return key, nil
}

// Remark is an act on a camera with its reason.
type Remark struct {
	Act
	Camera ident.ID
	Why    string
}

func (s *Service) remark(ctx context.Context, g policy.Grant, in Remark, decide func(Camera, string) (journal.Entry, error)) error {
	c := s.checks()
	in.check(c)
	in.Why = c.Required("why", in.Why, maxLine)
	if err := c.Err(); err != nil {
		return err
	}
	return s.onCamera(ctx, g, in.Act, in.Camera, func(c Camera) (journal.Entry, error) { return decide(c, in.Why) })
}

// SuspendAlerts keeps a camera's reads from becoming proposals.
func (s *Service) SuspendAlerts(ctx context.Context, g policy.Grant, in Remark) error {
	return s.remark(ctx, g, in, func(c Camera, why string) (journal.Entry, error) {
		if !c.Alerts {
			return nil, fault.New(fault.Conflict, "plates.fault.alerts")
		}
		return AlertsSuspended{Camera: c.ID, N: c.Version + 1, Why: why}, nil
	})
}

// RestoreAlerts lets a camera's reads become proposals again.
func (s *Service) RestoreAlerts(ctx context.Context, g policy.Grant, in Remark) error {
	return s.remark(ctx, g, in, func(c Camera, why string) (journal.Entry, error) {
		if c.Alerts {
			return nil, fault.New(fault.Conflict, "plates.fault.alerts")
		}
		return AlertsRestored{Camera: c.ID, N: c.Version + 1, Why: why}, nil
	})
}

// RetireCamera ends a camera's service; its key is void.
func (s *Service) RetireCamera(ctx context.Context, g policy.Grant, in Remark) error {
	return s.remark(ctx, g, in, func(c Camera, why string) (journal.Entry, error) {
		return CameraRetired{Camera: c.ID, N: c.Version + 1, Why: why}, nil
	})
}

// Device finds the camera whose key this is. Whoever has no right key learns
// nothing of which cameras there are. Fault: SignIn plates.fault.device.
func (s *Service) Device(ctx context.Context, key string) (Camera, error) {
	refused := fault.New(fault.SignIn, "plates.fault.device")
	id, ok := cameraOfKey(key)
	if !ok {
		return Camera{}, refused
	}
	c, err := s.Camera(ctx, id)
	if fault.Is(err, fault.NotFound) {
		return Camera{}, refused
	}
	if err != nil {
		return Camera{}, err
	}
	if c.Key == "" || !c.Retired.IsZero() || subtle.ConstantTimeCompare([]byte(c.Key), []byte(hashKey(key))) != 1 {
		s.k.Log.WarnContext(ctx, "a device came with a wrong key", "camera", c.Code)
		return Camera{}, refused
	}
	return c, nil
}

// lastHealth is what was last written of a camera's health.
type lastHealth struct {
	at     time.Time
	offset time.Duration
}

// healthEvery is how often a camera's health is written at most, while its
// clock stands still: it is working state, and each write is a commit.
const healthEvery = 20 * time.Second

// heard notes that a camera spoke.
func (s *Service) heard(ctx context.Context, camera ident.ID, last time.Time, offset time.Duration) error {
	now := s.k.Clock.Now()
	s.mu.Lock()
	was := s.health[camera]
	due := now.Sub(was.at) >= healthEvery || (offset-was.offset).Abs() >= clockAlarm
	if due {
		s.health[camera] = lastHealth{now, offset}
	}
	s.mu.Unlock()
	if !due {
		return nil
	}
	_, err := s.k.Scratch.Exec(ctx, `insert into tmp_plates_health (camera, seen_at, last_at, offset_us) values ($1, $2, $3, $4)
		on conflict (camera) do update set seen_at = excluded.seen_at, last_at = excluded.last_at, offset_us = excluded.offset_us`,
		string(camera), store.Micros(now), store.Micros(last), offset.Microseconds())
	return err
}

// cameras lists the cameras that somebody may see, by code.
func (s *Service) cameras(ctx context.Context, rights policy.Predicate) ([]Camera, error) {
	where := rights.Shift(0)
	return store.List(ctx, s.k.Reader, "select "+cameraColumns+" from "+cameraTables+" where "+where.SQL+" order by c.code", where.Args, scanCamera)
}

// Counts gives the reads of each of the last days of a camera, the newest
// first; they stay when the reads have gone.
func (s *Service) Counts(ctx context.Context, camera ident.ID, days int) ([]Day, error) {
	return store.List(ctx, s.k.Reader, "select "+dayColumns+" from plates_days d where d.camera = $1 order by d.day desc limit $2", []any{string(camera), days}, scanDay)
}
