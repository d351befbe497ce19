package pdf

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// errFont says that a font file is not the TrueType this package was made for.
var errFont = errors.New("pdf: malformed font")

// Outline is what one glyph of a subset draws: glyphs of the whole font, each
// at its place. Width is how far it moves the pen. Both in units of the em.
type Outline struct {
	Parts []Part
	Width int
}

// Part is a glyph of the whole font, moved by (DX, DY).
type Part struct {
	Glyph  uint16
	DX, DY int
}

// plain reports whether the outline is one glyph of the font as it is.
func (o Outline) plain() bool { return len(o.Parts) == 1 && o.Parts[0].DX == 0 && o.Parts[0].DY == 0 }

// Subset makes a TrueType file whose glyphs are the outlines, in order, then
// the glyphs that they are composed of. Only the tables that PDF asks for are
// in it.
func Subset(ttf []byte, outlines []Outline) ([]byte, error) {
	t, err := tables(ttf)
	if err != nil {
		return nil, err
	}
	s := &subset{fontTables: t, place: map[uint16]uint16{}}
	if err := s.draw(outlines); err != nil {
		return nil, err
	}
	var loca, glyf, hmtx []byte
	for i, g := range s.glyphs {
		loca = binary.BigEndian.AppendUint32(loca, uint32(len(glyf)))
		glyf = append(glyf, g...)
		for len(glyf)%4 != 0 {
			glyf = append(glyf, 0)
		}
		width, left := 0, uint16(0)
		if i < len(outlines) {
			width = outlines[i].Width
		}
		if len(g) >= 10 {
			left = binary.BigEndian.Uint16(g[2:])
		}
		hmtx = binary.BigEndian.AppendUint16(hmtx, uint16(width))
		hmtx = binary.BigEndian.AppendUint16(hmtx, left)
	}
	loca = binary.BigEndian.AppendUint32(loca, uint32(len(glyf)))
	return assemble([]table{{"glyf", glyf}, {"head", s.head()}, {"hhea", s.hhea()}, {"hmtx", hmtx}, {"loca", loca}, {"maxp", s.maxp()}}), nil
}

// subset is a font being made: its glyphs so far, and where each glyph of the
// whole font that others are composed of stands among them.
type subset struct {
	fontTables
	glyphs [][]byte
	source []uint16 // the whole font's glyph, for glyphs after the outlines
	place  map[uint16]uint16
	first  int // how many outlines stand before the sources
	parts  int // the most parts of one glyph
}

// draw makes the outlines, then whatever they are composed of.
func (s *subset) draw(outlines []Outline) error {
	s.first, s.glyphs = len(outlines), make([][]byte, len(outlines))
	for i, o := range outlines {
		var err error
		switch {
		case len(o.Parts) == 0:
		case o.plain():
			s.glyphs[i], err = s.copied(o.Parts[0].Glyph)
		default:
			s.glyphs[i], err = s.composed(o)
		}
		if err != nil {
			return err
		}
	}
	for k := 0; k < len(s.source); k++ {
		g, err := s.copied(s.source[k])
		if err != nil {
			return err
		}
		s.glyphs = append(s.glyphs, g)
	}
	if len(s.glyphs) > 0xffff {
		return errFont
	}
	return nil
}

// number gives the place of a glyph that others are composed of.
func (s *subset) number(g uint16) uint16 {
	n, ok := s.place[g]
	if !ok {
		n = uint16(s.first + len(s.source))
		s.place[g] = n
		s.source = append(s.source, g)
	}
	return n
}

// copied gives a glyph of the whole font, its parts renumbered.
func (s *subset) copied(g uint16) ([]byte, error) {
	data, err := s.glyph(g)
	if err != nil {
		return nil, err
	}
	data = slices.Clone(data)
	return data, components(data, s.number)
}

// composed makes a composite glyph of the outline's parts.
func (s *subset) composed(o Outline) ([]byte, error) {
	var body []byte
	low, high := [2]int{1 << 15, 1 << 15}, [2]int{-1 << 15, -1 << 15}
	count := 0
	for _, p := range o.Parts {
		g, err := s.glyph(p.Glyph)
		if err != nil {
			return nil, err
		}
		if len(g) < 10 {
			continue
		}
		for axis, d := range [2]int{p.DX, p.DY} {
			low[axis] = min(low[axis], int(int16(binary.BigEndian.Uint16(g[2+2*axis:])))+d)
			high[axis] = max(high[axis], int(int16(binary.BigEndian.Uint16(g[6+2*axis:])))+d)
		}
		if count > 0 {
			body[len(body)-7] |= moreParts
		}
		count++
		body = binary.BigEndian.AppendUint16(body, wordArguments|offsets)
		body = binary.BigEndian.AppendUint16(body, s.number(p.Glyph))
		body = binary.BigEndian.AppendUint16(body, uint16(int16(p.DX)))
		body = binary.BigEndian.AppendUint16(body, uint16(int16(p.DY)))
	}
	if count == 0 {
		return nil, nil
	}
	s.parts = max(s.parts, count)
	out := []byte{0xff, 0xff}
	for _, v := range []int{low[0], low[1], high[0], high[1]} {
		out = binary.BigEndian.AppendUint16(out, uint16(int16(v)))
	}
	return append(out, body...), nil
}

func (s *subset) head() []byte {
	head := slices.Clone(s.fontTables["head"])
	binary.BigEndian.PutUint32(head[8:], 0)  // checksum of the whole, optional in a font program inside PDF
	binary.BigEndian.PutUint16(head[50:], 1) // long offsets in loca
	return head
}

func (s *subset) hhea() []byte {
	hhea := slices.Clone(s.fontTables["hhea"])
	binary.BigEndian.PutUint16(hhea[34:], uint16(len(s.glyphs)))
	return hhea
}

// maxp counts the glyphs, and widens the limits of composite glyphs by what composed adds.
func (s *subset) maxp() []byte {
	maxp := slices.Clone(s.fontTables["maxp"])
	binary.BigEndian.PutUint16(maxp[4:], uint16(len(s.glyphs)))
	if len(maxp) < 32 || s.parts == 0 {
		return maxp
	}
	for _, field := range [][2]int{{6, 10}, {8, 12}} { // points and contours, plain and composite
		plain, composite := binary.BigEndian.Uint16(maxp[field[0]:]), binary.BigEndian.Uint16(maxp[field[1]:])
		most := int(max(plain, composite)) * s.parts
		binary.BigEndian.PutUint16(maxp[field[1]:], uint16(min(most, 0xffff)))
	}
	elements, depth := binary.BigEndian.Uint16(maxp[28:]), binary.BigEndian.Uint16(maxp[30:])
	binary.BigEndian.PutUint16(maxp[28:], max(elements, uint16(s.parts)))
	binary.BigEndian.PutUint16(maxp[30:], depth+1)
	return maxp
}

type fontTables map[string][]byte

func tables(ttf []byte) (fontTables, error) {
	if len(ttf) < 12 {
		return nil, errFont
	}
	n := int(binary.BigEndian.Uint16(ttf[4:]))
	if len(ttf) < 12+16*n {
		return nil, errFont
	}
	t := fontTables{}
	for i := range n {
		e := ttf[12+16*i:]
		at, size := uint64(binary.BigEndian.Uint32(e[8:])), uint64(binary.BigEndian.Uint32(e[12:]))
		if at+size > uint64(len(ttf)) {
			return nil, errFont
		}
		t[string(e[:4])] = ttf[at : at+size]
	}
	for tag, least := range map[string]int{"head": 54, "hhea": 36, "maxp": 6, "loca": 4, "glyf": 0, "hmtx": 4} {
		if len(t[tag]) < least {
			return nil, fmt.Errorf("%w: table %s", errFont, tag)
		}
	}
	return t, nil
}

// glyph gives the outline of one glyph, empty for a space.
func (t fontTables) glyph(g uint16) ([]byte, error) {
	loca, at, end := t["loca"], 0, 0
	if binary.BigEndian.Uint16(t["head"][50:]) == 0 {
		if len(loca) < 2*int(g)+4 {
			return nil, errFont
		}
		at, end = 2*int(binary.BigEndian.Uint16(loca[2*g:])), 2*int(binary.BigEndian.Uint16(loca[2*int(g)+2:]))
	} else {
		if len(loca) < 4*int(g)+8 {
			return nil, errFont
		}
		at, end = int(binary.BigEndian.Uint32(loca[4*int(g):])), int(binary.BigEndian.Uint32(loca[4*int(g)+4:]))
	}
	if at > end || end > len(t["glyf"]) {
		return nil, errFont
	}
	return t["glyf"][at:end], nil
}

// Flags of a part of a composite glyph (OpenType, glyf table).
const (
	wordArguments = 1 << 0
	offsets       = 1 << 1
	oneScale      = 1 << 3
	moreParts     = 1 << 5
	twoScales     = 1 << 6
	fullMatrix    = 1 << 7
)

// components renumbers the parts of a composite glyph in place.
func components(data []byte, renumber func(uint16) uint16) error {
	if len(data) < 10 || int16(binary.BigEndian.Uint16(data)) >= 0 {
		return nil
	}
	for at := 10; ; {
		if at+4 > len(data) {
			return errFont
		}
		flags := binary.BigEndian.Uint16(data[at:])
		binary.BigEndian.PutUint16(data[at+2:], renumber(binary.BigEndian.Uint16(data[at+2:])))
		at += 6
		if flags&wordArguments != 0 {
			at += 2
		}
		switch {
		case flags&oneScale != 0:
			at += 2
		case flags&twoScales != 0:
			at += 4
		case flags&fullMatrix != 0:
			at += 8
		}
		if flags&moreParts == 0 {
			return nil
		}
	}
}

type table struct {
	tag  string
	data []byte
}

// assemble writes a font file of tables, which must be sorted by tag.
func assemble(list []table) []byte {
	out := []byte{0, 1, 0, 0, 0, byte(len(list)), 0, 64, 0, 2, 0, 32}
	at := 12 + 16*len(list)
	var body []byte
	for _, t := range list {
		padded := slices.Clone(t.data)
		for len(padded)%4 != 0 {
			padded = append(padded, 0)
		}
		out = append(out, t.tag...)
		out = binary.BigEndian.AppendUint32(out, checksum(padded))
		out = binary.BigEndian.AppendUint32(out, uint32(at))
		out = binary.BigEndian.AppendUint32(out, uint32(len(t.data)))
		body = append(body, padded...)
		at += len(padded)
	}
	return append(out, body...)
}

func checksum(padded []byte) uint32 {
	var sum uint32
	for i := 0; i+4 <= len(padded); i += 4 {
		sum += binary.BigEndian.Uint32(padded[i:])
	}
	return sum
}
