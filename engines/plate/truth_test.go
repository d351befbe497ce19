package plate

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/amana-platform/amana/engines/tensor"
)

// places are all that networks can run on: each instruction set of this
// machine, the best first, and ONNX Runtime if AMANA_ONNXRUNTIME names its
// library.
func places(t testing.TB) (all []Options) {
	t.Helper()
	for _, k := range tensor.Kernels() {
		all = append(all, Options{Kernel: k})
	}
	if r := onnxRuntime(t); r != nil {
		all = append(all, Options{Runtime: r})
	}
	return all
}

// onnxRuntime is the library that AMANA_ONNXRUNTIME names, with the program
// built for this test; nil where it names none.
func onnxRuntime(t testing.TB) *tensor.Runtime {
	t.Helper()
	library := os.Getenv("AMANA_ONNXRUNTIME")
	if library == "" {
		return nil
	}
	program := filepath.Join(t.TempDir(), "amana-onnx")
	c := exec.Command("go", "build", "-o", program, ".")
	c.Dir = "../../cmd/amana-onnx"
	if said, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	return &tensor.Runtime{Program: program, Library: library}
}

func nameOf(o Options) string {
	if o.Runtime != nil {
		return "onnxruntime"
	}
	return string(o.Kernel)
}

func closeReader(t testing.TB, r *Reader) {
	t.Helper()
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}

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
