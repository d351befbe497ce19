package plates_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"log/slog"
	"math/rand/v2"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/amana-platform/amana/engines/plate"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/modules/plates"
)

// TestStreetToCrew reads a drawn street through the real networks: the listed
// plate in it is proposed with the part of the picture that shows it, and goes
// the whole way to a crew.
func TestStreetToCrew(t *testing.T) {
	h := newHouse(t)
	street, err := os.ReadFile("../../engines/plate/testdata/scenes/scene-14.jpg")
	h.must(err)
	e := h.list("70430-T-87")
	h.list("70430-D-87") // a sign off: not what is seen
	c, _ := h.camera("KEN-A1")
	got, err := h.TakePicture(ctx, c, h.scene(street))
	h.must(err)
	if got.Stored != 1 || got.Proposals != 1 {
		t.Fatalf("%+v", got)
	}
	all, err := h.HitsOf(ctx, e.ID)
	h.must(err)
	x := h.now(all[0].ID)
	if x.Plate != "70430-ط-87" || x.PPM < 600_000 || x.Picture == nil {
		t.Errorf("%+v", x)
	}
	h.must(h.confirm(x.ID))
	h.must(h.TaskCrew(ctx, h.grant("desk", "plates.hit.task", x.Ref()), plates.Tasking{Act: h.act(), Hit: x.ID, Crew: "B12"}))
	h.sound()
}

// TestVehicleOfAStream: a vehicle that passed a camera is one read, with the
// time at which its best frame was seen; a camera that was suspended while its
// film ran alerts nobody.
func TestVehicleOfAStream(t *testing.T) {
	h := newHouse(t)
	e := h.list("12345-A-6")
	c, _ := h.camera("KEN-A1")
	p, err := plate.Parse("12345-A-6")
	h.must(err)
	v := plate.Vehicle{Candidates: []plate.Candidate{{Plate: p, P: 0.99}}, Score: 0.97, Frames: 5, BestTime: 3 * time.Second,
		Best:      plate.Read{Candidates: []plate.Candidate{{Plate: p, P: 0.8}}, Found: 0.98, Score: 0.78, Box: [4]float64{100, 60, 200, 90}},
		BestFrame: plate.FromImage(image.NewYCbCr(image.Rect(0, 0, 320, 200), image.YCbCrSubsampleRatio420))}
	begun := h.clock.Now()
	h.clock.Advance(10 * time.Second)
	h.must(h.Passed(ctx, c, begun, v))
	all, err := h.HitsOf(ctx, e.ID)
	h.must(err)
	if len(all) != 1 || !all[0].At.Equal(begun.Add(3*time.Second)) || all[0].PPM < 600_000 {
		t.Fatalf("%+v", all)
	}
	h.must(h.SuspendAlerts(ctx, h.grant("administrator", "plates.alerts.suspend", c.Ref()), plates.Remark{Act: h.act(), Camera: c.ID, Why: "En réparation"}))
	h.clock.Advance(time.Hour)
	h.must(h.Passed(ctx, c, h.clock.Now().Add(-10*time.Second), v)) // with the camera as it was before
	if now, err := h.HitsOf(ctx, e.ID); err != nil || len(now) != 1 || now[0].Sightings != 1 {
		t.Errorf("a suspended camera's film alerts: %+v, %v", now, err)
	}
	if n := h.rows("select count(*) from plates_reads"); n != 2 {
		t.Errorf("%d reads", n)
	}
	h.sound()
}

// TestTimers runs what time demands: a broken-off confirmation is made good,
// terms end and the log says so, in numbers and without a plate.
func TestTimers(t *testing.T) {
	h := newHouse(t)
	var said bytes.Buffer
	h.k.Log = slog.New(slog.NewTextHandler(&said, nil))
	x, e, _ := h.hit()
	h.must(h.append(plates.EntryCancelled{Entry: e.ID, N: 2, By: h.who["opj"]})) // and no more: the process ended here
	if !h.entry(e.ID).Reached.IsZero() {
		t.Fatal("nothing is left to confirm: the test shows nothing")
	}
	h.must(h.RunJob(ctx, "plates-cancellations"))
	if h.entry(e.ID).Reached.IsZero() {
		t.Error("the cancellation is still unconfirmed")
	}
	h.nextWeek()
	h.must(h.RunJob(ctx, "plates-samples"))
	if n := h.rows("select count(*) from plates_samples"); n == 0 {
		t.Error("no sample is drawn")
	}
	h.clock.Advance(31 * 24 * time.Hour)
	h.must(h.RunJob(ctx, "plates-expiry"))
	if now := h.now(x.ID); now.Plate != "" {
		t.Error("the proposal's copy is left")
	}
	if line := said.String(); !strings.Contains(line, "days=1") || !strings.Contains(line, "proposals=1") || strings.Contains(line, "-A-6") {
		t.Errorf("the log says %q", line)
	}
	if err := h.RunJob(ctx, "nothing"); err == nil {
		t.Error("a timer that is not there runs")
	}
	h.sound()
}

// TestDevicesSendAnything sends batches with something changed at random over
// the interface: each is taken or refused as the sender's fault, never as ours,
// and what is taken reads back and verifies.
func TestDevicesSendAnything(t *testing.T) {
	s := newSite(t)
	_, key := s.camera("KEN-A1")
	rnd := rand.New(rand.NewPCG(9, 9))
	taken := 0
	for i := range 300 {
		event := s.event(fmt.Sprintf("m%d", i), "12345-A-6")
		raw, err := json.Marshal(event)
		s.must(err)
		body := []byte(mutated(rnd, event, raw))
		code, answer := s.device(key, string(body))
		switch {
		case code == 200:
			taken++
		case code < 400 || code >= 500:
			t.Errorf("%.300q: %d %.200s", body, code, answer)
		}
		s.clock.Advance(time.Second)
	}
	if taken == 0 || taken == 300 {
		t.Errorf("%d of 300 were taken: the test shows little", taken)
	}
	t.Logf("%d of 300 were taken", taken)
	s.sound()
}

// mutated changes a batch: a value of another kind, a field that is gone or
// twice, or some bytes.
func mutated(rnd *rand.Rand, event map[string]any, raw []byte) string {
	strange := []any{nil, -1, 1e300, "", "x", strings.Repeat("9", 3000), []any{}, map[string]any{}, true, "\u202e", "2099-01-01T00:00:00Z", []any{nil}, []any{map[string]any{}, 3}}
	target := event
	if rnd.IntN(2) == 0 {
		target = event["reads"].([]map[string]any)[0]
	}
	var fields []string
	for f := range target {
		fields = append(fields, f)
	}
	field := fields[rnd.IntN(len(fields))]
	switch rnd.IntN(4) {
	case 0:
		delete(target, field)
	case 1, 2:
		target[field] = strange[rnd.IntN(len(strange))]
	default:
		for range 1 + rnd.IntN(4) {
			raw[rnd.IntN(len(raw))] = byte(rnd.IntN(256))
		}
		return string(raw)
	}
	out, err := json.Marshal(event)
	if err != nil {
		return err.Error()
	}
	return string(out)
}

// TestListsOfAnything imports lists of right and wrong lines at random: each line
// is listed or reported with its number, and the second time nothing is new.
func TestListsOfAnything(t *testing.T) {
	h := newHouse(t)
	rnd := rand.New(rand.NewPCG(4, 4))
	pick := func(of ...string) string { return of[rnd.IntN(len(of))] }
	for round := range 5 {
		var file strings.Builder
		file.WriteString("plate,list,reason,authority,until,area,colour\n")
		lines := 40
		for n := range lines {
			line := []string{fmt.Sprintf("%d-%s-%d", 1+n+100*round, pick("A", "ب", "D"), 1+n%89), pick("stolen", "wanted"), "Vol", "PR 1/2026", pick("", "2027-01-31"), pick("", "04"), "white"}
			if spoilt := rnd.IntN(12); spoilt < 6 {
				line[spoilt] = []string{pick("nonsense!", "", "12345678901234567890"), "lost", "", "", pick("31.1.2027", "1999-01-01"), "nowhere"}[spoilt]
			}
			file.WriteString(strings.Join(line, ",") + "\n")
		}
		id := h.ids.New()
		before := h.rows("select count(*) from plates_entries")
		got, err := h.importList(file.String(), id)
		h.must(err)
		reported := map[int]bool{}
		for _, l := range got.Wrong {
			if l.N < 2 || l.N > lines+1 || reported[l.N] || len(l.Faults) == 0 {
				t.Errorf("line %d is reported with %v", l.N, l.Faults)
			}
			reported[l.N] = true
		}
		if got.Listed+len(got.Wrong) != lines || h.rows("select count(*) from plates_entries")-before != got.Listed || got.Listed == 0 || len(got.Wrong) == 0 {
			t.Errorf("%d listed and %d wrong of %d, %d in the table", got.Listed, len(got.Wrong), lines, h.rows("select count(*) from plates_entries")-before)
		}
		again, err := h.importList(file.String(), id)
		h.must(err)
		if again.Listed != 0 || again.Known != got.Listed || len(again.Wrong) != len(got.Wrong) {
			t.Errorf("again: %d listed, %d known, %d wrong", again.Listed, again.Known, len(again.Wrong))
		}
	}
	for _, standing := range []string{"select count(*) from plates_entries where authority = ''", "select count(*) from plates_entries where until_at <= from_at"} {
		if n := h.rows(standing); n > 0 {
			t.Errorf("%d rows of %s", n, standing)
		}
	}
	h.sound()
}

// TestAuditShowsFigures: what people keyed is shown with its interval, by camera,
// hour and letter, in all languages, a camera that fell below its floor marked; and
// the pages of what waits never show what the machine read.
func TestAuditShowsFigures(t *testing.T) {
	s := newSite(t)
	c, _ := s.week(14)
	s.nextWeek()
	_, err := s.DrawSamples(ctx)
	s.must(err)
	law := policy.Purpose{Kind: policy.Basis, Basis: "L09-08-3"}
	auditor := s.as("inspector", law)
	for n := 0; ; n++ {
		x, err := s.ToKey(ctx, s.who["opj"])
		if fault.Is(err, fault.NotFound) || n == 11 {
			break
		}
		s.must(err)
		auditor.get("/plates/samples/" + string(x.ID))
		auditor.shows(200, "!"+x.Plate, "!"+strings.Split(x.Plate, "-")[0])
		typed := x.Plate
		if n > 0 {
			typed = "9999-D-7"
		}
		s.must(s.keySample("opj", x.ID, typed))
		if n > 0 {
			auditor.get("/plates/samples/" + string(x.ID)) // the second person is as blind
			auditor.shows(200, "!"+x.Plate, "!9999")
			s.must(s.keySample("second", x.ID, typed))
		}
	}
	now, err := s.Camera(ctx, c.ID)
	s.must(err)
	if now.Alerts {
		t.Fatal("ten wrong reads of eleven, and it still alerts")
	}
	for lang, share := range map[string]string{"fr": "9,1", "en": "9.1", "ar": "9"} {
		auditor.post("/session/lang", url.Values{"lang": {lang}})
		auditor.get("/plates/audit")
		auditor.shows(200, `lang="`+lang+`"`, share, "by-camera", "by-hour", "by-letter", c.Code)
	}
}

// TestCorrectionOnThePages walks a person's path in browsers: the desk takes the
// claim, who listed the plate may not decide, the prosecution upholds it, and
// everybody concerned sees that.
func TestCorrectionOnThePages(t *testing.T) {
	s := newSite(t)
	x, e, _ := s.hit()
	s.must(s.confirm(x.ID))
	desk := s.as("desk")
	at := "/plates/entries/" + string(e.ID)
	desk.fill(at+"/contest", url.Values{"person": {"Driss Amrani"}})
	desk.shows(422)
	desk.fill(at+"/contest", url.Values{"person": {"Driss Amrani"}, "contact": {"06 00 00 00 00"}, "grounds": {"Rendue en mai"}})
	desk.shows(200, "Driss Amrani", "Rendue en mai")
	if now := s.entry(e.ID); now.State != plates.Suspended {
		t.Fatalf("%+v", now)
	}
	desk.get("/plates/hits/" + string(x.ID))
	desk.shows(200, "contest")
	desk.get(at + "/decide")
	desk.shows(403)
	opj := s.as("opj")
	opj.get(at + "/decide")
	opj.shows(403)
	prosecutor := s.as("prosecutor")
	prosecutor.fill(at+"/decide", url.Values{"upheld": {"upheld"}})
	prosecutor.shows(422)
	prosecutor.fill(at+"/decide", url.Values{"upheld": {"upheld"}, "decision": {"La plainte était retirée"}})
	prosecutor.shows(200, "La plainte était retirée")
	if now := s.entry(e.ID); now.State != plates.Cancelled || now.Reached.IsZero() {
		t.Errorf("%+v", now)
	}
	if _, err := s.at("desk", "plates.hit.task", ident.Ref{Kind: plates.KindHit, ID: x.ID}); err == nil {
		err = s.TaskCrew(ctx, s.grant("desk", "plates.hit.task", x.Ref()), plates.Tasking{Act: s.act(), Hit: x.ID, Crew: "B12"})
		s.wants(err, fault.Conflict, "plates.fault.entry-ended")
	}
	s.sound()
}
