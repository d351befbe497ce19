package kerneltest

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Page is an answer, read by what it means.
type Page struct {
	Status int
	Header http.Header
	Path   string // as asked for
	Body   []byte

	client *Client
	root   *html.Node
}

func newPage(c *Client, path string, r *http.Response, body []byte) *Page {
	root, err := html.Parse(bytes.NewReader(body))
	if err != nil {
		root = &html.Node{Type: html.DocumentNode}
	}
	return &Page{Status: r.StatusCode, Header: r.Header, Path: path, Body: body, client: c, root: root}
}

// Follow goes where a redirect points; any other page is given as it is.
func (p *Page) Follow() *Page {
	p.client.t.Helper()
	to := p.Header.Get("Location")
	if to == "" {
		return p
	}
	return p.client.Get(to)
}

// Heading gives the words of the first heading.
func (p *Page) Heading() string { return words(find(p.root, is(atom.H1))) }

// Dir gives the direction of writing: "rtl" or "ltr".
func (p *Page) Dir() string { return attr(find(p.root, is(atom.Html)), "dir") }

// Lang gives the language of the page.
func (p *Page) Lang() string { return attr(find(p.root, is(atom.Html)), "lang") }

// Text gives the words of the page as a person sees them, spaces collapsed.
func (p *Page) Text() string { return words(find(p.root, is(atom.Body))) }

// Errors gives what a form's side panel says, by the field it points at; ""
// is for what concerns the form as a whole.
func (p *Page) Errors() map[string]string {
	out := map[string]string{}
	panel := find(p.root, func(n *html.Node) bool { return has(n, "data-errors") })
	for _, line := range all(panel, is(atom.Li)) {
		link := find(line, func(n *html.Node) bool { return has(n, "data-error-of") })
		out[p.fieldOf(link)] = words(line)
	}
	return out
}

// fieldOf gives the name of the control that an error points at.
func (p *Page) fieldOf(link *html.Node) string {
	if link == nil {
		return ""
	}
	id := attr(link, "data-error-of")
	target := find(p.root, func(n *html.Node) bool { return attr(n, "id") == id })
	if name := attr(target, "name"); name != "" {
		return name
	}
	if inner := find(target, func(n *html.Node) bool { return attr(n, "name") != "" }); inner != nil {
		return attr(inner, "name")
	}
	return id
}

// Fields gives the values that the form posting to an action holds; action ""
// means the first form that posts.
func (p *Page) Fields(action string) url.Values {
	form := find(p.root, func(n *html.Node) bool {
		return n.DataAtom == atom.Form && strings.EqualFold(attr(n, "method"), "post") && (action == "" || attr(n, "action") == action)
	})
	values := url.Values{}
	for _, n := range all(form, is(atom.Input, atom.Textarea, atom.Select)) {
		name, kind := attr(n, "name"), attr(n, "type")
		if name == "" || kind == "file" || has(n, "disabled") {
			continue
		}
		switch {
		case n.DataAtom == atom.Textarea:
			values.Add(name, content(n))
		case n.DataAtom == atom.Select:
			values.Add(name, attr(find(n, func(o *html.Node) bool { return o.DataAtom == atom.Option && has(o, "selected") }), "value"))
		case kind != "checkbox" && kind != "radio" || has(n, "checked"):
			values.Add(name, attr(n, "value"))
		}
	}
	return values
}

// Options gives the values a choice offers, without the empty one.
func (p *Page) Options(name string) []string {
	var out []string
	for _, n := range all(p.root, func(n *html.Node) bool { return attr(n, "name") == name }) {
		if n.DataAtom != atom.Select {
			out = append(out, attr(n, "value"))
			continue
		}
		for _, o := range all(n, is(atom.Option)) {
			if v := attr(o, "value"); v != "" {
				out = append(out, v)
			}
		}
	}
	return out
}

// Actions gives where the forms of the page post to.
func (p *Page) Actions() []string {
	var out []string
	for _, f := range all(p.root, func(n *html.Node) bool {
		return n.DataAtom == atom.Form && strings.EqualFold(attr(n, "method"), "post")
	}) {
		out = append(out, attr(f, "action"))
	}
	return out
}

// Links gives the words of each link by its address.
func (p *Page) Links() map[string]string {
	out := map[string]string{}
	for _, a := range all(p.root, is(atom.A)) {
		if href := attr(a, "href"); href != "" {
			out[href] = words(a)
		}
	}
	return out
}

// LinkTo gives the first link of the main part whose address begins with a
// prefix, "" if there is none.
func (p *Page) LinkTo(prefix string) string {
	main := find(p.root, is(atom.Main))
	return attr(find(main, func(n *html.Node) bool {
		return n.DataAtom == atom.A && strings.HasPrefix(attr(n, "href"), prefix)
	}), "href")
}

func is(kinds ...atom.Atom) func(*html.Node) bool {
	return func(n *html.Node) bool {
		for _, k := range kinds {
			if n.DataAtom == k {
				return true
			}
		}
		return false
	}
}

// find gives the first node under n that fits, itself included, or nil.
func find(n *html.Node, fits func(*html.Node) bool) *html.Node {
	if n == nil || n.Type == html.ElementNode && fits(n) {
		return n
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if f := find(c, fits); f != nil {
			return f
		}
	}
	return nil
}

// all gives every node under n that fits, in order.
func all(n *html.Node, fits func(*html.Node) bool) []*html.Node {
	if n == nil {
		return nil
	}
	var out []*html.Node
	for d := range n.Descendants() {
		if d.Type == html.ElementNode && fits(d) {
			out = append(out, d)
		}
	}
	return out
}

func attr(n *html.Node, name string) string {
	if n == nil {
		return ""
	}
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	for _, a := range n.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}

// content gives the text under a node as it is written.
func content(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode && d.Parent.DataAtom != atom.Script && d.Parent.DataAtom != atom.Style {
			b.WriteString(d.Data)
			b.WriteByte(' ')
		}
	}
	return strings.TrimSuffix(b.String(), " ")
}

func words(n *html.Node) string {
	if n == nil {
		return ""
	}
	return strings.Join(strings.Fields(content(n)), " ")
}
