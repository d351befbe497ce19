package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/amana-platform/amana/kernel/kerneltest/browser"
	"github.com/amana-platform/amana/kernel/text"
)

// TestThread walks the whole service in a browser, from a complaint at the
// desk to a verified dossier with the prosecutor, in each language, on a
// station's screen and on a phone. The desk's part is done by keyboard alone.
func TestThread(t *testing.T) {
	s := serve(t, folder(t))
	b := browser.Start(t)
	langs, screens := text.Langs(), []browser.Screen{browser.Station, browser.Phone}
	if testing.Short() {
		langs, screens = langs[:1], screens[1:]
	}
	papers := attachments(t)
	for _, lang := range langs { // one after the other: the same people would share what they type
		for _, screen := range screens {
			t.Run(fmt.Sprintf("%s-%d", lang, screen.Width), func(t *testing.T) {
				w := &walk{Tab: b.Tab(t, s.url, screen), t: t, lang: string(lang), small: screen.Width < 500, papers: papers}
				w.whole()
			})
		}
	}
}

// walk is one person after the other at one browser, following one affair.
type walk struct {
	*browser.Tab
	t      *testing.T
	lang   string
	small  bool // on a phone
	papers papers

	complaint, number string // address and number of the complaint
	file              string // address of the case
	suspect           string // id of the person complained of
	dossier           string // address of the dossier in the prosecutor's inbox
}

type papers struct{ photo, pdf string }

// attachments makes the photograph and the document that are attached.
func attachments(t *testing.T) papers {
	t.Helper()
	p := papers{filepath.Join(t.TempDir(), "photo.jpg"), filepath.Join(t.TempDir(), "invoice.pdf")}
	img := image.NewRGBA(image.Rect(0, 0, 640, 480))
	for i := range 640 * 480 {
		img.Set(i%640, i/640, color.RGBA{uint8(i), uint8(i >> 8), 90, 255})
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	for path, raw := range map[string][]byte{p.photo: b.Bytes(), p.pdf: []byte(smallPDF)} {
		if err := os.WriteFile(path, raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// smallPDF is an empty page.
const smallPDF = "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n" +
	"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"

func (w *walk) as(role string) { w.SignIn(role, w.lang) }

// on works for the case.
func (w *walk) on() {
	w.Under("case/" + w.id())
	w.Visit(w.file)
}

func (w *walk) id() string { return strings.TrimPrefix(w.file, "/cases/") }

// sheet opens a form of the case, fills it and sends it.
func (w *walk) sheet(path string, values ...browser.Value) {
	w.t.Helper()
	w.Visit(w.file + path)
	w.Fill(values...)
	w.Submit()
}

func field(name, value string) browser.Value { return browser.Value{Name: name, Value: value} }

func (w *walk) whole() {
	w.records()
	w.refers()
	w.opens()
	w.writes()
	w.seizes()
	w.measures()
	w.holds()
	w.reviews()
	w.handsOver()
	w.decides()
	w.inspects()
}

var numbered = regexp.MustCompile(`\d+/[A-Z0-9-]+/\d{4}`)

// records: the desk records a complaint without touching a mouse, from the
// home page to the receipt.
func (w *walk) records() {
	w.as("duty-officer")
	w.Visit("/")
	w.Until(`document.documentElement.dataset.scripts`)
	w.Leave(func() { w.Press("g"); w.Press("r") })
	w.Until(`document.documentElement.dataset.scripts`)
	w.Leave(func() { w.Press("n") })
	w.Until(`document.documentElement.dataset.scripts`)
	w.Enter(field("complainant.family-ar", "الزياني"), field("complainant.given-ar", "هدى"), field("complainant.family", "Ziani"), field("complainant.given", "Houda"),
		field("complainant.birth", "12/03/1991"), field("complainant.phones", "0600000000"))
	w.Reach(`main [name="offence"]`)
	w.choose("theft-simple")
	w.Enter(field("facts_on", yesterday()), field("facts_clock", "18:30"), field("place", "شارع الزرقطوني"), field("facts", "Un inconnu lui a pris son sac. انتزع حقيبتها."))
	w.Reach(`button[name="add"][value="accused"]`)
	w.Leave(func() { w.Press(kb.Enter) })
	w.Reach(`main [name="accused.0.unknown"]`)
	w.Press(" ")
	w.Reach(`button[name="add"][value="things"]`)
	w.Leave(func() { w.Press(kb.Enter) })
	w.Reach(`main [name="things.0.kind"]`)
	w.choose("phone")
	w.Enter(field("things.0.description", "Samsung A54"), field("things.0.value", "2500"))
	w.Reach(`main input[type="file"]`)
	w.Attach(`main input[type="file"]`, w.papers.photo, w.papers.pdf)
	w.Until(`document.querySelectorAll("[data-uploads] input[name=files]").length === 2`)
	w.Leave(w.send)
	if w.Has(`[name="complainant.same"]`) { // the index knows somebody like her
		w.Reach(`[name="complainant.same"]`)
		w.Press(kb.ArrowUp) // the last choice: none of them
		w.Leave(w.send)
	}
	w.Sound()
	w.complaint, w.number = w.Path(), numbered.FindString(w.Text("h1"))
	if w.number == "" || !strings.HasPrefix(w.complaint, "/register/complaints/") {
		w.t.Fatalf("no number at once: %s %q", w.complaint, w.Text("h1"))
	}
	for _, attached := range []string{"photo.jpg", "invoice.pdf", "Samsung A54"} {
		if !strings.Contains(w.Text("main"), attached) {
			w.t.Errorf("the complaint does not show %s", attached)
		}
	}
	w.holdsProof("receipt.pdf", w.complaint+"/receipt")
	w.Visit("/log-book")
	if !strings.Contains(w.Text("tbody"), w.number) {
		w.t.Errorf("no line of the log book tells of %s", w.number)
	}
}

// send submits the form in hand, by keyboard.
func (w *walk) send() { w.Press(kb.Enter, chromedp.KeyModifiers(chromedp.ModifierCtrl)) }

// choose picks an option of the list in hand by the arrows.
func (w *walk) choose(value string) {
	w.t.Helper()
	for range 300 {
		if browser.Eval[string](w.Tab, `document.activeElement.value`) == value {
			return
		}
		w.Press(kb.ArrowDown)
	}
	w.t.Fatalf("the arrows do not reach %s", value)
}

// holdsProof keeps a paper and lets the program check its proof, as anybody
// who holds it does.
func (w *walk) holdsProof(name, path string) {
	w.t.Helper()
	file := filepath.Join(w.t.TempDir(), name)
	if err := os.WriteFile(file, w.Fetch(path), 0o600); err != nil {
		w.t.Fatal(err)
	}
	var checked struct{ Valid bool }
	out := must(w.t, "proof", "check", file, "--json")
	if err := json.Unmarshal([]byte(out), &checked); err != nil || !checked.Valid {
		w.t.Errorf("%s: %v %s", name, err, out)
	}
}
