package plates_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/modules/plates"
)

// TestWilson compares with published values of the score interval: 81 of 263
// (Newcombe 1998, table I: 0.2553 to 0.3662), 0 of 20 and 20 of 20.
func TestWilson(t *testing.T) {
	for x, want := range map[plates.Share][2]float64{{Right: 81, Of: 263}: {0.2553, 0.3662}, {Right: 0, Of: 20}: {0, 0.1611}, {Right: 20, Of: 20}: {0.8389, 1}, {}: {0, 1}} {
		low, high := x.Wilson()
		if math.Abs(low-want[0]) > 0.0001 || math.Abs(high-want[1]) > 0.0001 {
			t.Errorf("%+v: %.4f to %.4f, want %v", x, low, high, want)
		}
	}
}

// week fills the week before the present one with reads that have pictures,
// and a confirmed hit, and draws the samples.
func (h *house) week(n int) (plates.Camera, string) {
	h.t.Helper()
	c, key := h.camera("KEN-A1")
	in := h.batch()
	for i := range n {
		in.Reads = append(in.Reads, plates.Seen{At: h.clock.Now().Add(-time.Duration(i) * time.Minute), Plate: fmt.Sprintf("%d-B-6", 3000+i), Score: 0.9, Image: picture(h.t)})
	}
	h.take(c, in)
	return c, key
}

// nextWeek moves to a day of the week after.
func (h *house) nextWeek() {
	h.t.Helper()
	h.clock.Advance(7 * 24 * time.Hour)
}

// key keys the sample that waits for somebody.
func (h *house) key(name string, typed func(plates.Sample) string) (plates.Sample, error) {
	h.t.Helper()
	x, err := h.ToKey(ctx, h.who[name])
	h.must(err)
	return x, h.keySample(name, x.ID, typed(x))
}

func (h *house) keySample(name string, id ident.ID, typed string) error {
	h.t.Helper()
	g := h.grant(name, "plates.sample.key", ident.Ref{Kind: plates.KindSample, ID: id})
	err := h.KeySample(ctx, g, plates.Keying{Act: h.act(), Sample: id, Plate: typed})
	h.clock.Advance(time.Second)
	return err
}

func asRead(x plates.Sample) string { return x.Plate }

// TestSamplesAreDrawnOnce: at most twenty reads of a camera, once a week, and
// the hits that were confirmed.
func TestSamplesAreDrawnOnce(t *testing.T) {
	h := newHouse(t)
	x, _, _ := h.hit()
	h.must(h.confirm(x.ID))
	h.week(40)
	if n, err := h.DrawSamples(ctx); n != 0 || err != nil {
		t.Errorf("drawn before the week is over: %d, %v", n, err)
	}
	h.nextWeek()
	for i, want := range []int{21, 0} {
		n, err := h.DrawSamples(ctx)
		h.must(err)
		if n != want {
			t.Errorf("round %d: %d drawn, want %d", i, n, want)
		}
	}
	if n := h.rows("select count(*) from plates_samples where source = 'hit' and decider = $1", string(h.who["desk"])); n != 1 {
		t.Errorf("%d hits are drawn", n)
	}
	h.sound()
}

// TestKeyedBlind: agreement with the machine settles a sample; disagreement
// asks a second person, another one than the first; nobody keys their own hit.
func TestKeyedBlind(t *testing.T) {
	h := newHouse(t)
	x, _, _ := h.hit()
	h.must(h.confirm(x.ID))
	h.week(4)
	h.nextWeek()
	_, err := h.DrawSamples(ctx)
	h.must(err)
	var own ident.ID
	h.must(h.k.Reader.Row(ctx, "select id from plates_samples where source = 'hit'", nil, &own))
	h.wants(h.keySample("desk", own, "1-A-1"), fault.Refused, "plates.fault.not-blind")

	right, err := h.key("opj", asRead)
	h.must(err)
	h.wants(h.keySample("second", right.ID, right.Plate), fault.Conflict, "plates.fault.keyed")

	wrong, err := h.key("opj", func(plates.Sample) string { return "9999-D-7" })
	h.must(err)
	h.wants(h.keySample("opj", wrong.ID, "9999-D-7"), fault.Refused, "plates.fault.not-blind")
	h.must(h.keySample("inspector", wrong.ID, "9999-\u062f-7"))

	torn, err := h.key("second", func(plates.Sample) string { return "9999-D-7" })
	h.must(err)
	h.must(h.keySample("chief", torn.ID, "8888-D-7"))
	unread, err := h.key("agent", func(plates.Sample) string { return "" })
	h.must(err)
	h.must(h.keySample("chief", unread.ID, ""))
	h.wants(h.keySample("agent", own, "nonsense!"), fault.Invalid, "plates.fault.plate")

	for id, want := range map[ident.ID]plates.SampleState{right.ID: plates.SampleRight, wrong.ID: plates.SampleWrong, torn.ID: plates.SampleUnreadable, unread.ID: plates.SampleUnreadable} {
		if got, err := h.Sample(ctx, id); err != nil || got.State != want {
			t.Errorf("%s, want %s (%v)", got.State, want, err)
		}
	}
	for _, by := range []string{"camera", "hour", "letter"} {
		all, err := h.Accuracies(ctx, by)
		h.must(err)
		var sum plates.Share
		for _, a := range all {
			sum.Right, sum.Of = sum.Right+a.Share.Right, sum.Of+a.Share.Of
		}
		if sum != (plates.Share{Right: 1, Of: 2}) {
			t.Errorf("by %s: %+v", by, all)
		}
	}
	h.sound()
}

// TestCameraBelowItsFloorIsSuspended: once even the upper end of the interval
// is under the pack's floor, its alerts stop, in the transaction of the verdict
// that did it, and only a person restores them.
func TestCameraBelowItsFloorIsSuspended(t *testing.T) {
	h := newHouse(t)
	c, _ := h.week(20)
	h.nextWeek()
	_, err := h.DrawSamples(ctx)
	h.must(err)
	verdicts := 0
	for {
		now, err := h.Camera(ctx, c.ID)
		h.must(err)
		if !now.Alerts {
			break
		}
		if verdicts == 20 {
			t.Fatal("twenty wrong reads and it still alerts")
		}
		x, err := h.key("opj", func(plates.Sample) string { return "9999-D-7" })
		h.must(err)
		h.must(h.keySample("second", x.ID, "9999-D-7"))
		verdicts++
	}
	if verdicts != 10 { // fewer prove nothing, says the pack
		t.Errorf("suspended after %d wrong reads", verdicts)
	}
	all, err := h.k.Journal.Search(ctx, journal.Search{About: c.Ref(), Limit: 10})
	h.must(err)
	s, ok := all[0].Entry.(plates.AlertsSuspended)
	if !ok || s.Of != 10 || s.Right != 0 || s.Why != "audit" {
		t.Errorf("%+v", all[0].Entry)
	}
	h.sound()
}

// TestExpiryLeavesNoByte: when the term of a day ends, its key, its rows and
// its pictures are gone, in every byte of the store; hits and counts stay, and
// the journal holds the receipt.
func TestExpiryLeavesNoByte(t *testing.T) {
	h := newHouse(t)
	hit, _, _ := h.hit()
	h.must(h.confirm(hit.ID))
	c, _ := h.camera("KEN-X1")
	secret := "98765-\u0637-81"
	in := h.batch("98765-T-81")
	in.Reads[0].Others = []plates.Alternative{{Plate: "98766-T-81", Score: 0.2}}
	h.take(c, in)
	if h.everyByte(secret) == 0 {
		t.Fatal("the read is not where the test looks")
	}
	var address string
	h.must(h.k.Reader.Row(ctx, "select p.address from plates_pictures p join plates_days d on d.id = p.subject where d.camera = $1", []any{string(c.ID)}, &address))
	day := h.rows("select count(*) from plates_days where not gone")
	early, err := h.ExpireReads(ctx)
	h.must(err)
	h.clock.Advance(31 * 24 * time.Hour)
	done, err := h.ExpireReads(ctx)
	h.must(err)
	if early.Days != 0 || done.Days != day || done.Left != 2 {
		t.Errorf("%+v, then %+v of %d", early, done, day)
	}
	if n := h.rows("select count(*) from plates_reads"); n != 0 {
		t.Errorf("%d reads are left", n)
	}
	for _, needle := range []string{secret, "98766"} {
		if n := h.everyByte(needle); n > 0 {
			t.Errorf("%q stands in %d files", needle, n)
		}
	}
	for stored, err := range h.k.Blobs.List(ctx) {
		h.must(err)
		if string(stored.Address) == address {
			t.Error("the picture is still there")
		}
	}
	if now := h.now(hit.ID); now.Plate == "" || now.Picture == nil {
		t.Error("the hit went with its batch")
	}
	if n := h.rows("select cast(sum(reads) as bigint) from plates_counts"); n != 2 {
		t.Errorf("%d counted", n)
	}
	gone, err := h.Receipts(ctx, 10)
	h.must(err)
	for _, d := range gone {
		all, err := h.k.Journal.Search(ctx, journal.Search{About: ident.Ref{Kind: "subject", ID: d.ID}, Limit: 10})
		h.must(err)
		if len(all) != 1 || all[0].Kind != "journal.erased" || all[0].Entry.(journal.Erased).Ground != "plate-read" {
			t.Errorf("no receipt of %s: %+v", d.Date, all)
		}
	}
	again, err := h.ExpireReads(ctx)
	h.must(err)
	if again != (plates.Expired{}) {
		t.Errorf("again: %+v", again)
	}
	h.sound()
	search, err := h.search("opj", h.newCase("*"), plates.Searching{Plate: "98765-T-81", From: h.clock.Now().Add(-time.Hour), To: h.clock.Now(), Authority: "X"})
	h.must(err)
	if len(search) != 0 {
		t.Errorf("%+v", search)
	}
}

// TestProposalsThatBecameNoHitExpire: what a rejected proposal and one that
// nobody decided on keep of their reads goes when those reads go, words and
// picture; a confirmed hit stays, and a hold on its camera keeps a rejected one.
func TestProposalsThatBecameNoHitExpire(t *testing.T) {
	h := newHouse(t)
	confirmed, _, _ := h.hit()
	h.must(h.confirm(confirmed.ID))
	held, _, c := h.hit()
	h.must(h.RejectHit(ctx, h.grant("desk", "plates.hit.reject", held.Ref()), plates.Rejecting{Act: h.act(), Hit: held.ID, Ground: "plate-differs", Reason: "Autre"}))
	h.holdOn(c.Ref())
	rejected, _, _ := h.hit()
	h.must(h.RejectHit(ctx, h.grant("desk", "plates.hit.reject", rejected.Ref()), plates.Rejecting{Act: h.act(), Hit: rejected.ID, Ground: "plate-differs", Reason: "Autre plaque"}))
	open, _, _ := h.hit()
	h.clock.Advance(29 * 24 * time.Hour)
	early, err := h.ExpireReads(ctx)
	h.must(err)
	h.clock.Advance(2 * 24 * time.Hour)
	done, err := h.ExpireReads(ctx)
	h.must(err)
	if early.Proposals != 0 || done.Proposals != 2 {
		t.Errorf("%+v, then %+v", early, done)
	}
	for _, gone := range []plates.Hit{rejected, open} {
		if now := h.now(gone.ID); now.Plate+now.Reason != "" || now.Picture != nil {
			t.Errorf("%s is left: %+v", gone.ID, now)
		}
		for stored, err := range h.k.Blobs.List(ctx) {
			h.must(err)
			if stored.Address == gone.Picture.Address {
				t.Error("its picture is left")
			}
		}
	}
	for _, kept := range []plates.Hit{confirmed, held} {
		if now := h.now(kept.ID); now.Plate == "" || now.Picture == nil {
			t.Errorf("%s went: %+v", kept.ID, now)
		}
	}
	if n := h.everyByte("Autre plaque"); n > 0 {
		t.Errorf("the reason of the rejection stands in %d files", n)
	}
	h.sound()
}

// everyByte counts the files of the store in which a text stands; on
// PostgreSQL, the rows of every table.
func (h *house) everyByte(text string) int {
	h.t.Helper()
	h.must(h.db.Checkpoint(ctx))
	n := 0
	h.must(filepath.WalkDir(h.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		if bytes.Contains(raw, []byte(text)) {
			n++
		}
		return err
	}))
	if h.db.Engine != store.Postgres {
		return n
	}
	tables, err := h.db.Tables(ctx)
	h.must(err)
	for _, table := range tables {
		h.must(h.k.Reader.Each(ctx, "select cast(t as text) from "+table.Name+" t", nil, func(scan store.Scan) error {
			var row string
			err := scan(&row)
			if strings.Contains(row, text) {
				n++
			}
			return err
		}))
	}
	return n
}

// TestHoldKeepsADay: a legal hold on the camera keeps its reads past their
// term; lifted, they go.
func TestHoldKeepsADay(t *testing.T) {
	h := newHouse(t)
	c, _ := h.camera("KEN-A1")
	h.take(c, h.batch("1-A-1"))
	h.holdOn(c.Ref())
	h.clock.Advance(31 * 24 * time.Hour)
	done, err := h.ExpireReads(ctx)
	h.must(err)
	if done.Held != 1 || done.Days != 0 || h.rows("select count(*) from plates_reads") != 1 {
		t.Errorf("%+v", done)
	}
	h.must(h.k.Journal.LiftHold(ctx, h.system(), journal.HoldLifted{Ref: c.Ref(), Ground: "CPP 59"}))
	done, err = h.ExpireReads(ctx)
	h.must(err)
	if done.Days != 1 || h.rows("select count(*) from plates_reads") != 0 {
		t.Errorf("%+v", done)
	}
	h.sound()
}

// TestTamperShows changes one row of each table behind the program's back:
// verify names each.
func TestTamperShows(t *testing.T) {
	h := newHouse(t)
	x, e, _ := h.hit()
	h.must(h.confirm(x.ID))
	h.must(h.contest(e.ID))
	h.week(2)
	_, err := h.search("opj", h.newCase("opj"), plates.Searching{Plate: "1-A-1", From: noon.Add(-time.Hour), To: noon.Add(time.Hour), Authority: "X"})
	h.must(err)
	h.nextWeek()
	_, err = h.DrawSamples(ctx)
	h.must(err)
	h.sound()
	for table, set := range map[string]string{
		"plates_entries": "plate = '1-X-1'", "plates_pulse": "seq = 1", "plates_contests": "grounds = 'x'", "plates_cameras": "heading = 1", "plates_days": "reads = 9", "plates_batches": "root = 'x'",
		"plates_reads": "plate = 'x'", "plates_counts": "reads = 9", "plates_pictures": "size = 1", "plates_hits": "ppm = 1", "plates_searches": "found = 9", "plates_samples": "letter = 'x'",
	} {
		if n := h.rows("select count(*) from " + table); n == 0 {
			t.Errorf("%s is empty: the test shows nothing", table)
			continue
		}
		b, err := h.db.Begin(ctx)
		h.must(err)
		_, err = b.Exec(ctx, "update "+table+" set "+set)
		h.must(err)
		h.must(b.Commit(ctx))
		r, err := h.k.Journal.Verify(ctx, journal.Scope{})
		h.must(err)
		named := false
		for _, f := range r.Findings {
			named = named || strings.Contains(fmt.Sprintf("%+v", f), table)
		}
		if !named {
			t.Errorf("a changed row of %s is not found: %+v", table, r.Findings)
		}
	}
}
