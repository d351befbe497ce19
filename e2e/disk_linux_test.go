package e2e

import (
	"fmt"
	"path/filepath"
	"syscall"
	"testing"
)

// smallDisk gives a filled folder on a disk of its own of so many megabytes.
func smallDisk(t testing.TB, megabytes int) string {
	t.Helper()
	from := folder(t)
	disk := t.TempDir()
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, fmt.Sprintf("size=%dm", megabytes)); err != nil {
		t.Skipf("no small disk can be mounted here: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(disk, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	data := filepath.Join(disk, "data")
	copyTree(t, from, data)
	return data
}
