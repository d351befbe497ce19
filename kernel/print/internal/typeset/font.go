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
	Used    []Code // by number, in order of first use; code 0 is .notdef
	face    *font.Face
	shaper  *harfbuzz.Font
	codes   map[string]uint16
}

// Part is a glyph at its place in an outline, in units.
type Part struct {
	Glyph  uint16
	DX, DY int
}

// Code is an outline that stands for one letter. A ligature or a letter with
// its vowel signs is one outline and several letters: its first code draws it,
// the others draw nothing, and all share its width, so that what a reader
// selects, searches and copies is letter by letter and in order.
type Code struct {
	Parts []Part
	Text  string
	Width int
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
		Used: []Code{{Parts: []Part{{}}, Width: int(face.HorizontalAdvance(0))}}, codes: map[string]uint16{},
	}, nil
}

// Faces gives the faces that have been used, in a fixed order.
func (s *Set) Faces() []*Face {
	var used []*Face
	for _, f := range []*Face{s.sans, s.bold, s.arabic, s.arabicBold, s.mono} {
		if len(f.Used) > 1 {
			used = append(used, f)
		}
	}
	return used
}

// Code gives the number under which an outline is written for a letter.
func (f *Face) Code(c Code) uint16 {
	key := fmt.Sprint(c)
	n, ok := f.codes[key]
	if !ok {
		n = uint16(len(f.Used))
		f.Used = append(f.Used, c)
		f.codes[key] = n
	}
	return n
}

// advance gives a glyph's nominal width in units.
func (f *Face) advance(glyph uint16) int { return int(f.face.HorizontalAdvance(font.GID(glyph))) }

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
