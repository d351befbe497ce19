package plates_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/modules/plates"
)

// TestOfflineForDays: a vehicle that was without a line for three days hands its
// batches over in any order, several at once, some twice because the answer was
// lost. Each read is kept once, in its day, and the listed plate among them is
// proposed once, with the time at which it was seen.
func TestOfflineForDays(t *testing.T) {
	h := newHouse(t)
	h.list("12345-A-6")
	c, _ := h.camera("KEN-V1")
	start := h.clock.Now()
	var kept []plates.Submission
	for day := range 3 {
		for n := range 4 {
			in := plates.Submission{Device: fmt.Sprintf("v1-%d-%d", day, n), Model: "unit/3"}
			for i := range 5 {
				in.Reads = append(in.Reads, plates.Seen{At: start.Add(time.Duration(day)*24*time.Hour + time.Duration(n*5+i)*time.Minute), Plate: fmt.Sprintf("%d-B-%d", 1000*(n+1)+i, day+1), Score: 0.9})
			}
			kept = append(kept, in)
		}
	}
	kept[6].Reads[2].Plate, kept[6].Reads[2].Image = "12345-A-6", picture(t)
	seen := kept[6].Reads[2].At
	h.clock.Set(start.Add(3 * 24 * time.Hour))
	order := rand.New(rand.NewPCG(1, 1)).Perm(2 * len(kept))
	var stored, proposals, again atomic.Int64
	queue := make(chan plates.Submission, len(order))
	for _, i := range order {
		in := kept[i%len(kept)]
		in.Sent = h.clock.Now()
		queue <- in
	}
	close(queue)
	var lines sync.WaitGroup
	for range 3 {
		lines.Go(func() {
			for in := range queue {
				got, err := h.TakeBatch(ctx, c, in)
				if fault.Is(err, fault.Conflict) { // a device asks again
					got, err = h.TakeBatch(ctx, c, in)
				}
				if err != nil {
					t.Error(err)
				}
				stored.Add(int64(got.Stored))
				proposals.Add(int64(got.Proposals))
				if got.Again {
					again.Add(1)
				}
			}
		})
	}
	lines.Wait()
	if stored.Load() != 60 || again.Load() != 12 || proposals.Load() != 1 {
		t.Errorf("%d stored, %d taken before, %d proposals", stored.Load(), again.Load(), proposals.Load())
	}
	if n := h.rows("select count(*) from plates_reads"); n != 60 {
		t.Errorf("%d reads", n)
	}
	if n := h.rows("select count(*) from plates_days where camera = $1", string(c.ID)); n != 3 {
		t.Errorf("%d days", n)
	}
	if n := h.rows("select count(*) from plates_hits where at = $1", store.Micros(seen)); n != 1 {
		t.Errorf("%d hits at the time of the read", n)
	}
	h.sound()
}

// TestGarbageFromDevices: what is no batch is refused with what is wrong, in
// JSON, and leaves nothing in the record; the interface still answers.
func TestGarbageFromDevices(t *testing.T) {
	s := newSite(t)
	_, key := s.camera("KEN-A1")
	_, mark := s.kinds(0)
	when := `"sent":"` + s.clock.Now().Format(time.RFC3339Nano) + `"`
	read := func(more string) string {
		return `{"batch":"g",` + when + `,"reads":[{"at":"` + s.clock.Now().Add(-time.Second).Format(time.RFC3339Nano) + `",` + more + `}]}`
	}
	for _, body := range []string{
		"", "null", "[]", "0", `"x"`, "\xff\xfe\x00", "{}", strings.Repeat("[", 100_000), `{"batch":{"a":1}}`,
		`{"batch":"g",` + when + `,"reads":{"0":{}}}`, `{"batch":"g",` + when + `,"reads":[1,2]}`, `{"batch":"g",` + when + `,"reads":null}`, `{"batch":"g",` + when + `,"reads":[]}`,
		`{"batch":"` + strings.Repeat("g", 65) + `",` + when + `,"reads":[{}]}`,
		`{"batch":"g","sent":"yesterday","reads":[{}]}`,
		read(`"plate":"","score":0.5`), read(`"plate":"12345-A-6","score":2`), read(`"plate":"12345-A-6","score":-1`), read(`"plate":"12345-A-6","score":"high"`), read(`"plate":"12345-A-6","score":1e999`),
		read(`"plate":"` + strings.Repeat("9", 500) + `","score":0.5`), read(`"plate":"12345-A-6\u0000","score":0.5`), read(`"plate":"\u202e12345-A-6","score":0.5`),
		read(`"plate":"12345-A-6","score":0.5,"country":"morocco"`), read(`"plate":"12345-A-6","score":0.5,"image":"no base64"`), read(`"plate":"12345-A-6","score":0.5,"image":"PHN2Zy8+"`),
		read(`"plate":"12345-A-6","score":0.5,"candidates":[` + strings.Repeat(`{"text":"1-A-1","p":0.1},`, 50) + `{"text":"1-A-1","p":0.1}]`),
		read(`"plate":"12345-A-6","score":0.5,"at":"2099-01-01T00:00:00Z"`), read(`"plate":"12345-A-6","score":0.5,"at":"0001-01-01T00:00:00Z"`), read(`"plate":"12345-A-6","score":0.5,"nobody":"knows"`),
	} {
		code, answer := s.device(key, body)
		if code < 400 || code >= 500 || !strings.Contains(answer, `"code"`) {
			t.Errorf("%.80q: %d %.200s", body, code, answer)
		}
	}
	if got, _ := s.kinds(mark); len(got) > 0 {
		t.Errorf("garbage left %v", got)
	}
	if code, answer := s.device(key, s.event("good", "12345-A-6")); code != 200 {
		t.Errorf("afterwards: %d %s", code, answer)
	}
	s.sound()
}

// TestRetiredCameraIsHeardNoMore: its key opens nothing, and what it sends leaves
// nothing.
func TestRetiredCameraIsHeardNoMore(t *testing.T) {
	s := newSite(t)
	c, key := s.camera("KEN-A1")
	if code, _ := s.device(key, s.event("a", "1-A-1")); code != 200 {
		t.Fatal(code)
	}
	admin := s.as("administrator")
	admin.fill("/plates/cameras/"+string(c.ID)+"/retire", url.Values{"why": {"Remplacée"}})
	admin.shows(200)
	if code, _ := s.device(key, s.event("b", "1-A-1")); code != http.StatusUnauthorized {
		t.Errorf("its key still opens: %d", code)
	}
	if n := s.rows("select count(*) from plates_reads"); n != 1 {
		t.Errorf("%d reads", n)
	}
	s.sound()
}

// TestPictureToHit sends a drawn street as a camera does: the engine reads it,
// the listed plate is proposed with what was cut out, and a second sending
// changes nothing.
func TestPictureToHit(t *testing.T) {
	h := newHouse(t)
	raw, err := os.ReadFile("../../engines/plate/testdata/scenes/scene-14.jpg")
	h.must(err)
	c, _ := h.camera("KEN-A1")
	scene := func(device string) (plates.Taken, error) {
		return h.TakePicture(ctx, c, plates.Scene{Device: device, At: h.clock.Now().Add(-time.Second), Sent: h.clock.Now(), Image: strings.NewReader(string(raw))})
	}
	first, err := scene("p1")
	h.must(err)
	if first.Stored != 1 || first.Proposals != 0 {
		t.Fatalf("%+v", first)
	}
	found, err := h.search("opj", h.newCase("opj"), plates.Searching{Plate: "*", From: noon.Add(-time.Hour), To: noon.Add(time.Hour), Authority: "PR 1/2026"})
	h.must(err)
	if len(found) != 1 {
		t.Fatalf("%+v", found)
	}
	e := h.list(found[0].Plate)
	second, err := scene("p2")
	h.must(err)
	again, err := scene("p2")
	h.must(err)
	if second.Proposals != 1 || !again.Again || again.Proposals != 0 {
		t.Errorf("%+v, then %+v", second, again)
	}
	hits, err := h.HitsOf(ctx, e.ID)
	h.must(err)
	x := h.now(hits[0].ID)
	if x.Picture == nil || x.PPM < 500_000 || x.Model == "" {
		t.Errorf("%+v", x)
	}
	h.must(h.confirm(x.ID))
	h.sound()
}

// TestReceiptsOfEveryDay: of days on several cameras each that ends has one
// receipt, whenever the job ran and however often, and nothing of it is found.
func TestReceiptsOfEveryDay(t *testing.T) {
	h := newHouse(t)
	var cameras []plates.Camera
	for i := range 3 {
		c, _ := h.camera(fmt.Sprintf("KEN-R%d", i))
		cameras = append(cameras, c)
	}
	for day := range 4 {
		for i, c := range cameras {
			h.take(c, h.batch(fmt.Sprintf("%d-A-%d", 100*day+i+1, i+1)))
		}
		h.clock.Advance(24 * time.Hour)
	}
	gone := map[ident.ID]int{}
	for range 40 {
		if _, err := h.ExpireReads(ctx); err != nil {
			t.Fatal(err)
		}
		h.clock.Advance(24 * time.Hour)
	}
	receipts, err := h.Receipts(ctx, 100)
	h.must(err)
	for _, d := range receipts {
		all, err := h.k.Journal.Search(ctx, journal.Search{About: ident.Ref{Kind: "subject", ID: d.ID}, Limit: 10})
		h.must(err)
		for _, e := range all {
			if e.Kind == "journal.erased" {
				gone[d.ID]++
			}
		}
	}
	if len(receipts) != 12 || len(gone) != 12 {
		t.Errorf("%d days are gone, %d with a receipt, of 12", len(receipts), len(gone))
	}
	for id, n := range gone {
		if n != 1 {
			t.Errorf("%s has %d receipts", id, n)
		}
	}
	if n := h.rows("select count(*) from plates_reads") + h.rows("select count(*) from plates_pictures"); n != 0 {
		t.Errorf("%d rows are left", n)
	}
	h.sound()
}

// TestTasksRaceCancellations: crews are sent and entries cancelled at the same
// moment, many times: never is one sent after its entry's end.
func TestTasksRaceCancellations(t *testing.T) {
	h := newHouse(t)
	sent := 0
	for range 8 {
		x, e, _ := h.hit()
		h.must(h.confirm(x.ID))
		task := h.grant("desk", "plates.hit.task", x.Ref())
		cancel := h.grant("opj", "plates.entry.cancel", e.Ref())
		acts := []func() error{
			func() error { return h.TaskCrew(ctx, task, plates.Tasking{Act: h.act(), Hit: x.ID, Crew: "B12"}) },
			func() error {
				return h.CancelEntry(ctx, cancel, plates.Cancelling{Act: h.act(), Entry: e.ID, Reason: "Retrouvée"})
			},
		}
		if together(2, func(i int) error { return acts[i]() }) < 1 {
			t.Error("neither came through")
		}
		now, entry := h.now(x.ID), h.entry(e.ID)
		if entry.State != plates.Cancelled {
			t.Errorf("the entry is %s", entry.State)
		}
		if now.State == plates.Tasked {
			sent++
			order, err := h.k.Journal.Search(ctx, journal.Search{About: e.Ref(), Limit: 10})
			h.must(err)
			if len(order) == 0 {
				t.Error("the entry has no history")
			}
		}
		err := h.TaskCrew(ctx, h.grant("desk", "plates.hit.task", x.Ref()), plates.Tasking{Act: h.act(), Hit: x.ID, Crew: "B12"})
		if err == nil {
			t.Error("a crew was sent after the cancellation")
		}
		h.clock.Advance(time.Second)
	}
	t.Logf("%d of 8 crews were sent before the cancellation", sent)
	h.sound()
}

// TestRejectOnThePage: the desk rejects with a ground in a browser, without one
// it is told, and the box of searches finds the listed plate.
func TestRejectOnThePage(t *testing.T) {
	s := newSite(t)
	x, e, _ := s.hit()
	desk := s.as("desk")
	desk.fill("/plates/hits/"+string(x.ID)+"/reject", url.Values{})
	desk.shows(422)
	desk.fill("/plates/hits/"+string(x.ID)+"/reject", url.Values{"ground": {"plate-differs"}, "reason": {"Un 8 pour un 3"}})
	desk.shows(200)
	if now := s.now(x.ID); now.State != plates.Rejected || now.Reason != "Un 8 pour un 3" {
		t.Errorf("%+v", now)
	}
	opj := s.as("opj")
	opj.get("/search?q=" + url.QueryEscape(e.Plate))
	opj.shows(200, "/plates/entries/"+string(e.ID))
	s.sound()
}

// TestThresholdIsKeptWithTheHit: each hit keeps the threshold it was proposed
// under, and it lies between nothing and certainty.
func TestThresholdIsKeptWithTheHit(t *testing.T) {
	h := newHouse(t)
	x, _, _ := h.hit()
	if x.Threshold <= 0 || x.Threshold >= 1_000_000 || x.PPM < x.Threshold {
		t.Errorf("%d at a threshold of %d", x.PPM, x.Threshold)
	}
	for _, code := range []string{"plate-false-proposals", "plate-vehicles"} {
		r, err := h.k.Pack.Rule(code, noon)
		if err != nil || r.Count <= 0 {
			t.Errorf("%s: %+v, %v", code, r, err)
		}
	}
}
