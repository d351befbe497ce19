package compose

import (
	"context"
	"time"

	"github.com/amana-platform/amana/modules/citizens"
	"github.com/amana-platform/amana/modules/figures"
	"github.com/amana-platform/amana/modules/trust"
)

// relied is the trusted third party as the figures see it.
type relied struct{ *trust.Service }

// Days counts by the day.
func (s relied) Days(ctx context.Context, from time.Time, ahead time.Duration) (map[int64]figures.Day, error) {
	all, err := s.Service.Days(ctx, from, ahead)
	out := make(map[int64]figures.Day, len(all))
	for n, d := range all {
		out[n] = figures.Day{SignIns: d.SignIns, Declined: d.Declined, Above: d.Above}
	}
	return out, err
}

// Institutions lists those that rely on the service or did.
func (s relied) Institutions(ctx context.Context) ([]figures.Institution, error) {
	all, err := s.Service.Institutions(ctx, trust.Active, trust.Suspended, trust.Expired)
	if err != nil {
		return nil, err
	}
	var out []figures.Institution
	for _, i := range all {
		if i.Sandbox || i.Current.Officers {
			continue
		}
		n, err := s.Count(ctx, i.ID)
		if err != nil {
			return nil, err
		}
		versions, err := s.Versions(ctx, i.ID)
		if err != nil {
			return nil, err
		}
		out = append(out, figures.Institution{ID: i.ID, Name: i.Current.Name, Purpose: i.Current.Purpose, State: string(i.State), Version: i.Current.N, Versions: int64(len(versions)),
			Ceiling: i.Current.Ceiling, Until: i.Until, Suspensions: i.Suspensions, Suspended: i.Suspended, Why: i.Why, Released: n.Released, Declined: n.Declined, Above: n.Above})
	}
	return out, nil
}

// Exceeded lists the latest requests above a ceiling.
func (s relied) Exceeded(ctx context.Context, n int) ([]figures.Exceeded, error) {
	all, err := s.Service.Exceeded(ctx, n)
	out := make([]figures.Exceeded, len(all))
	for i, x := range all {
		out[i] = figures.Exceeded{Institution: x.Institution, Name: x.Name, Above: x.Above, At: x.At}
	}
	return out, err
}

// logs is the citizens' logs as the figures see them: without a person.
type logs struct{ *citizens.Service }

// Figures counts.
func (s logs) Figures(ctx context.Context) (figures.Citizens, error) {
	f, err := s.Service.Figures(ctx)
	return figures.Citizens{Accounts: int64(f.Accounts), Recovered: int64(f.Recovered), Lines: f.Lines, Held: int64(f.Held), Released: int64(f.Released),
		Orders: int64(f.Orders), Ordered: int64(f.Ordered), Awaiting: int64(f.Awaiting),
		Contests: int64(f.Contests), Upheld: int64(f.Upheld), Waiting: int64(f.Waiting), Late: int64(f.Late)}, err
}

// Contests lists when contests were opened, are due and were answered.
func (s logs) Contests(ctx context.Context) ([]figures.Contest, error) {
	all, err := s.Service.Contests(ctx)
	out := make([]figures.Contest, len(all))
	for i, c := range all {
		out[i] = figures.Contest{Opened: c.Opened, Due: c.Due, Answered: c.Answered, Upheld: c.Upheld}
	}
	return out, err
}
