package register

import (
	"time"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/packs"
)

// The states of a custody.
const (
	CustodyOpen    = "open"
	CustodyRefused = "refused"
	CustodyEnded   = "ended"
)

// Endings lists the ways custody ends.
func Endings() []string { return []string{"release", "presentation", "transfer"} }

// Custody is a page of the custody register. Reasons and Initials are empty
// after erasure.
// Law: CPP 66; CPP 67
type Custody struct {
	ID         ident.ID
	Unit       ident.ID
	Office     ident.ID // of the prosecution that controls it
	AskedOf    ident.ID // the office last asked to extend it, a court under letters rogatory; "" before
	Series     string
	N          int64
	Number     string
	State      string
	Person     ident.ID
	Case       ident.ID
	Offence    string // code of the qualification; "" for an identity check
	Class      string
	Regime     string
	Arrest     time.Time // the clock runs from here
	Arrival    time.Time
	Written    time.Time // when the page was entered
	Writer     ident.ID  // who entered it
	Officer    ident.ID  // the judicial police officer who decided
	Cell       string
	Grounds    []string
	Reasons    string
	Juvenile   bool
	Initials   string
	Deadline   time.Time
	Extensions int
	Asked      time.Time // an extension was asked for and is not decided
	Overrun    time.Time // when it was found beyond its deadline
	Ended      time.Time
	Outcome    string
	Version    int64
	Entry      ident.ID // of the journal, that recorded it
}

// unsaid reports whether no entry says yet that the deadline in force passed: an
// extension that was entered late sets another, which may pass too.
func (c Custody) unsaid() bool { return c.Overrun.Before(c.Deadline) }

// Event is something that happened during custody.
type Event struct {
	ID       ident.ID
	Custody  ident.ID
	Kind     string // code of a packs.Event, or Check
	Phase    string // "start", "stop" or ""
	Happened time.Time
	Written  time.Time
	Writer   ident.ID
	Details  []Detail
}

// Check is the kind of a cell check, which the house orders and no law names.
const Check = "cell-check"

// Detail is a field of an event's record.
type Detail struct{ Field, Value string }

// Decision is what a prosecutor decided about an extension.
type Decision struct {
	ID       ident.ID
	Custody  ident.ID
	Granted  bool
	Officer  ident.ID // the magistrate's account
	Capacity string
	Act      string // number of the written authorisation
	Ground   string
	Words    string
	Until    time.Time
	Decided  time.Time
	Written  time.Time
}

// Due is something the regime demands next.
type Due struct {
	Kind string
	At   time.Time
	Late bool
}

// clock is the law's side of a custody: the regime valid at the arrest.
type clock struct {
	regime packs.Custody
	events []packs.Event
}

// clockOf reads the rule valid at the arrest; a later law does not touch a
// running custody.
// Law: CPP 66
func clockOf(p *packs.Pack, regime string, arrest time.Time) (clock, error) {
	rule, err := p.Custody(regime, arrest)
	if err != nil {
		return clock{}, err
	}
	c := clock{regime: rule}
	for _, code := range rule.Events {
		e, err := p.Event(code, arrest)
		if err != nil {
			return clock{}, err
		}
		c.events = append(c.events, e)
	}
	if check, err := p.Rule(Check, arrest); err == nil {
		c.events = append(c.events, packs.Event{Row: packs.Row{Code: Check}, Required: true, Due: check.Period})
	}
	return c, nil
}

// extender is the authority that is asked first; whoever is asked decides the
// extensions after it too. It is "" where there is none to ask for.
func (c clock) extender() string {
	if len(c.regime.Extensions) == 0 {
		return ""
	}
	return c.regime.Extensions[0].Authority
}

// deadline is the end of custody after n extensions.
func (c clock) deadline(arrest time.Time, n int) time.Time { return c.regime.Deadline(arrest, n) }

// alarms lists the bells before a deadline, earliest first.
func (c clock) alarms(deadline time.Time) []time.Time { return c.regime.AlarmsBefore(deadline) }

// warn is how long before the deadline the first bell rings.
func (c clock) warn() time.Duration {
	var longest time.Duration
	for _, a := range c.regime.Alarms {
		longest = max(longest, a.Elapsed())
	}
	return longest
}

// rung counts the bells that have rung at now.
func (c clock) rung(deadline, now time.Time) int {
	n := 0
	for _, at := range c.alarms(deadline) {
		if !now.Before(at) {
			n++
		}
	}
	return n
}

// written by other verbs than NoteEvent: the end, the visa, the daily list.
func ownVerb(kind string) bool {
	switch kind {
	case "release", "presentation", "visa", "daily-list":
		return true
	}
	return false
}

// notable lists the event kinds that may be noted by hand.
func (c clock) notable() []packs.Event {
	var out []packs.Event
	for _, e := range c.events {
		if !ownVerb(e.Code) && e.Code != Check {
			out = append(out, e)
		}
	}
	return out
}

// dues lists what the regime demands and is not written, soonest first.
func (c clock) dues(page Custody, events []Event, now time.Time) []Due {
	var out []Due
	for _, rule := range c.events {
		if !rule.Required {
			continue
		}
		last, seen := lastOf(events, rule.Code)
		at := page.Arrest.Add(rule.Due.Elapsed())
		switch {
		case rule.PerDay > 0:
			at = page.Arrest.Add(24 * time.Hour / time.Duration(rule.PerDay))
			if seen {
				at = last.Add(24 * time.Hour / time.Duration(rule.PerDay))
			}
		case rule.Code == Check && seen:
			at = last.Add(rule.Due.Elapsed())
		case seen:
			continue
		case rule.Due.IsZero():
			at = page.Written
		}
		out = append(out, Due{Kind: rule.Code, At: at, Late: now.After(at)})
	}
	sortDues(out)
	return out
}

func sortDues(all []Due) {
	for i := 1; i < len(all); i++ {
		for j := i; j > 0 && all[j].At.Before(all[j-1].At); j-- {
			all[j], all[j-1] = all[j-1], all[j]
		}
	}
}

func lastOf(events []Event, kind string) (time.Time, bool) {
	var last time.Time
	for _, e := range events {
		if e.Kind == kind && e.Happened.After(last) {
			last = e.Happened
		}
	}
	return last, !last.IsZero()
}

// underage reports whether a person born on a partly known date had not
// reached the criminal majority at a time. Where only the year or the month is
// known, a person who may be a minor counts as one.
// Law: CPP 458
func underage(p *packs.Pack, born string, at time.Time) (bool, error) {
	if len(born) < 4 {
		return false, nil
	}
	rule, err := p.Rule("criminal-majority", at)
	if err != nil {
		return false, err
	}
	latest := map[int]string{4: "-12-31", 7: "-01"}[len(born)]
	day, err := time.Parse(time.DateOnly, born+latest)
	if err != nil {
		return false, nil // an unreadable date tells nothing
	}
	if len(born) == 7 {
		day = day.AddDate(0, 1, -1)
	}
	local := p.Local(at)
	today := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, time.UTC)
	return rule.Period.After(day).After(today), nil
}
