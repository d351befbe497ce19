package citizens

import (
	"context"
	"strings"
	"time"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/store"
)

// LineKind says what sort of question a line tells of.
type LineKind string

// The kinds of line. The first four are institutions', the others look-ups by
// the service's own people.
const (
	Verified  LineKind = "verified"  // an institution was given attributes, or an answer
	Declined  LineKind = "declined"  // the citizen said no
	Exceeded  LineKind = "exceeded"  // an institution asked for more than it may
	Consented LineKind = "consented" // a consent was given, changed or withdrawn
	Read      LineKind = "read"      // a record of the person was opened
	Found     LineKind = "found"     // the person was among the results of a search
	Exported  LineKind = "exported"  // data about the person left the house
	Refused   LineKind = "refused"   // somebody was refused
	Emergency LineKind = "emergency" // read in an emergency, judged by a second person
)

// Line is one line of a citizen's log.
type Line struct {
	Citizen    ident.ID
	N          int64    // its number, from 1, without gaps
	Entry      ident.ID // whose proof is the line's
	Kind       LineKind
	Source     ident.Ref // the entry, record or access it tells of; one line each
	Delay      ident.ID  // the order under which it came later
	By         ident.Ref // institution/… or unit/…
	ByName     [3]string // as it was called then: Arabic, French, English
	Code       string    // why, of a look-up: a kind of purpose, or "basis/<article>"
	Purpose    [3]string // why, in an institution's own words
	Attributes []string  // names, never values
	Result     string    // a code: texts under citizens.result
	Happened   time.Time
	Written    time.Time

	person ident.ID
}

// told seals what a line says.
func (l Line) told(person ident.ID) Told {
	seal := journal.Seal
	return Told{Person: person, By: seal(l.By.String()), ByAR: seal(l.ByName[0]), ByFR: seal(l.ByName[1]), ByEN: seal(l.ByName[2]), Purpose: seal(l.Code),
		PurposeAR: seal(l.Purpose[0]), PurposeFR: seal(l.Purpose[1]), PurposeEN: seal(l.Purpose[2]), Attributes: seal(spaced(l.Attributes)), Result: seal(l.Result)}
}

// DraftLine drafts lines in the transaction that does what they tell of: all
// or none. Citizen, Kind, Source, By, ByName, Purpose or Code, Attributes and
// Result are the caller's; the numbers follow the last of each citizen. A line
// whose source the log has already is passed over. The action must be allowed
// to append [LineKinds].
func DraftLine(ctx context.Context, r store.Reader, d *journal.Draft, lines ...Line) error {
	b := newBook(r, d)
	for _, l := range lines {
		if err := b.write(ctx, l, d.Now); err != nil {
			return err
		}
	}
	return nil
}

// book numbers the lines of one transaction.
type book struct {
	r       store.Reader
	d       *journal.Draft
	last    map[ident.ID]Citizen
	wrote   map[string]bool
	drafted int
}

func newBook(r store.Reader, d *journal.Draft) *book {
	return &book{r: r, d: d, last: map[ident.ID]Citizen{}, wrote: map[string]bool{}}
}

// write drafts one line that happened at a time.
func (b *book) write(ctx context.Context, l Line, happened time.Time) error {
	c, known, err := b.look(ctx, l)
	if known || err != nil {
		return err
	}
	c.Lines++
	b.last[l.Citizen] = c
	b.drafted++
	b.d.AddAt(happened, LineWritten{Citizen: l.Citizen, N: c.Lines, Kind: string(l.Kind), Source: l.Source, Delay: l.Delay, Told: l.told(c.Person)})
	return nil
}

// look gives the account a line is for, as far as lines need it, and whether
// the log, or what is held back of it, has the line's source.
func (b *book) look(ctx context.Context, l Line) (c Citizen, known bool, err error) {
	key := string(l.Citizen) + " " + l.Source.String()
	if b.wrote[key] {
		return b.last[l.Citizen], true, nil
	}
	b.wrote[key] = true
	held := "(select count(*) from citizens_held h where h.citizen = a.id and h.source = $2)"
	if l.Delay != "" { // it is held back until now
		held = "0"
	}
	var n int
	err = b.r.Row(ctx, "select a.id, a.person, a.lines, (select count(*) from citizens_lines l where l.citizen = a.id and l.source = $2) + "+held+" from citizens_accounts a where a.id = $1",
		[]any{string(l.Citizen), l.Source.String()}, &c.ID, &c.Person, &c.Lines, &n)
	if before, ok := b.last[l.Citizen]; ok {
		c = before
	}
	return c, n > 0, err
}

func scanLine(scan store.Scan) (l Line, err error) {
	var source string
	var by, code, attributes, result journal.Sealed
	var names, purpose [3]journal.Sealed
	var happened, written int64
	err = scan(&l.Citizen, &l.N, &l.Entry, &l.person, &l.Kind, &source, &l.Delay, &by, &names[0], &names[1], &names[2], &code,
		&purpose[0], &purpose[1], &purpose[2], &attributes, &result, &happened, &written)
	if err != nil {
		return l, err
	}
	for i := range names {
		l.ByName[i], l.Purpose[i] = names[i].Text(), purpose[i].Text()
	}
	l.Code, l.Attributes, l.Result, l.Happened, l.Written = code.Text(), strings.Fields(attributes.Text()), result.Text(), store.Time(happened), store.Time(written)
	if by.Text() != "" {
		if l.By, err = ident.ParseRef(by.Text()); err != nil {
			return l, err
		}
	}
	l.Source, err = ident.ParseRef(source)
	return l, err
}

// Log lists at most n lines of a citizen's log below a number (0 for the
// newest), the newest first.
func (s *Service) Log(ctx context.Context, citizen ident.ID, below int64, n int) ([]Line, error) {
	if below == 0 {
		below = 1 << 62
	}
	return store.List(ctx, s.k.Reader, "select "+lineColumns+" from citizens_lines where citizen = $1 and n < $2 order by n desc limit $3", []any{string(citizen), below, n}, scanLine)
}

// Line reads one line.
func (s *Service) Line(ctx context.Context, citizen ident.ID, n int64) (Line, error) {
	return store.One(ctx, s.k.Reader, "select "+lineColumns+" from citizens_lines where citizen = $1 and n = $2", []any{string(citizen), n}, scanLine)
}
