package e2e

import (
	"bufio"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/ident"
)

// TestTwoEditors lets two people write into one field of a shared draft: the
// second one is told what the first has written, and nothing is lost.
func TestTwoEditors(t *testing.T) {
	s := serve(t, folder(t))
	chief, hand := s.as("brigade-chief"), s.as("investigator")
	form := "/drafts/shared-" + string(ident.NewSource(time.Now, nil).New())
	first := chief.Post(form, url.Values{"name": {"facts"}, "value": {"as the chief has it"}, "version": {"0"}})
	second := hand.Post(form, url.Values{"name": {"facts"}, "value": {"as the investigator has it"}, "version": {"0"}})
	if first.Status != http.StatusOK || second.Status != http.StatusConflict {
		t.Fatalf("%d and %d, want 200 and 409", first.Status, second.Status)
	}
	var theirs struct{ Version, Value, Who, At string }
	if err := json.Unmarshal(second.Body, &theirs); err != nil || theirs.Value != "as the chief has it" || theirs.Who == "" || theirs.At == "" {
		t.Fatalf("the second is told %s (%v)", second.Body, err)
	}
	merged := hand.Post(form, url.Values{"name": {"facts"}, "value": {"as both have it"}, "version": {theirs.Version}})
	if merged.Status != http.StatusOK {
		t.Errorf("having seen it, the second may go on: %d", merged.Status)
	}
	if again := chief.Post(form, url.Values{"name": {"facts"}, "value": {"too late"}, "version": {"1"}}); again.Status != http.StatusConflict || !strings.Contains(string(again.Body), "as both have it") {
		t.Errorf("the first is told %d %s", again.Status, again.Body)
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
