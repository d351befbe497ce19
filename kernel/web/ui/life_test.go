package ui_test

import (
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/amana-platform/amana/kernel/kerneltest/browser"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/kernel/web/ui"
)

// station is a small real server behind one form: it saves fields by version,
// takes files by tus, proposes people, streams events, and can be made to
// fail the way stations fail.
type station struct {
	t        *testing.T
	mu       sync.Mutex
	signedIn bool
	made     int // times the live record was made
	values   map[string]string
	versions map[string]int
	uploads  map[string][]byte
	cuts     int      // PATCH requests to break off in the middle
	streams  []string // the last event each stream asked to go on from
}

func newStation(t *testing.T) (*station, *httptest.Server) {
	s := &station{t: t, signedIn: true, values: map[string]string{}, versions: map[string]int{}, uploads: map[string][]byte{}}
	mux := http.NewServeMux()
	mux.Handle("GET "+ui.PathAssets, ui.Assets())
	mux.HandleFunc("GET /form", s.form)
	mux.HandleFunc("GET /elsewhere", s.form)
	mux.HandleFunc("POST /form", s.submitted)
	mux.HandleFunc("POST /save", s.save)
	mux.HandleFunc("GET /record", s.record)
	mux.HandleFunc("POST /upload", s.create)
	mux.HandleFunc("HEAD /upload/{id}", s.offset)
	mux.HandleFunc("PATCH /upload/{id}", s.patch)
	mux.HandleFunc("GET /people", s.people)
	mux.HandleFunc("GET /stream", s.stream)
	mux.HandleFunc("HEAD "+ui.PathPing, func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("GET "+ui.PathAgain, s.again)
	mux.HandleFunc("POST /sign-in", s.signIn)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", ui.ContentSecurityPolicy)
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(server.CloseClientConnections)
	return s, server
}

func (s *station) form(w http.ResponseWriter, r *http.Request) {
	v := view(s.t, text.EN)
	v.PersonID, v.Person, v.Live = "p1", "Amina", r.URL.Query().Get("live")
	f := ui.Form{Words: v.Words, ID: "f", Action: "/form", Autosave: "/save", Values: url.Values{}, Versions: map[string]string{"place": "0"}}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if err := formPage(v, f).Render(r.Context(), w); err != nil {
		s.t.Error(err)
	}
}

// record is a live page whose timeline grows by one line each time it is made.
func (s *station) record(w http.ResponseWriter, r *http.Request) {
	s.set(func() { s.made++ })
	v := view(s.t, text.EN)
	v.Live, v.Path = "/stream", "/record"
	record := ui.Record{Number: "1", State: ui.State{Status: ui.Neutral, Label: "state " + strconv.Itoa(s.made)}}
	for i := range s.made {
		record.Timeline = append(record.Timeline, ui.Event{Happened: noon, Written: noon, Title: "entry " + strconv.Itoa(i+1)})
	}
	f := ui.Form{Words: v.Words, ID: "note"}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if err := around(ui.Page(v), around(record.Show(v.Words, v), f.Area(ui.Field{Name: "note"}))).Render(r.Context(), w); err != nil {
		s.t.Error(err)
	}
}

// submitted takes the whole form, as browsers without scripts send it.
func (s *station) submitted(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseMultipartForm(1 << 20); err != nil {
		s.t.Error(err)
	}
	s.set(func() {
		for name, values := range r.Form {
			s.values[name] = strings.Join(values, ",")
		}
	})
	_, _ = io.WriteString(w, "taken")
}

func (s *station) save(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	name, version := r.FormValue("name"), r.FormValue("version")
	switch {
	case !s.signedIn:
		w.WriteHeader(http.StatusUnauthorized)
	case name == "place" && version != strconv.Itoa(s.versions[name]):
		w.WriteHeader(http.StatusConflict)
		fmt.Fprintf(w, `{"version":"%d","value":%q,"who":"Salma","at":"2026-11-22T11:00:00Z"}`, s.versions[name], s.values[name])
	default:
		s.versions[name]++
		s.values[name] = strings.Join(r.Form["value"], ",")
		fmt.Fprintf(w, `{"version":"%d","saved":"2026-11-22T11:04:31Z"}`, s.versions[name])
	}
}

func (s *station) create(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := "u" + strconv.Itoa(len(s.uploads))
	s.uploads[id] = nil
	w.Header().Set("Location", "/upload/"+id)
	w.WriteHeader(http.StatusCreated)
}

func (s *station) offset(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w.Header().Set("Upload-Offset", strconv.Itoa(len(s.uploads[r.PathValue("id")])))
}

// patch takes a piece; as often as told it keeps half and breaks the line.
func (s *station) patch(w http.ResponseWriter, r *http.Request) {
	piece, err := io.ReadAll(r.Body)
	s.mu.Lock()
	defer s.mu.Unlock()
	id := r.PathValue("id")
	if err != nil || r.Header.Get("Upload-Offset") != strconv.Itoa(len(s.uploads[id])) {
		w.WriteHeader(http.StatusConflict)
		return
	}
	if s.cuts > 0 {
		s.cuts--
		s.uploads[id] = append(s.uploads[id], piece[:len(piece)/2]...)
		panic(http.ErrAbortHandler)
	}
	s.uploads[id] = append(s.uploads[id], piece...)
	w.Header().Set("Upload-Offset", strconv.Itoa(len(s.uploads[id])))
	w.WriteHeader(http.StatusNoContent)
}

func (s *station) people(w http.ResponseWriter, r *http.Request) {
	people := []ui.Person{{Ref: "person/1", Name: "Karim Bennani"}, {Ref: "person/2", Name: "Karim <b>Benani</b>"}}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if err := (ui.Form{Words: view(s.t, text.EN).Words}).Suggestions(people).Render(r.Context(), w); err != nil {
		s.t.Error(err)
	}
}

// stream sends one event after the last seen and ends, so that the page must
// come back and say where it was.
func (s *station) stream(w http.ResponseWriter, r *http.Request) {
	last := r.URL.Query().Get("last-event-id") + r.Header.Get("Last-Event-ID")
	s.mu.Lock()
	s.streams = append(s.streams, last)
	n := len(s.streams)
	s.mu.Unlock()
	w.Header().Set("Content-Type", "text/event-stream")
	fmt.Fprintf(w, "retry: 700\nid: e%d\nevent: news\ndata: <b>event %d</b>\n\nid: e%d\nevent: entry\ndata: {}\n\n", n, n, n)
}

func (s *station) again(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = io.WriteString(w, `<form method="post" action="/sign-in"><button id="enter">enter</button></form>`)
}

func (s *station) signIn(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.signedIn = true
	w.Header().Set("Amana-Person", "p1")
}

// get reads a value under the lock.
func (s *station) get(name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.values[name]
}

func (s *station) set(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
}

func TestAFormWorksWithoutScripts(t *testing.T) {
	s, server := newStation(t)
	tab := browser.Open(t, server.URL, "/elsewhere", browser.Station)
	tab.ScriptsOff()
	tab.Go("/form")
	if browser.Eval[bool](tab, `"scripts" in document.documentElement.dataset`) {
		t.Fatal("scripts run")
	}
	tab.Do(chromedp.SendKeys("#f-place", "by hand"), chromedp.SendKeys("#f-when", "-15"), chromedp.SendKeys("#f-who", "kar"), chromedp.Click("#f-notify-1"), chromedp.Click("[data-submit]"))
	tab.Until(`document.body.textContent === "taken"`)
	if s.get("place") != "by hand" || s.get("when") != "-15" || s.get("who.q") != "kar" || s.get("notify") != "lawyer" {
		t.Errorf("the station took %v", s.values)
	}
}

const saved = `document.querySelector("[data-savestate]").dataset.state === "saved"`

func TestEachFieldIsSavedAsTyped(t *testing.T) {
	s, server := newStation(t)
	tab := browser.Open(t, server.URL, "/form", browser.Station)
	tab.Do(chromedp.SendKeys("#f-place", "12, avenue"))
	tab.Until(saved)
	if got := s.get("place"); got != "12, avenue" {
		t.Errorf("the station holds %q", got)
	}
	if got := browser.Eval[string](tab, `document.querySelector("[data-savestate]").textContent`); got != "Saved 12:04:31" {
		t.Errorf("the page says %q", got)
	}
	tab.Do(chromedp.Click("#f-notify-0"), chromedp.Click("#f-notify-1"))
	tab.Until(saved)
	tab.Until(`!sessionStorage.getItem("amana:draft:p1:/form:f")`)
	if got := s.get("notify"); got != "family,lawyer" {
		t.Errorf("the ticks are saved as %q", got)
	}
}

func TestNothingIsLostWhenTheLineIsCut(t *testing.T) {
	s, server := newStation(t)
	tab := browser.Open(t, server.URL, "/form", browser.Station)
	browser.Eval[bool](tab, `window.really = window.fetch; window.fetch = () => Promise.reject(new TypeError("cut")); true`)
	tab.Do(chromedp.SendKeys("#f-place", "kept here"))
	tab.Until(`document.querySelector("[data-savestate]").dataset.state === "kept"`)
	tab.Until(`!document.getElementById("offline").hidden`)
	if s.get("place") != "" {
		t.Fatal("the line was not cut")
	}
	tab.Go("/form") // a reload brings fetch back
	tab.Until(`document.querySelector("#f-place").value === "kept here"`)
	tab.Until(saved)
	if got := s.get("place"); got != "kept here" {
		t.Errorf("after the cut the station holds %q", got)
	}
}

func TestTwoAuthorsSeeBothValues(t *testing.T) {
	s, server := newStation(t)
	tab := browser.Open(t, server.URL, "/form", browser.Station)
	s.set(func() { s.values["place"], s.versions["place"] = "theirs", 4 })
	tab.Do(chromedp.SendKeys("#f-place", "mine"))
	tab.Until(`document.querySelector("[data-clash]")?.innerText.includes("theirs")`)
	if shown := browser.Eval[string](tab, `document.querySelector("[data-clash]").innerText`); !strings.Contains(shown, "mine") || !strings.Contains(shown, "Salma") {
		t.Errorf("the conflict shows %q", shown)
	}
	if s.get("place") != "theirs" {
		t.Error("a conflict overwrote the other value")
	}
	tab.Do(chromedp.Click("[data-clash] button"))
	tab.Until(saved)
	if got := s.get("place"); got != "mine" {
		t.Errorf("the choice is saved as %q", got)
	}
}

func TestSignInAgainInPlace(t *testing.T) {
	s, server := newStation(t)
	tab := browser.Open(t, server.URL, "/form", browser.Station)
	s.set(func() { s.signedIn = false })
	tab.Do(chromedp.SendKeys("#f-place", "typed while signed out"))
	tab.Until(`document.querySelector("#signin[open] #enter")`)
	tab.Do(chromedp.Click("#enter"))
	tab.Until(`!document.querySelector("#signin[open]")`)
	tab.Until(saved)
	if got := s.get("place"); got != "typed while signed out" {
		t.Errorf("after signing in again the station holds %q", got)
	}
}

func TestSigningOutLeavesNothingBehind(t *testing.T) {
	s, server := newStation(t)
	s.set(func() { s.signedIn = false }) // nothing can be saved
	tab := browser.Open(t, server.URL, "/form", browser.Station)
	tab.Do(chromedp.SendKeys("#f-place", "not for the next"))
	tab.Until(`sessionStorage.length > 0`)
	browser.Eval[bool](tab, `document.querySelector("[data-sign-out]").requestSubmit(); true`)
	tab.Until(`location.pathname === "` + ui.PathSignOut + `"`)
	if left := browser.Eval[string](tab, `JSON.stringify({...sessionStorage})`); left != "{}" {
		t.Errorf("left on the computer: %s", left)
	}
}

func TestTimeFieldsUnderstandTheDesk(t *testing.T) {
	_, server := newStation(t)
	tab := browser.Open(t, server.URL, "/form", browser.Station)
	field := `document.querySelector("#f-when").value`
	tab.Do(chromedp.SendKeys("#f-when", "t"))
	tab.Until(`/^\d\d:\d\d$/.test(` + field + `)`)
	browser.Eval[string](tab, field+` = ""`)
	tab.Do(chromedp.SendKeys("#f-when", "-1500"+kb.Tab))
	tab.Until(`/^\d\d\/\d\d\/\d{4} \d\d:\d\d$/.test(` + field + `)`)
}

func TestAnUploadSurvivesCuts(t *testing.T) {
	s, server := newStation(t)
	s.cuts = 2
	tab := browser.Open(t, server.URL, "/form", browser.Station)
	size := 5<<20 + 17
	browser.Eval[bool](tab, `(() => {
		const bytes = new Uint8Array(`+strconv.Itoa(size)+`).map((_, i) => i * 7 + (i >> 8));
		const data = new DataTransfer();
		data.items.add(new File([bytes], "photo.jpg", {type: "image/jpeg"}));
		const input = document.querySelector("#f-files");
		input.files = data.files;
		input.dispatchEvent(new Event("change"));
		return true;
	})()`)
	tab.Until(`document.querySelector("[data-uploads] input[name=files]")?.value === "u0"`)
	s.mu.Lock()
	defer s.mu.Unlock()
	want := make([]byte, size)
	for i := range want {
		want[i] = byte(i*7 + i>>8)
	}
	if s.cuts != 0 || !slices.Equal(s.uploads["u0"], want) {
		t.Errorf("%d cuts left, %d of %d bytes, whole %t", s.cuts, len(s.uploads["u0"]), size, slices.Equal(s.uploads["u0"], want))
	}
}

func TestThePersonPickerByKeyboard(t *testing.T) {
	s, server := newStation(t)
	tab := browser.Open(t, server.URL, "/form", browser.Station)
	tab.Do(chromedp.SendKeys("#f-who", "kar"))
	tab.Until(`document.querySelectorAll("#f-who-list [role=option]").length === 2`)
	if browser.Eval[int](tab, `document.querySelectorAll("#f-who-list b").length`) != 0 {
		t.Error("a name is read as markup")
	}
	tab.Press(kb.ArrowDown)
	tab.Press(kb.ArrowDown)
	tab.Press(kb.Enter)
	tab.Until(`document.querySelector("[data-picker-chosen]").textContent.includes("Benani")`)
	tab.Until(`!sessionStorage.getItem("amana:draft:p1:/form:f")`)
	if got := s.get("who"); got != "person/2" {
		t.Errorf("the chosen person is saved as %q", got)
	}
}

func TestALiveViewMissesNothing(t *testing.T) {
	s, server := newStation(t)
	tab := browser.Open(t, server.URL, "/form?live=/stream", browser.Station)
	tab.Until(`document.querySelector("#news").textContent.includes("event 3")`)
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, last := range s.streams {
		if i > 0 && !strings.HasSuffix(last, "e"+strconv.Itoa(i)) {
			t.Errorf("stream %d goes on from %q: an event is missed", i+1, last)
		}
	}
}

func TestALiveRecordGrowsUnderOnesHands(t *testing.T) {
	_, server := newStation(t)
	tab := browser.Open(t, server.URL, "/record", browser.Station)
	tab.Do(chromedp.SendKeys("#note-note", "half a word"))
	tab.Until(`document.querySelector("#timeline").textContent.includes("entry 3")`)
	tab.Until(`/state [3-9]/.test(document.querySelector("#record-head").textContent)`)
	if got := browser.Eval[string](tab, `document.querySelector("#note-note").value`); got != "half a word" {
		t.Errorf("the note being written is now %q", got)
	}
	if n := browser.Eval[int](tab, `document.querySelectorAll("#timeline").length + document.querySelectorAll("#record-head").length`); n != 2 {
		t.Errorf("%d parts, want one timeline and one head", n)
	}
}

func TestRandomBytesAreNoAsset(t *testing.T) {
	for range 50 {
		path := ui.PathAssets + rand.Text() + "/" + rand.Text()
		answer := httptest.NewRecorder()
		ui.Assets().ServeHTTP(answer, httptest.NewRequest("GET", path, nil))
		if answer.Code != http.StatusNotFound {
			t.Fatalf("%s: %d", path, answer.Code)
		}
	}
}
