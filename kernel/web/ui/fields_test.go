package ui_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/a-h/templ"
	dom "golang.org/x/net/html"
	"pgregory.net/rapid"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/kernel/web/ui"
)

// sound checks what holds of every part of a page: ids stand once, what points
// at one finds it, and each control has a name in words.
func sound(t interface{ Errorf(string, ...any) }, page string) {
	root, err := dom.Parse(strings.NewReader(page))
	if err != nil {
		t.Errorf("%v", err)
		return
	}
	ids, labelled := map[string]int{}, map[string]bool{}
	var points []string
	for n := range root.Descendants() {
		for _, a := range n.Attr {
			switch a.Key {
			case "id":
				ids[a.Val]++
			case "for":
				points = append(points, a.Val)
				labelled[a.Val] = true
			case "aria-describedby", "aria-controls", "aria-labelledby":
				points = append(points, strings.Fields(a.Val)...)
			}
		}
	}
	for id, n := range ids {
		if n > 1 {
			t.Errorf("the id %s stands %d times", id, n)
		}
	}
	for _, id := range points {
		if ids[id] == 0 {
			t.Errorf("something points at %s, which is not there: %s", id, page)
		}
	}
	for n := range root.Descendants() {
		if n.Type == dom.ElementNode && (n.Data == "input" || n.Data == "textarea" || n.Data == "select") && attr(n, "type") != "hidden" && !labelled[attr(n, "id")] && n.Parent.Data != "label" {
			t.Errorf("a control has no label: %v", n.Attr)
		}
	}
}

func attr(n *dom.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// drawField is a field of any kind, in any state.
func drawField(t *rapid.T, f *ui.Form, n int) templ.Component {
	words := func(label string) string {
		return rapid.SampledFrom([]string{"", "نص", "a & b", `"><script>alert(1)</script>`, "x' onfocus='y"}).Draw(t, label)
	}
	fd := ui.Field{Name: fmt.Sprintf("f%d", n), Label: "L" + words("label"), Help: words("help"), Law: words("law"), Hint: words("hint"), Optional: rapid.Bool().Draw(t, "optional"),
		ReadOnly: rapid.Bool().Draw(t, "read-only"), Narrow: rapid.Bool().Draw(t, "narrow"), LTR: rapid.Bool().Draw(t, "ltr"), Rows: rapid.IntRange(0, 3).Draw(t, "rows")}
	f.Values[fd.Name] = []string{words("value")}
	if rapid.Bool().Draw(t, "wrong") {
		f.Errors.Add(fd.Name, "form.too-long", "max", 9)
	}
	if rapid.Bool().Draw(t, "saved") {
		f.Versions[fd.Name] = "3"
	}
	options := []ui.Option{{Value: "a", Label: words("option"), Help: words("option help")}, {Value: words("choice"), Label: "b", Group: words("group")}}
	kinds := []templ.Component{f.Text(fd), f.Area(fd), f.Select(fd, options), f.Radios(fd, options), f.Checks(fd, options), f.Check(fd), f.Date(fd), f.Time(fd), f.Attach(fd, "image/*", true),
		f.File(fd, "/up", "", []ui.Upload{{ID: "1", Name: words("file"), Size: 7, Digest: "0123456789abcdef"}}), f.PersonPicker(fd, "/suggest", ui.Person{Ref: "person/1", Name: words("person"), Other: words("other")}),
		f.Repeat(fd, 2, func(i int) templ.Component { return f.Text(ui.Field{Name: ui.RowName(fd.Name, i, "x"), Label: "x"}) })}
	return rapid.SampledFrom(kinds).Draw(t, "kind")
}

// TestAnyFormIsSound: whatever its fields are and however they stand, in each
// language; no value becomes markup.
func TestAnyFormIsSound(t *testing.T) {
	words := catalogue(t)
	rapid.Check(t, func(r *rapid.T) {
		f := ui.Form{Words: words.In(rapid.SampledFrom(text.Langs()).Draw(r, "lang")), ID: "form", Action: "/to", Values: url.Values{}, Versions: map[string]string{}, Autosave: rapid.SampledFrom([]string{"", "/drafts/f"}).Draw(r, "autosave"), Cancel: "/back"}
		var fields []templ.Component
		for n := range rapid.IntRange(0, 5).Draw(r, "fields") {
			fields = append(fields, drawField(r, &f, n))
		}
		var page strings.Builder
		if err := f.Frame().Render(templ.WithChildren(t.Context(), templ.Join(fields...)), &page); err != nil {
			r.Fatal(err)
		}
		sound(r, page.String())
		if strings.Contains(page.String(), "<script>") || strings.Contains(page.String(), "⟦") {
			r.Fatalf("a value is markup, or a word is missing: %s", page.String())
		}
		if strings.Count(page.String(), "data-submit") != 1 || !strings.Contains(page.String(), `method="post"`) || !strings.Contains(page.String(), "novalidate") {
			r.Fatal("a form cannot be sent")
		}
	})
}

// TestWhatElseOneHasBegunIsListed, and a draft is given up by a form of its own.
func TestWhatElseOneHasBegunIsListed(t *testing.T) {
	f := ui.Form{Words: view(t, text.EN).Words, ID: "f", Action: "/to", Autosave: "/drafts/f"}
	contains(t, html(t, f.Frame()), "!class=\"begun\"", "Saved when you submit")
	f.Another, f.Saved = "/new?draft=2", noon
	contains(t, html(t, f.Frame()), `href="/new?draft=2"`, "Begin another", "!Other drafts<", "!Delete this draft", "Saved 12:04:31")
	f.Discard = "/drafts/f/discard?return=%2Fnew"
	f.Begun = []ui.Begun{{Href: "/new?draft=1", Told: "<Amina>", Saved: noon.Add(-time.Hour)}, {Href: "/new"}}
	contains(t, html(t, f.Frame()), "Other drafts", `href="/new?draft=1"`, "<bdi>&lt;Amina&gt;</bdi>", "11:04", "no name yet", `action="/drafts/f/discard?return=%2Fnew"`, "Delete this draft")
	sound(t, html(t, f.Frame()))
}

// TestErrorsAndWarningsAreCountedInWords: plural forms as each language has them.
func TestErrorsAndWarningsAreCountedInWords(t *testing.T) {
	for lang, want := range map[text.Lang][]string{
		text.EN: {"1 point to correct", "2 points to correct", "3 points to correct", "11 points to correct"},
		text.FR: {"1 point", "2 points", "3 points", "11 points"},
	} {
		for i, n := range []int{1, 2, 3, 11} {
			f := ui.Form{Words: view(t, lang).Words, ID: "f", Labels: map[string]string{"a": "The label"}}
			for range n {
				f.Errors.Add("a", "form.required")
			}
			f.Warnings = fault.List{{Key: "form.unchanged"}}
			page := html(t, f.Frame())
			contains(t, page, want[i], "<strong>The label</strong>", `href="#f-a"`)
			if strings.Count(page, "data-error-of") != n {
				t.Errorf("%s: %d links for %d errors", lang, strings.Count(page, "data-error-of"), n)
			}
		}
	}
	var forms []string
	for _, n := range []int{1, 2, 3, 11} { // Arabic has a form for each
		f := ui.Form{Words: view(t, text.AR).Words, ID: "f"}
		for range n {
			f.Errors.Add("", "form.required")
		}
		_, after, _ := strings.Cut(html(t, f.Frame()), "side-alert")
		title, _, _ := strings.Cut(after[strings.Index(after, "</svg>")+6:], "</h2>")
		title = strings.Map(func(c rune) rune {
			if unicode.IsDigit(c) {
				return -1
			}
			return c
		}, title)
		for _, before := range forms {
			if before == title {
				t.Errorf("%q twice", title)
			}
		}
		forms = append(forms, title)
	}
}
