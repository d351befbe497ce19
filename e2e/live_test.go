package e2e

import (
	"bufio"
	"encoding/json"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/kerneltest"
)

// TestTwoEditors lets two people write into one field of a shared draft: the
// second one is told what the first has written, and nothing is lost. Who was not
// shown the form neither writes into it nor learns what stands there.
func TestTwoEditors(t *testing.T) {
	data := folder(t)
	s := serve(t, data)
	db := hand(t, data, "amana.db")
	file := one[string](t, db, `select c.id from cases_cases c join cases_assigned a on a.case_id = c.id and a.to_at = 0 join units_posts p on p.officer = a.officer
		where c.state = 'open' and c.closed_at = 0 and p.role = 'investigator' order by c.id limit 1`)
	editor := func(id string) (*kerneltest.Client, string) {
		c := s.as(id).Under("case/" + file)
		m := regexp.MustCompile(`data-autosave="(/drafts/shared-[^"]+)"`).FindStringSubmatch(string(c.Get("/cases/" + file + "/amend").Body))
		if m == nil {
			t.Fatal("the form does not save itself")
		}
		return c, html.UnescapeString(m[1])
	}
	chief, form := editor(one[string](t, db, "select p.officer from units_posts p join cases_cases c on c.unit = p.unit where c.id = ? and p.role = 'brigade-chief' and p.to_at = 0 limit 1", file))
	hand, theirForm := editor(one[string](t, db, "select officer from cases_assigned where case_id = ? and to_at = 0 limit 1", file))
	first := chief.Post(form, url.Values{"name": {"facts"}, "value": {"as the chief has it"}, "version": {"0"}})
	bare, _, _ := strings.Cut(form, "?")
	stranger := s.as("duty-officer")
	for _, address := range []string{bare, form, theirForm, bare + "?pass="} {
		if p := stranger.Post(address, url.Values{"name": {"facts"}, "value": {"x"}, "version": {"0"}}); p.Status != http.StatusNotFound || strings.Contains(string(p.Body), "chief") {
			t.Errorf("a stranger at %s: %d %s", address, p.Status, p.Body)
		}
	}
	second := hand.Post(theirForm, url.Values{"name": {"facts"}, "value": {"as the investigator has it"}, "version": {"0"}})
	if first.Status != http.StatusOK || second.Status != http.StatusConflict {
		t.Fatalf("%d and %d, want 200 and 409", first.Status, second.Status)
	}
	var theirs struct{ Version, Value, Who, At string }
	if err := json.Unmarshal(second.Body, &theirs); err != nil || theirs.Value != "as the chief has it" || theirs.Who == "" || theirs.At == "" {
		t.Fatalf("the second is told %s (%v)", second.Body, err)
	}
	merged := hand.Post(theirForm, url.Values{"name": {"facts"}, "value": {"as both have it"}, "version": {theirs.Version}})
	if merged.Status != http.StatusOK {
		t.Errorf("having seen it, the second may go on: %d", merged.Status)
	}
	if thrown := hand.Post(bare+"/discard", nil); thrown.Status != http.StatusNotFound {
		t.Errorf("what two people edit is thrown away by one: %d", thrown.Status)
	}
	if again := chief.Post(form, url.Values{"name": {"facts"}, "value": {"too late"}, "version": {"1"}}); again.Status != http.StatusConflict || !strings.Contains(string(again.Body), "as both have it") {
		t.Errorf("the first is told %d %s", again.Status, again.Body)
	}
}

// TestOneOfficerInTwoTabs lets one officer type a complaint in two tabs: what the one has
// saved, the other does not overwrite unseen; one that lost an answer goes on.
func TestOneOfficerInTwoTabs(t *testing.T) {
	s := serve(t, folder(t))
	officer := s.as("duty-officer")
	save := func(page, version, value string) int {
		return officer.Post("/drafts/complaint-new", url.Values{"name": {"facts"}, "value": {value}, "version": {version}, "page": {page}}).Status
	}
	for i, c := range []struct {
		page, version, value string
		want                 int
	}{
		{"one", "0", "the door was forced", 200},
		{"two", "0", "a purse was taken", 409},
		{"one", "0", "the door was forced at night", 200}, // its last answer was lost
		{"two", "1", "a purse was taken", 409},
		{"two", "2", "both", 200},
		{"", "2", "without a page", 409},
	} {
		if got := save(c.page, c.version, c.value); got != c.want {
			t.Errorf("%d: %d, want %d", i, got, c.want)
		}
	}
}

// TestAnInterruptedDesk begins a second complaint while a first is half typed:
// each stands by itself and leads to the other.
func TestAnInterruptedDesk(t *testing.T) {
	s := serve(t, folder(t))
	officer := s.as("duty-officer")
	if page := officer.Get("/register/complaints/new"); strings.Contains(string(page.Body), "?draft=") {
		t.Error("nothing was typed yet, and another is offered")
	}
	save := func(draft, name, value string) {
		t.Helper()
		if p := officer.Post("/drafts/complaint-new"+draft, url.Values{"name": {name}, "value": {value}, "version": {"0"}, "page": {"p"}}); p.Status != http.StatusOK {
			t.Fatalf("%d %s", p.Status, p.Body)
		}
	}
	save("", "complainant.family", "PREMIERE")
	another := regexp.MustCompile(`/register/complaints/new\?draft=([0-9a-f-]+)`).FindStringSubmatch(string(officer.Get("/register/complaints/new").Body))
	if another == nil {
		t.Fatal("no other is offered")
	}
	second := string(officer.Get(another[0]).Body)
	if !strings.Contains(second, "<bdi>PREMIERE</bdi>") || strings.Contains(second, `value="PREMIERE"`) || !strings.Contains(second, "/drafts/complaint-new."+another[1]) {
		t.Error("the second is not empty, or does not lead to the first")
	}
	save("."+another[1], "complainant.family", "SECONDE")
	if first := string(officer.Get("/register/complaints/new").Body); !strings.Contains(first, `value="PREMIERE"`) || !strings.Contains(first, "<bdi>SECONDE</bdi>") {
		t.Error("the first is lost, or does not lead to the second")
	}
	if p := officer.Post("/drafts/complaint-new/discard?return=/register/complaints/new", nil); p.Status != http.StatusSeeOther {
		t.Errorf("giving up: %d", p.Status)
	}
	if first := string(officer.Get("/register/complaints/new").Body); strings.Contains(first, "PREMIERE") || !strings.Contains(first, "<bdi>SECONDE</bdi>") {
		t.Error("what was given up is there, or the other is not")
	}
}

// TestADroppedLineMissesNothing cuts a live connection while entries come,
// resumes it after the last event it saw, and compares with the journal.
func TestADroppedLineMissesNothing(t *testing.T) {
	data := folder(t)
	s := serve(t, data)
	inspector := s.as("inspector")
	db := hand(t, data, "amana.db")
	officer := one[string](t, db, "select max(id) from units_officers")
	seen, last := map[string]int{}, ""
	for range 5 {
		line := inspector.Stream("/live/officer/"+officer, last)
		for _, verb := range []string{"hold", "lift"} {
			if p := inspector.Post("/history/officer/"+officer+"/"+verb, url.Values{"ground": {"order 5/2026"}}); p.Status != http.StatusSeeOther {
				t.Fatalf("%s: %d %s", verb, p.Status, p.Heading())
			}
		}
		last = event(t, bufio.NewScanner(line.Body), seen)
		line.Body.Close() // and what comes now is missed, until it resumes
	}
	line := inspector.Stream("/live/officer/"+officer, last)
	defer line.Body.Close()
	rest := bufio.NewScanner(line.Body)
	watch := time.AfterFunc(20*time.Second, func() { line.Body.Close() })
	defer watch.Stop()
	want := column(t, db, "select seq from journal_entries where kind in ('journal.held', 'journal.hold-lifted') and seq in (select seq from idx_journal_about where ref = ?)", "officer/"+officer)
	for len(seen) < len(want) {
		event(t, rest, seen)
	}
	for _, seq := range want {
		if seen[seq] != 1 {
			t.Errorf("entry %s was shown %d times", seq, seen[seq])
		}
	}
}

// event reads one event of an entry and gives its id.
func event(t testing.TB, lines *bufio.Scanner, seen map[string]int) string {
	t.Helper()
	last, hello := "", false
	for lines.Scan() {
		switch field, value, _ := strings.Cut(lines.Text(), ": "); field {
		case "id":
			last = value
		case "event":
			hello = value == "hello"
		case "":
			if last != "" && !hello {
				seen[last]++
				return last
			}
		}
	}
	t.Fatal("the line ended")
	return ""
}
