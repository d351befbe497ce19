package kerneltest

import (
	"bytes"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
)

// Scenario is one request and all that must come of it.
type Scenario struct {
	Name    string
	As      string // role or id of the person; "" for a stranger
	Purpose string // "" for the session's own; None for none
	Method  string // "" is GET, or POST with a Form
	Path    string
	Form    url.Values

	Status   int
	Wants    []string // the page's words hold each
	Lacks    []string // the answer's bytes hold none of them
	Entries  []string // kinds this person appended, in order
	Accesses []string // "outcome action" of this person's accesses, in order
}

// Play runs scenarios in order, each as a test of its own.
func (a *App) Play(t *testing.T, scenarios ...Scenario) {
	t.Helper()
	for _, s := range scenarios {
		t.Run(s.Name, func(t *testing.T) { a.play(t, s) })
	}
}

func (a *App) play(t *testing.T, s Scenario) {
	t.Helper()
	client := a.Stranger(t)
	if s.As != "" {
		client.SignIn(s.As)
	}
	m := a.Mark(t)
	page := s.send(client.Under(s.Purpose))
	if page.Status != s.Status {
		t.Errorf("status %d, want %d: %s", page.Status, s.Status, page.Text())
	}
	seen := page.Text()
	for _, want := range s.Wants {
		if !strings.Contains(seen, want) {
			t.Errorf("the page does not say %q: %s", want, seen)
		}
	}
	for _, lack := range s.Lacks {
		if bytes.Contains(page.Body, []byte(lack)) {
			t.Errorf("the answer holds %q", lack)
		}
	}
	entries, accesses := a.Since(t, m)
	if !slices.Equal(entries, s.Entries) {
		t.Errorf("appended %q, want %q", entries, s.Entries)
	}
	if !slices.Equal(accesses, s.Accesses) {
		t.Errorf("accesses %q, want %q", accesses, s.Accesses)
	}
}

func (s Scenario) send(c *Client) *Page {
	c.t.Helper()
	if s.Form != nil {
		return c.Post(s.Path, s.Form)
	}
	method := s.Method
	if method == "" {
		method = http.MethodGet
	}
	return c.Send(method, s.Path, "", nil)
}

// Mark is a place in the journal and its access lane.
type Mark struct{ entry, access int64 }

// Mark gives the place where journal and lane end now.
func (a *App) Mark(t testing.TB) Mark {
	t.Helper()
	entry, err := a.Journal.Last(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	access, _, err := a.Journal.Lane().Last(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return Mark{entry, access}
}

// Since gives what people appended since a mark: the kinds of their entries,
// and "outcome action" of their accesses. What processes append by themselves
// (followers, the hourly count) is left out.
func (a *App) Since(t testing.TB, m Mark) (entries, accesses []string) {
	t.Helper()
	got, err := a.Journal.After(t.Context(), m.entry, 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range got {
		if !strings.Contains(e.Purpose, ":system/") && !byProcess(e.Actor) {
			entries = append(entries, e.Kind)
		}
	}
	for _, x := range a.AccessesSince(t, m) {
		accesses = append(accesses, string(x.Outcome)+" "+x.Action)
	}
	return entries, accesses
}

// AccessesSince gives the accesses recorded since a mark, oldest first.
func (a *App) AccessesSince(t testing.TB, m Mark) []journal.Access {
	t.Helper()
	found, err := a.Journal.Lane().Search(t.Context(), journal.AccessQuery{Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	found = slices.DeleteFunc(found, func(x journal.Access) bool { return x.Seq <= m.access })
	slices.SortFunc(found, func(x, y journal.Access) int { return int(x.Seq - y.Seq) })
	return found
}

// byProcess reports whether an actor is a process: its id is of version 8.
func byProcess(id ident.ID) bool { return len(id) > 14 && id[14] == '8' }
