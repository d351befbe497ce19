package tlog

import (
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	merkle "golang.org/x/mod/sumdb/tlog"
)

// Succession is the statement by which a log ends and another goes on with the
// record: after entries were lost, or when the log's key has to go. Both logs
// sign it, so that nobody can end a log who does not hold its key. See
// docs/format/log.md.
type Succession struct {
	VKey string   // verifier key of the log that ends
	Size uint64   // leaves of the largest tree it is known to have signed
	Root [32]byte // of that tree
	Kept uint64   // how many of these leaves came back with the record
	Next string   // verifier key of the log that goes on
}

const successionHead = "amana-log-succession/v1"

// Lost is how many leaves of the log that ended did not come back.
func (s Succession) Lost() uint64 { return s.Size - min(s.Size, s.Kept) }

// text is a line each: head, ending log, size, root, kept, next log.
func (s Succession) text() string {
	return fmt.Sprintf("%s\n%s\n%d\n%s\n%d\n%s\n", successionHead, s.VKey, s.Size, base64.StdEncoding.EncodeToString(s.Root[:]), s.Kept, s.Next)
}

// Sign gives the statement as a note that both logs signed.
func (s Succession) Sign(last, next SignerKey) ([]byte, error) {
	var signers []note.Signer
	for _, k := range []SignerKey{last, next} {
		n, err := k.Note()
		if err != nil {
			return nil, err
		}
		signers = append(signers, n)
	}
	signed, err := note.Sign(&note.Note{Text: s.text()}, signers...)
	if err != nil {
		return nil, err
	}
	_, err = OpenSuccession(signed)
	return signed, err
}

// OpenSuccession reads a statement and checks that both logs it names signed it.
func OpenSuccession(signed []byte) (Succession, error) {
	wrong := func(err error) (Succession, error) {
		return Succession{}, fmt.Errorf("tlog: not the statement of two logs: %w", err)
	}
	if len(signed) > maxNoteSize {
		return wrong(errors.New("too long"))
	}
	text, _, _ := strings.Cut(string(signed), "\n\n")
	s, err := parseSuccession(text + "\n")
	if err != nil {
		return wrong(err)
	}
	for _, vkey := range []string{s.VKey, s.Next} {
		v, err := note.NewVerifier(vkey)
		if err != nil {
			return wrong(err)
		}
		n, err := note.Open(signed, note.VerifierList(v))
		if err != nil {
			return wrong(err)
		}
		if n.Text != s.text() {
			return wrong(errors.New("another text is signed"))
		}
	}
	return s, nil
}

func parseSuccession(text string) (s Succession, err error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 7 || lines[0] != successionHead || lines[1] == lines[5] {
		return s, fmt.Errorf("%.100q", text)
	}
	size, errSize := strconv.ParseUint(lines[2], 10, 64)
	root, errRoot := base64.StdEncoding.Strict().DecodeString(lines[3])
	kept, errKept := strconv.ParseUint(lines[4], 10, 64)
	if errors.Join(errSize, errRoot, errKept) != nil || len(root) != merkle.HashSize || size > maxTreeSize || kept > size {
		return s, fmt.Errorf("%.200q", text)
	}
	return Succession{VKey: lines[1], Size: size, Root: [32]byte(root), Kept: kept, Next: lines[5]}, nil
}

// LastSigned reads from a signer's memory the tree that it signed last for a
// log; size 0 if it signed none.
func LastSigned(stateFile, origin string) (size uint64, root [32]byte, err error) {
	m, err := readMemory(stateFile)
	if errors.Is(err, os.ErrNotExist) {
		return 0, emptyRoot(), nil
	}
	last, ok := m[origin]
	if !ok {
		return 0, emptyRoot(), err
	}
	return last.Size, last.Root, err
}
