package figures

import (
	"context"
	"sync"
	"time"

	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/text"
)

// Trust is what the trusted third party counts; main fills it.
type Trust interface {
	// Days counts from a moment on, by the number of the day since 1970 of a
	// clock that is so far ahead of UTC.
	Days(ctx context.Context, from time.Time, ahead time.Duration) (map[int64]Day, error)
	// Institutions lists those that rely on the service or did; no sandboxes.
	Institutions(ctx context.Context) ([]Institution, error)
	// Exceeded lists the latest requests above a ceiling.
	Exceeded(ctx context.Context, n int) ([]Exceeded, error)
	// Agreements counts agreements that stand and that have ended.
	Agreements(ctx context.Context) (standing, ended int64, err error)
	// Attributes says attributes in words.
	Attributes(w *text.Words, names []string) string
}

// Logs is what is counted of the citizens' logs; main fills it.
type Logs interface {
	Figures(ctx context.Context) (Citizens, error)
	// Contests lists contests, those that wait first.
	Contests(ctx context.Context) ([]Contest, error)
}

// Service is the module.
type Service struct {
	k     *app.Kernel
	trust Trust
	logs  Logs

	mu   sync.Mutex
	last Report
	at   time.Time // by the machine's clock, when last was counted
}

// New makes the module.
func New(k *app.Kernel, t Trust, l Logs) *Service { return &Service{k: k, trust: t, logs: l} }

// counted is how long what was counted is shown: strangers ask, and counting
// reads tables.
const counted = time.Minute

// Report counts, or gives what was counted within the last minute.
func (s *Service) Report(ctx context.Context) (Report, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.at.IsZero() && time.Since(s.at) < counted && s.k.Clock.Now().Sub(s.last.Counted).Abs() < counted {
		return s.last, nil
	}
	r, err := s.count(context.WithoutCancel(ctx)) // it is for whoever asks next, too
	if err == nil {
		s.last, s.at = r, time.Now()
	}
	return r, err
}

// mostExceeded bounds the refused requests that are listed.
const mostExceeded = 100

func (s *Service) count(ctx context.Context) (r Report, err error) {
	r.Counted = s.k.Clock.Now()
	if r.Days, err = s.days(ctx, r.Counted); err != nil {
		return r, err
	}
	if r.Institutions, err = s.trust.Institutions(ctx); err != nil {
		return r, err
	}
	if r.Exceeded, err = s.trust.Exceeded(ctx, mostExceeded); err != nil {
		return r, err
	}
	if r.Agreed, r.Ended, err = s.trust.Agreements(ctx); err != nil {
		return r, err
	}
	if r.Citizens, err = s.logs.Figures(ctx); err != nil {
		return r, err
	}
	if r.Contests, err = s.logs.Contests(ctx); err != nil {
		return r, err
	}
	r.Service, err = s.health(ctx, r.Counted)
	return r, err
}

// days counts the last days, today among them, by the legal time of today.
func (s *Service) days(ctx context.Context, now time.Time) ([]Day, error) {
	ahead := s.k.Pack.Offset(now)
	today := now.Add(ahead).Unix() / 86400
	first := today - days + 1
	start := func(day int64) time.Time { return time.Unix(day*86400, 0).UTC().Add(-ahead) }
	all, err := s.trust.Days(ctx, start(first), ahead)
	if err != nil {
		return nil, err
	}
	out := make([]Day, 0, days)
	for day := first; day <= today; day++ {
		d := all[day]
		d.Date = start(day)
		out = append(out, d)
	}
	return out, nil
}

func (s *Service) health(ctx context.Context, now time.Time) (h Health, err error) {
	w, err := s.k.Keeper.Watched(ctx)
	if err != nil {
		return h, err
	}
	for _, a := range w.Alarms {
		h.Alarms = append(h.Alarms, Alarm{a.Key, a.Since})
	}
	for _, c := range w.Witnesses {
		if !c.At.IsZero() {
			h.Witnesses++
		}
	}
	h.Leaves, h.Covered, h.Waits = w.Log.Size, w.Log.Covered, w.Log.Age
	planted, err := s.k.Journal.Planted(ctx, now.AddDate(0, 0, -days))
	h.Available, h.Watched = available(planted, now)
	return h, err
}

// step is the pack's number below which what people did is not published.
// Law: L09-08
func (s *Service) step() (int64, error) {
	rule, err := s.k.Pack.Rule(ruleFigures, s.k.Clock.Now())
	return int64(rule.Count), err
}
