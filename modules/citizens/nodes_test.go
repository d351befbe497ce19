package citizens

import (
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/modules/units"
)

// second is the service of another node over the same store: what it knows it
// reads there.
func (h *house) second() *Service {
	h.t.Helper()
	s, err := New(h.s.k, h.people, h.units, Site{RPID: "identity.example", Origins: []string{origin}})
	h.must(err)
	return s
}

// Two nodes that keep the logs at once, as while one leads no more and does not
// know it yet, write each look-up once, without a gap in the numbers.
func TestTwoNodesKeepOneLog(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c, _ := h.citizen(h.aicha)
	other := h.second()
	var all sync.WaitGroup
	for range 6 {
		h.lookUp(units.DutyOfficer, h.aicha.ID, "")
		h.lookUp(units.Investigator, h.aicha.ID, h.caseOne)
		for _, s := range []*Service{h.s, other} {
			all.Go(func() {
				if err := s.KeepLogs(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
	}
	h.keepLogs()
	sources := map[string]bool{}
	for i, l := range h.log(c) {
		if l.N != int64(i)+1 || sources[l.Source.String()] {
			t.Errorf("line %d has the number %d, of %s", i+1, l.N, l.Source)
		}
		sources[l.Source.String()] = true
	}
	if missing := h.missing(); len(sources) < 12 || len(missing) != 0 {
		t.Errorf("%d lines, %v are missing", len(sources), missing)
	}
	h.sound()
}

// A node that starts anew reads the lanes from the mark that was left, and what
// was read before it died without a mark is read again and written once.
func TestANodeThatStartsAnew(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c, _ := h.citizen(h.aicha)
	h.keepLogs()
	h.lookUp(units.DutyOfficer, h.aicha.ID, "")
	h.keepLogs()
	before := len(h.log(c))
	for range 3 {
		h.must(h.second().KeepLogs(t.Context()))
	}
	if n := len(h.log(c)); n != before {
		t.Errorf("%d lines more", n-before)
	}
	mark, err := h.second().laneMark(t.Context(), "main")
	last, _, e := h.Journal.Lane().Last(t.Context())
	if err != nil || e != nil || mark == 0 || mark > last {
		t.Errorf("the mark is %d of %d: %v %v", mark, last, err, e)
	}
}

// Of two codes, two contests, two accounts that are asked for at once, one is
// given; the other is told that it came second.
func TestOfTwoAtOnceOneIsFirst(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c, code := h.enrol(h.aicha)
	h.verify(c, 1)
	race := func(name string, kind fault.Kind, do func() error) {
		t.Helper()
		errs := make([]error, 6)
		var all sync.WaitGroup
		for i := range errs {
			all.Go(func() { errs[i] = do() })
		}
		all.Wait()
		good := 0
		for _, err := range errs {
			if err == nil {
				good++
			} else if !fault.Is(err, kind) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if good != 1 {
			t.Errorf("%s: %d of %d", name, good, len(errs))
		}
	}
	race("a code", fault.Invalid, func() error { _, err := h.s.redeem(t.Context(), "G123456", code); return err })
	browser := h.as2(c)
	race("a contest", fault.Conflict, func() error {
		p := browser.Post("/citizen/log/1/contest", url.Values{"reason": {"pourquoi ?"}})
		if p.Status == http.StatusSeeOther {
			return nil
		}
		return fault.New(fault.Conflict, "citizens.fault.contested")
	})
	enrol := h.grant(units.DutyOfficer, actionEnrol, policy.Resource{})
	race("an account", fault.Conflict, func() error {
		_, _, err := h.s.Enrol(t.Context(), enrol, h.brahim.ID, []string{"cnie"})
		return err
	})
	end := h.grant(units.DutyOfficer, actionClose, c.Resource())
	race("a closing", fault.Conflict, func() error { return h.s.Close(t.Context(), end, c.ID) })
	h.sound()
}

// The page of a line says who asked where there is no name: the service itself,
// a unit that had none, somebody who was forgotten.
func TestWhoAskedInWords(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c, browser := h.citizen(h.aicha)
	h.keepLogs()
	nameless := h.line(c, Read, "shown")
	nameless.By, nameless.ByName, nameless.Purpose, nameless.Code = ident.Ref{Kind: kindUnit, ID: h.caseOne}, [3]string{}, [3]string{}, ""
	odd := h.line(c, Verified, "something-new")
	h.write(nameless, odd)
	h.accessed(journal.Access{Actor: h.Journal.NewID(), Action: "index.person.read", Refs: []ident.Ref{personRef(h.aicha.ID)}, Outcome: journal.Read})
	h.keepLogs()
	lines := h.log(c)
	last := len(lines)
	for _, lang := range []string{"ar", "fr", "en"} {
		for n, key := range map[int]string{last - 2: "citizens.line.unit", last: "citizens.line.system"} {
			p := browser.Get("/citizen/log/" + strconv.Itoa(n) + "?lang=" + lang)
			if !seen(p, h.word(lang, key)) || !seen(p, h.word(lang, "citizens.purpose.none")) {
				t.Errorf("%s, line %d does not say %q: %s", lang, n, h.word(lang, key), p.Text())
			}
		}
		if p := browser.Get("/citizen/log/" + strconv.Itoa(last-1) + "?lang=" + lang); !seen(p, "something-new") {
			t.Errorf("%s: a result without words is not shown at all", lang)
		}
	}
	if lines[last-1].Happened.After(h.Clock.Now().Add(time.Second)) {
		t.Error("a line of the future")
	}
}
