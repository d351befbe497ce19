package plate

import (
	"encoding/json"
	"os"
	"testing"
)

// floors are the counts below which reading must not fall, for the networks
// that are committed. Whoever commits others measures (go test -v -run
// Synthetic) and records a little less than was reached.
type floors struct {
	CropsExact     int `json:"crops_exact"`
	CropsTopTen    int `json:"crops_top_ten"`
	ScenesLocated  int `json:"scenes_located"`
	ScenesExact    int `json:"scenes_exact"`
	ScenesOthersAt int `json:"scenes_others_at_most"` // boxes where no plate is
}

func recorded(t *testing.T) (f floors) {
	t.Helper()
	raw, err := os.ReadFile("testdata/floors.json")
	if err == nil {
		err = json.Unmarshal(raw, &f)
	}
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestSyntheticCrops: every instruction set, and ONNX Runtime where there is
// one, reads the same of the generator's crops, and no less than was reached.
func TestSyntheticCrops(t *testing.T) {
	all := places(t)
	if testing.Short() {
		all = all[:1]
	}
	want := recorded(t)
	first := map[string]string{}
	for _, o := range all {
		r := NewReader(o)
		k := nameOf(o)
		exact, top := 0, 0
		for file, w := range truths(t, "crops") {
			reads, err := r.Crop(t.Context(), picture(t, "testdata/crops/"+file))
			if err != nil {
				t.Fatal(err)
			}
			text := "nothing"
			if len(reads) > 0 {
				text = reads[0].Plate().Text()
				if w.same(reads[0].Plate()) {
					exact++
				}
				for _, c := range reads[0].Candidates {
					if w.same(c.Plate) {
						top++
						break
					}
				}
			}
			if before, ok := first[file]; ok && before != text {
				t.Errorf("%s: %s reads %s, %s read %s", file, k, text, nameOf(all[0]), before)
			}
			first[file] = text
		}
		t.Logf("%s: %d exact, %d in the top ten, of %d", k, exact, top, len(first))
		if exact < want.CropsExact || top < want.CropsTopTen {
			t.Errorf("%s: %d exact, %d in the top ten; it was %d and %d", k, exact, top, want.CropsExact, want.CropsTopTen)
		}
		closeReader(t, r)
	}
}

// TestSyntheticScenes: the plates of the generator's streets are found and read
// as often as was reached, by our own kernels and by ONNX Runtime.
func TestSyntheticScenes(t *testing.T) {
	all := places(t)
	for i, o := range all {
		if i > 0 && o.Runtime == nil {
			continue // instruction sets differ in nothing but the order of sums
		}
		t.Run(nameOf(o), func(t *testing.T) { readScenes(t, o) })
	}
}

func readScenes(t *testing.T, o Options) {
	r := NewReader(o)
	defer closeReader(t, r)
	want := recorded(t)
	located, exact, others, plates := 0, 0, 0, 0
	for file, w := range truths(t, "scenes") {
		reads, err := r.Picture(t.Context(), picture(t, "testdata/scenes/"+file))
		if err != nil {
			t.Fatal(err)
		}
		used := 0
		for _, plate := range w.Plates {
			plates++
			for _, got := range reads {
				if iou(boxOf(got), plate.box()) < 0.4 {
					continue
				}
				used++
				located++
				if plate.same(got.Plate()) {
					exact++
				}
				break
			}
		}
		others += len(reads) - used
	}
	t.Logf("%d located, %d exact, of %d; %d others", located, exact, plates, others)
	if located < want.ScenesLocated || exact < want.ScenesExact || others > want.ScenesOthersAt {
		t.Errorf("%d located, %d exact, %d others; it was %+v", located, exact, others, want)
	}
}
