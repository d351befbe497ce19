package plate

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/amana-platform/amana/engines/tensor"
)

// truth is what the generator says of a picture.
type truth struct {
	Kind      string
	Condition string
	Rows      int
	Text      string // as it is written, the upper row first
	Corners   [4][2]float64
	Plates    []truth
}

func truths(t testing.TB, folder string) map[string]truth {
	t.Helper()
	raw, err := os.ReadFile("testdata/" + folder + "/truth.json")
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]truth
	if err := json.Unmarshal(raw, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

func picture(t testing.TB, path string) *Picture {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	p, err := Decode(bytes.NewReader(raw), Limits{})
	if err != nil {
		t.Fatal(path, err)
	}
	return p
}

// written is the text of a plate in the order in which it is written in rows.
func written(p Plate, rows int) string {
	text := p.Serial + p.Letter + p.Code
	if rows == 2 {
		switch p.Kind {
		case Standard:
			text = p.Letter + p.Code + p.Serial
		case Moped:
			text = p.Code + p.Serial
		}
	}
	return strings.ReplaceAll(text, "-", "")
}

// same says whether a plate is the true one. Latin series letters on plates for
// travel abroad are read as the Arabic ones that they stand for.
func (w truth) same(p Plate) bool {
	want, got := strings.ReplaceAll(w.Text, "-", ""), written(p, w.Rows)
	if p.Kind == Standard && w.Kind == "morocco-latin" {
		got = strings.Replace(got, p.Letter, ToLatin(p.Letter), 1)
	}
	return want == got
}

func (w truth) box() rect {
	q := Quad{}
	for i, c := range w.Corners {
		q[i] = Point{c[0], c[1]}
	}
	x0, y0, x1, y1 := q.Box()
	return rect{x0, y0, x1, y1}
}

func TestSyntheticCrops(t *testing.T) {
	for _, k := range tensor.Kernels() {
		r := NewReader(Options{Kernel: k})
		exact, top, n := 0, 0, 0
		for file, w := range truths(t, "crops") {
			reads, err := r.Crop(t.Context(), picture(t, "testdata/crops/"+file))
			if err != nil {
				t.Fatal(err)
			}
			n++
			got, hit := "nothing", false
			if len(reads) > 0 {
				got = written(reads[0].Plate(), w.Rows)
				for _, c := range reads[0].Candidates {
					hit = hit || w.same(c.Plate)
				}
				if w.same(reads[0].Plate()) {
					exact++
				}
			}
			if hit {
				top++
			}
			if len(reads) == 0 || !w.same(reads[0].Plate()) {
				t.Logf("%s %s: %s %d rows, read %s", file, w.Kind, w.Text, w.Rows, got)
				if len(reads) > 0 {
					t.Logf("   %+v %v", reads[0].Candidates[:min(3, len(reads[0].Candidates))], reads[0].Score)
				}
			}
		}
		t.Logf("%s: %d exact, %d in the top ten of %d", k, exact, top, n)
	}
}

func TestSyntheticScenes(t *testing.T) {
	r := NewReader(Options{})
	located, exact, n, other := 0, 0, 0, 0
	for file, w := range truths(t, "scenes") {
		reads, err := r.Picture(t.Context(), picture(t, "testdata/scenes/"+file))
		if err != nil {
			t.Fatal(err)
		}
		used := 0
		for _, want := range w.Plates {
			n++
			for _, got := range reads {
				b := rect{got.Box[0], got.Box[1], got.Box[2], got.Box[3]}
				if iou(b, want.box()) < 0.4 {
					continue
				}
				used++
				located++
				if want.same(got.Plate()) {
					exact++
				} else {
					t.Logf("%s %s %s: %s, read %v %.2f", file, w.Condition, want.Kind, want.Text, got.Plate(), got.Score)
				}
				break
			}
		}
		other += len(reads) - used
	}
	t.Logf("%d located, %d exact of %d, %d others", located, exact, n, other)
}
