package tlog

import (
	"bytes"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Typed is the form of a checkpoint that a person types from a printed page:
// the origin, the size, and the root in groups of four letters, the last of
// which tell a slip of the finger from another tree.
//
//	police.example/amana
//	2694
//	7Q3K 2VJ0 …
//
// It carries no signature: whoever keeps the page vouches for it. See
// docs/format/checkpoint-page.md.
func (c Checkpoint) Typed() string {
	code := crockford.EncodeToString(append(c.Root[:], typedCheck(c)...))
	var groups []string
	for len(code) > 0 {
		n := min(4, len(code))
		groups, code = append(groups, code[:n]), code[n:]
	}
	return fmt.Sprintf("%s\n%d\n%s\n", c.Origin, c.Size, strings.Join(groups, " "))
}

// crockford is base32 without the letters that are taken for others.
var crockford = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

// typedCheck is three bytes over everything that is typed.
func typedCheck(c Checkpoint) []byte {
	h := sha256.New()
	fmt.Fprintf(h, "amana-typed/v1\n%s\n%d\n", c.Origin, c.Size)
	h.Write(c.Root[:])
	return h.Sum(nil)[:3]
}

// ErrTyped means that a typed checkpoint was not typed as it stands on the page.
var ErrTyped = errors.New("the code has a typing error")

var misread = strings.NewReplacer("O", "0", "I", "1", "L", "1", "-", "", " ", "", "\t", "")

// ParseTyped reads what a person typed: in small letters or capitals, with or
// without spaces, over as many lines as they like after the second.
func ParseTyped(text string) (Checkpoint, error) {
	var c Checkpoint
	lines := strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' })
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	if len(lines) < 3 || lines[0] == "" || len(text) > 1000 {
		return c, fmt.Errorf("tlog: not a typed checkpoint: %.60q", text)
	}
	size, err := strconv.ParseUint(lines[1], 10, 64)
	if err != nil || size > maxTreeSize {
		return c, fmt.Errorf("tlog: typed size %.30q", lines[1])
	}
	code, err := crockford.DecodeString(misread.Replace(strings.ToUpper(strings.Join(lines[2:], ""))))
	if err != nil || len(code) != len(c.Root)+3 {
		return c, fmt.Errorf("tlog: %w", ErrTyped)
	}
	c.Origin, c.Size, c.Root = lines[0], size, [32]byte(code)
	if !bytes.Equal(typedCheck(c), code[len(c.Root):]) {
		return c, fmt.Errorf("tlog: %w", ErrTyped)
	}
	return c, nil
}

// ParseKept reads a checkpoint that somebody kept: the signed note itself, as
// a file or scanned from the code on a printed page, or the typed form. signed
// reports whether the log's signature was there, and holds.
func ParseKept(kept []byte, logVKey string) (c Checkpoint, signed bool, err error) {
	text := strings.TrimSpace(strings.ReplaceAll(string(kept), "\r\n", "\n")) + "\n"
	if strings.Contains(text, "\n\n") { // a note has an empty line before its signatures
		v, err := VerifyNote([]byte(text), logVKey, nil)
		return v.Checkpoint, true, err
	}
	if c, err = ParseTyped(text); err != nil {
		return c, false, err
	}
	if name, _, _ := strings.Cut(logVKey, "+"); name != c.Origin {
		return c, false, fmt.Errorf("tlog: the checkpoint is of %q, not of %q", c.Origin, name)
	}
	return c, false, nil
}

// Compact is the signed note with the log's own signature and as many
// cosignatures as fit into n bytes: what a code on paper holds.
func (c Checkpoint) Compact(n int) string {
	end := bytes.LastIndex(c.Note, []byte("\n\n")) + 2
	out := string(c.Note[:end])
	lines := strings.SplitAfter(string(c.Note[end:]), "\n")
	for _, own := range []bool{true, false} {
		for _, line := range lines {
			if strings.HasPrefix(line, "— "+c.Origin+" ") == own && line != "" && (own || len(out)+len(line) <= n) {
				out += line
			}
		}
	}
	return out
}
