package ui_test

import (
	"context"
	"io"

	"github.com/a-h/templ"

	"github.com/amana-platform/amana/kernel/web/ui"
)

// formPage is the form the browser tests type into, put together the way a
// module's templ file does it.
func formPage(v ui.View, f ui.Form) templ.Component {
	fields := sequence(
		f.Text(ui.Field{Name: "place", Label: "Place"}),
		f.Time(ui.Field{Name: "when", Label: "When"}),
		f.PersonPicker(ui.Field{Name: "who", Label: "Who"}, "/people", ui.Person{}),
		f.Checks(ui.Field{Name: "notify", Label: "Notify"}, []ui.Option{{Value: "family", Label: "Family"}, {Value: "lawyer", Label: "Lawyer"}}),
		f.File(ui.Field{Name: "files", Label: "Files"}, "/upload", "", nil),
		templ.Raw(`<p id="news" sse-swap="news"></p>`),
	)
	return around(ui.Page(v), around(f.Frame(), fields))
}

// around gives a component its children.
func around(outer, inner templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return outer.Render(templ.WithChildren(ctx, inner), w)
	})
}

// sequence renders one component after the other.
func sequence(all ...templ.Component) templ.Component { return templ.Join(all...) }
