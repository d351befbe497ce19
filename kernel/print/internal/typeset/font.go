package typeset

import (
	"bytes"
	"fmt"
	"unicode"

	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/harfbuzz"

	"github.com/amana-platform/amana/kernel/print/fonts"
)

// Face is one typeface of a document, with the glyphs that the document uses.
// All faces have 1000 units to the em.
type Face struct {
	Name    string // PostScript name
	Data    []byte // the TrueType file
	Ascent  int    // units above the baseline
	Descent int    // units below, negative
	Glyphs  []Used // by code, in order of first use; code 0 is .notdef
	face    *font.Face
	shaper  *harfbuzz.Font
	codes   map[Used]uint16
}

// Used is a glyph in one of its readings: the same outline may stand for
// different text, and each reading needs a code of its own to be searchable.
type Used struct {
	Glyph uint16
	Text  string
}

// Unit is the size of every face's em square.
const Unit = 1000

// Set is the faces of one document. It is not safe for concurrent use.
type Set struct {
	sans, bold, arabic, arabicBold, mono *Face
}

// Load reads the embedded fonts for a new document.
func Load() (*Set, error) {
	var s Set
	for _, f := range []struct {
		to         **Face
		file, name string
	}{
		{&s.sans, "sans-regular.ttf", "IBMPlexSans"},
		{&s.bold, "sans-semibold.ttf", "IBMPlexSans-SemiBold"},
		{&s.arabic, "arabic-regular.ttf", "IBMPlexSansArabic"},
		{&s.arabicBold, "arabic-semibold.ttf", "IBMPlexSansArabic-SemiBold"},
		{&s.mono, "mono-regular.ttf", "IBMPlexMono"},
	} {
		face, err := parse(f.file, f.name)
		if err != nil {
			return nil, err
		}
		*f.to = face
	}
	return &s, nil
}

func parse(file, name string) (*Face, error) {
	data, err := fonts.Files.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("typeset: %w", err)
	}
	face, err := font.ParseTTF(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("typeset: font %s: %w", file, err)
	}
	extents, _ := face.FontHExtents()
	return &Face{
		Name: name, Data: data, face: face, shaper: harfbuzz.NewFont(face),
		Ascent: int(extents.Ascender), Descent: int(extents.Descender),
		Glyphs: []Used{{}}, codes: map[Used]uint16{},
	}, nil
}

// Faces gives the faces that have been used, in a fixed order.
func (s *Set) Faces() []*Face {
	var used []*Face
	for _, f := range []*Face{s.sans, s.bold, s.arabic, s.arabicBold, s.mono} {
		if len(f.Glyphs) > 1 {
			used = append(used, f)
		}
	}
	return used
}

// Code gives the code under which a glyph is written for a text, noting its use.
func (f *Face) Code(glyph uint16, text string) uint16 {
	u := Used{glyph, text}
	code, ok := f.codes[u]
	if !ok {
		code = uint16(len(f.Glyphs))
		f.Glyphs = append(f.Glyphs, u)
		f.codes[u] = code
	}
	return code
}

// Advance gives a glyph's nominal width in units.
func (f *Face) Advance(glyph uint16) int { return int(f.face.HorizontalAdvance(font.GID(glyph))) }

func (f *Face) has(r rune) bool {
	_, ok := f.face.NominalGlyph(r)
	return ok
}

// pick chooses the face of a rune: what stands between Arabic letters stays
// with them if the Arabic face draws it, digits and Latin are always Plex Sans
// (or Mono), so that figures look the same in both scripts.
func (s *Set) pick(r rune, style Style, prev *Face) *Face {
	latin, arabic := s.sans, s.arabic
	if style.Bold {
		latin, arabic = s.bold, s.arabicBold
	}
	if style.Mono {
		latin = s.mono
	}
	own := unicode.IsLetter(r) || unicode.IsDigit(r)
	if unicode.Is(unicode.Arabic, r) {
		return arabic
	}
	if !own && (prev == latin || prev == arabic) && prev.has(r) {
		return prev
	}
	for _, f := range []*Face{latin, s.sans, arabic} {
		if f.has(r) {
			return f
		}
	}
	return latin
}
