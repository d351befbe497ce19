package plates

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/amana-platform/amana/kernel/blobs"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/packs"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
)

// spare is how many times more pictures are kept than samples are drawn.
const spare = 3

// drawn keeps the pictures of some reads of a portion, drawn by lot, so that
// the week's samples can be drawn from them. All other pictures without a hit
// are let go at once: nobody needs them.
func (s *Service) drawn(ctx context.Context, b *batch, p *portion) ([]Picture, error) {
	weekly, err := s.count("plate-sample-weekly", b.now)
	if err != nil {
		return nil, err
	}
	var week int64
	err = s.k.Reader.Row(ctx, "select cast(coalesce(sum(reads), 0) as bigint) from plates_counts where camera = $1 and day >= $2",
		[]any{string(b.camera.ID), s.k.Pack.Day(b.now.AddDate(0, 0, -7)).String()}, &week)
	if err != nil {
		return nil, err
	}
	var out []Picture
	for n, x := range p.seen {
		if len(x.Image) == 0 || week > 0 && rand.Int64N(week+1) >= int64(weekly*spare) {
			continue
		}
		kept, err := s.keep(ctx, p.subject, int64(n), x.Image)
		if err != nil {
			return nil, err
		}
		out = append(out, kept)
	}
	return out, nil
}

// weekOf names the week of a moment in the pack's time (ISO 8601: "2026-W48").
func (s *Service) weekOf(t time.Time) string {
	year, week := s.k.Pack.Local(t).ISOWeek()
	return fmt.Sprintf("%04d-W%02d", year, week)
}

// weekSpan gives the Monday, inclusive, and the next, exclusive, of the week
// of a moment.
func (s *Service) weekSpan(t time.Time) (from, to time.Time) {
	local := s.k.Pack.Local(t)
	monday := local.AddDate(0, 0, -(int(local.Weekday())+6)%7)
	from, _ = s.k.Pack.Instant(packs.DateOf(monday), 0, 0, 0)
	to, _ = s.k.Pack.Instant(packs.DateOf(monday.AddDate(0, 0, 7)), 0, 0, 0)
	return from, to
}

// DrawSamples draws what is keyed again of the week before the present one,
// once: from each camera so many reads and so many confirmed hits, by lot. It
// gives how many it drew. Law: L09-08 3
func (s *Service) DrawSamples(ctx context.Context) (int, error) {
	now := s.k.Clock.Now()
	last := now.AddDate(0, 0, -7)
	week := s.weekOf(last)
	weekly, err := s.count("plate-sample-weekly", now)
	if err != nil {
		return 0, err
	}
	g, err := s.system(actionDraw)
	if err != nil {
		return 0, err
	}
	n := 0
	_, err = s.k.Journal.Do(ctx, g, func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		var before int
		if err := r.Row(ctx, "select count(*) from plates_samples where week = $1", []any{week}, &before); err != nil {
			return err
		}
		all, err := s.lots(ctx, r, last)
		if err != nil {
			return err
		}
		e := SamplesDrawn{Week: week, Samples: byLot(all, weekly)}
		if n = len(e.Samples); n == 0 || before > 0 {
			n = 0
			return errDone
		}
		for i := range e.Samples {
			e.Samples[i].Sample = d.NewID()
		}
		d.Add(e)
		return nil
	})
	return n, unlessDone(err)
}

// lots lists what may be drawn of a week: reads whose picture was kept, and
// hits that somebody confirmed.
func (s *Service) lots(ctx context.Context, r store.Reader, in time.Time) ([]Drawn, error) {
	from, to := s.weekSpan(in)
	span := []any{store.Micros(from), store.Micros(to)}
	read := func(scan store.Scan) (d Drawn, err error) {
		var at int64
		var line string
		err = scan(&d.Subject, &d.Camera, &at, &d.Batch, &d.N, &d.Hit, &d.Decider, &d.Country, journal.Words(&line))
		d.Hour, d.Letter, d.Plate = int64(s.k.Pack.Local(store.Time(at)).Hour()), letterOf(d.Country, line), journal.Seal(line)
		return d, err
	}
	reads, err := store.List(ctx, r, `select x.day, x.camera, x.at, x.batch, x.n, '', '', x.country, x.plate
		from plates_pictures p join plates_reads x on x.batch = p.batch and x.n = p.n and p.subject = x.day where x.at >= $1 and x.at < $2 order by x.batch, x.n`, span, read)
	if err != nil {
		return nil, err
	}
	hits, err := store.List(ctx, r, `select h.id, h.camera, h.at, h.batch, h.n, h.id, h.decided_by, h.country, h.plate
		from plates_pictures p join plates_hits h on h.id = p.subject where h.at >= $1 and h.at < $2 and h.state in ('confirmed', 'tasked', 'closed') and h.plate is not null
		order by h.id`, span, read)
	return append(hits, reads...), err
}

// byLot draws at most n hits and n reads of each camera; a hit's own read is
// drawn once.
func byLot(all []Drawn, n int) []Drawn {
	rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	type pile struct {
		camera ident.ID
		hit    bool
	}
	type place struct {
		batch ident.ID
		n     int64
	}
	counts, taken := map[pile]int{}, map[place]bool{}
	var out []Drawn
	for _, hits := range []bool{true, false} {
		for _, d := range all {
			k, at := pile{d.Camera, hits}, place{d.Batch, d.N}
			if (d.Hit != "") != hits || counts[k] >= n || taken[at] {
				continue
			}
			counts[k]++
			taken[at] = true
			out = append(out, d)
		}
	}
	return out
}

// Keying is what a person reads in the picture of a sample; "" is that it
// cannot be read.
type Keying struct {
	Act
	Sample  ident.ID
	Country string
	Plate   string
}

// KeySample records what a person reads in a sample's picture, who was not
// shown what the machine had read. Where the camera's share of right reads is
// then certainly below its floor, its alerts are suspended in the same
// transaction.
func (s *Service) KeySample(ctx context.Context, g policy.Grant, in Keying) error {
	c := s.checks()
	in.check(c)
	line := ""
	if in.Plate != "" {
		var ok bool
		if line, ok = readable(in.Country, in.Plate); !ok {
			c.Add("typed", "plates.fault.plate")
		}
	}
	if err := c.Err(); err != nil {
		return err
	}
	return s.do(ctx, g, in.Act, ident.Ref{Kind: KindSample, ID: in.Sample}, func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		x, err := readSample(ctx, r, in.Sample)
		if err != nil {
			return err
		}
		me := g.Actor().ID
		switch {
		case x.State != SampleOpen && x.State != SampleSecond || x.Plate == "":
			return fault.New(fault.Conflict, "plates.fault.keyed")
		case x.Decider == me || x.First == me:
			return fault.New(fault.Refused, "plates.fault.not-blind")
		}
		e := SampleKeyed{Sample: x.ID, Camera: x.Camera, Subject: x.Subject, By: me, Second: x.State == SampleSecond, State: x.keyed(line), Typed: journal.Seal(line)}
		d.AddOnce(in.Submission, d.Now, e)
		return s.draftSuspension(ctx, r, d, x.Camera, e.State)
	})
}

// draftSuspension suspends a camera's alerts if, with one more verdict, its
// share is certainly below the floor.
func (s *Service) draftSuspension(ctx context.Context, r store.Reader, d *journal.Draft, camera ident.ID, verdict SampleState) error {
	if verdict != SampleWrong {
		return nil
	}
	floor, err := s.k.Pack.Rule("plate-camera-floor", d.Now)
	if err != nil {
		return err
	}
	share, err := s.share(ctx, r, camera, d.Now)
	if err != nil {
		return err
	}
	share.Of++
	least, err := s.count("plate-camera-least", d.Now)
	if err != nil || share.Of < int64(least) {
		return err
	}
	c, err := readCamera(ctx, r, camera)
	if err != nil || !c.Alerts || !c.Retired.IsZero() || !share.below(floor.Count) {
		return err
	}
	d.Add(AlertsSuspended{Camera: camera, N: c.Version + 1, Why: "audit", Right: share.Right, Of: share.Of})
	return nil
}

// since is the first week that counts for a camera's floor.
func (s *Service) since(now time.Time) (string, error) {
	rule, err := s.k.Pack.Rule("plate-camera-floor", now)
	if err != nil {
		return "", err
	}
	return s.weekOf(now.AddDate(0, 0, -rule.Period.Days)), nil
}

// share is a camera's share of right reads in the weeks that count.
func (s *Service) share(ctx context.Context, r store.Reader, camera ident.ID, now time.Time) (Share, error) {
	from, err := s.since(now)
	if err != nil {
		return Share{}, err
	}
	var x Share
	err = r.Row(ctx, "select count(*), cast(coalesce(sum(case when state = 'right' then 1 else 0 end), 0) as bigint) from plates_samples where camera = $1 and week >= $2 and state in ('right', 'wrong')",
		[]any{string(camera), from}, &x.Of, &x.Right)
	return x, err
}

// Accuracy is the share of right reads of a camera, an hour or a letter.
type Accuracy struct {
	Of    string // camera id, hour or letter
	Share Share
}

// Accuracies gives the shares by "camera", "hour" or "letter", in the weeks
// that count.
func (s *Service) Accuracies(ctx context.Context, by string) ([]Accuracy, error) {
	column, ok := map[string]string{"camera": "camera", "hour": "cast(hour as text)", "letter": "letter"}[by]
	if !ok {
		return nil, fault.New(fault.NotFound, "fault.not-found")
	}
	from, err := s.since(s.k.Clock.Now())
	if err != nil {
		return nil, err
	}
	return store.List(ctx, s.k.Reader, "select "+column+`, count(*), cast(sum(case when state = 'right' then 1 else 0 end) as bigint) from plates_samples
		where week >= $1 and state in ('right', 'wrong') group by `+column+" order by 1", []any{from}, func(scan store.Scan) (a Accuracy, err error) {
		err = scan(&a.Of, &a.Share.Of, &a.Share.Right)
		return a, err
	})
}

// ToKey gives a sample that waits for this person: not their own hit, and not
// what they have keyed. Fault: NotFound where there is none.
func (s *Service) ToKey(ctx context.Context, person ident.ID) (Sample, error) {
	return store.One(ctx, s.k.Reader, "select "+sampleColumns+` from plates_samples s
		where s.state in ('open', 'second') and s.decider <> $1 and s.first_by <> $1 and s.plate is not null order by s.week, s.id limit 1`, []any{string(person)}, scanSample)
}

// samplePicture gives the picture of a sample.
func (s *Service) samplePicture(ctx context.Context, x Sample) (blobs.Info, error) {
	return store.One(ctx, s.k.Reader, "select "+pictureColumns+" from plates_pictures p where p.subject = $1 and p.batch = $2 and p.n = $3", []any{string(x.Subject), string(x.Batch), x.N}, scanPicture)
}

// Sample gives a sample by its id.
func (s *Service) Sample(ctx context.Context, id ident.ID) (Sample, error) {
	return readSample(ctx, s.k.Reader, id)
}
