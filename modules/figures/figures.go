package figures

import (
	"time"

	"github.com/amana-platform/amana/kernel/ident"
)

// days is how many days the pages look back.
const days = 30

// Report is everything that is counted, exactly.
type Report struct {
	Counted      time.Time
	Service      Health
	Days         []Day // the oldest first; the last is today, so far
	Institutions []Institution
	Exceeded     []Exceeded // the latest first
	Citizens     Citizens
	Agreed       int64 // agreements that stand
	Ended        int64 // agreements that have ended
	Contests     []Contest
}

// Health is how the service stands.
type Health struct {
	Alarms    []Alarm
	Leaves    uint64        // in the log
	Covered   uint64        // of them, under a signed checkpoint
	Waits     time.Duration // the oldest that is not
	Witnesses int           // whose cosignature was seen
	Available float64       // share of the time since Watched, 0 to 1
	Watched   time.Time     // since when availability is known; zero if not yet
}

// Well reports whether no alarm stands.
func (h Health) Well() bool { return len(h.Alarms) == 0 }

// Alarm is one that stands.
type Alarm struct {
	Key   string // "alarms.log-lags"
	Since time.Time
}

// Day is what happened on one day of the legal time.
type Day struct {
	Date              time.Time // its first moment
	SignIns, Declined int64
	Above             int64 // requests above a ceiling, refused
}

// Institution is one that relies on the service, or did.
type Institution struct {
	ID                 ident.ID
	Name, Purpose      [3]string // ar, fr, en
	State              string
	Version, Versions  int64
	Ceiling            []string
	Until              time.Time
	Suspensions        int
	Suspended          time.Time
	Why                string // of the suspension
	Released, Declined int64
	Above              int64
}

// Exceeded is a request above the ceiling.
type Exceeded struct {
	Institution ident.ID  // may be none of those listed: a program of the service's own
	Name        [3]string // ar, fr, en
	Above       []string
	At          time.Time
}

// Citizens counts accounts, logs, delays and contests.
type Citizens struct {
	Accounts, Recovered             int64
	Lines                           int64
	Held, Released                  int64 // look-ups kept back by a judge's order: now, and earlier
	Orders, Ordered, Awaiting       int64 // orders in force, ever in force, and written down by one person only
	Contests, Upheld, Waiting, Late int64
}

// Contest is a line that its citizen does not accept: when, and what became of it.
type Contest struct {
	Opened, Due, Answered time.Time
	Upheld                bool
}

// Late reports whether the answer came, or is, after its term.
func (c Contest) Late(now time.Time) bool {
	if c.Answered.IsZero() {
		return now.After(c.Due)
	}
	return c.Answered.After(c.Due)
}

// total adds up days.
func total(all []Day) (d Day) {
	for _, x := range all {
		d.SignIns, d.Declined, d.Above = d.SignIns+x.SignIns, d.Declined+x.Declined, d.Above+x.Above
	}
	return d
}

// longest is how long controls may be apart while the service runs: they are
// planted every hour.
const longest = 75 * time.Minute

// available gives the share of the time since the first control in which the
// service ran.
func available(planted []time.Time, now time.Time) (share float64, since time.Time) {
	if len(planted) == 0 {
		return 0, time.Time{}
	}
	var down time.Duration
	for i, at := range planted {
		next := now
		if i+1 < len(planted) {
			next = planted[i+1]
		}
		if gap := next.Sub(at); gap > longest {
			down += gap - time.Hour
		}
	}
	since = planted[0]
	whole := now.Sub(since)
	if whole <= 0 {
		return 1, since
	}
	return 1 - float64(down)/float64(whole), since
}
