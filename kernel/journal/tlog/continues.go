package tlog

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	merkle "golang.org/x/mod/sumdb/tlog"
)

// Continues checks that the log in a folder is a continuation of a checkpoint
// that somebody kept, signed or typed from a page (see ParseKept): at least as large, and with that very tree
// as its beginning. It finds a log from which the newest leaves were cut off,
// which by itself is consistent.
func Continues(_ context.Context, dir, logVKey string, kept []byte) error {
	then, _, err := ParseKept(kept, logVKey)
	if err != nil {
		return fmt.Errorf("the kept checkpoint: %w", err)
	}
	raw, err := os.ReadFile(filepath.Join(dir, "checkpoint"))
	if err != nil {
		return err
	}
	now, err := VerifyNote(raw, logVKey, nil)
	if err != nil {
		return fmt.Errorf("the log's checkpoint: %w", err)
	}
	if now.Size < then.Size {
		return fmt.Errorf("the log has %d leaves; a checkpoint over %d was signed before: leaves were cut off", now.Size, then.Size)
	}
	if then.Size == 0 {
		return nil
	}
	proof, err := merkle.ProveTree(int64(now.Size), int64(then.Size), tileDir(dir).hashes(now.tree()))
	if err != nil {
		return fmt.Errorf("the tiles do not show that the log continues: %w", err)
	}
	if err := merkle.CheckTree(proof, int64(now.Size), now.Root, int64(then.Size), then.Root); err != nil {
		return fmt.Errorf("the log does not continue the kept checkpoint: %w", err)
	}
	return nil
}
