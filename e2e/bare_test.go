package e2e

import (
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/amana-platform/amana/kernel/kerneltest/browser"
)

// TestWithoutScripts lets a person who has switched JavaScript off sign in,
// read, search, record a complaint with a photograph, be told what is missing,
// take up a purpose and work on a case.
func TestWithoutScripts(t *testing.T) {
	s := serve(t, folder(t))
	tab := browser.Start(t).Tab(t, s.url, browser.Station)
	tab.ScriptsOff()
	enter := func(role string) {
		tab.Go("/session/new?lang=fr")
		tab.Click(`main .task:has(bdi):nth-child(` + map[string]string{"duty-officer": "1", "investigator": "2"}[role] + `) button`)
		tab.Click(`.menu button[value="fr"]`)
	}
	enter("duty-officer")
	tab.Visit("/register")
	tab.Visit("/register/complaints/new")
	if tab.Has("html[data-scripts]") {
		t.Fatal("scripts run")
	}
	tab.Click(`button[name="add"][value="accused"]`)
	tab.Fill(field("complainant.family", "Sefrioui"), field("complainant.given", "Nadia"), field("accused.0.unknown", "yes"), field("facts_on", yesterday()), field("place", "Maârif"))
	tab.Attach(`main input[type="file"]`, attachments(t).photo)
	tab.Send()
	if errors := tab.Text("main [data-errors]"); !strings.Contains(errors, "2 points") || !tab.Has(`main [data-errors] a[href="#complaint-new-facts"]`) {
		t.Fatalf("the form says %q", errors)
	}
	tab.Fill(field("offence", "theft-simple"), field("facts", "Son sac lui a été pris."))
	tab.Send()
	if tab.Has(`[name="complainant.same"]`) {
		tab.Fill(field("complainant.same", "new"))
		tab.Send()
	}
	tab.Sound()
	if !strings.Contains(tab.Text("main"), "photo.jpg") || numbered.FindString(tab.Text("h1")) == "" {
		t.Errorf("recorded without number or photograph: %s", tab.Text("main"))
	}
	tab.Go("/search?q=" + url.QueryEscape("Sefrioui Nadia"))
	tab.Visit(tab.Link("^/persons/", "Sefrioui"))
	enter("investigator")
	tab.Visit("/cases?state=open")
	tab.Visit(tab.Link("^/purpose"))
	tab.Click("main button[data-submit]")
	if !strings.HasPrefix(tab.Path(), "/cases/") {
		t.Fatalf("the purpose leads to %s", tab.Path())
	}
	here := tab.Path()
	tab.Visit(here + "/piece")
	tab.Fill(field("kind", "document"), field("title", "Facture"))
	tab.Submit()
	if !strings.Contains(tab.Text("main"), "Facture") {
		t.Error("the piece is not in the case")
	}
}

// TestTwoTabs shows one case on two computers: what one officer does appears
// under the eyes of the other, who is typing and loses nothing; and of two who
// write one report both see what the other wrote.
func TestTwoTabs(t *testing.T) {
	data := folder(t)
	s := serve(t, data)
	db := hand(t, data, "amana.db")
	file := one[string](t, db, `select c.id from cases_cases c join cases_assigned a on a.case_id = c.id and a.to_at = 0 join units_posts p on p.officer = a.officer
		where c.state = 'open' and c.closed_at = 0 and p.role = 'investigator' order by c.id limit 1`)
	officer := one[string](t, db, "select officer from cases_assigned where case_id = ? and to_at = 0", file)
	chief := one[string](t, db, "select p.officer from units_posts p join cases_cases c on c.unit = p.unit where c.id = ? and p.role = 'brigade-chief' and p.to_at = 0", file)
	b := browser.Start(t)
	mine, other := b.Tab(t, s.url, browser.Station), b.Tab(t, s.url, browser.Phone)
	mine.SignIn(officer, "fr")
	other.SignIn(chief, "ar")
	for _, tab := range []*browser.Tab{mine, other} {
		tab.Under("case/" + file)
		tab.Visit("/cases/" + file)
	}
	before := browser.Eval[int](other, `document.querySelectorAll("#timeline .event").length`)
	mine.Visit("/cases/" + file + "/piece")
	mine.Fill(field("kind", "document"), field("title", "Ticket de caisse"))
	mine.Attach(`main input[type="file"]`, attachments(t).photo)
	mine.Submit()
	if !mine.Has(`main a[href*="/pieces/"]`) {
		t.Error("the file did not travel with its form")
	}
	other.Until(`document.querySelectorAll("#timeline .event").length > ` + strconv.Itoa(before))

	mine.Visit("/cases/" + file + "/amend")
	other.Visit("/cases/" + file + "/amend")
	write := func(tab *browser.Tab, words string) {
		tab.Do(chromedp.Clear(`main [name="place"]`), chromedp.SendKeys(`main [name="place"]`, words))
	}
	write(mine, "Derb Omar")
	mine.Until(`document.querySelector("[data-savestate]").dataset.state === "saved"`)
	write(other, "Derb Sultan")
	other.Until(`document.querySelector("[data-clash]")?.innerText.includes("Derb Omar")`)
	if both := other.Text("[data-clash]"); !strings.Contains(both, "Derb Sultan") {
		t.Errorf("the conflict shows %q", both)
	}
}

// TestNothingIsLostOnSignOut cuts a session under a form: what was typed is
// sent after signing in again in place, and is there on another computer.
func TestNothingIsLostOnSignOut(t *testing.T) {
	s := serve(t, folder(t))
	b := browser.Start(t)
	tab := b.Tab(t, s.url, browser.Station)
	tab.SignIn("duty-officer", "fr")
	tab.Visit("/register/complaints/new")
	tab.Until(`document.documentElement.dataset.scripts`)
	tab.Enter(field("place", "Boulevard Zerktouni"))
	tab.Until(`/^Enregistré à \d\d:\d\d:\d\d$/.test(document.querySelector("[data-savestate]").textContent.trim())`)
	tab.Post("/session/end", nil)
	tab.Enter(field("facts", "Vol d'un vélo."))
	tab.Until(`document.querySelector("#signin[open] button")`)
	browser.Eval[bool](tab, `document.querySelector("#signin .task button").click() ?? true`)
	tab.Until(`!document.querySelector("#signin[open]")`)
	tab.Until(`document.querySelector("[data-savestate]").dataset.state === "saved"`)
	elsewhere := b.Tab(t, s.url, browser.Phone)
	elsewhere.SignIn("duty-officer", "ar")
	elsewhere.Visit("/register/complaints/new")
	got := browser.Eval[string](elsewhere, `["place", "facts"].map(n => document.querySelector("main [name=" + n + "]").value).join(" | ")`)
	if got != "Boulevard Zerktouni | Vol d'un vélo." {
		t.Errorf("on the other computer stands %q", got)
	}
}

// TestKeyboardAlone changes the person at the desk, looks somebody up, moves
// through a list and asks for help without a mouse.
func TestKeyboardAlone(t *testing.T) {
	s := serve(t, folder(t))
	tab := browser.Start(t).Tab(t, s.url, browser.Station)
	ready := func() { tab.Until(`document.documentElement.dataset.scripts && document.readyState === "complete"`) }
	tab.SignIn("duty-officer", "en")
	tab.Visit("/")
	ready()
	first := tab.Text(".account-name")
	tab.Reach(".account summary")
	tab.Press(kb.Enter)
	tab.Reach(`.menu a[href^="/session/switch"]`)
	tab.Leave(func() { tab.Press(kb.Enter) })
	ready()
	tab.Reach(`main .task:nth-child(2) button`)
	tab.Leave(func() { tab.Press(kb.Enter) })
	ready()
	if now := tab.Text(".account-name"); now == "" || now == first {
		t.Errorf("after the change %q sits here, before it %q", now, first)
	}
	tab.Press("/")
	tab.Press("El Amrani")
	tab.Leave(func() { tab.Press(kb.Enter) })
	ready()
	if !tab.Has(`main a[href^="/persons/"]`) {
		t.Errorf("the search finds %s", tab.Text("main"))
	}
	tab.Leave(func() { tab.Press("g"); tab.Press("a") })
	ready()
	tab.Press(kb.ArrowDown)
	tab.Leave(func() { tab.Press(kb.Enter) })
	ready()
	tab.Leave(func() { tab.Press(kb.Enter) }) // the purpose that is offered has the focus
	ready()
	if !strings.HasPrefix(tab.Path(), "/cases/") {
		t.Errorf("the first row leads to %s", tab.Path())
	}
	tab.Press("?")
	tab.Until(`document.querySelector("#keys:popover-open")`)
	hints := browser.Eval[[]string](tab, `[...document.querySelectorAll("a[data-hotkey], button[data-hotkey]")].filter(e => e.offsetParent && !e.querySelector("kbd")).map(e => e.innerText)`)
	if len(hints) > 0 {
		t.Errorf("keys without a visible hint: %s", hints)
	}
}
