package blobs

import (
	"context"
	"embed"
	"errors"
	"os"
	"syscall"

	"github.com/amana-platform/amana/kernel/fault"
)

// Texts holds this package's words in Arabic, French and English, one TOML
// file a language, for the catalogue.
//
//go:embed text/*.toml
var Texts embed.FS

// failure turns what a disk, a bucket or the keys say into an error that a
// person may see. Faults and the end of a request pass as they are.
func failure(err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*fault.Error](err); ok {
		return err
	}
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.Is(err, ErrErased):
		return fault.Wrap(err, fault.NotFound, "blobs.erased")
	case errors.Is(err, ErrDamaged):
		return fault.Wrap(err, fault.Unavailable, "blobs.damaged")
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT), errors.Is(err, syscall.EFBIG):
		return fault.Wrap(err, fault.Unavailable, "blobs.disk-full")
	case errors.Is(err, syscall.EROFS), errors.Is(err, os.ErrPermission):
		return fault.Wrap(err, fault.Unavailable, "blobs.read-only")
	case errors.Is(err, os.ErrNotExist):
		return fault.Wrap(err, fault.NotFound, "blobs.missing")
	}
	return fault.Wrap(err, fault.Unavailable, "blobs.unavailable")
}
