package plates

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
)

// maxFound is how many past reads a search shows.
const maxFound = 500

// Searching looks for past reads. Plate may hold "?" for one character and
// "*" for any; empty is every plate, for one camera.
type Searching struct {
	Submission ident.ID
	Country    string
	Plate      string
	From, To   time.Time
	Camera     ident.ID
	Authority  string
}

// SearchReads looks for past reads, for the purpose of the grant and on a
// stated authority, within the pack's window and the term of the reads. The
// search is an entry of the journal before its answer is given.
// Law: L09-08 3; L09-08 23
func (s *Service) SearchReads(ctx context.Context, g policy.Grant, in Searching) ([]Read, error) {
	match, err := s.checkSearch(&in)
	if err != nil {
		return nil, err
	}
	found, err := s.sift(ctx, in, match)
	if err != nil {
		return nil, err
	}
	p := g.Purpose()
	e := ReadsSearched{Search: in.Submission, By: g.Actor().ID, Unit: g.Actor().Unit, Authority: in.Authority, Purpose: string(p.Kind), Pattern: journal.Seal(in.Plate), From: in.From, To: in.To, Camera: in.Camera, Found: int64(len(found))}
	if p.Kind == policy.Case {
		e.Case = p.Ref.ID
	}
	_, err = s.k.Journal.Do(ctx, g, func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		done, err := doneBefore(ctx, r, g, in.Submission)
		if err != nil {
			return err
		}
		if done { // the form sent again is a search again
			e.Search = d.NewID()
			d.Add(e)
			return nil
		}
		d.AddOnce(in.Submission, d.Now, e)
		return nil
	})
	return found, err
}

// checkSearch checks what was asked and gives the condition on a plate's line.
func (s *Service) checkSearch(in *Searching) (func(line string) bool, error) {
	c := s.checks()
	c.ID("submission", in.Submission, "plates.fault.submission")
	in.Authority = c.Required("authority", in.Authority, maxLine)
	in.Plate = c.Optional("pattern", strings.ToUpper(strings.ReplaceAll(in.Plate, "\u061f", "?")), longestPlate)
	if in.Plate == "" && in.Camera == "" {
		c.Add("pattern", "plates.fault.plate-or-camera")
	}
	match := s.matching(c, in)
	rule, err := s.k.Pack.Rule("plate-search-window", c.Now)
	if err != nil {
		return nil, err
	}
	keep, err := s.k.Pack.Retention("plate-read", c.Now)
	if err != nil {
		return nil, err
	}
	switch {
	case in.From.IsZero():
		c.Add("from", "form.required")
	case in.To.IsZero():
		c.Add("to", "form.required")
	case !in.To.After(in.From):
		c.Add("to", "plates.fault.ends-before")
	case in.To.After(rule.Period.After(in.From)):
		c.Add("to", "plates.fault.window", "days", rule.Period.Days)
	case !keep.Keep.After(in.From).After(c.Now):
		c.Add("from", "plates.fault.expired", "days", keep.Keep.Days)
	}
	return match, c.Err()
}

// matching makes the condition of a plate with or without wild characters.
func (s *Service) matching(c *checks, in *Searching) func(string) bool {
	switch {
	case in.Plate == "":
		return func(string) bool { return true }
	case !strings.ContainsAny(in.Plate, "?*"):
		line, ok := readable(in.Country, in.Plate)
		if !ok {
			c.Add("pattern", "plates.fault.plate")
		}
		in.Plate = line
		return func(x string) bool { return x == line }
	}
	pattern := []rune(in.Plate)
	return func(x string) bool { return glob(pattern, []rune(x)) }
}

// glob reports whether a line is of a pattern in which "?" is one character
// and "*" any number of them.
func glob(pattern, line []rune) bool {
	p, l, star, mark := 0, 0, -1, 0
	for l < len(line) {
		switch {
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == line[l]) && pattern[p] != '*':
			p++
			l++
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, l
			p++
		case star >= 0:
			mark++
			p, l = star+1, mark
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}

var errEnough = errors.New("plates: enough found")

// sift reads the window, by the plate where it is whole.
func (s *Service) sift(ctx context.Context, in Searching, match func(string) bool) ([]Read, error) {
	exact := ""
	if in.Plate != "" && !strings.ContainsAny(in.Plate, "?*") {
		exact = in.Plate
	}
	query := "select " + readColumns + " from plates_reads x where x.at >= $1 and x.at < $2"
	args := []any{store.Micros(in.From), store.Micros(in.To)}
	if exact != "" {
		query, args = query+" and x.plate = $3", append(args, exact)
	}
	if in.Camera != "" {
		args = append(args, string(in.Camera))
		query += " and x.camera = $" + decimal(len(args))
	}
	var out []Read
	err := s.k.Reader.Each(ctx, query+" order by x.at desc, x.batch, x.n", args, func(scan store.Scan) error {
		x, err := scanRead(scan)
		if err != nil {
			return err
		}
		if match(x.Plate) && (in.Country == "" || in.Country == "ma" || x.Country == in.Country) {
			out = append(out, x)
		}
		if len(out) >= maxFound {
			return errEnough
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return out, err
}

// Searched is a search as the auditor sees it.
type Searched struct {
	ID        ident.ID
	By        ident.ID
	Unit      ident.ID
	Case      ident.ID
	Authority string
	Purpose   string
	Pattern   string
	From, To  time.Time
	Camera    ident.ID
	Found     int64
	At        time.Time
}

// Searches lists the searches of past reads, the newest first.
func (s *Service) Searches(ctx context.Context, n int) ([]Searched, error) {
	return store.List(ctx, s.k.Reader, "select id, searched_by, unit, case_id, authority, purpose, pattern, from_at, to_at, camera, found, searched_at from plates_searches order by searched_at desc, id limit $1", []any{n},
		func(scan store.Scan) (x Searched, err error) {
			err = scan(&x.ID, &x.By, &x.Unit, &x.Case, &x.Authority, &x.Purpose, journal.Words(&x.Pattern), store.At(&x.From), store.At(&x.To), &x.Camera, &x.Found, store.At(&x.At))
			return x, err
		})
}
