package plate

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"
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
	text := p.Text()
	if rows == 2 {
		if p.Kind == Standard {
			text = p.Letter + p.Code + p.Serial
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

func (w truth) quad() (q Quad) {
	for i, c := range w.Corners {
		q[i] = Point{c[0], c[1]}
	}
	return q
}

func (w truth) box() rect { return w.quad().box() }
