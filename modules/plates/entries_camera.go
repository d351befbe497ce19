package plates

import (
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/store"
)

// Setting is where a camera stands and how its pictures come in.
type Setting struct {
	Camera  ident.ID
	Name    string
	Mount   Mount
	Way     Way
	Area    string
	Pinned  bool
	Lat     int64
	Lon     int64
	Heading int64
	Address journal.Sealed `seal:"Camera"`
}

// CameraRegistered says that a camera serves a unit.
type CameraRegistered struct {
	Camera  ident.ID
	Code    string
	Unit    ident.ID
	Setting Setting
}

// Apply adds the camera.
func (e CameraRegistered) Apply(w *store.Writer, m journal.Meta) error {
	s := e.Setting
	return w.One(`insert into plates_cameras (id, version, code, name, unit, mount, way, area, pinned, lat, lon, heading, address, key_hash, alerts, why, installed_at, retired_at)
		values ($1, 1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, '', true, '', $13, 0)`,
		string(e.Camera), e.Code, s.Name, string(e.Unit), string(s.Mount), string(s.Way), s.Area, s.Pinned, s.Lat, s.Lon, s.Heading, s.Address, store.Micros(m.Happened))
}

// About names the camera.
func (e CameraRegistered) About() []ident.Ref { return []ident.Ref{cameraRef(e.Camera)} }

// CameraAmended says how a camera stands now.
type CameraAmended struct {
	N       int64
	Setting Setting
}

// Apply replaces the setting.
func (e CameraAmended) Apply(w *store.Writer, _ journal.Meta) error {
	s := e.Setting
	return w.One(`update plates_cameras set name = $1, mount = $2, way = $3, area = $4, pinned = $5, lat = $6, lon = $7, heading = $8, address = $9, version = $10
		where id = $11 and version = $12 and retired_at = 0`,
		s.Name, string(s.Mount), string(s.Way), s.Area, s.Pinned, s.Lat, s.Lon, s.Heading, s.Address, e.N, string(s.Camera), e.N-1)
}

// About names the camera.
func (e CameraAmended) About() []ident.Ref { return []ident.Ref{cameraRef(e.Setting.Camera)} }

// CameraKeyed says that a device received a new key; the one before is void.
// Only the key's hash is kept.
type CameraKeyed struct {
	Camera ident.ID
	N      int64
	Hash   string
}

// Apply replaces the key.
func (e CameraKeyed) Apply(w *store.Writer, _ journal.Meta) error {
	return w.One("update plates_cameras set key_hash = $1, version = $2 where id = $3 and version = $4 and retired_at = 0", e.Hash, e.N, string(e.Camera), e.N-1)
}

// About names the camera.
func (e CameraKeyed) About() []ident.Ref { return []ident.Ref{cameraRef(e.Camera)} }

// AlertsSuspended says that a camera's reads no longer become proposals.
// Right and Of are the audit's figures where it was the cause, else 0.
type AlertsSuspended struct {
	Camera ident.ID
	N      int64
	Why    string
	Right  int64
	Of     int64
}

// Apply suspends the alerts.
func (e AlertsSuspended) Apply(w *store.Writer, _ journal.Meta) error {
	return w.One("update plates_cameras set alerts = false, why = $1, version = $2 where id = $3 and version = $4 and alerts and retired_at = 0", e.Why, e.N, string(e.Camera), e.N-1)
}

// About names the camera and the desk.
func (e AlertsSuspended) About() []ident.Ref { return []ident.Ref{cameraRef(e.Camera), deskRef} }

// AlertsRestored says that a camera's reads become proposals again, and why.
type AlertsRestored struct {
	Camera ident.ID
	N      int64
	Why    string
}

// Apply restores the alerts.
func (e AlertsRestored) Apply(w *store.Writer, _ journal.Meta) error {
	return w.One("update plates_cameras set alerts = true, why = $1, version = $2 where id = $3 and version = $4 and not alerts and retired_at = 0", e.Why, e.N, string(e.Camera), e.N-1)
}

// About names the camera.
func (e AlertsRestored) About() []ident.Ref { return []ident.Ref{cameraRef(e.Camera)} }

// CameraRetired says that a camera serves no more; its key is void.
type CameraRetired struct {
	Camera ident.ID
	N      int64
	Why    string
}

// Apply retires the camera.
func (e CameraRetired) Apply(w *store.Writer, m journal.Meta) error {
	return w.One("update plates_cameras set retired_at = $1, key_hash = '', alerts = false, why = $2, version = $3 where id = $4 and version = $5 and retired_at = 0",
		store.Micros(m.Happened), e.Why, e.N, string(e.Camera), e.N-1)
}

// About names the camera.
func (e CameraRetired) About() []ident.Ref { return []ident.Ref{cameraRef(e.Camera)} }
