package plate

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func y4m(w, h, frames int) []byte {
	b := bytes.NewBufferString(fmt.Sprintf("YUV4MPEG2 W%d H%d F25:1 Ip A1:1 C420jpeg\n", w, h))
	for range frames {
		b.WriteString("FRAME\n")
		b.Write(make([]byte, w*h+2*((w+1)/2)*((h+1)/2)))
	}
	return b.Bytes()
}

func TestFrames(t *testing.T) {
	o := FilmOptions{}.or()
	count := func(raw []byte, o FilmOptions) (n int, err error) {
		err = readFrames(bufio.NewReader(bytes.NewReader(raw)), o, func(p *Picture, rate float64) error {
			n++
			if p.W != 5 || p.H != 3 || rate != 25 {
				t.Errorf("a frame of %d by %d at %g", p.W, p.H, rate)
			}
			return nil
		})
		return n, err
	}
	whole := y4m(5, 3, 3)
	if n, err := count(whole, o); n != 3 || err != nil {
		t.Error(n, err)
	}
	if n, err := count(whole[:len(whole)-1], o); n != 2 || err != nil {
		t.Error("a cut frame:", n, err)
	}
	if n, err := count(whole, FilmOptions{Frames: 1}.or()); n != 1 || err != nil {
		t.Error(n, err)
	}
	for name, raw := range map[string]string{
		"nothing": "", "another format": "RIFF\n", "no size": "YUV4MPEG2 F25:1\n", "huge": "YUV4MPEG2 W99999 H99999\n", "negative": "YUV4MPEG2 W-5 H3\n",
		"wide": "YUV4MPEG2 W9000 H3\n", "other sampling": "YUV4MPEG2 W5 H3 C444\n", "deep": "YUV4MPEG2 W5 H3 C420p10\n", "endless line": strings.Repeat("Y", 5000), "no frame": "YUV4MPEG2 W5 H3\n",
	} {
		if n, err := count([]byte(raw), o); err == nil || n != 0 {
			t.Errorf("%s: %d frames, %v", name, n, err)
		}
	}
	stop := errors.New("enough")
	if err := readFrames(bufio.NewReader(bytes.NewReader(whole)), o, func(*Picture, float64) error { return stop }); !errors.Is(err, stop) {
		t.Error(err)
	}
}

func FuzzFrames(f *testing.F) {
	f.Add(y4m(5, 3, 2))
	f.Add([]byte("YUV4MPEG2 W16384 H16384\nFRAME\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		n := 0
		err := readFrames(bufio.NewReader(bytes.NewReader(raw)), FilmOptions{Width: 64, Frames: 4}.or(), func(p *Picture, rate float64) error {
			n++
			if p.W*p.H > len(raw) || math.IsNaN(rate) || rate < 0 {
				t.Fatal(p.W, p.H, rate)
			}
			p.luma.at(Point{float64(p.W), float64(p.H)})
			p.red.at(Point{float64(p.W), float64(p.H)})
			return nil
		})
		if n > 4 || err == nil && n == 0 {
			t.Fatal(n, err)
		}
	})
}

// TestArguments: a source is never an option, a protocol, or a program.
func TestArguments(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for _, name := range []string{"-version", "concat:a|b", "a b;c.mp4", "http:"} {
		if err := os.WriteFile(name, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		args, err := FilmOptions{}.or().arguments(name)
		if err != nil {
			t.Fatal(err)
		}
		i := indexOf(args, "-i")
		if got := args[i+1]; got != "file:"+filepath.Join(dir, name) {
			t.Errorf("%s is given as %s", name, got)
		}
		if p := args[indexOf(args, "-protocol_whitelist")+1]; p != "file" {
			t.Errorf("a file may open %s", p)
		}
	}
	for _, name := range []string{"http://example.org/a.mp4", "concat:x|y", "missing.mp4", "RTSP://x"} {
		if _, err := (FilmOptions{}).or().arguments(name); err == nil {
			t.Errorf("%s is taken for a source", name)
		}
	}
	if _, err := (FilmOptions{}).or().arguments(dir); !errors.Is(err, ErrFilm) {
		t.Error("a folder:", err)
	}
	args, err := FilmOptions{KeyFrames: true, For: 3 * time.Second}.or().arguments("rtsp://camera/1")
	if err != nil || strings.Contains(args[indexOf(args, "-protocol_whitelist")+1], "file") || args[indexOf(args, "-t")+1] != "3.000" || indexOf(args, "-skip_frame") < 0 {
		t.Error(args, err)
	}
}

func indexOf(all []string, s string) int {
	for i, x := range all {
		if x == s {
			return i
		}
	}
	return -1
}

func TestNoDecoder(t *testing.T) {
	err := NewReader(Options{}).Film(t.Context(), "x.mp4", FilmOptions{Decoder: "/nowhere/ffmpeg"}, nil)
	if !errors.Is(err, ErrNoDecoder) {
		t.Error(err)
	}
}

func needFFmpeg(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("ffmpeg is missing")
		}
		t.Skip("ffmpeg is not installed")
	}
}

// film makes a film of pictures with ffmpeg.
func film(t *testing.T, frames []image.Image) string {
	t.Helper()
	needFFmpeg(t)
	dir := t.TempDir()
	for i, m := range frames {
		var b bytes.Buffer
		if err := png.Encode(&b, m); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(fmt.Sprintf("%s/%03d.png", dir, i), b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out := dir + "/film.mp4"
	cmd := exec.Command("ffmpeg", "-loglevel", "error", "-framerate", "10", "-i", dir+"/%03d.png", "-pix_fmt", "yuv420p", "-crf", "18", out)
	if raw, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, raw)
	}
	return out
}

// TestFilmFrames: each n-th frame arrives, whole, with the brightness that was
// filmed.
func TestFilmFrames(t *testing.T) {
	var frames []image.Image
	for i := range 12 {
		m := image.NewGray(image.Rect(0, 0, 320, 240))
		for j := range m.Pix {
			m.Pix[j] = uint8(i * 20)
		}
		frames = append(frames, m)
	}
	path := film(t, frames)
	var got []float64
	err := decodeFilm(t.Context(), path, FilmOptions{Every: 4, Width: 160}.or(), func(p *Picture, rate float64) error {
		if p.W != 160 || p.H != 120 || rate != 10 {
			t.Errorf("%d by %d at %g", p.W, p.H, rate)
		}
		got = append(got, float64(p.luma.at(Point{80, 60})))
		return nil
	})
	if err != nil || len(got) != 3 {
		t.Fatal(got, err)
	}
	for i, v := range got {
		if math.Abs(v-float64(80*i)) > 4 {
			t.Errorf("frame %d has brightness %g, was filmed with %d", i, v, 80*i)
		}
	}
}

func TestDamagedFilm(t *testing.T) {
	needFFmpeg(t)
	path := t.TempDir() + "/x.mp4"
	if err := os.WriteFile(path, bytes.Repeat([]byte("no film at all. "), 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	err := decodeFilm(t.Context(), path, FilmOptions{}.or(), func(*Picture, float64) error { return nil })
	if !errors.Is(err, ErrFilm) {
		t.Error(err)
	}
	stop := errors.New("enough")
	frames := []image.Image{shaded(64, 64), shaded(64, 64)}
	if err := decodeFilm(t.Context(), film(t, frames), FilmOptions{Every: 1}.or(), func(*Picture, float64) error { return stop }); !errors.Is(err, stop) {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := decodeFilm(ctx, film(t, frames), FilmOptions{}.or(), func(*Picture, float64) error { return nil }); err == nil {
		t.Error("a cancelled film was read")
	}
}

func readAt(x float64, text string, p, found float64) Read {
	plate, err := Parse(text)
	if err != nil {
		panic(err)
	}
	return Read{Candidates: []Candidate{{plate, p}}, Score: p * found, Found: found, Box: [4]float64{x, 100, x + 60, 120}}
}

// TestTrack: one decision for each vehicle, by the vote of its frames, also
// past a frame that misses it and one that misreads it.
func TestTrack(t *testing.T) {
	var seen []Vehicle
	tr := newTracker(func(v Vehicle) error { seen = append(seen, v); return nil })
	blank := FromImage(image.NewGray(image.Rect(0, 0, 8, 8)))
	frames := [][]Read{
		{readAt(100, "12345-أ-6", 0.8, 0.9), readAt(500, "777-ب-40", 0.9, 0.9)},
		{readAt(112, "12345-أ-6", 0.9, 0.9), readAt(500, "777-ب-40", 0.9, 0.9)},
		{readAt(126, "12845-أ-6", 0.7, 0.9)}, // misread once
		{},
		{readAt(152, "12345-أ-6", 0.6, 0.9)},
	}
	for i := range 24 {
		var reads []Read
		if i < len(frames) {
			reads = frames[i]
		}
		if err := tr.frame(i+1, time.Duration(i)*time.Second, blank, reads); err != nil {
			t.Fatal(err)
		}
	}
	if len(seen) != 2 || len(tr.open) != 0 {
		t.Fatalf("%d vehicles, %d open: %+v", len(seen), len(tr.open), seen)
	}
	texts := map[string]Vehicle{}
	for _, v := range seen {
		texts[v.Plate().Text()] = v
	}
	v, ok := texts["12345-أ-6"]
	if !ok || v.Frames != 4 || v.From != 0 || v.To != 4*time.Second || v.BestTime != time.Second || v.BestFrame != blank || v.Score < 0.85 {
		t.Errorf("%+v", v)
	}
	if v.Candidates[0].P < 0.98 || len(v.Candidates) != 2 {
		t.Errorf("%+v", v.Candidates)
	}
	if _, ok := texts["777-ب-40"]; !ok {
		t.Error("the second vehicle is missing")
	}
}

// TestTrackApart: two vehicles that pass the same place are two, and an error
// of the receiver ends the film.
func TestTrackApart(t *testing.T) {
	n := 0
	tr := newTracker(func(Vehicle) error { n++; return nil })
	for i := range 3 {
		if err := tr.frame(i+1, 0, nil, []Read{readAt(100, "12345-أ-6", 0.9, 0.9)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := tr.frame(4, 0, nil, []Read{readAt(118, "99-ب-72", 0.9, 0.9)}); err != nil {
		t.Fatal(err)
	}
	if err := tr.end(); err != nil || n != 2 {
		t.Fatalf("%d vehicles, %v", n, err)
	}
	stop := errors.New("full")
	tr = newTracker(func(Vehicle) error { return stop })
	if err := tr.frame(1, 0, nil, []Read{readAt(100, "12345-أ-6", 0.9, 0.9)}); err != nil {
		t.Fatal(err)
	}
	if err := tr.end(); !errors.Is(err, stop) {
		t.Error(err)
	}
}

// TestFrequentErrors: an error that most frames share is not made certain by
// their number.
func TestFrequentErrors(t *testing.T) {
	k := &track{}
	for i := range 60 {
		text := "12345-أ-6"
		if i%3 == 0 {
			text = "12845-أ-6"
		}
		k.add(i+1, 0, nil, readAt(100, text, 0.6, 0.9))
	}
	v := k.decide()
	if v.Plate().Text() != "12345-أ-6" || v.Candidates[0].P > 0.999 || v.Frames != 60 {
		t.Errorf("%+v", v.Candidates)
	}
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"أب", "أت", 1}, {"123", "", 3}, {"12345", "2345", 1}, {"abc", "cab", 2}} {
		if got := distance(c.a, c.b); got != c.want {
			t.Errorf("%q and %q differ by %d, not %d", c.a, c.b, got, c.want)
		}
	}
}
