package plates

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/amana-platform/amana/engines/plate"
	"github.com/amana-platform/amana/kernel/store"
)

// Fetching from cameras: a round fetches from each for a while, side by side,
// so that a camera registered meanwhile is in the next.
const (
	pullRound    = time.Minute
	pullPause    = 2 * time.Second // between two still pictures
	pullPatience = 10 * time.Second
)

// PullCameras fetches the pictures of every camera that has an address, for
// one round: streams through ffmpeg, still pictures over HTTP. What fails with
// one camera does not keep the others waiting; it is told in the log, and the
// camera falls silent in the registry.
func (s *Service) PullCameras(ctx context.Context) error {
	all, err := s.CamerasBy(ctx, Pull)
	if err != nil || len(all) == 0 {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, pullRound)
	defer cancel()
	var round sync.WaitGroup
	errs := make([]error, len(all))
	for i, c := range all {
		round.Go(func() {
			if err := s.pull(ctx, c); err != nil && ctx.Err() == nil {
				errs[i] = fmt.Errorf("camera %s: %w", c.Code, err)
			}
		})
	}
	round.Wait()
	return errors.Join(errs...)
}

// CamerasBy lists the cameras in service whose pictures come in a way.
func (s *Service) CamerasBy(ctx context.Context, way Way) ([]Camera, error) {
	return store.List(ctx, s.k.Reader, "select "+cameraColumns+" from "+cameraTables+" where c.way = $1 and c.retired_at = 0 order by c.code", []any{string(way)}, scanCamera)
}

// pull fetches from one camera until the round ends.
func (s *Service) pull(ctx context.Context, c Camera) error {
	if plate.IsStream(c.Address) {
		begun := s.k.Clock.Now()
		return hideAddress(s.reader.Film(ctx, c.Address, plate.FilmOptions{For: pullRound}, func(v plate.Vehicle) error { return s.passed(ctx, c, begun, v) }), c)
	}
	for ctx.Err() == nil {
		if err := s.still(ctx, c); err != nil {
			return hideAddress(err, c)
		}
		select {
		case <-ctx.Done():
		case <-time.After(pullPause):
		}
	}
	return nil
}

// hideAddress keeps a camera's address, which may hold a password, out of the
// log.
func hideAddress(err error, c Camera) error {
	if err == nil {
		return nil
	}
	said := err.Error()
	if u, parse := url.Parse(c.Address); parse == nil && u.User != nil {
		said = strings.ReplaceAll(said, u.User.String()+"@", "")
		if password, ok := u.User.Password(); ok && password != "" {
			said = strings.ReplaceAll(said, password, "…")
		}
	}
	return errors.New(strings.ReplaceAll(said, c.Address, "its address"))
}

// passed takes one vehicle of a stream, seen once.
func (s *Service) passed(ctx context.Context, c Camera, begun time.Time, v plate.Vehicle) error {
	best := v.Best
	best.Candidates, best.Score = v.Candidates, v.Score
	seen, err := seenOf(v.BestFrame, best)
	if err != nil {
		return err
	}
	seen.At = begun.Add(v.BestTime)
	return s.takeOwn(ctx, c, Submission{Model: plate.Version(), Reads: []Seen{seen}})
}

// takeOwn takes a batch that this process made, by this process's clock.
func (s *Service) takeOwn(ctx context.Context, c Camera, in Submission) error {
	c, err := s.Camera(ctx, c.ID) // its alerts may have been suspended meanwhile
	if err != nil {
		return err
	}
	in.Device, in.Sent = string(s.k.Journal.NewID()), s.k.Clock.Now()
	_, err = s.TakeBatch(ctx, c, in)
	return err
}

// still fetches one picture over HTTP and reads it.
func (s *Service) still(ctx context.Context, c Camera) error {
	ctx, cancel := context.WithTimeout(ctx, pullPatience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.Address, nil)
	if err != nil {
		return err
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }} // a camera sends nobody elsewhere
	res, err := client.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }() // only read from
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("it answers %s", res.Status)
	}
	now := s.k.Clock.Now()
	c, err = s.Camera(ctx, c.ID)
	if err != nil {
		return err
	}
	_, err = s.TakePicture(ctx, c, Scene{Device: string(s.k.Journal.NewID()), At: now, Sent: now, Image: res.Body})
	return err
}
