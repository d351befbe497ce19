package typeset

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func set(t testing.TB) *Set {
	t.Helper()
	s, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// readings gives a line's letters from left to right, ligatures in brackets.
func readings(l Line) string {
	var b strings.Builder
	for _, c := range l.Clusters {
		var letters string
		for _, code := range c.Codes {
			letters += code.Text
		}
		if len(c.Codes) > 1 {
			letters = "[" + letters + "]"
		}
		b.WriteString(letters)
	}
	return b.String()
}

func oneLine(t testing.TB, rtl bool, pieces ...Piece) Line {
	t.Helper()
	for i := range pieces {
		pieces[i].Size = 10 * Pt
	}
	lang := "fr"
	if rtl {
		lang = "ar"
	}
	lines := set(t).Shape(pieces, rtl, lang).Break(10000 * Pt)
	if len(lines) != 1 {
		t.Fatalf("%d lines", len(lines))
	}
	return lines[0]
}

func TestLettersOfALigatureAreCodesOfTheirOwn(t *testing.T) {
	l := oneLine(t, true, Piece{Text: "\u0644\u0627"}) // lam alef
	if got := readings(l); got != "[\u0627\u0644]" {   // on paper alef is the left half
		t.Fatalf("%q", got)
	}
	first, second := l.Clusters[0].Codes[0], l.Clusters[0].Codes[1]
	if len(first.Parts) != 1 || second.Parts != nil || first.Width <= 0 || second.Width <= 0 {
		t.Errorf("%+v %+v", first, second)
	}
}

func TestVowelsAreDrawnWithTheirLetter(t *testing.T) {
	l := oneLine(t, true, Piece{Text: "\u0628\u064e"}) // beh, fatha
	if len(l.Clusters) != 1 || len(l.Clusters[0].Codes) != 2 || len(l.Clusters[0].Codes[0].Parts) != 2 {
		t.Fatalf("%+v", l.Clusters)
	}
}

func TestLettersAreJoined(t *testing.T) {
	alone := oneLine(t, true, Piece{Text: "\u0628"}).Clusters[0].Codes[0].Parts[0].Glyph
	word := oneLine(t, true, Piece{Text: "\u0628\u0628\u0628"})
	seen := map[uint16]bool{alone: true}
	for _, c := range word.Clusters {
		seen[c.Codes[0].Parts[0].Glyph] = true
	}
	if len(seen) != 4 { // isolated, initial, medial, final
		t.Errorf("%d forms of one letter, want 4", len(seen))
	}
}

// The order of identifiers in Arabic lines, as a person reads them aloud.
func TestIdentifiersKeepTheirOrder(t *testing.T) {
	for _, id := range []string{"12345-\u0623-6", "2026-05-12", "+212 6 12 34", "AB-12/2026", "a@b.ma"} {
		for _, rtl := range []bool{true, false} {
			l := oneLine(t, rtl, Piece{Text: "\u0631\u0642\u0645 "}, Piece{Text: id, Style: Style{Ident: true}}, Piece{Text: " \u0633"})
			if got := readings(l); !strings.Contains(got, id) {
				t.Errorf("%q is shown as %q", id, got)
			}
		}
	}
	plain := oneLine(t, true, Piece{Text: "\u0631 2026-05-12"})
	if got := readings(plain); strings.Contains(got, "2026-05-12") {
		t.Error("without isolation the order is kept too: the test above proves nothing")
	}
}

func TestNamesOfTwoScripts(t *testing.T) {
	l := oneLine(t, true, Piece{Text: "\u0627\u0633\u0645 (Youssef BENALI) \u0648"})
	if got := readings(l); got != "\u0648 (Youssef BENALI) \u0645\u0633\u0627" && got != "\u0648 )Youssef BENALI( \u0645\u0633\u0627" {
		t.Errorf("%q", got)
	}
}

func TestIdentifiersAreNotDivided(t *testing.T) {
	s := set(t)
	p := s.Shape([]Piece{{Text: "abc ", Style: Style{Size: 10 * Pt}}, {Text: "12-34 56-78", Style: Style{Size: 10 * Pt, Ident: true}}}, false, "fr")
	lines := p.Break(75 * Pt)
	if len(lines) != 2 || readings(lines[1]) != "12-34 56-78" {
		t.Errorf("%d lines, %q", len(lines), readings(lines[0]))
	}
}

func TestForcedBreak(t *testing.T) {
	s := set(t)
	lines := s.Shape([]Piece{{Text: "a\nb", Style: Style{Size: 10 * Pt}}}, false, "fr").Break(500 * Pt)
	if len(lines) != 2 || !lines[0].Last || readings(lines[1]) != "b" {
		t.Errorf("%+v", lines)
	}
}

func TestControlsAreDropped(t *testing.T) {
	l := oneLine(t, false, Piece{Text: "a\x00\x07b\tc\u202ed e\u0301"})
	if got := readings(l); got != "ab cd \u00e9" {
		t.Errorf("%q", got)
	}
}

func TestUnknownLettersKeepTheirText(t *testing.T) {
	l := oneLine(t, false, Piece{Text: "\u4e2d"})
	if got := readings(l); got != "\u4e2d" || l.Clusters[0].Codes[0].Parts[0].Glyph != 0 {
		t.Errorf("%q", got)
	}
}

// Whatever the text and width: nothing is lost, nothing wider than the column
// but a single cluster, justified lines as wide as the column.
func TestBreakKeepsEverything(t *testing.T) {
	s := set(t)
	letters := []rune("abc de\u00e9 \u0627\u0644\u062d\u0642 \u0641\u064a 12-3 .,()")
	rapid.Check(t, func(t *rapid.T) {
		text := string(rapid.SliceOfN(rapid.SampledFrom(letters), 0, 80).Draw(t, "text"))
		width := Length(rapid.IntRange(1, 300).Draw(t, "width")) * Pt
		p := s.Shape([]Piece{{Text: text, Style: Style{Size: 10 * Pt}}}, rapid.Bool().Draw(t, "rtl"), "ar")
		count := 0
		for _, l := range p.Break(width) {
			for _, c := range l.Clusters {
				if !c.Space {
					count += len(c.Codes)
				}
			}
			if l.Width > width && len(l.Clusters) > 1 {
				t.Fatalf("a line of %d in a column of %d", l.Width, width)
			}
			natural := l.Width
			l.Justify(width)
			if l.Width != natural && l.Width != width {
				t.Fatalf("justified to %d, column %d", l.Width, width)
			}
		}
		if want := len([]rune(strings.ReplaceAll(text, " ", ""))); count != want {
			t.Fatalf("%d letters of %d", count, want)
		}
	})
}

func TestJustifyLeavesWideGapsAlone(t *testing.T) {
	s := set(t)
	lines := s.Shape([]Piece{{Text: "a b cccccccccccccccccccc", Style: Style{Size: 10 * Pt}}}, false, "fr").Break(115 * Pt)
	before := lines[0].Width
	lines[0].Justify(115 * Pt)
	if len(lines) != 2 || lines[0].Width != before {
		t.Errorf("%d lines, %d became %d", len(lines), before, lines[0].Width)
	}
}

func TestLongestPart(t *testing.T) {
	s := set(t)
	style := Style{Size: 10 * Pt}
	p := s.Shape([]Piece{{Text: "a bbbb cc", Style: style}}, false, "fr")
	if got, want := p.Longest(), s.Shape([]Piece{{Text: "bbbb", Style: style}}, false, "fr").Width(); got != want {
		t.Errorf("%d, want %d", got, want)
	}
}
