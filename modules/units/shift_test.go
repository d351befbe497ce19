package units_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/amana-platform/amana/modules/units"
)

// TestASessionEndsWithItsShift: whoever signs in while the roster names them is
// out when the window is over, and when it is cut short; whoever the roster
// does not name stays; a sign-in after it is of no shift.
func TestASessionEndsWithItsShift(t *testing.T) {
	s := newSite(t)
	unit := "/units/" + string(s.unit["KEN-VILLE-BPJ"])
	roster := func(until time.Time) string {
		id, admin := s.ids.New(), s.as(units.Administrator)
		admin.wants(admin.post(unit+"/open-duty", url.Values{"submission": {string(id)}, "kind": {"watch"}, "officer": {string(s.who[units.Investigator])},
			"to": {s.k.Pack.Local(until).Format("02/01/2006 15:04")}}), http.StatusSeeOther)
		s.clock.Advance(time.Minute)
		return string(id)
	}
	roster(s.clock.Now().Add(2 * time.Hour))
	investigator, chief := s.as(units.Investigator), s.as(units.BrigadeChief)
	s.clock.Advance(time.Hour)
	investigator.wants(investigator.get("/account"), http.StatusOK)
	s.clock.Advance(2 * time.Hour)
	investigator.wants(investigator.get("/account"), http.StatusSeeOther)
	chief.wants(chief.get("/account"), http.StatusOK)

	again := s.as(units.Investigator)
	again.wants(again.get("/account"), http.StatusOK)
	short := roster(s.clock.Now().Add(2 * time.Hour))
	s.reopen() // what a node remembers of an account is five seconds old at most
	in := s.as(units.Investigator)
	in.wants(in.get("/account"), http.StatusOK)
	again.wants(again.get("/account"), http.StatusOK) // begun before the shift
	admin := s.as(units.Administrator)
	admin.wants(admin.post(unit+"/end-duty", url.Values{"duties": {short}}), http.StatusSeeOther)
	s.clock.Advance(time.Second)
	s.reopen()
	in.wants(in.get("/account"), http.StatusSeeOther)
}

// reopen is another node over the same store, which remembers nothing.
func (s *site) reopen() { s.open() }
