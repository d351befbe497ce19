package print

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/amana-platform/amana/kernel/print/internal/typeset"
)

// tall makes a box of a height that tells its own.
func tall(h int) box { return box{height: typeset.Length(h)} }

func heights(pages [][]placed) string {
	var all [][]int
	for _, page := range pages {
		var hs []int
		for _, b := range page {
			hs = append(hs, int(b.height))
		}
		all = append(all, hs)
	}
	return fmt.Sprint(all)
}

func TestPagesAreMadeUp(t *testing.T) {
	keep := func(b box) box { b.keep = true; return b }
	fresh := func(b box) box { b.fresh = true; return b }
	head := tall(5)
	row := func(h int) box { b := tall(h); b.repeat = &head; return b }
	space := func(h int) box { b := tall(h); b.white = true; return b }
	for _, c := range []struct {
		name  string
		boxes []box
		want  string
	}{
		{"nothing", nil, "[[]]"},
		{"one page", []box{tall(40), tall(60)}, "[[40 60]]"},
		{"two pages", []box{tall(40), tall(61)}, "[[40] [61]]"},
		{"a heading goes with its text", []box{tall(70), keep(tall(10)), tall(30)}, "[[70] [10 30]]"},
		{"three that keep", []box{tall(70), keep(tall(10)), keep(tall(15)), tall(30)}, "[[70] [10 15 30]]"},
		{"more than a page keeps", []box{keep(tall(60)), keep(tall(60)), tall(60)}, "[[60] [60] [60]]"},
		{"taller than a page", []box{tall(10), tall(150), tall(10)}, "[[10] [150] [10]]"},
		{"a break", []box{tall(10), fresh(tall(0)), tall(10)}, "[[10] [0 10]]"},
		{"a break at the start", []box{fresh(tall(0)), tall(10)}, "[[0 10]]"},
		{"white is dropped at the top", []box{tall(100), space(10), tall(10)}, "[[100] [10]]"},
		{"white makes no page", []box{tall(95), space(10)}, "[[95]]"},
		{"white before a heading is dropped at the top", []box{tall(95), keep(space(9)), tall(10)}, "[[95] [10]]"},
		{"a table's head again", []box{keep(head), row(50), row(50), row(50)}, "[[5 50] [5 50] [5 50]]"},
		{"no head but a table's", []box{tall(90), keep(head), row(50), tall(50)}, "[[90] [5 50] [50]]"},
	} {
		if got := heights(paginate(c.boxes, 100)); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// Whatever the boxes: all that is not white or a repeated head is on a page,
// once and in order, and no page is overfull but by a single box.
func TestPaginateLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 30).Draw(t, "n")
		var boxes []box
		for i := range n {
			boxes = append(boxes, box{
				height: typeset.Length(rapid.IntRange(0, 120).Draw(t, "h")*1000 + i),
				keep:   rapid.Bool().Draw(t, "keep"), fresh: rapid.IntRange(0, 9).Draw(t, "fresh") == 0,
			})
		}
		next := 0
		for _, page := range paginate(boxes, 100_000) {
			var end typeset.Length
			for _, b := range page {
				if b.height != boxes[next].height || b.y != end {
					t.Fatalf("box %d is out of order or place", next)
				}
				next++
				end = b.y + b.height
			}
			if end > 100_000 && len(page) > 1 && page[len(page)-1].y > 0 && end-page[len(page)-1].height > 100_000 {
				t.Fatalf("a page of %d", end)
			}
		}
		if next != n {
			t.Fatalf("%d of %d boxes", next, n)
		}
	})
}

// column makes a frame to set blocks in.
func column(t *testing.T, lang string, width typeset.Length) *frame {
	t.Helper()
	set, err := typeset.Load()
	if err != nil {
		t.Fatal(err)
	}
	j := &job{doc: &Document{Lang: lang, Size: A4}, set: set, column: typeset.Mm(200)}
	return &frame{job: j, width: width, lang: lang, size: 10 * typeset.Pt}
}

func TestSidesFollowTheLanguage(t *testing.T) {
	for _, c := range []struct {
		lang  string
		align Align
		want  typeset.Length
	}{
		{"fr", Start, 0}, {"fr", End, 60}, {"fr", Center, 30}, {"fr", Justified, 0},
		{"ar", Start, 60}, {"ar", End, 0}, {"ar", Center, 30}, {"ar", Justified, 60}, {"ar-MA", Start, 60},
	} {
		f := &frame{lang: c.lang, width: 100}
		if got := f.indent(40, c.align); got != c.want {
			t.Errorf("%s %d: %d, want %d", c.lang, c.align, got, c.want)
		}
	}
	if got := (&frame{lang: "ar", width: 100}).start(10, 30); got != 60 {
		t.Errorf("a part 10 from the right, 30 wide, begins at %d", got)
	}
	if got := (&frame{lang: "en", width: 100}).start(10, 30); got != 10 {
		t.Errorf("a part 10 from the left begins at %d", got)
	}
}

func TestColumnsOfATable(t *testing.T) {
	f := column(t, "fr", 300*typeset.Pt)
	long := T("incompressible-ment-long-mot-composé")
	for _, c := range []struct {
		name string
		t    Table
	}{
		{"alike", Table{Columns: []Column{{Head: T("a")}, {Head: T("a")}}}},
		{"weighted", Table{Columns: []Column{{Head: T("a")}, {Head: T("a"), Weight: 3}}}},
		{"crowded", Table{Columns: []Column{{Head: long}, {Head: long}, {Head: long}, {Head: long}}}},
	} {
		widths := c.t.widths(f)
		var sum typeset.Length
		for _, w := range widths {
			sum += w
		}
		if sum > f.width || sum < f.width-typeset.Length(len(widths)) {
			t.Errorf("%s: %v sums to %d of %d", c.name, widths, sum, f.width)
		}
		if c.name == "alike" && widths[0] != widths[1] {
			t.Errorf("%v", widths)
		}
		if c.name == "weighted" && widths[1] < 5*widths[0] {
			t.Errorf("the column without weight takes a share: %v", widths)
		}
	}
}

func TestShortParagraphsAreNotParted(t *testing.T) {
	f := column(t, "fr", 60*typeset.Pt)
	boxes := f.lines(T("un deux trois quatre cinq six sept huit neuf dix"), f.look(), Start)
	if len(boxes) < 4 {
		t.Fatalf("%d lines", len(boxes))
	}
	for i, b := range boxes {
		if want := i == 0 || i == len(boxes)-2; b.keep != want {
			t.Errorf("line %d of %d keeps: %v", i+1, len(boxes), b.keep)
		}
	}
	if one := f.lines(T("un"), f.look(), Start); one[0].keep {
		t.Error("a single line keeps to what follows")
	}
}

func TestHeadingsKeepToTheirText(t *testing.T) {
	f := column(t, "fr", 200*typeset.Pt)
	h := Heading{Level: 1, Text: T("a")}
	f.job.collect([]Block{h}, "fr")
	for i, b := range h.set(f) {
		if !b.keep {
			t.Errorf("box %d of a heading does not keep", i)
		}
	}
}

func TestRollsAreCutAfterTheirText(t *testing.T) {
	s := newSheet(Label)
	s.roll([]box{tall(50000), white(9000)})
	if want := typeset.Length(50000) + 2*s.margin + typeset.Pt; s.height != want {
		t.Errorf("%d, want %d", s.height, want)
	}
	endless := newSheet(Label)
	endless.roll([]box{tall(1 << 40)})
	if endless.height > typeset.Mm(rollLimit)+2*endless.margin+typeset.Pt {
		t.Errorf("a roll of %d", endless.height)
	}
	page := newSheet(A4)
	before := page.height
	if page.roll(nil); page.height != before {
		t.Error("a sheet was cut")
	}
}

func TestLengthsAreWritten(t *testing.T) {
	for l, want := range map[typeset.Length]string{0: "0", 1: "0.001", 1000: "1", 1500: "1.5", -250: "-0.25", -1000: "-1", 100000: "100", 10: "0.01"} {
		if got := num(l); got != want {
			t.Errorf("%d: %s, want %s", l, got, want)
		}
	}
}

func TestLangTagCannotBreakOut(t *testing.T) {
	if got := langTag("fr-FR) /Evil (x"); got != "fr-FREvilx" {
		t.Errorf("%q", got)
	}
}
