package plates_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/modules/plates"
)

// rows counts the rows of a query.
func (h *house) rows(query string, args ...any) int {
	h.t.Helper()
	var n int
	h.must(h.k.Reader.Row(ctx, query, args, &n))
	return n
}

// TestBatchOnce: a batch sent again, one after the other or at once, is taken
// once; a batch of another camera under the same name is another.
func TestBatchOnce(t *testing.T) {
	h := newHouse(t)
	a, _ := h.camera("KEN-A1")
	b, _ := h.camera("KEN-A2")
	in := h.batch("1-A-1", "2-A-1", "3-A-1")
	if got := h.take(a, in); got.Stored != 3 || got.Again {
		t.Errorf("%+v", got)
	}
	if got := h.take(a, in); got.Stored != 0 || !got.Again {
		t.Errorf("%+v", got)
	}
	if got := h.take(b, in); got.Stored != 3 {
		t.Errorf("%+v", got)
	}
	race := h.batch("4-A-1")
	together(6, func(int) error { _, err := h.TakeBatch(ctx, a, race); return err })
	if n := h.rows("select count(*) from plates_reads"); n != 7 {
		t.Errorf("%d rows", n)
	}
	if n := h.rows("select cast(sum(reads) as bigint) from plates_counts where camera = $1", string(a.ID)); n != 4 {
		t.Errorf("%d counted", n)
	}
	h.sound()
}

// TestConcurrentFirstBatches: the first batches of a day share its key.
func TestConcurrentFirstBatches(t *testing.T) {
	h := newHouse(t)
	c, _ := h.camera("KEN-A1")
	var all []plates.Submission
	for i := range 8 {
		all = append(all, h.batch(fmt.Sprintf("%d-A-1", 10+i)))
	}
	if won := together(8, func(i int) error { _, err := h.TakeBatch(ctx, c, all[i]); return err }); won != 8 {
		t.Errorf("%d of 8 were taken", won)
	}
	if n := h.rows("select count(*) from plates_days"); n != 1 {
		t.Errorf("%d days", n)
	}
	h.sound()
}

// TestStoreAndForward: a device that was cut off sends days later, with a
// clock that is wrong: each read lands in its day, at its true time; what is
// past its term is left out and counted.
func TestStoreAndForward(t *testing.T) {
	h := newHouse(t)
	c, _ := h.camera("KEN-A1")
	now := h.clock.Now()
	off := 3 * time.Minute // the device's clock is late
	in := h.batch("1-A-1", "2-A-1", "3-A-1")
	in.Sent = now.Add(-off)
	in.Reads[0].At = now.Add(-off).Add(-26 * time.Hour)
	in.Reads[1].At = now.Add(-off).Add(-time.Minute)
	in.Reads[2].At = now.AddDate(0, 0, -40)
	if got := h.take(c, in); got.Stored != 2 || got.Late != 1 {
		t.Fatalf("%+v", got)
	}
	if n := h.rows("select count(*) from plates_days"); n != 2 {
		t.Errorf("%d days", n)
	}
	if n := h.rows("select count(*) from plates_reads where at = $1 and said_at = $2", store.Micros(now.Add(-time.Minute)), store.Micros(now.Add(-off).Add(-time.Minute))); n != 1 {
		t.Error("the clock's offset was not taken out, or the camera's own time not kept")
	}
	got, err := h.Camera(ctx, c.ID)
	h.must(err)
	if got.Offset != off || got.Health(h.clock.Now()) != "clock" {
		t.Errorf("%s %s", got.Offset, got.Health(h.clock.Now()))
	}
	if n := h.rows("select cast(sum(late) as bigint) from plates_batches"); n != 1 {
		t.Errorf("%d late", n)
	}
	late := h.batch("9-A-1")
	late.Reads[0].At = now.AddDate(0, 0, -50)
	if got := h.take(c, late); got.Stored != 0 || got.Late != 1 || got.Again {
		t.Errorf("%+v", got)
	}
	h.sound()
}

// TestWrongReadsAreNamed: what is wrong with a batch comes back with the place
// of each wrong read, and nothing of it is kept.
func TestWrongReadsAreNamed(t *testing.T) {
	h := newHouse(t)
	c, _ := h.camera("KEN-A1")
	for want, change := range map[string]func(*plates.Submission){
		"reads.0 plates.fault.plate": func(in *plates.Submission) { in.Reads[0].Plate = "!" },
		"reads.1 form.out-of-range":  func(in *plates.Submission) { in.Reads[1].Score = math.NaN() },
		"reads.0 form.out-of-range":  func(in *plates.Submission) { in.Reads[0].Others = make([]plates.Alternative, 11) },
		"reads.1 form.future":        func(in *plates.Submission) { in.Reads[1].At = noon.AddDate(1, 0, 0) },
		"reads.0 blobs.too-large":    func(in *plates.Submission) { in.Reads[0].Image = make([]byte, 3<<20) },
		"reads form.out-of-range":    func(in *plates.Submission) { in.Reads = nil },
		"batch form.required":        func(in *plates.Submission) { in.Device = "" },
		"sent form.required":         func(in *plates.Submission) { in.Sent = time.Time{}; in.Reads[0].At, in.Reads[1].At = noon, noon },
	} {
		in := h.batch("1-A-1", "2-A-1")
		change(&in)
		_, err := h.TakeBatch(ctx, c, in)
		all := fault.All(err)
		found := false
		for _, f := range all {
			found = found || f.Field+" "+f.Key == want
		}
		if !found {
			t.Errorf("%s: %v", want, err)
		}
	}
	many := h.batch("1-A-1")
	for range 2000 {
		many.Reads = append(many.Reads, many.Reads[0])
	}
	_, err := h.TakeBatch(ctx, c, many)
	h.wants(err, fault.Invalid, "form.out-of-range")
	broken := h.batch("12345-A-6")
	h.list("12345-A-6")
	broken.Reads[0].Image = []byte("<svg onload=alert(1)>")
	if _, err := h.TakeBatch(ctx, c, broken); !fault.Is(err, fault.Invalid) {
		t.Errorf("a script is taken for a picture: %v", err)
	}
	if n := h.rows("select count(*) from plates_reads"); n != 0 {
		t.Errorf("%d reads of wrong batches are kept", n)
	}
}

// TestProposals: the threshold for the list decides, another reading that the camera sent counts, and a vehicle seen again adds to
// the proposal that waits.
func TestProposals(t *testing.T) {
	h := newHouse(t)
	e := h.list("12345-A-6")
	c, _ := h.camera("KEN-A1")
	weak := h.batch("12345-A-6")
	weak.Reads[0].Score = 0.04
	if got := h.take(c, weak); got.Proposals != 0 {
		t.Errorf("below the threshold: %+v", got)
	}
	near := h.batch("12845-A-6")
	near.Reads[0].Score = 0.1
	near.Reads[0].Others = []plates.Alternative{{Plate: "12345-A-6", Score: 0.85}}
	if got := h.take(c, near); got.Proposals != 1 {
		t.Errorf("another reading: %+v", got)
	}
	if got := h.take(c, h.batch("12345-A-6", "12345-A-6")); got.Proposals != 0 {
		t.Errorf("seen again: %+v", got)
	}
	hits, err := h.HitsOf(ctx, e.ID)
	h.must(err)
	if len(hits) != 1 || hits[0].Sightings != 2 || hits[0].PPM < 500_000 || hits[0].PPM > 900_000 || hits[0].Plate != "12845-"+alif+"-6" {
		t.Errorf("%+v", hits)
	}
	h.clock.Advance(6 * time.Minute)
	if got := h.take(c, h.batch("12345-A-6")); got.Proposals != 1 {
		t.Errorf("later: %+v", got)
	}
	h.sound()
}

// TestSuspendedCameraProposesNothing.
func TestSuspendedCameraProposesNothing(t *testing.T) {
	h := newHouse(t)
	h.list("12345-A-6")
	c, key := h.camera("KEN-A1")
	why := plates.Remark{Act: h.act(), Camera: c.ID, Why: "D\u00e9r\u00e9gl\u00e9e"}
	h.must(h.SuspendAlerts(ctx, h.grant("administrator", "plates.alerts.suspend", c.Ref()), why))
	c, err := h.Device(ctx, key)
	h.must(err)
	if got := h.take(c, h.batch("12345-A-6")); got.Proposals != 0 || got.Stored != 1 {
		t.Errorf("%+v", got)
	}
	why.Act = h.act()
	h.wants(h.SuspendAlerts(ctx, h.grant("administrator", "plates.alerts.suspend", c.Ref()), why), fault.Conflict, "plates.fault.alerts")
	h.must(h.RestoreAlerts(ctx, h.grant("administrator", "plates.alerts.restore", c.Ref()), plates.Remark{Act: h.act(), Camera: c.ID, Why: "R\u00e9gl\u00e9e"}))
	c, err = h.Device(ctx, key)
	h.must(err)
	if got := h.take(c, h.batch("12345-A-6")); got.Proposals != 1 {
		t.Errorf("%+v", got)
	}
	h.must(h.RetireCamera(ctx, h.grant("administrator", "plates.camera.retire", c.Ref()), plates.Remark{Act: h.act(), Camera: c.ID, Why: "Remplac\u00e9e"}))
	if _, err := h.Device(ctx, key); !fault.Is(err, fault.SignIn) {
		t.Errorf("a retired camera's key opens: %v", err)
	}
	h.wants(h.AmendCamera(ctx, h.grant("administrator", "plates.camera.amend", c.Ref()), plates.NewCamera{Act: h.act(), ID: c.ID, Name: "X", Mount: plates.Fixed, Way: plates.Events}), fault.Refused, "plates.fault.retired")
	h.sound()
}

// TestHitIsProvenByItsOwnCopy: the item that a hit keeps leads to the root of
// its batch, which the journal knows; an altered item does not.
func TestHitIsProvenByItsOwnCopy(t *testing.T) {
	h := newHouse(t)
	h.list("3-A-1")
	c, _ := h.camera("KEN-A1")
	h.take(c, h.batch("1-A-1", "2-A-1", "3-A-1", "4-A-1", "5-A-1"))
	var origin ident.ID
	h.must(h.k.Reader.Row(ctx, "select origin from plates_hits", nil, &origin))
	found, err := h.k.Journal.Find(ctx, origin)
	h.must(err)
	read := found.Entry.(plates.HitProposed).Read
	var root string
	h.must(h.k.Reader.Row(ctx, "select root from plates_batches where id = $1", []any{string(read.Batch)}, &root))
	items, err := plates.Items(read.Item.Text())
	h.must(err)
	if read.Root != root || read.N != 2 || read.Size != 5 || !items[0].BelongsTo(root, read.N, read.Size, read.Path) {
		t.Fatalf("%+v", read)
	}
	other := items[0]
	other.Plate = "4-" + alif + "-1"
	if other.BelongsTo(root, read.N, read.Size, read.Path) || items[0].BelongsTo(root, read.N+1, read.Size, read.Path) || items[0].BelongsTo(root, -1, 5, nil) {
		t.Error("what was not read is proven")
	}
}

// TestPicturesOfNobodyAreLetGo: no picture is kept of a read without a hit
// once enough are kept for the week's samples.
func TestPicturesOfNobodyAreLetGo(t *testing.T) {
	h := newHouse(t)
	c, _ := h.camera("KEN-A1")
	for range 4 {
		in := h.batch()
		for i := range 300 {
			in.Reads = append(in.Reads, plates.Seen{At: h.clock.Now().Add(-time.Second), Plate: fmt.Sprintf("%d-A-1", 1000+i), Score: 0.9})
		}
		h.take(c, in)
	}
	in := h.batch()
	for i := range 60 {
		in.Reads = append(in.Reads, plates.Seen{At: h.clock.Now().Add(-time.Second), Plate: fmt.Sprintf("%d-A-1", 5000+i), Score: 0.9, Image: picture(t)})
	}
	h.take(c, in)
	if n := h.rows("select count(*) from plates_pictures"); n > 20 { // 60 of 1200 at 5 %: 3 are expected
		t.Errorf("%d pictures of reads without a hit are kept", n)
	}
}

func (h *house) search(name string, p policy.Purpose, in plates.Searching) ([]plates.Read, error) {
	h.t.Helper()
	if in.Submission == "" {
		in.Submission = h.ids.New()
	}
	g, err := h.at(name, "plates.reads.search", ident.Ref{}, p)
	if err != nil {
		return nil, err
	}
	return h.SearchReads(ctx, g, in)
}

// TestSearchIsForACaseOnAnAuthority: past reads are found by plate, by
// pattern and by camera, within the window and the term, for a case, and every
// search stands in the record.
func TestSearchIsForACaseOnAnAuthority(t *testing.T) {
	h := newHouse(t)
	a, _ := h.camera("KEN-A1")
	b, _ := h.camera("KEN-A2")
	h.take(a, h.batch("12345-A-6", "12346-A-6", "777-B-1"))
	h.take(b, h.batch("12345-A-6"))
	c := h.newCase("opj")
	base := plates.Searching{From: noon.Add(-time.Hour), To: noon.Add(time.Hour), Authority: "Procureur, 9/2026"}
	for pattern, want := range map[string]int{"12345-a-6": 2, "1234?-*": 3, "*-\u061f": 4, "777*": 1, "9*": 0} {
		in := base
		in.Plate = pattern
		got, err := h.search("opj", c, in)
		h.must(err)
		if len(got) != want {
			t.Errorf("%q: %d reads, want %d", pattern, len(got), want)
		}
	}
	in := base
	in.Camera = a.ID
	got, err := h.search("opj", c, in)
	h.must(err)
	if len(got) != 3 || got[0].Plate != "777-\u0628-1" {
		t.Errorf("%+v", got)
	}
	for want, change := range map[string]func(*plates.Searching){
		"authority form.required":              func(in *plates.Searching) { in.Authority = "" },
		"pattern plates.fault.plate-or-camera": func(in *plates.Searching) { in.Plate = "" },
		"pattern plates.fault.plate":           func(in *plates.Searching) { in.Plate = "!" },
		"from form.required":                   func(in *plates.Searching) { in.From = time.Time{} },
		"to plates.fault.ends-before":          func(in *plates.Searching) { in.To = in.From },
		"to plates.fault.window":               func(in *plates.Searching) { in.To = in.From.AddDate(0, 0, 8) },
		"from plates.fault.expired":            func(in *plates.Searching) { in.From, in.To = noon.AddDate(0, 0, -40), noon.AddDate(0, 0, -39) },
	} {
		in := base
		in.Plate = "12345-A-6"
		change(&in)
		_, err := h.search("opj", c, in)
		f := fault.Of(err)
		if f.Field+" "+f.Key != want {
			t.Errorf("%s: %v", want, err)
		}
	}
	_, duty := h.actor("opj")
	for name, p := range map[string]policy.Purpose{"second": c, "desk": h.newCase("*"), "agent": h.newCase("*"), "administrator": h.newCase("*"), "opj": duty, "inspector": {Kind: policy.Basis, Basis: "L09-08-3"}} {
		if _, err := h.search(name, p, base); !fault.Is(err, fault.Refused) {
			t.Errorf("%s searches: %v", name, err)
		}
	}
	all, err := h.Searches(ctx, 100)
	h.must(err)
	if len(all) != 6 {
		t.Errorf("%d searches in the record", len(all))
	}
	for _, x := range all {
		if x.Authority == "" || x.Purpose != "case" || x.Case != c.Ref.ID || x.By != h.who["opj"] {
			t.Errorf("%+v", x)
		}
	}
	h.sound()
}

// TestErasedSubjects: an erased entry, hit, contest, camera or search leaves no
// word in the tables, and everything is still proven.
func TestErasedSubjects(t *testing.T) {
	h := newHouse(t)
	x, e, c := h.hit()
	h.must(h.RejectHit(ctx, h.grant("desk", "plates.hit.reject", x.Ref()), plates.Rejecting{Act: h.act(), Hit: x.ID, Ground: "plate-differs", Reason: "Autre"}))
	h.must(h.contest(e.ID))
	_, err := h.search("opj", h.newCase("opj"), plates.Searching{Plate: "1-A-1", From: noon.Add(-time.Hour), To: noon.Add(time.Hour), Authority: "X"})
	h.must(err)
	contests, err := h.Contests(ctx, e.ID)
	h.must(err)
	searches, err := h.Searches(ctx, 1)
	h.must(err)
	subjects := []ident.ID{x.ID, e.ID, contests[0].ID, c.ID, searches[0].ID}
	h.must(h.k.Journal.Erase(ctx, h.system(), journal.Erased{Subjects: subjects, Ground: "L09-08", Authority: "9/2026"}))
	if now := h.now(x.ID); now.Plate+now.Reason+now.Note != "" || now.Picture != nil {
		t.Errorf("%+v", now)
	}
	if now := h.entry(e.ID); now.Plate+now.Make+now.Model+now.Reason+now.EndedWhy != "" {
		t.Errorf("%+v", now)
	}
	contests, err = h.Contests(ctx, e.ID)
	h.must(err)
	if contests[0].Person+contests[0].Contact+contests[0].Grounds != "" {
		t.Errorf("%+v", contests)
	}
	if got := h.take(c, h.batch("12345-A-6")); got.Proposals != 0 {
		t.Error("an erased entry matches")
	}
	h.sound()
}

func (h *house) holdOn(ref ident.Ref) {
	h.t.Helper()
	h.must(h.k.Journal.Hold(ctx, h.system(), journal.Held{Ref: ref, Ground: "CPP 59"}))
}
