package pdf

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-text/typesetting/font"

	"github.com/amana-platform/amana/kernel/print/fonts"
)

var day = time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)

func file(t testing.TB, name string) []byte {
	t.Helper()
	data, err := fonts.Files.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// The cut font draws the same outlines, parts of composite glyphs included.
func TestSubsetDrawsTheSame(t *testing.T) {
	whole := file(t, "sans-regular.ttf")
	full, err := font.ParseTTF(bytes.NewReader(whole))
	if err != nil {
		t.Fatal(err)
	}
	outlines := []Outline{{Parts: []Part{{}}}}
	var glyphs []font.GID
	for _, r := range "A\u00e9\u011f9 " { // the accented ones are composed
		g, _ := full.NominalGlyph(r)
		glyphs = append(glyphs, g)
		outlines = append(outlines, Outline{Parts: []Part{{Glyph: uint16(g)}}, Width: 321})
	}
	cut := subsetFace(t, whole, outlines)
	for i, g := range glyphs {
		a, b := full.GlyphData(g).(font.GlyphOutline), cut.GlyphData(font.GID(i+1)).(font.GlyphOutline)
		if fmt.Sprint(a.Segments) != fmt.Sprint(b.Segments) {
			t.Errorf("glyph %d is drawn otherwise", g)
		}
		if w := cut.HorizontalAdvance(font.GID(i + 1)); w != 321 {
			t.Errorf("glyph %d has width %v", g, w)
		}
	}
}

// subsetFace cuts a font and reads it back, with the tables a stand-alone font
// must have.
func subsetFace(t *testing.T, whole []byte, outlines []Outline) *font.Face {
	t.Helper()
	cut, err := Subset(whole, outlines)
	if err != nil {
		t.Fatal(err)
	}
	have, err := tables(cut)
	if err != nil {
		t.Fatal(err)
	}
	all, err := tables(whole)
	if err != nil {
		t.Fatal(err)
	}
	var list []table
	for _, tag := range []string{"OS/2", "cmap", "glyf", "head", "hhea", "hmtx", "loca", "maxp"} {
		data := have[tag]
		if data == nil {
			data = all[tag]
		}
		list = append(list, table{tag, data})
	}
	face, err := font.ParseTTF(bytes.NewReader(assemble(list)))
	if err != nil {
		t.Fatal(err)
	}
	return face
}

func TestComposedOutline(t *testing.T) {
	whole := file(t, "sans-regular.ttf")
	full, err := font.ParseTTF(bytes.NewReader(whole))
	if err != nil {
		t.Fatal(err)
	}
	a, _ := full.NominalGlyph('a')
	b, _ := full.NominalGlyph('b')
	space, _ := full.NominalGlyph(' ')
	parts := []Part{{uint16(a), 0, 0}, {uint16(space), 5, 5}, {uint16(b), 100, -50}}
	cut := subsetFace(t, whole, []Outline{{Parts: []Part{{}}}, {Parts: parts, Width: 9}, {Width: 7}, {Parts: []Part{{uint16(space), 1, 0}}}})
	one, two := full.GlyphData(a).(font.GlyphOutline), full.GlyphData(b).(font.GlyphOutline)
	both := cut.GlyphData(1).(font.GlyphOutline)
	if len(both.Segments) != len(one.Segments)+len(two.Segments) {
		t.Fatalf("%d segments", len(both.Segments))
	}
	moved, at := both.Segments[len(one.Segments)].Args[0], two.Segments[0].Args[0]
	if moved.X != at.X+100 || moved.Y != at.Y-50 {
		t.Errorf("the part stands at %v, its glyph at %v", moved, at)
	}
	for _, empty := range []font.GID{2, 3} {
		if g := cut.GlyphData(empty).(font.GlyphOutline); len(g.Segments) != 0 {
			t.Errorf("glyph %d is not empty", empty)
		}
	}
}

func TestSubsetRefusesOtherFonts(t *testing.T) {
	whole := file(t, "mono-regular.ttf")
	for name, bad := range map[string][]byte{"nothing": nil, "half": whole[:len(whole)/2], "no tables": whole[:12]} {
		if _, err := Subset(bad, []Outline{{Parts: []Part{{}}}}); !errors.Is(err, errFont) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Subset(whole, []Outline{{Parts: []Part{{Glyph: 60000}}}}); !errors.Is(err, errFont) {
		t.Error("a glyph that is not there was taken")
	}
}

func FuzzSubset(f *testing.F) {
	f.Add(file(f, "mono-regular.ttf")[:4000], uint16(3))
	f.Fuzz(func(t *testing.T, data []byte, glyph uint16) {
		_, _ = Subset(data, []Outline{{Parts: []Part{{}}}, {Parts: []Part{{glyph, 1, 1}, {glyph, 2, 2}}}})
	})
}

// tiny is a file with one embedded file.
func tiny() []byte {
	w := NewWriter()
	spec := w.Embed(File{Name: "\u0627.json", MIME: "application/json", Relation: "Data", Data: []byte("{}"), Modified: day})
	meta := Meta{ID: "1", Title: "a & b", Lang: "fr", Created: day}
	root := w.Add(fmt.Sprintf("<</Type /Catalog /Metadata %s /Names <</EmbeddedFiles <</Names [%s %s]>>>>>>", w.Metadata(meta), Text("\u0627.json"), spec))
	return w.Finish(root, w.Info(meta))
}

func TestWrittenFilesAreRead(t *testing.T) {
	r, err := Open(tiny())
	if err != nil {
		t.Fatal(err)
	}
	files, err := r.Files()
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	data, err := r.File(files["\u0627.json"], 2)
	if err != nil || string(data) != "{}" {
		t.Errorf("%q %v", data, err)
	}
	info, err := r.Dict(r.Trailer["Info"])
	if err != nil || info["Title"].(String).Decode() != "a & b" || info["CreationDate"] != String("D:20261122000000+00'00'") {
		t.Errorf("%v %v", info, err)
	}
}

func TestReadingIsBounded(t *testing.T) {
	w := NewWriter()
	bomb := w.Stream("", make([]byte, 1<<20))
	r, err := Open(w.Finish(bomb, bomb))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Stream(bomb, 1<<20-1); !errors.Is(err, ErrTooLarge) {
		t.Error(err)
	}
	if data, err := r.Stream(bomb, 1<<20); err != nil || len(data) != 1<<20 {
		t.Error(len(data), err)
	}
	deep := lexer{data: []byte(strings.Repeat("[", 1000))}
	if _, err := deep.value(0); !errors.Is(err, ErrMalformed) {
		t.Error(err)
	}
}

func TestLaterUpdatesWin(t *testing.T) {
	before := tiny()
	r, err := Open(before)
	if err != nil {
		t.Fatal(err)
	}
	u, err := NewUpdate(r)
	if err != nil {
		t.Fatal(err)
	}
	info := r.Trailer["Info"].(Ref)
	u.Put(info, "<</Title (new)>>")
	added, _ := u.Add("[1 2 (x\\)) /N#20m null true <0a>]")
	after := u.Finish()
	if !bytes.HasPrefix(after, before) {
		t.Error("the update changed what was there")
	}
	r, err = Open(after)
	if err != nil {
		t.Fatal(err)
	}
	d, err := r.Dict(info)
	if err != nil || d["Title"] != String("new") {
		t.Error(d, err)
	}
	v, err := r.Object(added)
	if err != nil || Format(v) != "[1 2 <7829> /N#20m null true <0A>]" {
		t.Error(Format(v), err)
	}
	if r.Size() != int(added)+1 {
		t.Errorf("size %d", r.Size())
	}
}

// A chain of updates that leads back to itself ends.
func TestUpdatesInACircle(t *testing.T) {
	loop := "%PDF-1.7\nxref\n0 1\n0000000000 65535 f \ntrailer\n<</Size 1 /Prev 9>>\nstartxref\n9\n%%EOF"
	if _, err := Open([]byte(loop)); !errors.Is(err, ErrTooLarge) {
		t.Error(err)
	}
}

func FuzzOpen(f *testing.F) {
	f.Add(tiny())
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := Open(data)
		if err != nil {
			return
		}
		for n := range min(r.Size(), 50) {
			_, _ = r.Object(Ref(n))
			_, _ = r.Stream(Ref(n), 1<<16)
		}
		_, _ = r.Files()
	})
}

func TestColourProfileIsWellFormed(t *testing.T) {
	p := srgb()
	if int(binary.BigEndian.Uint32(p)) != len(p) || string(p[36:40]) != "acsp" {
		t.Fatal("header")
	}
	for i := range int(binary.BigEndian.Uint32(p[128:])) {
		e := p[132+12*i:]
		at, size := binary.BigEndian.Uint32(e[4:]), binary.BigEndian.Uint32(e[8:])
		if int(at+size) > len(p) || at%4 != 0 {
			t.Errorf("tag %s", e[:4])
		}
	}
}

func TestMetadataIsEscaped(t *testing.T) {
	if !bytes.Contains(tiny(), []byte("a &amp; b")) {
		t.Error("a title with & breaks the XML")
	}
	if got := Name("a b/c#"); got != "/a#20b#2Fc#23" {
		t.Error(got)
	}
}

func TestStreamsAreOfOneForm(t *testing.T) {
	z, err := zlib.NewReader(bytes.NewReader(deflate([]byte("x"))))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := b.ReadFrom(z); err != nil || b.String() != "x" {
		t.Error(b.String(), err)
	}
}
