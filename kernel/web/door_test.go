package web_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/web/ui"
)

// TestADoorLetsItsOwnIn: on a door's routes only the door's session counts, and
// on officers' routes only theirs; whoever has both is each where it belongs.
func TestADoorLetsItsOwnIn(t *testing.T) {
	h := newHall(t)
	session := h.signedIn()
	for _, c := range []struct {
		path   string
		with   []string
		status int
		says   string
	}{
		{"/guests", []string{"guest=yes"}, 200, string(guest) + " basis/L04-20 fr"},
		{"/guests", []string{"guest=yes", session}, 200, string(guest)},
		{"/guests?lang=ar", []string{"guest=yes"}, 200, " ar"},
		{"/guests", []string{"guest=yes", "amana-lang=en"}, 200, " en"},
		{"/guests", []string{"guest=broken"}, 503, ""},
		{"/guests/office", []string{"guest=yes", session}, 403, ""}, // an officer's rights do not come by this door
		{"/office", []string{session}, 200, string(officer)},
		{"/office", []string{session, "guest=yes"}, 200, string(officer)},
		{"/office/guests", []string{session, "guest=yes"}, 403, ""},
		{"/guests", []string{"guest=yes", "Amana-Purpose: " + task.String()}, 200, task.String()},
		{"/guests", []string{"guest=yes", "Amana-Purpose: "}, 403, ""}, // one that states no purpose has none
		{"/guests", []string{"guest=yes", "Amana-Purpose: nonsense"}, 422, ""},
	} {
		p := h.get(c.path, c.with...)
		if p.StatusCode != c.status || !strings.Contains(p.Body, c.says) {
			t.Errorf("%s with %v: %d %.80q, want %d %q", c.path, c.with, p.StatusCode, p.Body, c.status, c.says)
		}
	}
}

// TestAStrangerAtADoor is led to the door's own sign-in, with the way back, and
// on officers' routes to theirs; a program is told.
func TestAStrangerAtADoor(t *testing.T) {
	h := newHall(t)
	for path, want := range map[string]string{"/guests?x=1": "/guests/door?return=/guests?x=1", "/office": "/session/new?return=%2Foffice"} {
		if p := h.get(path); p.StatusCode != http.StatusSeeOther || p.Header.Get("Location") != want {
			t.Errorf("%s: %d %q", path, p.StatusCode, p.Header.Get("Location"))
		}
	}
	if p := h.get("/guests", h.signedIn()); p.StatusCode != http.StatusSeeOther {
		t.Errorf("an officer is a stranger there: %d", p.StatusCode)
	}
	if p := h.get("/guests", "Accept: application/json"); p.StatusCode != http.StatusUnauthorized {
		t.Errorf("a program: %d", p.StatusCode)
	}
}

// TestADoorIsRecordedLikeAllOthers: who came by it and read stands in the lane,
// and who was refused; its frame is its own, and its cookies are Secure.
func TestADoorIsRecordedLikeAllOthers(t *testing.T) {
	h := newHall(t)
	p := h.get("/guests/page", "guest=yes", h.signedIn())
	if said := p.Body; p.StatusCode != 200 || !strings.Contains(said, "the guest") || strings.Contains(said, ui.PathSignOut) || !strings.Contains(said, `class="citizen`) {
		t.Errorf("%d %s", p.StatusCode, said)
	}
	for _, c := range h.get("/guests", "guest=yes").Cookies() {
		if !c.Secure {
			t.Errorf("%s goes over any line", c.Name)
		}
	}
	h.get("/guests/office", "guest=yes")
	count := map[journal.Outcome]int{}
	for _, a := range h.accesses(guest) {
		count[a.Outcome]++
	}
	if count[journal.Read] != 2 || count[journal.Refused] != 1 {
		t.Errorf("%+v", count)
	}
}
