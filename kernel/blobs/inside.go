package blobs

import (
	"archive/zip"
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/amana-platform/amana/kernel/fault"
)

// broken says that a file is not, inside, what its head says.
func broken(cause error) error { return fault.Wrap(cause, fault.Invalid, "blobs.broken") }

// examineText reads every character: text that turns into something else
// after its head is not text.
func examineText(r io.ReadSeeker, _ *Info, _ Limits) error {
	in := bufio.NewReaderSize(r, chunkSize)
	for {
		c, n, err := in.ReadRune()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return failure(err)
		}
		if c == utf8.RuneError && n == 1 || !textRune(c) {
			return broken(nil)
		}
	}
}

// maxEntries bounds the table of contents of a document, in entries.
const maxEntries = 10_000

// examineDOCX asks for the main part of ECMA-376 and refuses programs inside.
func examineDOCX(r io.ReadSeeker, info *Info, _ Limits) error {
	archive, err := zip.NewReader(at{r}, info.Size)
	if err != nil {
		return broken(err)
	}
	main := false
	for i, f := range archive.File {
		name := strings.ToLower(f.Name)
		if i >= maxEntries || strings.HasSuffix(name, "vbaproject.bin") {
			return broken(nil)
		}
		main = main || name == "word/document.xml"
	}
	if !main {
		return fault.New(fault.Invalid, "blobs.type-mismatch")
	}
	return nil
}

// at reads at an offset through a seeker that nobody else uses.
type at struct{ r io.ReadSeeker }

// ReadAt implements io.ReaderAt for one goroutine.
func (a at) ReadAt(p []byte, offset int64) (int, error) {
	if _, err := a.r.Seek(offset, io.SeekStart); err != nil {
		return 0, err
	}
	n, err := io.ReadFull(a.r, p)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = io.EOF
	}
	return n, err
}

// box is one box of ISO/IEC 14496-12: its type and where its content lies.
type box struct {
	kind       string
	start, end int64
}

var errBox = errors.New("blobs: malformed box")

// boxes lists the boxes between two offsets, at most 1,000.
func boxes(r io.ReaderAt, start, end int64) ([]box, error) {
	var found []box
	for start < end {
		var head [16]byte
		if _, err := r.ReadAt(head[:8], start); err != nil {
			return nil, err
		}
		size, from := int64(binary.BigEndian.Uint32(head[:4])), start+8
		switch size {
		case 0: // to the end
			size = end - start
		case 1: // 64 bits
			if _, err := r.ReadAt(head[8:], start+8); err != nil {
				return nil, err
			}
			size, from = int64(binary.BigEndian.Uint64(head[8:])), start+16
		}
		if size < from-start || size > end-start || len(found) == 1000 {
			return nil, errBox
		}
		found = append(found, box{string(head[4:8]), from, start + size})
		start += size
	}
	return found, nil
}

// within follows a path of box types and gives the boxes of the last type.
// "meta" is a full box: four bytes of version and flags come before its content.
func within(r io.ReaderAt, size int64, path ...string) ([]box, error) {
	at := []box{{"", 0, size}}
	for _, kind := range path {
		var next []box
		for _, outer := range at {
			start := outer.start
			if outer.kind == "meta" {
				start += 4
			}
			inner, err := boxes(r, start, outer.end)
			if err != nil {
				return nil, err
			}
			for _, b := range inner {
				if b.kind == kind {
					next = append(next, b)
				}
			}
		}
		at = next
	}
	return at, nil
}

// examineHEIC takes the largest "ispe" (ISO/IEC 23008-12, 6.5.3) as the
// picture's dimensions: tiles and thumbnails are smaller.
func examineHEIC(r io.ReadSeeker, info *Info, limits Limits) error {
	sizes, err := within(at{r}, info.Size, "meta", "iprp", "ipco", "ispe")
	if err != nil {
		return broken(err)
	}
	for _, b := range sizes {
		var v [12]byte
		if _, err := (at{r}).ReadAt(v[:], b.start); err != nil || b.end-b.start < 12 {
			return broken(err)
		}
		w, h := int64(binary.BigEndian.Uint32(v[4:])), int64(binary.BigEndian.Uint32(v[8:]))
		if err := limits.picture(w, h); err != nil {
			return err
		}
		if w*h > int64(info.Width)*int64(info.Height) {
			info.Width, info.Height = int(w), int(h)
		}
	}
	if info.Width == 0 {
		return broken(errBox)
	}
	return nil
}
