package blobs

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/amana-platform/amana/kernel/clock"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"pgregory.net/rapid"
)

type desk struct {
	*Uploads
	b     bench
	clock *clock.Fixed
}

func openDesk(t testing.TB) desk {
	d := desk{b: openAt(t, onDisk(t)), clock: clock.At(time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC))}
	d.Uploads = d.restarted(t, filepath.Join(t.TempDir(), "uploads"))
	return d
}

// restarted opens the folder as the program does after a kill.
func (d desk) restarted(t testing.TB, folder string) *Uploads {
	t.Helper()
	u, err := OpenUploads(UploadsConfig{
		Folder: folder, Store: d.b.Store, Clock: d.clock, IDs: ident.NewSource(d.clock.Now, nil), MaxOpen: 3,
		Limits: Limits{Bytes: 64 << 20},
	})
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func (d desk) begin(t *testing.T, size int) ident.ID {
	t.Helper()
	return must(d.Begin(t.Context(), "officer/1", Offer{Subject: "person/1", Name: "statement.txt"}, int64(size)))(t)
}

func (d desk) send(t *testing.T, id ident.ID, offset int64, data []byte) (int64, error) {
	t.Helper()
	return d.Append(t.Context(), "officer/1", id, offset, bytes.NewReader(data))
}

func key(err error) string { return fault.Of(err).Key }

func TestUploadInPieces(t *testing.T) {
	d := openDesk(t)
	want := letters(2*partBytes + 12345)
	id := d.begin(t, len(want))
	for at := int64(0); at < int64(len(want)); {
		end := min(int64(len(want)), at+3_000_001)
		at = must(d.send(t, id, at, want[at:end]))(t)
	}
	info := must(d.Finish(t.Context(), "officer/1", id))(t)
	if got, err := d.b.read(t, info); err != nil || !bytes.Equal(got, want) || info.Name != "statement.txt" {
		t.Fatalf("%d bytes, %v", len(got), err)
	}
	again := must(d.Finish(t.Context(), "officer/1", id))(t)
	if again.Address != info.Address {
		t.Error("finishing twice makes two files")
	}
	status := must(d.Status(t.Context(), "officer/1", id))(t)
	if status.Info == nil || status.Info.Address != info.Address || status.Offset != info.Size {
		t.Errorf("status %+v", status)
	}
	if at, err := d.send(t, id, 0, want[:10]); err != nil || at != info.Size {
		t.Errorf("a late repeat: %d, %v", at, err)
	}
	if err := d.Abort(t.Context(), "officer/1", id); err != nil {
		t.Error(err)
	}
	if _, err := d.Status(t.Context(), "officer/1", id); key(err) != "blobs.upload.unknown" {
		t.Errorf("after abort: %v", err)
	}
}

func TestPiecesArriveInOrder(t *testing.T) {
	d := openDesk(t)
	want := letters(1000)
	id := d.begin(t, len(want))
	must(d.send(t, id, 0, want[:400]))(t)
	at, err := d.send(t, id, 500, want[500:])
	if !fault.Is(err, fault.Conflict) || key(err) != "blobs.upload.gap" || fault.Of(err).Args["offset"] != int64(400) || at != 400 {
		t.Errorf("a gap: %d, %v", at, err)
	}
	if _, err := d.send(t, id, -1, want); key(err) != "blobs.upload.gap" {
		t.Errorf("before the beginning: %v", err)
	}
	if at, err := d.send(t, id, 100, want[100:300]); err != nil || at != 400 {
		t.Errorf("an old piece again: %d, %v", at, err)
	}
	if at, err := d.send(t, id, 100, want[100:700]); err != nil || at != 700 {
		t.Errorf("an overlapping piece: %d, %v", at, err)
	}
	if at, err := d.send(t, id, 300, letters(500)); key(err) != "blobs.upload.differs" || at != 700 {
		t.Errorf("another file's piece: %d, %v", at, err)
	}
	if _, err := d.Finish(t.Context(), "officer/1", id); key(err) != "blobs.upload.incomplete" || fault.Of(err).Args["offset"] != int64(700) {
		t.Errorf("finishing too early: %v", err)
	}
	if at, err := d.send(t, id, 700, append(want[700:], "more"...)); key(err) != "blobs.upload.overrun" || at != 1000 {
		t.Errorf("more than announced: %d, %v", at, err)
	}
	info := must(d.Finish(t.Context(), "officer/1", id))(t)
	if got, err := d.b.read(t, info); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%v", err)
	}
}

// TestAnySequenceOfPieces sends a file by random pieces, repeats, cuts and restarts.
func TestAnySequenceOfPieces(t *testing.T) {
	d := openDesk(t)
	folder := d.c.Folder
	rapid.Check(t, func(r *rapid.T) {
		want := letters(rapid.IntRange(1, 3*chunkSize).Draw(r, "size"))
		id := d.begin(t, len(want))
		for done := int64(0); done < int64(len(want)); {
			from := rapid.Int64Range(0, done).Draw(r, "from")
			to := rapid.Int64Range(from, int64(len(want))).Draw(r, "to")
			var in io.Reader = bytes.NewReader(want[from:to])
			if cut := rapid.Bool().Draw(r, "cut"); cut {
				in = io.MultiReader(in, iotest.ErrReader(io.ErrUnexpectedEOF))
			}
			at, err := d.Append(t.Context(), "officer/1", id, from, in)
			if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) || at != max(done, to) {
				r.Fatalf("%d-%d of %d after %d: at %d, %v", from, to, len(want), done, at, err)
			}
			done = at
			if rapid.IntRange(0, 3).Draw(r, "restart") == 0 {
				d.Uploads = d.restarted(t, folder)
			}
		}
		info := must(d.Finish(t.Context(), "officer/1", id))(t)
		if got, err := d.b.read(t, info); err != nil || !bytes.Equal(got, want) {
			r.Fatalf("read back: %v", err)
		}
		if err := d.Abort(t.Context(), "officer/1", id); err != nil {
			r.Fatal(err)
		}
	})
}

func TestABrokenLineKeepsWhatCame(t *testing.T) {
	d := openDesk(t)
	want := letters(5000)
	id := d.begin(t, len(want))
	broken := io.MultiReader(bytes.NewReader(want[:1234]), iotest.ErrReader(errors.New("line cut")))
	at, err := d.Append(t.Context(), "officer/1", id, 0, broken)
	if err == nil || at != 1234 {
		t.Fatalf("at %d, %v", at, err)
	}
	d.Uploads = d.restarted(t, d.c.Folder)
	if s := must(d.Status(t.Context(), "officer/1", id))(t); s.Offset != 1234 || s.Size != 5000 || s.Offer.Name != "statement.txt" {
		t.Errorf("after a restart: %+v", s)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if at, err := d.Append(ctx, "officer/1", id, 1234, bytes.NewReader(want[1234:])); !errors.Is(err, context.Canceled) || at != 1234 {
		t.Errorf("a request that ended: %d, %v", at, err)
	}
}

// TestAKillLeavesNothingHalf lays down what a killed program leaves.
func TestAKillLeavesNothingHalf(t *testing.T) {
	d := openDesk(t)
	want := letters(1000)
	id := d.begin(t, len(want))
	must(d.send(t, id, 0, want[:600]))(t)
	folder := filepath.Join(d.c.Folder, string(id))
	leave := func(name string, data string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	leave(filepath.Join(folder, tempName), "half a part")
	dead := []string{"0190a000-0000-7000-8000-000000000001" + newSuffix, "0190a000-0000-7000-8000-000000000002" + goneSuffix, "0190a000-0000-7000-8000-000000000003"}
	for _, name := range dead {
		leave(filepath.Join(d.c.Folder, name, "half"), "x")
	}
	leave(filepath.Join(d.c.Folder, "README"), "someone else's")
	d.Uploads = d.restarted(t, d.c.Folder)
	for _, name := range dead {
		if _, err := os.Stat(filepath.Join(d.c.Folder, name)); !os.IsNotExist(err) {
			t.Errorf("%s stays: %v", name, err)
		}
	}
	must(os.Stat(filepath.Join(d.c.Folder, "README")))(t)
	if s := must(d.Status(t.Context(), "officer/1", id))(t); s.Offset != 600 {
		t.Errorf("offset %d", s.Offset)
	}
	must(d.send(t, id, 600, want[600:]))(t)
	info := must(d.Finish(t.Context(), "officer/1", id))(t)
	if got, err := d.b.read(t, info); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%v", err)
	}
}

func TestStagedFilesOfAKilledPutAreCleared(t *testing.T) {
	place := t.TempDir()
	b := openAt(t, place)
	old, fresh := filepath.Join(b.scratch, "1"+stagedSuffix), filepath.Join(b.scratch, "2"+stagedSuffix)
	for _, name := range []string{old, fresh} {
		if err := os.WriteFile(name, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	long := time.Now().Add(-2 * staleAfter)
	if err := os.Chtimes(old, long, long); err != nil {
		t.Fatal(err)
	}
	openAt(t, place)
	if _, err := os.Stat(old); !os.IsNotExist(err) {
		t.Error("the abandoned file stays")
	}
	if err := os.Remove(fresh); err != nil {
		t.Errorf("another writer's file is gone: %v", err)
	}
	if n := len(b.listed(t)); n != 0 {
		t.Errorf("%d staged files are listed as stored", n)
	}
}

func TestPartialUploadsHideTheirContent(t *testing.T) {
	d := openDesk(t)
	text := "the witness lives at 12 rue des Lilas"
	id := must(d.Begin(t.Context(), "officer/1", Offer{Subject: "person/1", Name: "Fatima Lilas.txt"}, 5000))(t)
	must(d.send(t, id, 0, []byte(text)))(t)
	if err := filepath.WalkDir(d.c.Folder, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(name)
		for _, word := range []string{"Lilas", "witness", "Fatima"} {
			if bytes.Contains(data, []byte(word)) || strings.Contains(name, word) {
				t.Errorf("%q lies in %s", word, name)
			}
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	d.b.ring.erase("person/1")
	if _, err := d.Status(t.Context(), "officer/1", id); key(err) != "blobs.erased" {
		t.Errorf("after erasure: %v", err)
	}
}

func TestPartsAreUnderSeal(t *testing.T) {
	d := openDesk(t)
	a, b := letters(400), letters(400)
	id := d.begin(t, 800)
	must(d.send(t, id, 0, a))(t)
	must(d.send(t, id, 400, b))(t)
	first, second := filepath.Join(d.path(id), "0000000000000000.part"), filepath.Join(d.path(id), "0000000000000190.part")
	swap := filepath.Join(t.TempDir(), "x")
	for _, move := range [][2]string{{first, swap}, {second, first}, {swap, second}} {
		if err := os.Rename(move[0], move[1]); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := d.Finish(t.Context(), "officer/1", id); !errors.Is(err, ErrDamaged) || key(err) != "blobs.damaged" {
		t.Errorf("parts swapped: %v", err)
	}
	if n := len(d.b.listed(t)); n != 0 {
		t.Errorf("%d files were stored", n)
	}
	if err := os.Remove(first); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Status(t.Context(), "officer/1", id); !errors.Is(err, ErrDamaged) {
		t.Errorf("a part missing: %v", err)
	}
}

func TestUploadsBelongToTheirOwner(t *testing.T) {
	d := openDesk(t)
	id := d.begin(t, 100)
	for _, id := range []ident.ID{id, "", "../../x", "0190a000-0000-7000-8000-000000000009"} {
		_, appendErr := d.Append(t.Context(), "officer/2", id, 0, strings.NewReader("x"))
		_, statusErr := d.Status(t.Context(), "officer/2", id)
		_, finishErr := d.Finish(t.Context(), "officer/2", id)
		for _, err := range []error{appendErr, statusErr, finishErr, d.Abort(t.Context(), "officer/2", id)} {
			if key(err) != "blobs.upload.unknown" {
				t.Errorf("a stranger at %q: %v", id, err)
			}
		}
	}
}

func TestOneSenderAtATime(t *testing.T) {
	d := openDesk(t)
	id := d.begin(t, 100)
	in, out := io.Pipe()
	done := make(chan error, 1)
	go func() {
		_, err := d.Append(context.Background(), "officer/1", id, 0, in)
		done <- err
	}()
	must(out.Write([]byte("slow")))(t)
	if _, err := d.send(t, id, 0, []byte("slow")); key(err) != "blobs.upload.busy" {
		t.Errorf("a second sender: %v", err)
	}
	if n, err := d.Expire(t.Context(), -time.Hour); n != 0 || err != nil {
		t.Errorf("an upload in use expired: %d, %v", n, err)
	}
	if err := errors.Join(out.Close(), <-done); err != nil {
		t.Error(err)
	}
}

func TestBeginRefuses(t *testing.T) {
	d := openDesk(t)
	begin := func(name string, size int64) error {
		_, err := d.Begin(t.Context(), "officer/1", Offer{Subject: "person/1", Name: name}, size)
		return err
	}
	for want, err := range map[string]error{
		"blobs.empty":       begin("a.txt", 0),
		"blobs.upload.size": begin("a.txt", -1),
		"blobs.too-large":   begin("a.txt", 64<<20+1),
		"blobs.name":        begin("../a.txt", 1),
	} {
		if key(err) != want {
			t.Errorf("want %s: %v", want, err)
		}
	}
	for range 3 {
		d.begin(t, 1)
	}
	if err := begin("a.txt", 1); !fault.Is(err, fault.TooMany) || key(err) != "blobs.upload.limit" {
		t.Errorf("a fourth upload: %v", err)
	}
	must(d.Begin(t.Context(), "officer/2", Offer{Subject: "person/1"}, 1))(t)
}

func TestWrongKindIsRefusedAtItsFirstBytes(t *testing.T) {
	d := openDesk(t)
	id := must(d.Begin(t.Context(), "officer/1", Offer{Subject: "person/1", Name: "photo.jpg"}, 10<<20))(t)
	if at, err := d.send(t, id, 0, letters(sniffSize)); key(err) != "blobs.type-mismatch" || at != 0 {
		t.Errorf("at %d, %v", at, err)
	}
}

func TestAbandonedUploadsExpire(t *testing.T) {
	d := openDesk(t)
	old := d.begin(t, 100)
	d.clock.Advance(20 * time.Hour)
	active := d.begin(t, 100)
	must(d.send(t, old, 0, []byte("some")))(t)
	d.clock.Advance(20 * time.Hour)
	must(d.send(t, active, 0, []byte("some")))(t)
	if n := must(d.Expire(t.Context(), 24*time.Hour))(t); n != 0 {
		t.Errorf("%d expired too early", n)
	}
	d.clock.Advance(10 * time.Hour)
	if n := must(d.Expire(t.Context(), 24*time.Hour))(t); n != 1 {
		t.Errorf("%d expired, want 1", n)
	}
	if _, err := os.Stat(d.path(old)); !os.IsNotExist(err) {
		t.Errorf("its folder stays: %v", err)
	}
	must(d.Status(t.Context(), "officer/1", active))(t)
}
