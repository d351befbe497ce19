//go:build !linux

package e2e

import "testing"

// smallDisk is known for Linux only.
func smallDisk(t testing.TB, _ int) string {
	t.Helper()
	t.Skip("a small disk is mounted on Linux only")
	return ""
}
