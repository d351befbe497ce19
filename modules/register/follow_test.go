package register_test

import (
	"strings"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/blobs"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal/tlog"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/modules/register"
	"github.com/amana-platform/amana/modules/units"
)

// TestJobFindsOverrun: the job finds it where nothing else happens.
func TestJobFindsOverrun(t *testing.T) {
	h := newHouse(t)
	c, _ := h.hold(h.arrested("theft-simple"))
	h.clock.Set(c.Deadline.Add(time.Second))
	h.must(h.Module().Jobs[0].Do(ctx))
	sheet, err := h.Sheet(ctx, c.ID)
	h.must(err)
	if sheet.Overrun.IsZero() {
		t.Error("the job did not find the overrun")
	}
	h.sound()
}

// TestFindByReceipt: the text of a receipt's code leads to its complaint, for
// those who may list it and for nobody else.
func TestFindByReceipt(t *testing.T) {
	s := newSite(t)
	c := s.record()
	code := tlog.QR{Origin: tlog.OriginHash("test"), Entry: c.Entry}.String()
	s.as(units.DutyOfficer).page("/search?q="+code, 200, "/register/complaints/"+string(c.ID))
	w := s.as(units.Investigator).get("/search?q=" + code)
	if strings.Contains(w.Body.String(), string(c.ID)) {
		t.Error("another unit finds it")
	}
}

// TestWithinAndFiles: where a person stands is said to who asks before an
// erasure, and every stored file to who verifies.
func TestWithinAndFiles(t *testing.T) {
	h := newHouse(t)
	in := h.theft()
	info, err := h.k.Blobs.Put(ctx, blobs.Offer{Subject: string(in.Submission), Name: "note.txt"}, strings.NewReader("une note"), blobs.Limits{})
	h.must(err)
	in.Files = []blobs.Info{info}
	c, err := h.RecordComplaint(ctx, h.grant("desk", "register.complaint.record", res0), in)
	h.must(err)
	whole, err := h.Complaint(ctx, c.ID)
	h.must(err)
	refs, err := register.JournalModule().Within(ctx, h.k.Reader, whole.Persons(register.Complainant)[0])
	h.must(err)
	if len(refs) != 1 || refs[0] != (ident.Ref{Kind: register.KindComplaint, ID: c.ID}) {
		t.Errorf("%v", refs)
	}
	var files []blobs.Info
	h.must(h.Module().Blobs(ctx, h.k.Reader, func(i blobs.Info) error { files = append(files, i); return h.k.Blobs.Verify(ctx, i) }))
	if len(files) != 1 || files[0].Address != info.Address {
		t.Errorf("%v", files)
	}
}

// TestSystemRecords: a seeding process records for a unit it names.
func TestSystemRecords(t *testing.T) {
	h := newHouse(t)
	g, err := h.k.Policy.System("demo", "register.complaint.record", "CPP-21")
	h.must(err)
	in := h.theft()
	in.Received = h.unit["KEN-02"]
	c, err := h.RecordComplaint(ctx, g, in)
	h.must(err)
	if c.Number != "1/KEN-02/2026" || c.Writer != policy.SystemID("demo") {
		t.Errorf("%+v", c)
	}
}
