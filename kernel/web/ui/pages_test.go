package ui_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/kernel/web/ui"
)

var inline = regexp.MustCompile(`(?i) style=|<style|<script(?:>| [^>]*>[^<])| on[a-z]+=|javascript:`)

// contains fails for each want that the page lacks, and for each unwanted
// (written with a leading "!") that it has.
func contains(t *testing.T, page string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if unwanted, ok := strings.CutPrefix(want, "!"); ok {
			if strings.Contains(page, unwanted) {
				t.Errorf("the page has %q", unwanted)
			}
		} else if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q in\n%s", want, page)
		}
	}
}

func TestNoInlineScriptOrStyle(t *testing.T) {
	for _, lang := range text.Langs() {
		if found := inline.FindString(html(t, ui.Catalogue(view(t, lang)))); found != "" {
			t.Errorf("%s: the page holds %q, which the policy forbids", lang, found)
		}
	}
}

func TestTheFrameSaysWhoReadsAndWhy(t *testing.T) {
	v := view(t, text.FR)
	v.Person, v.Role, v.Path = "Amina", "Enquêteur", "/cases?state=open&x=1"
	page := html(t, ui.Page(v))
	contains(t, page, `<html lang="fr" dir="ltr"`, "Aucune finalité indiquée", `/purpose?return=%2Fcases%3Fstate%3Dopen%26x%3D1`,
		`href="#main"`, `name="q"`, "!DÉMO", "!sse-connect", "!banner-wait", `method="post" action="/session/end"`)
	v.Purpose = ui.Purpose{Ref: "case/1", Label: "affaire 2026/114", Href: "/cases/1"}
	v.Demo, v.CutSince, v.Live = true, noon, "/stream"
	page = html(t, ui.Page(v))
	contains(t, page, "Cette consultation est consignée", "affaire 2026/114", "!Aucune finalité", "DÉMO", "banner-wait", `sse-connect="/stream"`)
}

func TestAWallShowsNoOneAndRefreshes(t *testing.T) {
	v := view(t, text.AR)
	v.Person, v.Title, v.Path = "Amina Berrada", "Board", "/custody/wall"
	contains(t, html(t, ui.Wall(v)), "!Amina", `hx-get="/custody/wall"`, `hx-trigger="every 30s"`, "<h1>Board</h1>", "!name=\"q\"")
}

func TestNobodySignedInSeesNoSearchAndNoPurpose(t *testing.T) {
	v := view(t, text.AR)
	v.Citizen = true
	page := html(t, ui.Page(v))
	contains(t, page, `dir="rtl"`, `class="citizen"`, `!name="q"`, "!class=\"purpose", "!session/end", `value="fr"`, "frame-bare")
}

func TestValuesAreNeverMarkup(t *testing.T) {
	evil := `"><script>alert(1)</script>`
	w := view(t, text.EN).Words
	f := ui.Form{Words: w, ID: "f", Values: map[string][]string{"a": {evil}}, Labels: map[string]string{"a": evil}, Errors: fault.List{{Kind: fault.Invalid, Field: "a", Key: "form.required"}}}
	v := view(t, text.EN)
	v.Person, v.Title, v.Path, v.Purpose.Label = evil, evil, evil, evil
	for name, c := range map[string]templ.Component{
		"page": ui.Page(v), "text": f.Text(ui.Field{Name: "a", Label: evil, Help: evil, Law: evil, Hint: evil}), "area": f.Area(ui.Field{Name: "a"}),
		"select":  f.Select(ui.Field{Name: "a"}, []ui.Option{{Value: evil, Label: evil, Group: evil}}),
		"radios":  f.Radios(ui.Field{Name: "a", Label: evil}, []ui.Option{{Value: evil, Label: evil}}),
		"picker":  f.PersonPicker(ui.Field{Name: "a"}, evil, ui.Person{Ref: evil, Name: evil, ID: evil}),
		"form":    f.Frame(),
		"record":  ui.Record{Number: evil, Title: evil, Acts: []ui.Act{{Label: evil, Href: "javascript:alert(1)"}}}.Show(w, v),
		"chip":    ui.Chip(ui.State{Status: ui.Good, Label: evil}),
		"plate":   ui.Plate(w, ui.PlateNumber{Serial: evil, Letter: evil, Code: evil}),
		"problem": ui.Problem{Fault: fault.New(fault.Internal, "fault.internal"), Reference: evil}.Show(w),
	} {
		page := html(t, c)
		if strings.Contains(page, "<script>") || strings.Contains(page, "javascript:") {
			t.Errorf("%s lets markup through: %s", name, page)
		}
	}
}

func TestAFieldTellsWhatIsWrongAndWhy(t *testing.T) {
	var errs fault.List
	errs.Add("born", "form.future")
	errs.Add("", "form.unchanged")
	f := ui.Form{Words: view(t, text.EN).Words, ID: "f", Action: "/x", Autosave: "/save", Saved: noon, Cancel: "/back", Errors: errs, Versions: map[string]string{"born": "7"}}
	field := html(t, f.Date(ui.Field{Name: "born", Label: "Born", Law: "CEC 16", Optional: true}))
	contains(t, field, `<label class="label" for="f-born">`, `aria-invalid="true"`, `aria-describedby="f-born-help f-born-error"`, `data-version="7"`,
		`id="f-born-error"`, "This date lies in the future.", "CEC 16", "dd/mm/yyyy", "!aria-required", "optional")
	contains(t, html(t, f.Frame()), `data-autosave="/save"`, `href="#f-born"`, "2 points to correct", "Saved 12:04:31", "Nothing was changed.", `href="/back"`)
	contains(t, html(t, ui.Form{Words: f.Words, ID: "g"}.Frame()), "!data-autosave", "!savestate", "!<aside", "Submit")
}

func TestFieldsHoldTheirValues(t *testing.T) {
	f := ui.Form{Words: view(t, text.EN).Words, ID: "f", Values: map[string][]string{"s": {"2"}, "c": {"a", "b"}, "y": {"yes"}, "w.q": {"kar"}}}
	options := []ui.Option{{Value: "1", Label: "One"}, {Value: "2", Label: "Two", Group: "Pair"}, {Value: "3", Label: "Three", Group: "Pair"}}
	contains(t, html(t, f.Select(ui.Field{Name: "s"}, options)), `<option value="2" selected>Two`, `<optgroup label="Pair">`, `<option value="1">One`, `aria-required="true"`)
	ticks := html(t, f.Checks(ui.Field{Name: "c"}, []ui.Option{{Value: "a", Label: "A"}, {Value: "b", Label: "B"}, {Value: "d", Label: "D", Help: "why"}}))
	if strings.Count(ticks, "checked") != 2 {
		t.Errorf("ticks: %s", ticks)
	}
	contains(t, ticks, `aria-describedby="f-c-2-help"`)
	contains(t, html(t, f.Check(ui.Field{Name: "y"})), "checked")
	contains(t, html(t, f.PersonPicker(ui.Field{Name: "w"}, "/p", ui.Person{})), `name="w.q"`, `value="kar"`, `id="f-w"`)
	contains(t, html(t, f.Text(ui.Field{Name: "n", ReadOnly: true, LTR: true, Attrs: templ.Attributes{"maxlength": "9"}})), "readonly", `dir="ltr"`, `maxlength="9"`)
	contains(t, html(t, f.Repeat(ui.Field{Name: "g", Label: "Things"}, 2, func(i int) templ.Component { return f.Text(ui.Field{Name: ui.RowName("g", i, "kind")}) })),
		`name="g.0.kind"`, `name="g.1.kind"`, `name="add" value="g"`, `name="remove" value="g.1"`, `aria-label="Things No. 2"`)
	contains(t, html(t, f.Hidden("s")), `<input type="hidden" name="s" value="2">`)
}

func TestActsThatAreWithheldSayWhyAndOfferToAsk(t *testing.T) {
	v := view(t, text.EN)
	v.Path = "/cases/1"
	page := html(t, ui.Record{Number: "1", Acts: []ui.Act{
		{Name: "cases.close", Label: "Close", Withheld: "one paper is missing"}, {Label: "Open", Href: "/open", Key: "o", Primary: true}, {Label: "Print", Href: "/print", Post: true},
	}}.Show(v.Words, v))
	contains(t, page, "one paper is missing", `<form method="post" action="/permission/ask"`, `name="act" value="cases.close"`, `name="return" value="/cases/1"`, `data-hotkey="o"`, `<form method="post" action="/print"`)
	contains(t, html(t, ui.Record{}.Show(v.Words, v)), "You have no permitted act at present.", "Nothing has been recorded yet.")
}

func TestTheTimelineShowsBothTimes(t *testing.T) {
	w := view(t, text.EN).Words
	page := html(t, ui.Timeline(w, []ui.Event{
		{Happened: noon, Written: noon.Add(90 * time.Minute), Title: "Sealed", Who: "Amina", Proof: ui.Proven, Href: "/p"},
		{Happened: noon, Written: noon.Add(time.Second), Title: "Read", Read: true, Proof: ui.Broken},
	}))
	contains(t, page, "22 November 2026, 12:04", "written 1 h 30 min later", "written at once", `href="/p"`, "Proof does not hold", "event-read", `datetime="2026-11-22T11:04:31Z"`)
}

func TestRefusalsAndProblems(t *testing.T) {
	v := view(t, text.EN)
	v.Path = "/cases/1"
	contains(t, html(t, ui.Refusal{Why: "Not yours.", Who: []string{"The chief"}, Act: "cases.read"}.Show(v.Words, v)),
		"Not yours.", "The chief", `action="/permission/ask"`, `value="cases.read"`, "This refusal has been recorded.")
	contains(t, html(t, ui.Refusal{Why: "Never."}.Show(v.Words, v)), "!<form", "!Who may allow it")
	for kind := fault.Internal; kind <= fault.Unavailable; kind++ {
		contains(t, html(t, ui.Problem{Fault: fault.New(kind, "fault.refused")}.Show(v.Words)), "<h1>", "!"+ui.PathAsk)
	}
	contains(t, html(t, ui.Problem{Fault: fault.New(fault.NotFound, "fault.not-found"), Reference: "R1", Retry: "/again"}.Show(v.Words)), "Not found", "R1", `href="/again"`)
	contains(t, html(t, ui.Loading(v.Words)), `aria-busy="true"`)
	contains(t, html(t, ui.OfflinePage(v.Words, "/x")), `href="/x"`)
}
