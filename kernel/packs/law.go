package packs

import (
	"regexp"
	"slices"
	"strings"
)

// Text is a law, code, decree or other legal text. Its Code is the first
// word of references to it ("CPP" in "CPP 66").
type Text struct {
	Row
	Names Names `toml:"names"`
	// Cite is the text's official number and date of publication.
	Cite string `toml:"cite"`
}

// Article is what the pack says about an article, or about a whole text: our
// own summary, never the official wording. Its Code is the reference
// ("CPP 66"); Also lists further references that the summary covers.
type Article struct {
	Row
	Also    []string `toml:"also"`
	Title   Names    `toml:"title"`
	Summary Names    `toml:"summary"`
	// Source is how sure the reference is: "A" read in a source, "B"
	// recalled with high confidence, "C" uncertain.
	Source string `toml:"source"`
}

// Refs lists the references that the article covers.
func (a Article) Refs() []string { return append([]string{a.Code}, a.Also...) }

// refForm is TEXT, or TEXT and an article: "CPP 66-1", "CP 303 bis", "L43-20".
var refForm = regexp.MustCompile(`^([A-Z]+[0-9]*(?:-[0-9]+)*)(?: \d+(?:[-.]\d+)*(?: (?:bis|ter))?)?$`)

// TextOf gives the text's code of a reference, or "" if it is malformed.
func TextOf(ref string) string {
	if m := refForm.FindStringSubmatch(ref); m != nil {
		return m[1]
	}
	return ""
}

// Article gives the entry that covers a reference.
func (p *Pack) Article(ref string) (Article, bool) {
	i, ok := p.refs[ref]
	if !ok {
		return Article{}, false
	}
	return p.articles.rows[i], true
}

// Slug gives a reference without spaces, for addresses and for purposes that
// state a legal basis: "CPP 66-1" is "CPP-66-1", "L09-08 3" is "L09-08-3".
func Slug(ref string) string { return strings.ReplaceAll(ref, " ", "-") }

// Basis gives the entry that covers a reference in its Slug form.
func (p *Pack) Basis(slug string) (Article, bool) {
	ref, ok := p.slugs[slug]
	if !ok {
		return Article{}, false
	}
	return p.Article(ref)
}

// Articles lists every article of the pack in the order of its files.
func (p *Pack) Articles() []Article { return slices.Clone(p.articles.rows) }

// Texts lists the legal texts of the pack.
func (p *Pack) Texts() []Text { return slices.Clone(p.texts.rows) }

// Citation says that a row rests on an article.
type Citation struct {
	Ref    string // "CPP 66"
	Kind   string // kind of row: "offence", "custody"
	Code   string // code of the row
	Origin Origin
}

// Citations lists every reference made by a row, in the pack's order.
func (p *Pack) Citations() []Citation { return slices.Clone(p.citations) }
