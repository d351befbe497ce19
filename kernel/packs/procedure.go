package packs

import (
	"slices"
	"time"
)

// Grade is a rank of a career track. A grade gives no judicial power by
// itself: that is a Capacity, held by appointment.
type Grade struct {
	Row
	Names Names `toml:"names"`
	// Track is the pack's word for the corps ("uniform", "plain").
	Track string `toml:"track"`
	// Rank orders a track, 1 the lowest.
	Rank int `toml:"rank"`
}

// Capacity is a judicial power: of an officer by appointment, of a
// magistrate by office.
type Capacity struct {
	Row
	Names Names `toml:"names"`
	// Branch is "police", "prosecution" or "court".
	Branch string `toml:"branch"`
	// Seats are the types of unit where who has the capacity sits, for those who
	// decide on what units put before them.
	Seats []string `toml:"seats"`
	// Includes are capacities in whose stead who has this one may decide.
	Includes []string `toml:"includes"`
	// Grades that hold the capacity by right; others need an appointment act.
	Grades []string `toml:"grades"`
	// Acts are the codes of what it may do ("custody", "search", "sign-pv").
	Acts []string `toml:"acts"`
}

// May reports whether the capacity covers an act.
func (c Capacity) May(act string) bool { return slices.Contains(c.Acts, act) }

// Extension is one lengthening of custody.
type Extension struct {
	For Period `toml:"for"`
	// Authority is the code of the Capacity that decides.
	Authority string `toml:"authority"`
	// Act is the kind of the Template of the written decision.
	Act string `toml:"act"`
}

// Custody is a regime of deprivation of liberty by the police. Its clock
// runs in elapsed time from the effective arrest.
type Custody struct {
	Row
	Names Names `toml:"names"`
	// Initial is the first period.
	Initial Period `toml:"initial"`
	// Extensions follow one another in this order; there are no others.
	Extensions []Extension `toml:"extensions"`
	// Alarms are the times before a deadline at which its bell rings.
	Alarms []Period `toml:"alarms"`
	// Grounds are the codes of Ground rows, at least one of which must be
	// chosen; empty where the regime needs none.
	Grounds []string `toml:"grounds"`
	// Events are the codes of Event rows that the regime demands.
	Events []string `toml:"events"`
	// Fields are the codes of the register's required Field rows.
	Fields []string `toml:"fields"`
	// Capacity is the code of the Capacity that may decide the custody.
	Capacity string `toml:"capacity"`
}

// Deadline gives the end of custody that began with the arrest at start and
// was extended n times. More extensions than the law knows count as all of them.
func (c Custody) Deadline(start time.Time, n int) time.Time {
	end := start.Add(c.Initial.Elapsed())
	for _, e := range c.Extensions[:min(max(n, 0), len(c.Extensions))] {
		end = end.Add(e.For.Elapsed())
	}
	return end
}

// Longest gives the longest custody of the regime with every extension.
func (c Custody) Longest() time.Duration {
	var zero time.Time
	return c.Deadline(zero, len(c.Extensions)).Sub(zero)
}

// AlarmsBefore gives the moments at which the bell rings before a deadline,
// earliest first.
func (c Custody) AlarmsBefore(deadline time.Time) []time.Time {
	out := make([]time.Time, 0, len(c.Alarms))
	for _, a := range c.Alarms {
		out = append(out, deadline.Add(-a.Elapsed()))
	}
	slices.SortFunc(out, time.Time.Compare)
	return out
}

// Ground is a reason for which the law allows custody.
type Ground struct {
	Row
	Names Names `toml:"names"`
}

// Event is something that must happen, or be written, during custody.
type Event struct {
	Row
	Names Names `toml:"names"`
	// Due is the time from the start within which it must happen; zero
	// means at once for a required event and "no deadline" for others.
	Due Period `toml:"due"`
	// PerDay is how often it must happen each day, 0 where it happens once.
	PerDay int `toml:"per-day"`
	// Required events must be recorded, or their absence explained.
	Required bool `toml:"required"`
	// Fields are the codes of Field rows to be filled for the event.
	Fields []string `toml:"fields"`
}

// Rule is a single value of procedure: a period, a window of hours, a count,
// an amount or a plain duty.
type Rule struct {
	Row
	Names Names `toml:"names"`
	// Period is a deadline or a length.
	Period Period `toml:"period"`
	// Opens and Closes bound the hours of the day in which an act may begin;
	// both zero where the rule is not about hours.
	Opens  TimeOfDay `toml:"opens"`
	Closes TimeOfDay `toml:"closes"`
	// Count is a number of times or things.
	Count int `toml:"count"`
	// Amount is a sum in whole units of the pack's currency.
	Amount int `toml:"amount"`
	// Authority is the code of the Capacity that must decide, if any.
	Authority string `toml:"authority"`
}

// Regime is a legal frame of an enquiry.
type Regime struct {
	Row
	Names Names `toml:"names"`
	// Fields are the codes of Field rows a case under the regime must fill.
	Fields []string `toml:"fields"`
	// Consent says whether a home search needs the occupant's written consent.
	Consent bool `toml:"consent"`
	// Authority is the code of the Capacity that directs the enquiry.
	Authority string `toml:"authority"`
}

// Measure is an act of investigation that needs a basis and an authority.
type Measure struct {
	Row
	Names Names `toml:"names"`
	// Authority lists the Capacity codes any of which may order it.
	Authority []string `toml:"authority"`
	// Through names, for an authority that officers may not ask themselves, the
	// Capacity that puts the measure before it in writing.
	Through map[string]string `toml:"through"`
	// Executes lists the Capacity codes any of which may carry it out.
	Executes []string `toml:"executes"`
	// Window is how long an order stays valid; the measure stops by itself.
	Window Period `toml:"window"`
	// Renewals is how often the window may be renewed.
	Renewals int `toml:"renewals"`
	// Hours is the code of a Rule with opening hours, "" for any hour.
	Hours string `toml:"hours"`
	// Regimes lists the enquiry regimes in which it is possible.
	Regimes []string `toml:"regimes"`
	// Report is the kind of the Template that reports the measure, if any.
	Report string `toml:"report"`
	// Fields are the codes of Field rows an order must fill.
	Fields []string `toml:"fields"`
}

// Onward gives the authority that an office which was asked in a capacity puts
// the measure before, "" where it decides itself.
func (m Measure) Onward(asked string) string {
	for _, authority := range m.Authority {
		if m.Through[authority] == asked && asked != "" {
			return authority
		}
	}
	return ""
}

// Decision is what the prosecution answers to a file.
type Decision struct {
	Row
	Names Names `toml:"names"`
	// Returns says that the file comes back to the unit for more work.
	Returns bool `toml:"returns"`
	// Closes says that the prosecution ends the matter with it.
	Closes bool `toml:"closes"`
	// Fields are the codes of Field rows the decision must fill.
	Fields []string `toml:"fields"`
}

// Retention is how long a class of records is kept, and who approves its end.
type Retention struct {
	Row
	Names Names `toml:"names"`
	// Keep is counted from the event named by Since.
	Keep Period `toml:"keep"`
	// Since is "creation", "closing", "end" or "limitation".
	Since string `toml:"since"`
	// Approver is "schedule" (by the approved schedule alone), or the code of
	// the Capacity or role that approves each disposal.
	Approver string `toml:"approver"`
	// Action is "dispose", "archive" or "review".
	Action string `toml:"action"`
}
