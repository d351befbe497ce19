package blobs

import (
	"bytes"
	"encoding/binary"
	"io"
	"mime"
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/amana-platform/amana/kernel/fault"
)

// Kind is a sort of file that may be filed. It is told by content; the name's
// extension and the declared type may only agree with it.
type Kind struct {
	// MIME is the type under which the file is served.
	MIME string
	// Extensions are the allowed ends of the name, lower case, without dot.
	Extensions []string
	// Also are other types that uploaders declare for it.
	Also []string

	// matches looks at the first sniffSize bytes, or all if there are fewer.
	matches func(head []byte) bool
	// examine looks inside the whole file; nil where the head says enough.
	examine func(r io.ReadSeeker, info *Info, limits Limits) error
}

// sniffSize is how much of a file is looked at to tell its kind, in bytes.
const sniffSize = 4 << 10

// Kinds lists every kind that can be told: what a police file holds, pictures,
// documents, recordings and plain text. Nothing in it can run in a browser.
// The most exact comes first; text, which has no mark, last.
func Kinds() []Kind {
	return []Kind{
		{MIME: "image/jpeg", Extensions: []string{"jpg", "jpeg", "jpe", "jfif"}, Also: []string{"image/jpg", "image/pjpeg"}, matches: starts("\xff\xd8\xff"), examine: examinePicture},
		{MIME: "image/png", Extensions: []string{"png"}, Also: []string{"image/x-png"}, matches: starts("\x89PNG\r\n\x1a\n"), examine: examinePicture},
		{MIME: "image/webp", Extensions: []string{"webp"}, matches: riff("WEBP"), examine: examinePicture},
		{MIME: "image/heic", Extensions: []string{"heic", "heif"}, Also: []string{"image/heif"}, matches: brand("heic", "heix", "heim", "heis", "mif1"), examine: examineHEIC},
		{MIME: "application/pdf", Extensions: []string{"pdf"}, Also: []string{"application/x-pdf"}, matches: starts("%PDF-")},
		{MIME: "video/mp4", Extensions: []string{"mp4", "m4v"}, Also: []string{"video/x-m4v"}, matches: brand("isom", "iso2", "iso4", "iso5", "iso6", "mp41", "mp42", "avc1", "dash", "M4V ", "MSNV")},
		{MIME: "video/quicktime", Extensions: []string{"mov", "qt"}, matches: brand("qt  ")},
		{MIME: "video/3gpp", Extensions: []string{"3gp", "3gpp"}, Also: []string{"audio/3gpp"}, matches: brand("3gp4", "3gp5", "3gp6", "3gp7")},
		{MIME: "audio/mp4", Extensions: []string{"m4a"}, Also: []string{"audio/x-m4a", "audio/m4a"}, matches: brand("M4A ")},
		{MIME: "video/webm", Extensions: []string{"webm"}, Also: []string{"audio/webm"}, matches: isWebM},
		{MIME: "audio/mpeg", Extensions: []string{"mp3"}, Also: []string{"audio/mp3"}, matches: isMP3},
		{MIME: "audio/wav", Extensions: []string{"wav"}, Also: []string{"audio/x-wav", "audio/wave", "audio/vnd.wave"}, matches: riff("WAVE")},
		{MIME: "audio/ogg", Extensions: []string{"ogg", "oga", "opus"}, Also: []string{"application/ogg", "audio/opus"}, matches: starts("OggS\x00")},
		{MIME: "application/vnd.openxmlformats-officedocument.wordprocessingml.document", Extensions: []string{"docx"}, matches: starts("PK\x03\x04"), examine: examineDOCX},
		{MIME: "text/plain", Extensions: []string{"txt", "text", "log", "csv"}, Also: []string{"text/csv", "application/csv"}, matches: isText, examine: examineText},
	}
}

func (l Limits) allows(k Kind) bool { return l.Kinds == nil || slices.Contains(l.Kinds, k.MIME) }

// recognise tells the kind of a file by its head, checks what is said of it,
// and whether it is allowed.
func recognise(head []byte, offer Offer, limits Limits) (Kind, error) {
	if len(head) == 0 {
		return Kind{}, fault.New(fault.Invalid, "blobs.empty")
	}
	kinds := Kinds()
	is := slices.IndexFunc(kinds, func(k Kind) bool { return k.matches(head) })
	says := slices.IndexFunc(kinds, func(k Kind) bool { return slices.Contains(k.Extensions, extension(offer.Name)) })
	switch {
	case is < 0 && says < 0:
		return Kind{}, fault.New(fault.Invalid, "blobs.type-unknown")
	case is < 0 || !kinds[is].agrees(offer):
		return Kind{}, fault.New(fault.Invalid, "blobs.type-mismatch")
	case !limits.allows(kinds[is]):
		return Kind{}, fault.New(fault.Invalid, "blobs.type-refused")
	}
	return kinds[is], nil
}

func (k Kind) agrees(offer Offer) bool {
	if ext := extension(offer.Name); ext != "" && !slices.Contains(k.Extensions, ext) {
		return false
	}
	declared, _, err := mime.ParseMediaType(offer.MIME)
	if offer.MIME == "" || err == nil && declared == "application/octet-stream" {
		return true
	}
	return err == nil && (declared == k.MIME || slices.Contains(k.Also, declared))
}

// extension gives what a computer would take for the type in a name. "PV
// 12.2026" has none: digits alone are a year or a number.
func extension(name string) string {
	ext := strings.ToLower(strings.TrimPrefix(path.Ext(name), "."))
	if ext == "" || len(ext) > 8 || strings.Trim(ext, "abcdefghijklmnopqrstuvwxyz0123456789") != "" || strings.Trim(ext, "0123456789") == "" {
		return ""
	}
	return ext
}

// maxName is the longest name kept, in bytes: what file systems take.
const maxName = 255

// checkName refuses names that would mislead a reader or a file system:
// folders, control characters, and the marks that turn the direction of what
// follows, by which "gpj.exe" reads as "exe.jpg".
func checkName(name string) error {
	bad := func(r rune) bool {
		return r == '/' || r == '\\' || unicode.IsControl(r) ||
			r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069 || r == 0x2028 || r == 0x2029
	}
	if len(name) > maxName || !utf8.ValidString(name) || strings.ContainsFunc(name, bad) || name == "." || name == ".." {
		return &fault.Error{Kind: fault.Invalid, Key: "blobs.name", Field: "name"}
	}
	return nil
}

func starts(mark string) func([]byte) bool {
	return func(head []byte) bool { return bytes.HasPrefix(head, []byte(mark)) }
}

func riff(form string) func([]byte) bool {
	return func(head []byte) bool {
		return len(head) >= 12 && string(head[:4]) == "RIFF" && string(head[8:12]) == form
	}
}

// brand tells the files of ISO/IEC 14496-12 apart by the major brand of their
// first box.
func brand(names ...string) func([]byte) bool {
	return func(head []byte) bool {
		return len(head) >= 16 && string(head[4:8]) == "ftyp" && binary.BigEndian.Uint32(head) >= 16 &&
			slices.Contains(names, string(head[8:12]))
	}
}

// isWebM asks for the EBML mark and, in its header, the document type.
func isWebM(head []byte) bool {
	return bytes.HasPrefix(head, []byte("\x1a\x45\xdf\xa3")) &&
		bytes.Contains(head[:min(len(head), 64)], []byte("\x42\x82\x84webm"))
}

// isMP3 takes an ID3 tag, or a frame header of MPEG audio layer III
// (ISO/IEC 11172-3, 2.4.1.3) with possible bit rate and sampling rate.
func isMP3(head []byte) bool {
	if bytes.HasPrefix(head, []byte("ID3")) {
		return len(head) >= 10 && head[3] < 0xff && head[4] < 0xff
	}
	return len(head) >= 4 && head[0] == 0xff && (head[1]&0xfe == 0xfa || head[1]&0xfe == 0xf2) &&
		head[2]>>4 != 0xf && head[2]>>4 != 0 && head[2]>>2&3 != 3
}

// isText takes UTF-8 without control characters; the head may end inside a
// character.
func isText(head []byte) bool {
	for len(head) > 0 {
		r, n := utf8.DecodeRune(head)
		if r == utf8.RuneError && n == 1 {
			return len(head) < utf8.UTFMax && !utf8.FullRune(head)
		}
		if !textRune(r) {
			return false
		}
		head = head[n:]
	}
	return true
}

func textRune(r rune) bool {
	return !unicode.IsControl(r) || r == '\n' || r == '\r' || r == '\t' || r == '\f'
}
