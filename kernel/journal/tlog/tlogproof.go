package tlog

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

const tlogProofLabel = "c2sp.org/tlog-proof@v1"

// Text gives an inclusion in the form of C2SP tlog-proof, which other tools
// read: label, index, hashes, an empty line, the checkpoint.
func (in Inclusion) Text() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s\nindex %d\n", tlogProofLabel, in.Index)
	for _, h := range in.Hashes {
		fmt.Fprintln(&b, base64.StdEncoding.EncodeToString(h[:]))
	}
	b.WriteByte('\n')
	b.Write(in.Checkpoint.Note)
	return b.Bytes()
}

// ParseInclusion reads a C2SP tlog-proof. Of its checkpoint only the note is
// set: it is not verified here. Extra data is refused.
func ParseInclusion(text []byte) (Inclusion, error) {
	var in Inclusion
	head, signed, ok := bytes.Cut(text, []byte("\n\n"))
	if !ok || len(signed) == 0 || len(signed) > maxNoteSize {
		return in, errors.New("tlog: proof without a checkpoint")
	}
	lines := strings.Split(string(head), "\n")
	if lines[0] != tlogProofLabel || len(lines) < 2 || len(lines) > 2+maxProofHashes {
		return in, fmt.Errorf("tlog: not a %s: %.60q", tlogProofLabel, lines[0])
	}
	index, ok := strings.CutPrefix(lines[1], "index ")
	n, err := strconv.ParseUint(index, 10, 63)
	if !ok || err != nil || strconv.FormatUint(n, 10) != index {
		return in, fmt.Errorf("tlog: proof index %.40q", lines[1])
	}
	for _, line := range lines[2:] {
		h, err := base64.StdEncoding.Strict().DecodeString(line)
		if err != nil || len(h) != 32 {
			return Inclusion{}, fmt.Errorf("tlog: proof hash %.60q", line)
		}
		in.Hashes = append(in.Hashes, [32]byte(h))
	}
	in.Index, in.Checkpoint.Note = n, signed
	return in, nil
}
