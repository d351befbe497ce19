package trust

import (
	"context"
	"strings"
	"time"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/text"
)

// Day is what happened at all institutions together on one day.
type Day struct {
	SignIns, Declined int64
	Above             int64 // requests above the ceiling, refused
}

// step is the pack's number below which what citizens did is not published.
// Law: L09-08
func (s *Service) step() (int64, error) {
	rule, err := s.k.Pack.Rule(ruleFigures, s.k.Clock.Now())
	return int64(rule.Count), err
}

const dayMicros = int64(24 * time.Hour / time.Microsecond)

// Days counts from a moment on, by the number of the day since 1970 of a clock
// that is so far ahead of UTC.
func (s *Service) Days(ctx context.Context, from time.Time, ahead time.Duration) (map[int64]Day, error) {
	out := map[int64]Day{}
	// institution by institution: the index begins with it; what a sandbox tries
	// is nothing that institutions did
	err := s.k.Reader.Each(ctx, `select (v.at + $2) / $3, v.result, count(*) from trust_institutions i join trust_verifications v on v.institution = i.id
		where v.at >= $1 and not i.sandbox group by 1, 2`, []any{store.Micros(from), ahead.Microseconds(), dayMicros}, func(scan store.Scan) error {
		var day, n int64
		var result string
		err := scan(&day, &result, &n)
		d := out[day]
		if result == "released" {
			d.SignIns += n
		} else {
			d.Declined += n
		}
		out[day] = d
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, s.k.Reader.Each(ctx, `select (r.at + $2) / $3, count(*) from trust_institutions i join trust_refusals r on r.institution = i.id
		where r.at >= $1 and not i.sandbox group by 1`, []any{store.Micros(from), ahead.Microseconds(), dayMicros}, func(scan store.Scan) error {
		var day, n int64
		err := scan(&day, &n)
		d := out[day]
		d.Above += n
		out[day] = d
		return err
	})
}

// Attributes says attributes in words.
func (*Service) Attributes(w *text.Words, names []string) string { return attributeWords(w, names) }

// Exceeded is a request that asked for more than the institution may.
type Exceeded struct {
	Institution ident.ID
	Name        [3]string // ar, fr, en; of a program of the service's own too
	Above       []string  // the attributes above the ceiling
	At          time.Time
}

// Exceeded lists the latest requests above a ceiling, at most n, but for those of sandboxes.
func (s *Service) Exceeded(ctx context.Context, n int) ([]Exceeded, error) {
	return store.List(ctx, s.k.Reader, `select r.institution, v.name_ar, v.name_fr, v.name_en, r.above, r.at from trust_refusals r join trust_institutions i on i.id = r.institution
		join trust_versions v on v.institution = i.id and v.n = i.version where not i.sandbox order by r.at desc, r.id limit $1`, []any{n}, func(scan store.Scan) (x Exceeded, err error) {
		var above string
		var at int64
		err = scan(&x.Institution, &x.Name[0], &x.Name[1], &x.Name[2], &above, &at)
		x.Above, x.At = strings.Fields(above), store.Time(at)
		return x, err
	})
}

// Agreements counts what citizens agreed to: what stands, and what has ended by
// their word or by a newer one.
func (s *Service) Agreements(ctx context.Context) (standing, ended int64, err error) {
	err = s.k.Reader.Row(ctx, "select coalesce(sum(case when ended_at = 0 then 1 else 0 end), 0), coalesce(sum(case when ended_at <> 0 then 1 else 0 end), 0) from trust_consents", nil, &standing, &ended)
	return standing, ended, err
}
