package plates

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"math/big"
	"time"
	"unicode/utf8"

	"github.com/amana-platform/amana/kernel/blobs"
	"github.com/amana-platform/amana/kernel/check"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/store"
)

// Limits of what a camera hands over at once.
const (
	maxReads   = 2_000
	maxOthers  = 10
	maxDevice  = 64
	maxPicture = 2 << 20 // bytes of one picture
)

// Seen is one read as a camera hands it over.
type Seen struct {
	At      time.Time // by the camera's clock
	Plate   string
	Country string
	Kind    string
	Score   float64 // 0 to 1
	Others  []Alternative
	Image   []byte // JPEG, PNG or WebP; may be absent
}

// Alternative is another reading.
type Alternative struct {
	Plate string
	Score float64
}

// Submission is what a camera hands over: its own name of the batch, which
// makes it idempotent, and its clock at the moment of sending.
type Submission struct {
	Device string
	Sent   time.Time
	Model  string
	Reads  []Seen
}

// Taken is the answer to a batch.
type Taken struct {
	Stored    int  // reads kept until their term ends
	Late      int  // left out, because their term had ended
	Proposals int  // new ones
	Again     bool // the batch had been taken before
}

// TakeBatch takes what a camera read: stores it under the key of the camera's
// day, and proposes what may show a listed plate. A batch sent again changes
// nothing. Faults: Invalid with the place of each wrong read. Law: L09-08 3
func (s *Service) TakeBatch(ctx context.Context, camera Camera, in Submission) (Taken, error) {
	b, err := s.receive(camera, in)
	if err != nil {
		return Taken{}, err
	}
	if again, err := s.takenBefore(ctx, s.k.Reader, b); err != nil || again {
		return Taken{Again: again}, err
	}
	if err := s.heard(ctx, camera.ID, b.last, b.offset); err != nil {
		return Taken{}, err
	}
	if err := s.propose(ctx, b); err != nil {
		return Taken{}, err
	}
	for range 2 { // a day's key that another process made first is met once
		g, err := s.system(actionTake)
		if err != nil {
			return Taken{}, err
		}
		if err := s.prepare(ctx, b); err != nil {
			return Taken{}, err
		}
		_, err = s.k.Journal.Do(ctx, g, func(ctx context.Context, r store.Reader, d *journal.Draft) error { return s.draftBatch(ctx, r, d, b) })
		if errors.Is(err, errDone) {
			return Taken{Again: len(b.days) > 0, Late: b.late}, nil
		}
		if !errors.Is(err, errDay) {
			return Taken{Stored: b.stored, Late: b.late, Proposals: b.proposed}, err
		}
	}
	return Taken{}, fault.New(fault.Conflict, "fault.conflict")
}

// batch is a submission under way.
type batch struct {
	camera Camera
	in     Submission
	now    time.Time
	offset time.Duration
	last   time.Time
	days   []*portion
	late   int
	least  int64

	proposals []*proposal
	lapsed    []ident.ID
	stored    int
	proposed  int
}

// portion is the part of a batch that belongs to one day.
type portion struct {
	id       ident.ID
	key      dayKey
	subject  ident.ID
	ends     time.Time
	items    []Item
	seen     []Seen
	hours    [24]int64
	leaves   []hash
	pictures []Picture
	body     string
}

// dayKey is a camera's day.
type dayKey struct {
	camera ident.ID
	date   string
}

// receive checks a submission, takes the clock's offset out of its times, and
// sorts its reads into days.
func (s *Service) receive(camera Camera, in Submission) (*batch, error) {
	b := &batch{camera: camera, in: in, now: s.k.Clock.Now()}
	c := s.checks()
	if n := utf8.RuneCountInString(in.Device); n < 1 || n > maxDevice {
		c.Add("batch", "form.required")
	}
	b.in.Device = c.Optional("batch", in.Device, maxDevice)
	b.in.Model = c.Optional("model", in.Model, maxLine)
	if in.Sent.IsZero() {
		c.Add("sent", "form.required")
	}
	if len(in.Reads) == 0 || len(in.Reads) > maxReads {
		c.Add("reads", "form.out-of-range", "min", 1, "max", maxReads)
		return nil, c.Err()
	}
	b.offset = b.now.Sub(in.Sent)
	if b.offset.Abs() < clockAlarm { // the way of the message, not the clock
		b.offset = 0
	}
	for i := range in.Reads {
		if err := s.sort(b, c, i); err != nil {
			return nil, err
		}
	}
	return b, c.Err()
}

// sort checks one read and puts it into its day.
func (s *Service) sort(b *batch, c *checks, i int) error {
	x := &b.in.Reads[i]
	item, ok := itemOf(b, c, i)
	if !ok {
		return nil
	}
	at := store.Time(item.At)
	date := s.k.Pack.Day(at)
	keep, err := s.k.Pack.Retention("plate-read", b.now)
	if err != nil {
		return err
	}
	midnight, _ := s.k.Pack.Instant(date, 0, 0, 0)
	ends := keep.Keep.After(midnight)
	if !ends.After(b.now) {
		b.late++
		return nil
	}
	p := b.day(s, date.String(), ends)
	p.items, p.seen = append(p.items, item), append(p.seen, *x)
	p.hours[s.k.Pack.Local(at).Hour()]++
	if at.After(b.last) {
		b.last = at
	}
	return nil
}

// day gives the portion of a day, made at its first read.
func (b *batch) day(s *Service, date string, ends time.Time) *portion {
	for _, p := range b.days {
		if p.key.date == date {
			return p
		}
	}
	p := &portion{id: s.k.Journal.NewID(), key: dayKey{b.camera.ID, date}, ends: ends}
	b.days = append(b.days, p)
	return p
}

// itemOf checks one read and makes the item that is kept of it.
func itemOf(b *batch, c *checks, i int) (Item, bool) {
	x := b.in.Reads[i]
	wrong := func(key string, args ...any) (Item, bool) {
		c.Add("reads."+decimal(i), key, args...)
		return Item{}, false
	}
	line, ok := readable(x.Country, x.Plate)
	switch {
	case !ok || x.Country != "" && !twoLetters(x.Country):
		return wrong("plates.fault.plate")
	case !(x.Score >= 0 && x.Score <= 1): // NaN is none of both
		return wrong("form.out-of-range", "min", 0, "max", 1)
	case x.At.IsZero() || x.At.After(b.in.Sent.Add(check.Slack)) || x.At.Year() < 2000:
		return wrong("form.future")
	case len(x.Others) > maxOthers:
		return wrong("form.out-of-range", "min", 0, "max", maxOthers)
	case len(x.Image) > maxPicture:
		return wrong("blobs.too-large", "max", int64(maxPicture))
	}
	out := Item{Plate: line, Country: x.Country, Said: store.Micros(x.At), At: store.Micros(x.At.Add(b.offset)), PPM: ppmOf(x.Score)}
	if out.Country == "ma" {
		out.Country = ""
	}
	if len(x.Kind) <= 20 && x.Kind == lowerWord(x.Kind) {
		out.Kind = x.Kind
	}
	for _, o := range x.Others {
		if other, ok := readable(x.Country, o.Plate); ok && o.Score >= 0 && o.Score <= 1 {
			out.Others = append(out.Others, Choice{other, ppmOf(o.Score)})
		}
	}
	salt := make([]byte, 16)
	rand.Read(salt) // never fails: the runtime ends the program first
	out.Salt = hex.EncodeToString(salt)
	return out, true
}

func ppmOf(p float64) int64 { return int64(p*million + 0.5) }

func decimal(n int) string { return big.NewInt(int64(n)).String() }

func twoLetters(s string) bool { return len(s) == 2 && s == lowerWord(s) }

// lowerWord keeps the letters a to z of a word.
func lowerWord(s string) string {
	return string(bytes.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' {
			return r
		}
		return -1
	}, []byte(s)))
}

// takenBefore reports whether the camera's batch is in the record.
func (s *Service) takenBefore(ctx context.Context, r store.Reader, b *batch) (bool, error) {
	var n int
	err := r.Row(ctx, "select count(*) from plates_batches where camera = $1 and device = $2", []any{string(b.camera.ID), b.in.Device}, &n)
	return n > 0, err
}

// prepare does outside the lock what is slow: keys of days, pictures, hashes.
func (s *Service) prepare(ctx context.Context, b *batch) error {
	for _, p := range b.days {
		subject, err := s.dayOf(ctx, s.k.Reader, p.key)
		if err != nil {
			return err
		}
		if subject == p.subject { // prepared before
			continue
		}
		p.subject = subject
		if p.leaves, err = leavesOf(p.items); err != nil {
			return err
		}
		if p.body, err = pack(p.items); err != nil {
			return err
		}
		if p.pictures, err = s.drawn(ctx, b, p); err != nil {
			return err
		}
	}
	for _, x := range b.proposals {
		if image := x.portion.seen[x.n].Image; len(image) > 0 && x.pictures == nil {
			kept, err := s.keep(ctx, x.hit, int64(x.n), image)
			if err != nil {
				return err
			}
			x.pictures = []Picture{kept}
		}
	}
	return nil
}

// plateImages is what a camera's picture may be.
var plateImages = blobs.Limits{Bytes: maxPicture, Kinds: []string{"image/jpeg", "image/png", "image/webp"}}

// keep stores the picture of a read under a key.
func (s *Service) keep(ctx context.Context, subject ident.ID, n int64, image []byte) (Picture, error) {
	info, err := s.k.Blobs.Put(ctx, blobs.Offer{Subject: string(subject)}, bytes.NewReader(image), plateImages)
	return pictureOf(n, info), err
}

// dayOf gives the key of a camera's day: the one in the record, or the one a
// batch under way is about to put there.
func (s *Service) dayOf(ctx context.Context, r store.Reader, k dayKey) (ident.ID, error) {
	id, err := recordedDay(ctx, r, k)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil || id != "" {
		delete(s.days, k)
		return id, err
	}
	if s.days[k] == "" {
		s.days[k] = s.k.Journal.NewID()
	}
	return s.days[k], nil
}

func recordedDay(ctx context.Context, r store.Reader, k dayKey) (id ident.ID, err error) {
	err = r.Row(ctx, "select id from plates_days where camera = $1 and day = $2", []any{string(k.camera), k.date}, &id)
	if fault.Is(err, fault.NotFound) {
		return "", nil
	}
	return id, err
}

// errDay ends a decision whose day got its key from elsewhere meanwhile.
var errDay = errors.New("plates: the day has another key")

// draftBatch drafts the batch, its proposals and its warnings.
func (s *Service) draftBatch(ctx context.Context, r store.Reader, d *journal.Draft, b *batch) error {
	if again, err := s.takenBefore(ctx, r, b); err != nil || again || len(b.days) == 0 {
		return errors.Join(err, doneIf(err == nil))
	}
	b.stored, b.proposed = 0, 0
	for _, p := range b.days {
		if id, err := recordedDay(ctx, r, p.key); err != nil || id != "" && id != p.subject {
			return errors.Join(err, errDay)
		}
		d.Add(p.entry(b))
		b.stored += len(p.items)
	}
	for _, x := range b.proposals {
		if err := s.draftProposal(ctx, r, d, b, x); err != nil {
			return err
		}
	}
	day := s.k.Pack.Day(d.Now).String()
	for _, id := range b.lapsed {
		e, err := readEntry(ctx, r, id)
		if err != nil {
			return err
		}
		if e.Standing(d.Now) == "lapsed" && e.LapsedOn != day {
			d.Add(LapsedSeen{Entry: id, Day: day})
		}
	}
	return nil
}

func doneIf(done bool) error {
	if done {
		return errDone
	}
	return nil
}

// entry is what the journal keeps of a day's portion.
func (p *portion) entry(b *batch) BatchTaken {
	e := BatchTaken{Batch: p.id, Camera: b.camera.ID, Day: p.subject, Date: p.key.date, Device: b.in.Device, Root: hexOf(root(p.leaves)), Reads: int64(len(p.items)),
		Model: b.in.Model, Offset: b.offset.Microseconds(), Ends: p.ends, Body: journal.Seal(p.body), Pictures: p.pictures}
	if p == b.days[0] {
		e.Late = int64(b.late)
	}
	for h, n := range p.hours {
		if n > 0 {
			e.Hours = append(e.Hours, HourCount{int64(h), n})
		}
	}
	return e
}

// sameVehicle is how long sightings of one listed plate by one camera count as
// one.
const sameVehicle = 5 * time.Minute
