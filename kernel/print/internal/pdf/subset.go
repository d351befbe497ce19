package pdf

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// errFont says that a font file is not the TrueType this package was made for.
var errFont = errors.New("pdf: malformed font")

// Subset cuts a TrueType file down to some glyphs and those they are composed
// of, renumbered: the glyph keep[i] becomes glyph i of the result. keep[0]
// must be 0, .notdef. Only the tables that PDF asks for are kept.
func Subset(ttf []byte, keep []uint16) ([]byte, error) {
	t, err := tables(ttf)
	if err != nil {
		return nil, err
	}
	outlines, order, err := t.outlines(keep)
	if err != nil {
		return nil, err
	}
	loca, glyf := []byte{}, []byte{}
	for _, o := range outlines {
		loca = binary.BigEndian.AppendUint32(loca, uint32(len(glyf)))
		glyf = append(glyf, o...)
		for len(glyf)%4 != 0 {
			glyf = append(glyf, 0)
		}
	}
	loca = binary.BigEndian.AppendUint32(loca, uint32(len(glyf)))
	hmtx, err := t.metrics(order)
	if err != nil {
		return nil, err
	}
	head, hhea, maxp := slices.Clone(t["head"]), slices.Clone(t["hhea"]), slices.Clone(t["maxp"])
	binary.BigEndian.PutUint32(head[8:], 0)  // checksum of the whole, optional in a font program inside PDF
	binary.BigEndian.PutUint16(head[50:], 1) // long offsets in loca
	binary.BigEndian.PutUint16(hhea[34:], uint16(len(order)))
	binary.BigEndian.PutUint16(maxp[4:], uint16(len(order)))
	return assemble([]table{{"glyf", glyf}, {"head", head}, {"hhea", hhea}, {"hmtx", hmtx}, {"loca", loca}, {"maxp", maxp}}), nil
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

// outlines gives the glyphs' outlines with their parts appended and renumbered.
func (t fontTables) outlines(keep []uint16) ([][]byte, []uint16, error) {
	order := slices.Clone(keep)
	place := map[uint16]int{}
	for i, g := range order {
		place[g] = i
	}
	var out [][]byte
	for i := 0; i < len(order); i++ {
		data, err := t.glyph(order[i])
		if err != nil {
			return nil, nil, err
		}
		data = slices.Clone(data)
		err = components(data, func(part uint16) uint16 {
			if _, ok := place[part]; !ok {
				place[part] = len(order)
				order = append(order, part)
			}
			return uint16(place[part])
		})
		if err != nil {
			return nil, nil, err
		}
		out = append(out, data)
	}
	return out, order, nil
}

// Flags of a part of a composite glyph (OpenType, glyf table).
const (
	wordArguments = 1 << 0
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

// metrics gives the horizontal metrics of glyphs in order.
func (t fontTables) metrics(order []uint16) ([]byte, error) {
	long := int(binary.BigEndian.Uint16(t["hhea"][34:]))
	hmtx := t["hmtx"]
	if long == 0 || len(hmtx) < 4*long {
		return nil, errFont
	}
	var out []byte
	for _, g := range order {
		i := int(g)
		bearing := 4*i + 2
		if i >= long {
			bearing = 4*long + 2*(i-long)
			i = long - 1
		}
		if bearing+2 > len(hmtx) {
			return nil, errFont
		}
		out = append(out, hmtx[4*i:4*i+2]...)
		out = append(out, hmtx[bearing:bearing+2]...)
	}
	return out, nil
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
