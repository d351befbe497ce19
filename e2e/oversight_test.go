package e2e

import (
	"bufio"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/kerneltest"
)

// scene is a case, its chief, an investigator of another unit, and another
// unit's chief.
type scene struct{ id, chief, stranger, otherChief string }

func (h *house) scene() (s scene) {
	h.t.Helper()
	err := h.Reader.Row(h.t.Context(), `select c.id, p.officer, x.officer, y.officer from cases_cases c
		join units_posts p on p.unit = c.unit and p.role = 'brigade-chief' and p.to_at = 0
		join units_posts x on x.unit <> c.unit and x.role = 'investigator' and x.to_at = 0
		join units_posts y on y.unit <> c.unit and y.role = 'brigade-chief' and y.to_at = 0
		where c.sensitivity = '' and not c.sealed and c.closed_at = 0
		and not exists (select 1 from cases_assigned a where a.case_id = c.id and a.officer = x.officer)
		and not exists (select 1 from oversight_alarms o where o.record = 'case/' || c.id)
		and not exists (select 1 from oversight_requests o where o.record = 'case/' || c.id)
		order by c.id desc limit 1`, nil, &s.id, &s.chief, &s.stranger, &s.otherChief)
	if err != nil {
		h.t.Fatal(err)
	}
	return s
}

const plea = "Zubayda is held in that house"

// TestBreakingTheGlass goes from the refusal by way of the emergency to the
// judgement, as the three people see it.
func TestBreakingTheGlass(t *testing.T) {
	h := newHouse(t)
	s := h.scene()
	page, glass := "/cases/"+s.id, "break-glass/case/"+s.id
	reader, chief := h.as(s.stranger), h.as(s.chief)
	if p := reader.Get(page); p.Status != http.StatusForbidden || !strings.Contains(string(p.Body), glass) {
		t.Fatalf("the refusal (%d) does not offer an emergency", p.Status)
	}
	if p := reader.Post("/purpose", url.Values{"purpose": {glass}, "return": {page}}); p.Status != http.StatusUnprocessableEntity {
		t.Errorf("without a reason: %d", p.Status)
	}
	line := chief.Stream("/live/officer/"+s.chief, "")
	defer line.Body.Close()
	watch := time.AfterFunc(30*time.Second, func() { line.Body.Close() })
	defer watch.Stop()
	if p := reader.Post("/purpose", url.Values{"purpose": {glass}, "return": {page}, "reason": {plea}}); p.Status != http.StatusSeeOther {
		t.Fatalf("the purpose is not taken: %d", p.Status)
	}
	m := h.Mark(t)
	for range 2 {
		if p := reader.Get(page); p.Status != http.StatusOK {
			t.Fatalf("in the emergency: %d %s", p.Status, p.Heading())
		}
	}
	_, accesses := h.Since(t, m)
	var alarms int
	if err := h.Reader.Row(t.Context(), "select count(*) from oversight_alarms where record = $1", []any{"case/" + s.id}, &alarms); err != nil || alarms != 1 {
		t.Errorf("%d alarms (%v)", alarms, err)
	}
	if n := len(slices.DeleteFunc(accesses, func(a string) bool { return a != string(journal.Glass)+" cases.case.read" })); n != 2 {
		t.Errorf("%d accesses are marked: %v", n, accesses)
	}
	told(t, bufio.NewScanner(line.Body))
	h.judge(s, reader, chief)
}

// told waits for the event that something waits.
func told(t testing.TB, lines *bufio.Scanner) {
	t.Helper()
	for lines.Scan() {
		if lines.Text() == "event: task" {
			return
		}
	}
	t.Fatal("the second is not told at once")
}

// judge is what the chief does about the only alarm of a case.
func (h *house) judge(s scene, reader, chief *kerneltest.Client) {
	h.t.Helper()
	var alarm, body string
	if err := h.Reader.Row(h.t.Context(), "select id from oversight_alarms where record = $1", []any{"case/" + s.id}, &alarm); err != nil {
		h.t.Fatal(err)
	}
	if err := h.Reader.Row(h.t.Context(), "select body from journal_entries where kind = 'oversight.glass-broken' order by seq desc limit 1", nil, &body); err != nil || strings.Contains(body, "Zubayda") {
		h.t.Errorf("the reason is not sealed (%v)", err)
	}
	page := "/alarms/" + alarm
	m := h.Mark(h.t)
	if p := chief.Get("/"); !strings.Contains(string(p.Body), page) {
		h.t.Error("the alarm is not among the chief's tasks")
	}
	if _, accesses := h.Since(h.t, m); !slices.Contains(accesses, "read oversight.alarm.list") {
		h.t.Errorf("the tasks were shown without an access: %v", accesses)
	}
	if p := chief.Get(page); p.Status != http.StatusOK || !strings.Contains(string(p.Body), plea) {
		h.t.Errorf("the chief reads %d", p.Status)
	}
	for who, c := range map[string]*kerneltest.Client{"the reader": reader.Under(""), "another chief": h.as(s.otherChief)} {
		if p := c.Post(page+"/judge", url.Values{"verdict": {"justified"}, "finding": {"x"}}); p.Status != http.StatusForbidden {
			h.t.Errorf("%s judges: %d", who, p.Status)
		}
	}
	if p := chief.Post(page+"/acknowledge", nil); p.Status != http.StatusSeeOther {
		h.t.Errorf("acknowledging: %d", p.Status)
	}
	if p := chief.Post(page+"/judge", url.Values{"verdict": {"unjustified"}}); p.Status != http.StatusUnprocessableEntity {
		h.t.Errorf("without a reason: %d", p.Status)
	}
	if p := chief.Post(page+"/judge", url.Values{"verdict": {"unjustified"}, "finding": {"a call would have done"}}); p.Status != http.StatusSeeOther {
		h.t.Errorf("judging: %d %s", p.Status, p.Heading())
	}
	if p := chief.Get("/"); strings.Contains(string(p.Body), page) {
		h.t.Error("the judged alarm is still among the tasks")
	}
}

// TestAskingForPermission goes from the refusal to a case that is assigned.
func TestAskingForPermission(t *testing.T) {
	h := newHouse(t)
	s := h.scene()
	asker, chief := h.as(s.stranger), h.as(s.chief) // whose unit has another chief
	page := "/cases/" + s.id
	if p := asker.Under("case/" + s.id).Get(page); p.Status != http.StatusForbidden {
		t.Fatalf("the asker reads it already: %d", p.Status)
	}
	ask := url.Values{"act": {"GET /cases/{id}"}, "return": {page}, "reason": {plea}}
	for name, wrong := range map[string]url.Values{"no reason": {"act": ask["act"]}, "no act": {"reason": {"x"}}, "an invented act": {"act": {"cases.case.invent"}, "reason": {"x"}}} {
		if p := asker.Post("/permission/ask", wrong); p.Status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", name, p.Status)
		}
	}
	if p := asker.Post("/permission/ask", ask); p.Status != http.StatusOK {
		t.Fatalf("asking: %d %s", p.Status, p.Heading())
	}
	var request string
	if err := h.Reader.Row(t.Context(), "select id from oversight_requests where record = $1 and state = 'asked'", []any{"case/" + s.id}, &request); err != nil {
		t.Fatal(err)
	}
	answer := "/requests/" + request
	if p := chief.Get("/"); !strings.Contains(string(p.Body), answer) {
		t.Error("the request is not among the chief's tasks")
	}
	if p := chief.Get(answer); p.Status != http.StatusOK || !strings.Contains(string(p.Body), plea) {
		t.Errorf("the chief reads %d", p.Status)
	}
	if p := asker.Post(answer+"/answer", url.Values{"verdict": {"granted"}}); p.Status != http.StatusForbidden {
		t.Errorf("the asker answers: %d", p.Status)
	}
	if p := chief.Post(answer+"/answer", url.Values{"verdict": {"granted"}}); p.Status != http.StatusSeeOther {
		t.Fatalf("granting: %d %s", p.Status, p.Heading())
	}
	if p := asker.Under("case/" + s.id).Get(page); p.Status != http.StatusOK {
		t.Errorf("and yet the case is closed to the asker: %d", p.Status)
	}
	if p := asker.Get("/"); !strings.Contains(string(p.Body), answer) {
		t.Error("the asker does not find the answer")
	}
}
