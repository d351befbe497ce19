package plates

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"image"
	"image/jpeg"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/amana-platform/amana/engines/plate"
	"github.com/amana-platform/amana/kernel/check"
	"github.com/amana-platform/amana/kernel/ident"
)

// FuzzBatch sends what no honest device sends: nothing panics, a batch that is
// taken stays within its limits.
func FuzzBatch(f *testing.F) {
	for _, s := range []string{
		`{"batch":"1","sent":"2026-11-28T11:00:00Z","model":"x","reads":[{"at":"2026-11-28T11:00:00Z","plate":"1-A-1","score":0.5,"candidates":[{"text":"2-A-1","p":0.1}],"image":"AAAA"}]}`,
		`{"reads":[{},{},{}]}`, `{"reads":null}`, `{"reads":{}}`, `[]`, `{"batch":1}`, `{}{}`, `{"unknown":1}`, `{"reads":[{"candidates":[[]]}]}`, ``, `{"reads":[` + strings.Repeat("{},", 3000) + `{}]}`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		in, err := decodeBatch(strings.NewReader(s))
		if err != nil {
			return
		}
		if len(in.Reads) > maxReads+1 {
			t.Fatalf("%d reads", len(in.Reads))
		}
		b := &batch{in: in, now: time.Date(2026, 11, 28, 11, 0, 0, 0, time.UTC)}
		c := &checks{check.Form{Now: b.now}}
		for i := range in.Reads {
			item, ok := itemOf(b, c, i)
			if ok && (item.Plate == "" || item.PPM < 0 || item.PPM > million || len(item.Others) > maxOthers) {
				t.Fatalf("%+v", item)
			}
		}
	})
}

// FuzzList reads lists that no spreadsheet writes.
func FuzzList(f *testing.F) {
	for _, s := range []string{"plate,list,reason,authority\n1-A-1,stolen,x,y\n", "plate;list;reason;authority;until\n1-A-1;stolen;x;y;2027-01-01\n", "\xef\xbb\xbfplate", "\"", "plate,list,reason,authority\n\"a\nb\",,,,,,,\n", "a,b\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		rows, err := parseList(strings.NewReader(s))
		if err != nil {
			return
		}
		for i, r := range rows {
			if r.n != i+2 {
				t.Fatalf("line %d is numbered %d", i+2, r.n)
			}
		}
	})
}

// FuzzReadable: what is taken for a plate can be kept and shown, and is the
// same when it is read again.
func FuzzReadable(f *testing.F) {
	for _, s := range []string{"12345-A-6", "AB123CD", "1 | \u0623 | 1", "WW 1234", "1234-56 7", "\u0661\u0662\u0663-\u0628-\u0661", "--", "\xff"} {
		f.Add("", s)
		f.Add("fr", s)
	}
	f.Fuzz(func(t *testing.T, country, s string) {
		line, ok := readable(country, s)
		if !ok {
			return
		}
		again, ok := readable(country, line)
		if !ok || again != line {
			t.Fatalf("%q in %q is %q, then %q", s, country, line, again)
		}
		_ = plateOf(country, line)
	})
}

func FuzzDeviceKey(f *testing.F) {
	f.Add("amana-device.019ac0c0-0000-7000-8000-000000000000." + strings.Repeat("0", 64))
	f.Add("amana-device..")
	f.Fuzz(func(t *testing.T, s string) {
		if id, ok := cameraOfKey(s); ok && !strings.Contains(s, string(id)) {
			t.Fatal(id)
		}
	})
}

// TestTree proves every item of trees of all small sizes, and nothing else.
func TestTree(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(1, 70).Draw(rt, "n")
		leaves := make([]hash, n)
		for i := range leaves {
			leaves[i] = sha256.Sum256([]byte{byte(i)})
		}
		m := rapid.IntRange(0, n-1).Draw(rt, "m")
		way := path(leaves, m)
		top, err := climb(leaves[m], m, n, way)
		if err != nil || top != root(leaves) {
			rt.Fatalf("leaf %d of %d does not lead to the root", m, n)
		}
		if n > 1 {
			other := (m + 1) % n
			if top, err := climb(leaves[other], m, n, way); err == nil && top == root(leaves) {
				rt.Fatal("another leaf leads to the root")
			}
			if _, err := climb(leaves[m], m, n, way[:len(way)-1]); err == nil {
				rt.Fatal("a path cut short is taken")
			}
		}
	})
}

// TestTreeIsThatOfRFC6962: the published roots of the log's test inputs.
func TestTreeIsThatOfRFC6962(t *testing.T) {
	var leaves []hash
	for _, x := range []string{"", "\x00", "\x10", "\x20\x21", "\x30\x31", "\x40\x41\x42\x43", "\x50\x51\x52\x53\x54\x55\x56\x57", "\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f"} {
		leaves = append(leaves, sha256.Sum256(append([]byte{0}, x...)))
	}
	for n, want := range map[int]string{1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d", 3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77", 8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"} {
		if got := hexOf(root(leaves[:n])); got != want {
			t.Errorf("%d leaves: %s", n, got)
		}
	}
}

func TestGlob(t *testing.T) {
	for pattern, lines := range map[string][2]string{"*": {"", "x"}, "?": {"a", "\u0623"}, "1*6": {"16", "1-A-6"}, "*-A-*": {"1-A-6", "-A-"}, "**a": {"a", "bba"}} {
		for _, line := range lines {
			if !glob([]rune(pattern), []rune(line)) {
				t.Errorf("%q is not of %q", line, pattern)
			}
		}
	}
	for pattern, line := range map[string]string{"?": "", "1*6": "1-6-7", "a": "b", "*a": "ab", "??": "a"} {
		if glob([]rune(pattern), []rune(line)) {
			t.Errorf("%q is of %q", line, pattern)
		}
	}
}

// TestPackedItems: what a batch seals is read back the same.
func TestPackedItems(t *testing.T) {
	in := []Item{{Salt: "00", Plate: "1-\u0623-1", Said: 1, At: 2, PPM: 3, Others: []Choice{{"x", 4}}}, {Salt: "01", Plate: "AB", Country: "fr", Kind: "car"}}
	body, err := pack(in)
	if err != nil {
		t.Fatal(err)
	}
	out, err := unpack(body)
	if err != nil {
		t.Fatal(err)
	}
	a, _ := json.Marshal(in)  // plain values always marshal
	b, _ := json.Marshal(out) // as do these
	if string(a) != string(b) {
		t.Errorf("%s\n%s", a, b)
	}
}

// TestWhatTheEngineSaw becomes a read: the text with its country, the other
// readings weighed by whether there is a plate at all, the part that shows it.
func TestWhatTheEngineSaw(t *testing.T) {
	m := image.NewYCbCr(image.Rect(0, 0, 320, 200), image.YCbCrSubsampleRatio420)
	p := plate.FromImage(m)
	one, err := plate.Parse("12345-A-6")
	if err != nil {
		t.Fatal(err)
	}
	two, err := plate.Parse("12845-A-6")
	if err != nil {
		t.Fatal(err)
	}
	r := plate.Read{Candidates: []plate.Candidate{{Plate: one, P: 0.8}, {Plate: two, P: 0.1}}, Score: 0.72, Found: 0.9, Box: [4]float64{100, 100, 200, 130}}
	got, err := seenOf(p, r)
	if err != nil {
		t.Fatal(err)
	}
	if got.Plate != "12345-\u0623-6" || got.Country != "" || got.Score != 0.72 || len(got.Others) != 1 || got.Others[0].Plate != "12845-\u0623-6" || got.Others[0].Score < 0.089 || got.Others[0].Score > 0.091 {
		t.Errorf("%+v", got)
	}
	cut, err := jpeg.DecodeConfig(bytes.NewReader(got.Image))
	if err != nil || cut.Width != 220 || cut.Height != 102 {
		t.Errorf("%+v %v", cut, err)
	}
	r.Box = [4]float64{900, 900, 950, 950} // off the picture
	if got, err := seenOf(p, r); err != nil || got.Image != nil {
		t.Errorf("%d bytes, %v", len(got.Image), err)
	}
	item := Item{Plate: got.Plate, PPM: 720_000, Others: []Choice{{"12845-\u0623-6", 90_000}, {"12345-\u0623-6", 500_000}, {"1-\u0623-1", 900_000}}}
	sum := 0.0
	for _, c := range readings(item) {
		sum += c.P
	}
	if len(readings(item)) != 3 || sum > 1.000001 {
		t.Errorf("%+v sum to %f", readings(item), sum)
	}
}

// TestListInMemory puts, replaces and drops, and uses places again.
func TestListInMemory(t *testing.T) {
	var w watch
	if err := w.open(); err != nil {
		t.Fatal(err)
	}
	a, b := ident.ID("019ac0c0-0000-7000-8000-000000000001"), ident.ID("019ac0c0-0000-7000-8000-000000000002")
	w.put(a, "", "12345-\u0623-6")
	w.put(b, "fr", "AB123CD")
	w.put(a, "", "777-\u0628-1")
	if w.index.Len() != 2 || len(w.slots) != 2 {
		t.Errorf("%d listed in %d places", w.index.Len(), len(w.slots))
	}
	w.drop(a)
	w.drop(a)
	w.put(a, "", "1-\u0623-1")
	if w.index.Len() != 2 || len(w.slots) != 2 || raw(a).id() != a {
		t.Errorf("%d listed in %d places", w.index.Len(), len(w.slots))
	}
	w.put(b, "", "!")
	if w.index.Len() != 1 {
		t.Errorf("%d listed", w.index.Len())
	}
}

// TestListChangesWhileReadsAreCompared: a read of a plate that is cancelled at
// this moment, and whose place in the list another plate takes, is never a
// proposal of that other one.
func TestListChangesWhileReadsAreCompared(t *testing.T) {
	var w watch
	if err := w.open(); err != nil {
		t.Fatal(err)
	}
	a, b := ident.ID("019ac0c0-0000-7000-8000-000000000001"), ident.ID("019ac0c0-0000-7000-8000-000000000002")
	stop := make(chan struct{})
	var changing sync.WaitGroup
	changing.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			for _, x := range []struct {
				listed, gone ident.ID
				line         string
			}{{a, b, "12345-\u0623-6"}, {b, a, "98765-\u062f-40"}} {
				w.mu.Lock() // as catchUp does
				w.drop(x.gone)
				w.put(x.listed, "", x.line)
				w.mu.Unlock()
			}
		}
	})
	for found := 0; found < 5000; {
		for _, c := range w.find(Item{Plate: "12345-\u0623-6", PPM: 970_000}, 500_000) {
			found++
			if c.entry != a {
				t.Fatal("proposed of another entry")
			}
		}
	}
	close(stop)
	changing.Wait()
}

// TestThresholdRisesWithTheList: the more plates are listed, the surer a match
// must be to be proposed, for the same share of false proposals.
func TestThresholdRisesWithTheList(t *testing.T) {
	var w watch
	if err := w.open(); err != nil {
		t.Fatal(err)
	}
	w.put(ident.ID("00000000-0000-7000-8000-000000000000"), "", "1-A-1")
	few, met := w.threshold(1e-4, 4.5e6)
	if !met || few > 0.5 {
		t.Errorf("one listed: %g, %v", few, met)
	}
	for n := range 10_000 {
		w.put(ident.ID(fmt.Sprintf("00000000-0000-7000-8000-%012x", n)), "", fmt.Sprintf("%d-A-%d", n+1, 1+n%89))
	}
	many, met := w.threshold(1e-4, 4.5e6)
	if !met || many <= few {
		t.Errorf("ten thousand listed: %g, %v", many, met)
	}
	if p, met := w.threshold(1e-4, 1000); met || p < many { // more listed than there are on the road
		t.Errorf("crowded: %g, %v", p, met)
	}
}
