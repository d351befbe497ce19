package print

import (
	"errors"
	"maps"
	"slices"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/print/internal/pdf"
)

// maxAttached bounds what an attachment may unfold to.
const maxAttached = 256 << 20

// Attached gives the content of a file that rides in one of our documents,
// signed or not. It takes any bytes without harm. Faults: print.pdf.malformed,
// print.attachment.missing, print.attachment.too-large.
func Attached(document []byte, name string) ([]byte, error) {
	r, err := pdf.Open(document)
	if err != nil {
		return nil, unreadable(err)
	}
	files, err := r.Files()
	if err != nil {
		return nil, unreadable(err)
	}
	spec, ok := files[name]
	if !ok {
		return nil, fault.New(fault.NotFound, "print.attachment.missing", "name", name)
	}
	data, err := r.File(spec, maxAttached)
	if err != nil {
		return nil, unreadable(err)
	}
	return data, nil
}

// AttachedNames lists the files that ride in one of our documents, sorted.
func AttachedNames(document []byte) ([]string, error) {
	r, err := pdf.Open(document)
	if err != nil {
		return nil, unreadable(err)
	}
	files, err := r.Files()
	if err != nil {
		return nil, unreadable(err)
	}
	return slices.Sorted(maps.Keys(files)), nil
}

func unreadable(err error) error {
	if errors.Is(err, pdf.ErrTooLarge) {
		return fault.Wrap(err, fault.TooLarge, "print.attachment.too-large", "megabytes", maxAttached>>20)
	}
	return fault.Wrap(err, fault.Invalid, "print.pdf.malformed")
}
