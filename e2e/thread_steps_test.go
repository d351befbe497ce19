package e2e

import (
	"strings"
	"time"

	"github.com/amana-platform/amana/kernel/kerneltest/browser"
)

func yesterday() string { return time.Now().AddDate(0, 0, -1).Format("02/01/2006") }

// refers: the desk offers the complaint to the brigade, whose chief takes it.
func (w *walk) refers() {
	w.Visit(w.complaint + "/transfer")
	brigade := browser.Eval[string](w.Tab, `[...document.querySelectorAll("main [name=to] option")].find(o => o.text.includes("CASA-ANFA-BPJ")).value`)
	w.Fill(field("to", brigade), field("words", "للاختصاص"))
	w.Submit()
	w.as("brigade-chief")
	w.Visit("/")
	w.Visit(browser.Eval[string](w.Tab, `[...document.querySelectorAll('main a[href^="/register/transfers/"]')].at(-1).getAttribute("href")`))
	w.Fill(field("agree", "yes"))
	w.Submit()
}

// opens: the brigade opens the case from the complaint; nothing is typed
// twice. The person complained of becomes known, and joins.
func (w *walk) opens() {
	w.as("investigator")
	w.Visit(w.complaint)
	w.Visit(w.Link("^/complaints/.*/case$"))
	w.Fill(field("regime", "preliminary"))
	w.Submit()
	w.Click("main button[data-submit]") // the purpose that is offered: this case
	w.file = w.Path()
	if !strings.HasPrefix(w.file, "/cases/") || !strings.Contains(w.Text("main"), w.number) {
		w.t.Fatalf("%s does not tell of the complaint %s: %s", w.file, w.number, w.Text("main"))
	}
	if !strings.Contains(w.Text("main"), "انتزع حقيبتها") {
		w.t.Error("the facts of the complaint are not in the case")
	}
	w.Under("")
	w.Visit("/persons/new")
	w.Fill(field("family-ar", "الشرايبي"), field("given-ar", "أنس"), field("family", "Chraibi"), field("given", "Anas"), field("birth", "1998"))
	w.Send()
	if w.Has("main [data-errors]") { // who walked here before recorded somebody like him
		browser.Eval[bool](w.Tab, `[...document.querySelectorAll("main [type=checkbox]")].every(box => box.click() ?? true)`)
		if w.Has("main [name=reason]") {
			w.Fill(field("reason", "شخص آخر"))
		}
		w.Submit()
	}
	w.suspect = strings.TrimPrefix(w.Path(), "/persons/")
	w.on()
	w.Visit(w.file + "/party")
	w.pick("person", "Chraibi Anas", w.suspect)
	w.Fill(field("role", "suspect"))
	w.Submit()
	w.sheet("/qualify", field("code", "theft-simple"), field("suspect", w.suspect), field("part", "author"))
}

// pick finds a person in the index by the picker of a form.
func (w *walk) pick(name, words, id string) {
	w.t.Helper()
	w.Reach(`main [role="combobox"]`)
	w.Press(words)
	w.Until(`document.querySelector('[role="option"][data-ref$="` + id + `"]')`)
	browser.Eval[bool](w.Tab, `document.querySelector('[role="option"][data-ref$="`+id+`"]').dispatchEvent(new PointerEvent("pointerdown", {bubbles: true, cancelable: true}))`)
	if got := browser.Eval[string](w.Tab, `document.querySelector('main [name="`+name+`"]').value`); !strings.HasSuffix(got, id) {
		w.t.Fatalf("picked %s, want %s", got, id)
	}
}

// report writes and signs one, and gives its id.
func (w *walk) report(form string, values ...browser.Value) string {
	w.t.Helper()
	w.sheet("/pv", field("form", form), field("act", "-30"), field("person", w.suspect))
	w.Fill(values...)
	w.Submit()
	here := w.Path()
	w.Click(`main form[action*="/sign?"] button`)
	w.Sound()
	if pdf := w.Fetch(here + "/paper?paper=fr"); !strings.HasPrefix(string(pdf), "%PDF-") {
		w.t.Errorf("%s has no paper", here)
	}
	return here[strings.LastIndex(here, "/")+1:]
}

// writes: the hearing of the suspect, and the elements that it shows; until
// then the gate names each of them.
func (w *walk) writes() {
	if n := w.lacks(); n < 3 {
		w.t.Errorf("the gate of a bare file lacks %d things", n)
	}
	hearing := w.report("pv-hearing", field("f.place", "المقر"), field("f.statement", "أعترف. Je reconnais."), field("f.read-back", "yes"), field("f.additions", "لا شيء"), field("f.person-signature", "signed"))
	w.Visit(w.file)
	for _, link := range browser.Eval[[]string](w.Tab, `[...document.querySelectorAll('main a[href*="/link?element="]')].map(a => a.getAttribute("href"))`) {
		w.Visit(link)
		w.Fill(field("piece", "pv/"+hearing))
		w.Submit()
	}
}

// seizes: what the report of a seizure lists becomes an exhibit at once, which
// is sealed with a photograph.
func (w *walk) seizes() {
	w.report("pv-seizure", field("f.seizure-place", "المعاريف"), field("f.objects", "Samsung A54 أسود"), field("f.seal-numbers", "1"), field("f.destination", "الخزينة"), field("f.person-signature", "signed"))
	exhibit := w.linkOf("/exhibits/")
	w.Visit(exhibit)
	w.Visit(w.Link("/seal$"))
	w.Attach(`main input[type="file"]`, w.papers.photo)
	w.Fill(field("witnesses", "Karim El Fassi"), field("condition", "bon état"), field("at", "-1"))
	w.Submit()
	if !w.Has("main img") {
		w.t.Errorf("%s shows no photograph", exhibit)
	}
}

// lacks counts what the file still lacks, as the gate before a submission
// shows it.
func (w *walk) lacks() int {
	w.t.Helper()
	w.Visit(w.file + "/submit")
	return browser.Eval[int](w.Tab, `[...document.querySelectorAll("main .task")].filter(x => x.querySelector(".chip") && !x.querySelector(".chip-good")).length`)
}

// measures: the officer asks for data, the prosecutor orders them with a
// basis and a window, the officer reports what came.
func (w *walk) measures() {
	w.sheet("/ask?kind=phone-data", field("f.target", "0600000099"), field("f.addressee", "operator"), field("f.reasons", "تحديد الحائز"))
	w.as("prosecutor")
	w.Visit("/inbox")
	measure := browser.Eval[string](w.Tab, `[...document.querySelectorAll("main a")].map(a => decodeURIComponent(a.href).match(/\/measures\/[^&]+/)?.[0]).filter(x => x).at(-1) ?? ""`)
	if measure == "" {
		w.t.Fatal("the inbox does not hold the measure that was asked for")
	}
	w.on0(measure)
	w.Visit(measure + "/order")
	w.Fill(field("number", "12/2026"), field("basis", "CPP 108"))
	w.Submit()
	w.as("investigator")
	w.on()
	w.sheet(measure+"/report", field("state", "done"), field("result", "الرقم مسجل باسم المشتبه فيه"))
}

// linkOf gives the address of a record that the case's page leads to.
func (w *walk) linkOf(prefix string) string {
	w.t.Helper()
	w.Visit(w.file)
	link := browser.Eval[string](w.Tab, `[...document.querySelectorAll("main a")].map(a => a.getAttribute("href").replace(location.pathname, "")).find(h => h.startsWith("`+prefix+`")) ?? ""`)
	if link == "" {
		w.t.Fatalf("%s leads to no %s", w.file, prefix)
	}
	return link
}

// on0 works for the case and opens another page than the case's own.
func (w *walk) on0(path string) {
	w.t.Helper()
	w.Under("case/" + w.id())
	w.Visit(path)
}

// holds: the suspect is held under the case; rights and a call are noted with
// both their times, the prosecutor extends, the officer ends it.
func (w *walk) holds() {
	w.Visit("/custody/new")
	w.pick("person", "Chraibi Anas", w.suspect)
	w.Fill(field("arrest", "-25"), field("arrival", "-15"), field("offence", "theft-simple"), field("grounds", "prevent-pressure"),
		field("reasons", "المواجهة مع المشتكية"), field("cell", "2"))
	w.Submit()
	held := w.Path()
	for _, event := range [][]browser.Value{
		{field("kind", "rights"), field("at", "-12"), field("language", "arabe")},
		{field("kind", "silence"), field("at", "-11")},
		{field("kind", "family"), field("at", "-10"), field("family-told", "الأم")},
	} {
		w.Visit(held + "/event")
		w.Fill(event...)
		w.Submit()
	}
	if n := browser.Eval[int](w.Tab, `document.querySelectorAll("#timeline .event").length`); n < 4 {
		w.t.Errorf("the page of the register tells of %d events", n)
	}
	w.Visit(held + "/extension")
	w.Fill(field("words", "انتظار نتائج الخبرة"))
	w.Submit()
	w.as("prosecutor")
	w.Visit("/prosecution" + held)
	w.Visit(w.Link("/extension"))
	w.Fill(field("agree", "yes"), field("act", "77/2026"), field("words", "موافقة"))
	browser.Eval[bool](w.Tab, `(s => { s.value = s.options[1].value; return true; })(document.querySelector("main [name=ground]"))`)
	w.Submit()
	w.as("investigator")
	w.on0(held)
	w.Visit(w.Link("/end"))
	w.Fill(field("how", "presentation"), field("at", "-1"), field("words", "التقديم أمام النيابة العامة"))
	w.Submit()
	if w.Has(`main a[href*="/event"]`) {
		w.t.Error("events may still be noted after the end")
	}
	w.report("pv-custody", field("f.offence", "theft-simple"), field("f.grounds", "prevent-pressure"), field("f.reasons", "المواجهة"), field("f.arrest-time", "-25"), field("f.arrest-place", "المعاريف"),
		field("f.arrival-time", "-15"), field("f.rights-time", "-12"), field("f.language", "العربية"), field("f.silence-told", "yes"), field("f.family-told", "الأم"), field("f.person-signature", "signed"))
	if n := w.lacks(); n != 0 {
		w.t.Errorf("the file still lacks %d things: %s", n, w.Text("main"))
	}
}

// reviews: the chief returns the file with a remark on its facts; the officer
// answers and submits again; nobody but the chief approves, and the chief's
// own work is approved by another.
func (w *walk) reviews() {
	w.sheet("/submit")
	w.refused(w.file + "/approve")
	w.as("brigade-chief")
	w.on()
	w.sheet("/return", field("remarks.0.anchor", "case/"+w.id()+"#facts"), field("remarks.0.words", "بيان لون الحقيبة"))
	w.as("investigator")
	w.on()
	if !strings.Contains(w.Text("main"), "بيان لون الحقيبة") {
		w.t.Error("the remark is not on the page of the case")
	}
	w.sheet(w.linkOf("/remarks/"), field("answer", "سوداء"))
	w.sheet("/submit")
	w.as("brigade-chief")
	w.on()
	for w.Has(`main form[action*="/resolve"] button`) {
		w.Click(`main form[action*="/resolve"] button`)
		w.Sound()
	}
	w.sheet("/approve")
}

// refused opens a page that this person may not have: it says who may.
func (w *walk) refused(path string) {
	w.t.Helper()
	w.Go(path)
	if !w.Has("main .state-refused") {
		w.t.Errorf("%s is not refused: %s", path, w.Text("main"))
	}
}

// handsOver: the gate is open, the dossier is built, the prosecutor's office
// has it, and what it holds can be checked without the service.
func (w *walk) handsOver() {
	w.sheet("/hand-over")
	if !strings.Contains(w.Path(), "/dossiers/") {
		w.t.Fatalf("no dossier: %s", w.Path())
	}
	w.dossier = w.Path()[strings.Index(w.Path(), "/dossiers/"):]
	w.holdsProof("dossier.pdf", w.Link("/files/"))
	if twin := w.Fetch(w.Link("/twin/prosecutor")); !strings.Contains(string(twin), "amana-dossier/1") {
		w.t.Errorf("the twin begins %.80s", twin)
	}
}

// decides: the prosecutor finds the dossier in the inbox, acknowledges it, and
// on the phone sends it back with a code; else prosecutes.
func (w *walk) decides() {
	w.as("prosecutor")
	w.Visit("/inbox")
	if !w.Has(`main a[href*="` + w.dossier[len("/dossiers/"):] + `"]`) {
		w.t.Fatal("the dossier is not in the inbox")
	}
	w.on0(w.dossier)
	w.Click(`main form[action$="/acknowledge"] button`)
	w.Sound()
	if !strings.Contains(w.Text("main"), "AR-") {
		w.t.Error("no number of the acknowledgement")
	}
	code, state := "dismissed", "closed"
	values := []browser.Value{field("f.ground", "انعدام الإثبات")}
	if w.small {
		code, state = "return-complete", "returned"
		values = []browser.Value{field("f.missing", "الخبرة"), field("f.deadline", time.Now().AddDate(0, 0, 20).Format("02/01/2006 15:04"))}
	}
	w.Visit(w.dossier + "/decide?code=" + code)
	w.Fill(values...)
	w.Submit()
	w.as("brigade-chief")
	w.Visit("/cases?state=" + state)
	if !w.Has(`main a[href*="` + w.id() + `"]`) {
		w.t.Errorf("the case is not %s after %s", state, code)
	}
}

// inspects: the inspector sees who read and who changed the case, searches the
// journal for it, and verifies the whole store from the page.
func (w *walk) inspects() {
	w.as("inspector")
	w.Visit("/history/case/" + w.id())
	if n := browser.Eval[int](w.Tab, `document.querySelectorAll(".timeline .event").length`); n < 15 {
		w.t.Errorf("%d changes of the case", n)
	}
	if n := browser.Eval[int](w.Tab, `document.querySelectorAll("#accesses tbody tr").length`); n < 15 {
		w.t.Errorf("%d readings of the case", n)
	}
	w.Visit("/journal?about=case/" + w.id())
	w.Visit(w.Link("^/journal/"))
	w.Visit("/verification")
	if w.Has(`main form[action="/verification"] button`) { // else another is running
		w.Click(`main form[action="/verification"] button`)
	}
	w.Until(`document.querySelector(".notice-good")`)
	if w.Has(".notice-alert") {
		w.t.Error(w.Text("main"))
	}
}
