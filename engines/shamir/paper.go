package shamir

import (
	"bufio"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Paper is a share as somebody keeps it: with what is needed to find the
// others, and with sums that find a typing error and its line.
type Paper struct {
	Set [4]byte // the same on all shares of one splitting, and on no others
	K   int     // how many join
	N   int     // how many there are
	Share
}

// The form of a paper share; see docs/format/key-share.md.
const (
	paperName  = "amana"
	paperHead  = paperName + "-key-share/v1"
	lineBytes  = 20 // of a share on one line: 32 letters in groups of four
	maxPapered = 4096
)

// letters are Crockford's: none looks like another.
var letters = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

// typed reads what people type for a letter that looks alike.
var typed = strings.NewReplacer("O", "0", "I", "1", "L", "1", "U", "V", "-", "", " ", "")

// String writes a share in lines: a head with set, number and threshold, then
// lines of groups of four letters, each ending in a sum of two letters.
func (p Paper) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\nset %s share %d of %d, any %d join\n", paperHead, hex.EncodeToString(p.Set[:]), p.X, p.N, p.K)
	for i, line := 0, 1; i < len(p.Y); i, line = i+lineBytes, line+1 {
		part := p.Y[i:min(i+lineBytes, len(p.Y))]
		text := letters.EncodeToString(part)
		fmt.Fprintf(&b, "%d ", line)
		for len(text) > 4 {
			b.WriteString(text[:4] + "-")
			text = text[4:]
		}
		b.WriteString(text + " " + p.sum(line, part) + "\n")
	}
	fmt.Fprintf(&b, "end %s\n", p.sum(0, p.Y))
	return b.String()
}

// sum is two letters of the SHA-256 of a line's bytes and of whose they are;
// line 0 is the whole share.
func (p Paper) sum(line int, part []byte) string {
	h := sha256.New()
	fmt.Fprintf(h, "%s %x %d %d %d %d\n", paperHead, p.Set, p.X, p.N, p.K, line)
	h.Write(part)
	s := h.Sum(nil)
	return letters.EncodeToString(s[:5])[:2+2*btoi(line == 0)]
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// ParsePaper reads a share that was kept or typed: capitals or not, groups
// joined or apart. An error names the line that is wrong.
func ParsePaper(text string) (Paper, error) {
	var p Paper
	lines := bufio.NewScanner(strings.NewReader(text))
	head, ended := false, false
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		var err error
		switch {
		case line == "" || ended || strings.HasPrefix(strings.ToLower(line), paperName):
		case !head:
			head, err = true, p.head(line)
		case strings.HasPrefix(strings.ToLower(line), "end "):
			ended, err = true, p.end(line[4:])
		default:
			err = p.line(line)
		}
		if err != nil {
			return Paper{}, err
		}
	}
	if !head || !ended {
		return Paper{}, errors.New("shamir: not a whole share: its head or its end is missing")
	}
	return p, lines.Err()
}

func (p *Paper) head(line string) error {
	var set string
	var x int
	if n, _ := fmt.Sscanf(strings.ToLower(line), "set %s share %d of %d, any %d join", &set, &x, &p.N, &p.K); n != 4 {
		return fmt.Errorf("shamir: %q is not the head of a share", line)
	}
	raw, err := hex.DecodeString(set)
	if err != nil || len(raw) != len(p.Set) || x < 1 || x > p.N || p.N > 255 || p.K < 2 || p.K > p.N {
		return fmt.Errorf("shamir: %q is not the head of a share", line)
	}
	copy(p.Set[:], raw)
	p.X = byte(x)
	return nil
}

func (p *Paper) line(line string) error {
	words := strings.Fields(strings.ToUpper(line))
	if len(words) < 3 {
		return fmt.Errorf("shamir: %q is not a line of a share", line)
	}
	number, want := len(p.Y)/lineBytes+1, words[len(words)-1]
	if words[0] != strconv.Itoa(number) || len(p.Y)%lineBytes != 0 {
		return fmt.Errorf("shamir: line %d is missing before line %s", number, words[0])
	}
	part, err := letters.DecodeString(typed.Replace(strings.Join(words[1:len(words)-1], "")))
	if err != nil || len(part) == 0 || len(part) > lineBytes || len(p.Y) > maxPapered || p.sum(number, part) != typed.Replace(want) {
		return fmt.Errorf("shamir: line %d is not as it was written", number)
	}
	p.Y = append(p.Y, part...)
	return nil
}

func (p *Paper) end(sum string) error {
	if p.sum(0, p.Y) != typed.Replace(strings.ToUpper(strings.TrimSpace(sum))) {
		return errors.New("shamir: lines are missing before the end, or the head is not as it was written")
	}
	return nil
}

// JoinPapers gives the secret of enough shares of one splitting.
func JoinPapers(all []Paper) ([]byte, error) {
	if len(all) == 0 {
		return nil, errors.New("shamir: no shares")
	}
	first := all[0]
	shares := make([]Share, len(all))
	for i, p := range all {
		if p.Set != first.Set || p.K != first.K || p.N != first.N {
			return nil, fmt.Errorf("shamir: share %d is of set %x, share %d of set %x", first.X, first.Set, p.X, p.Set)
		}
		shares[i] = p.Share
	}
	if len(all) < first.K {
		return nil, fmt.Errorf("shamir: %d shares, and %d join", len(all), first.K)
	}
	return Join(shares)
}
