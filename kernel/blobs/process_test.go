package blobs

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/clock"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
)

// childVar names what a test process started by a test is to do.
const childVar = "AMANA_BLOBS_CHILD"

func TestMain(m *testing.M) {
	act, folder, _ := strings.Cut(os.Getenv(childVar), " ")
	switch act {
	case "":
		os.Exit(m.Run())
	case "file":
		fileForever(folder)
	case "fill":
		fillDisk(folder)
	}
}

// child runs this test binary again, to be killed or to see another disk.
func child(t *testing.T, act, folder string, attributes *syscall.SysProcAttr) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), childVar+"="+act+" "+folder)
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = attributes
	return cmd
}

// sharedRing has the same key in every process.
func sharedRing() *ring {
	r := newRing()
	r.keys["person/1"] = bytes.Repeat([]byte{7}, keySize)
	return r
}

func openShared(folder string) (*Store, *Uploads, error) {
	s, err := Open(context.Background(), Config{Place: folder, Secret: bytes.Repeat([]byte{9}, 32), Keys: sharedRing()})
	if err != nil {
		return nil, nil, err
	}
	u, err := OpenUploads(UploadsConfig{Folder: filepath.Join(folder, "uploads"), Store: s, Clock: clock.System{}, IDs: ident.NewSource(time.Now, nil)})
	return s, u, err
}

// ack is what the child says once a call has returned.
type ack struct {
	Info   *Info
	Upload ident.ID
	Offset int64
}

func fileForever(folder string) {
	ctx, out := context.Background(), json.NewEncoder(os.Stdout)
	s, u, err := openShared(folder)
	if err != nil {
		panic(err)
	}
	id, err := u.Begin(ctx, "o", Offer{Subject: "person/1"}, 1<<40)
	for at := int64(0); err == nil; {
		var info Info
		if info, err = s.Put(ctx, Offer{Subject: "person/1"}, bytes.NewReader(letters(100_000)), Limits{}); err != nil {
			break
		}
		if err = out.Encode(ack{Info: &info}); err != nil {
			break
		}
		if at, err = u.Append(ctx, "o", id, at, bytes.NewReader(letters(30_000))); err == nil {
			err = out.Encode(ack{Upload: id, Offset: at})
		}
	}
	panic(err)
}

// TestKilledWhileFiling kills a filing process and checks that everything it
// acknowledged is whole, and that nothing half-written has a final name.
func TestKilledWhileFiling(t *testing.T) {
	folder := t.TempDir()
	var filed []Info
	reached := map[ident.ID]int64{}
	for round := range 4 {
		cmd := child(t, "file", folder, nil)
		out := must(cmd.StdoutPipe())(t)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines, want := bufio.NewScanner(out), 25+round
		for n := 0; lines.Scan(); n++ {
			var a ack
			if err := json.Unmarshal(lines.Bytes(), &a); err != nil {
				break // the line the kill cut
			}
			if a.Info != nil {
				filed = append(filed, *a.Info)
			} else {
				reached[a.Upload] = a.Offset
			}
			if n == want {
				if err := cmd.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		_ = cmd.Wait() // killed: its status says so
	}
	s, u, err := openShared(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, info := range filed {
		if err := s.Verify(t.Context(), info); err != nil {
			t.Error(err)
		}
	}
	for id, offset := range reached {
		if status, err := u.Status(t.Context(), "o", id); err != nil || status.Offset < offset {
			t.Errorf("%d acknowledged, %d found: %v", offset, status.Offset, err)
		}
	}
	for found, err := range s.List(t.Context()) {
		if err != nil || found.Address == "" || found.Size != storedSize(100_000) {
			t.Errorf("found %+v, %v", found, err)
		}
	}
	t.Logf("%d files and %d uploads acknowledged before 4 kills", len(filed), len(reached))
}

// TestDiskFullAndReadOnly runs on a disk of its own of 4 MB.
func TestDiskFullAndReadOnly(t *testing.T) {
	folder := t.TempDir()
	cmd := child(t, "fill", folder, &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWUSER,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}})
	out, err := cmd.Output()
	switch said := strings.TrimSpace(string(out)); {
	case errors.Is(err, syscall.EPERM), said == "no mount":
		t.Skip("this machine lets no process mount a disk of its own")
	case err != nil, said != "well":
		t.Errorf("%v: %s", err, said)
	}
}

func fillDisk(folder string) {
	if err := syscall.Mount("tmpfs", folder, "tmpfs", 0, "size=4m"); err != nil {
		fmt.Println("no mount")
		os.Exit(0)
	}
	if err := full(folder); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("well")
	os.Exit(0)
}

// full fills the disk, looks at what is left, makes room, and goes on.
func full(folder string) error {
	ctx := context.Background()
	s, u, err := openShared(folder)
	if err != nil {
		return err
	}
	id, err := u.Begin(ctx, "o", Offer{Subject: "person/1"}, 10<<20)
	if err != nil {
		return err
	}
	put := func() (Info, error) {
		return s.Put(ctx, Offer{Subject: "person/1"}, bytes.NewReader(letters(1<<20)), Limits{})
	}
	var kept []Info
	for range 10 {
		var info Info
		if info, err = put(); err != nil {
			break
		}
		kept = append(kept, info)
	}
	if !fault.Is(err, fault.Unavailable) || key(err) != "blobs.disk-full" {
		return fmt.Errorf("full disk: %w", err)
	}
	if at, err := u.Append(ctx, "o", id, 0, io.LimitReader(endless{}, 5<<20)); key(err) != "blobs.disk-full" || at != 0 {
		return fmt.Errorf("full disk, upload at %d: %w", at, err)
	}
	if err := onlyWhole(ctx, s, kept, folder); err != nil {
		return err
	}
	if err := s.Delete(ctx, kept[0].Address); err != nil {
		return err
	}
	if _, err := put(); err != nil {
		return fmt.Errorf("after room was made: %w", err)
	}
	if err := syscall.Mount("", folder, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		return err
	}
	if _, err := put(); !fault.Is(err, fault.Unavailable) || key(err) != "blobs.read-only" {
		return fmt.Errorf("read-only disk: %w", err)
	}
	if err := s.Delete(ctx, kept[1].Address); key(err) != "blobs.read-only" {
		return fmt.Errorf("delete on a read-only disk: %w", err)
	}
	return s.Verify(ctx, kept[1])
}

func onlyWhole(ctx context.Context, s *Store, kept []Info, folder string) error {
	n := 0
	for _, err := range s.List(ctx) {
		n++
		if err != nil {
			return err
		}
	}
	if n != len(kept) || n == 0 {
		return fmt.Errorf("%d files listed, %d acknowledged", n, len(kept))
	}
	for _, info := range kept {
		if err := s.Verify(ctx, info); err != nil {
			return err
		}
	}
	staged, err := os.ReadDir(filepath.Join(folder, "staging"))
	if err == nil && len(staged) != 0 {
		err = fmt.Errorf("left behind: %v", staged)
	}
	return err
}

// endless is text without end.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}
