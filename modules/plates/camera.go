package plates

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"

	"github.com/amana-platform/amana/kernel/ident"
)

// Mount says what carries a camera.
type Mount string

// The mounts.
const (
	Fixed   Mount = "fixed"
	Vehicle Mount = "vehicle"
	Body    Mount = "body"
	Phone   Mount = "phone"
)

// Mounts gives them in the order in which they are offered.
func Mounts() []Mount { return []Mount{Fixed, Vehicle, Body, Phone} }

// Way says how a camera's pictures come in.
type Way string

// The ways.
const (
	Events Way = "events" // it reads plates itself and sends what it read
	Push   Way = "push"   // it sends pictures
	Pull   Way = "pull"   // its pictures are fetched
)

// Ways gives them in the order in which they are offered.
func Ways() []Way { return []Way{Events, Push, Pull} }

// Camera is a source of reads.
type Camera struct {
	ID        ident.ID
	Version   int64
	Code      string // short, unique: "KEN-A1-03"
	Name      string
	Unit      ident.ID
	Mount     Mount
	Way       Way
	Area      string
	Pinned    bool
	Lat, Lon  int64  // millionths of a degree
	Heading   int64  // degrees clockwise from north, -1 unknown
	Address   string // where pictures are fetched; it may hold a password
	Key       string // hash of the device's key, "" before it has one
	Alerts    bool   // whether its reads become proposals
	Why       string // why not, in words
	Retired   time.Time
	Installed time.Time

	Seen   time.Time // when it last spoke
	LastAt time.Time // when it last saw a plate
	Offset time.Duration
}

// Ref points at the camera.
func (c Camera) Ref() ident.Ref { return ident.Ref{Kind: KindCamera, ID: c.ID} }

// silentAfter is how long a working camera may be silent.
const silentAfter = time.Hour

// clockAlarm is how far a camera's clock may be off before somebody is told.
const clockAlarm = 2 * time.Second

// Health says how a camera is: "retired", "never", "silent", "clock" or
// "well".
func (c Camera) Health(now time.Time) string {
	switch {
	case !c.Retired.IsZero():
		return "retired"
	case c.Seen.IsZero():
		return "never"
	case now.Sub(c.Seen) > silentAfter:
		return "silent"
	case c.Offset > clockAlarm || c.Offset < -clockAlarm:
		return "clock"
	}
	return "well"
}

// Healths lists what Health can say.
func Healths() []string { return []string{"well", "clock", "silent", "never", "retired"} }

// keyPrefix begins every device key, so that a leaked one is recognised.
const keyPrefix = "amana-device."

// deviceKey is the key of a device as it is handed over, once.
func deviceKey(camera ident.ID, secret []byte) string {
	return keyPrefix + string(camera) + "." + hex.EncodeToString(secret)
}

// hashKey is what is kept of a key; it is as long as random can be, so a plain
// hash serves.
func hashKey(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:])
}

// cameraOfKey gives the camera that a key says it is for.
func cameraOfKey(key string) (ident.ID, bool) {
	rest, ok := strings.CutPrefix(key, keyPrefix)
	if !ok || len(rest) != 36+1+64 || rest[36] != '.' {
		return "", false
	}
	id, err := ident.Parse(rest[:36])
	return id, err == nil
}
