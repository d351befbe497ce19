package tlog

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	fnote "github.com/transparency-dev/formats/note"
	"golang.org/x/mod/sumdb/note"
	merkle "golang.org/x/mod/sumdb/tlog"
)

// Answer is what one witness said when it was asked about the latest
// checkpoint.
type Answer struct {
	Name string    // the witness's, in the policy
	At   time.Time // of its cosignature, by its own clock; zero where it gave none
	Err  error     // why it gave none
}

// AskWitnesses asks every witness of the policy to cosign the tree as it is on
// the disk. Publication waits only for a quorum, so that a checkpoint lacks the
// cosignature of a witness that is merely slow; this tells whether one is gone,
// and whether one has seen another past. The tree is signed anew where the
// published checkpoint is behind it: a witness may have cosigned what then found
// no quorum. Nothing is published.
func (l *Log) AskWitnesses(ctx context.Context) ([]Answer, error) {
	if len(l.o.Policy) == 0 {
		return nil, nil
	}
	c, err := l.newest(ctx)
	if err != nil {
		return nil, err
	}
	p, err := ParsePolicy(l.o.Policy)
	if err != nil {
		return nil, err
	}
	out := make([]Answer, len(p.witnesses))
	done := make(chan int)
	for i, w := range p.witnesses {
		go func() {
			out[i] = Answer{Name: w.name}
			out[i].At, out[i].Err = l.ask(ctx, w, c)
			done <- i
		}()
	}
	for range p.witnesses {
		<-done
	}
	return out, nil
}

// newest gives a signed checkpoint over everything on the disk.
func (l *Log) newest(ctx context.Context) (Checkpoint, error) {
	c, err := l.Checkpoint(ctx)
	if err != nil && !errors.Is(err, ErrNoCheckpoint) {
		return Checkpoint{}, err
	}
	size, err2 := l.Size(ctx)
	if err2 != nil || err == nil && size <= c.Size {
		return c, err2
	}
	root, err := merkle.TreeHash(int64(size), l.files.unchecked(int64(size)))
	if err != nil {
		return Checkpoint{}, err
	}
	text := fmt.Sprintf("%s\n%d\n%s\n", l.o.Origin, size, base64.StdEncoding.EncodeToString(root[:]))
	signed, err := note.Sign(&note.Note{Text: text}, l.o.Signer) // the signer holds the tree against its memory
	if err != nil {
		return Checkpoint{}, err
	}
	return openCheckpoint(signed, l.o.Verifier)
}

// ErrAnotherPast means that a witness has seen a tree that this one does not
// continue: a fork, or a log that was put back to an earlier state.
var ErrAnotherPast = errors.New("the witness has seen another tree")

// askTimeout bounds one request to a witness.
const askTimeout = 10 * time.Second

// ask speaks add-checkpoint: first as if the witness had seen this very tree,
// then, if it names another size, with the proof from there.
func (l *Log) ask(ctx context.Context, w policyWitness, c Checkpoint) (time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	old := c.Size
	for range 3 { // it may learn of the tree from elsewhere between two requests
		status, body, err := l.addCheckpoint(ctx, w.url, old, c)
		if err != nil {
			return time.Time{}, err
		}
		switch status {
		case http.StatusOK:
			return cosignedAt(w.verifier, c.Note, body)
		case http.StatusConflict:
			known, err := strconv.ParseUint(strings.TrimSuffix(string(body), "\n"), 10, 64)
			if err != nil {
				return time.Time{}, fmt.Errorf("%w: %.200q", ErrAnotherPast, body)
			}
			if known > c.Size {
				return time.Time{}, fmt.Errorf("%w: of %d leaves, this one has %d", ErrAnotherPast, known, c.Size)
			}
			old = known
		case http.StatusUnprocessableEntity:
			return time.Time{}, fmt.Errorf("%w: %.200q", ErrAnotherPast, body)
		default:
			return time.Time{}, fmt.Errorf("the witness answers %d: %.200q", status, body)
		}
	}
	return time.Time{}, fmt.Errorf("the witness keeps naming another size, last %d", old)
}

func (l *Log) addCheckpoint(ctx context.Context, url string, old uint64, c Checkpoint) (int, []byte, error) {
	var body bytes.Buffer
	fmt.Fprintf(&body, "old %d\n", old)
	if old > 0 && old < c.Size {
		proof, err := merkle.ProveTree(int64(c.Size), int64(old), l.files.hashes(c.tree()))
		if err != nil {
			return 0, nil, err
		}
		for _, h := range proof {
			fmt.Fprintln(&body, base64.StdEncoding.EncodeToString(h[:]))
		}
	}
	body.WriteByte('\n')
	body.Write(c.Note)
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(url, "/")+"/add-checkpoint", &body)
	if err != nil {
		return 0, nil, err
	}
	a, err := http.DefaultClient.Do(q)
	if err != nil {
		return 0, nil, err
	}
	defer a.Body.Close()
	said, err := io.ReadAll(io.LimitReader(a.Body, maxNoteSize))
	return a.StatusCode, said, err
}

// cosignedAt checks the line that a witness gave and reads its time.
func cosignedAt(v note.Verifier, signed, line []byte) (time.Time, error) {
	end := bytes.LastIndex(signed, []byte("\n\n")) + 2
	n, err := note.Open(append(bytes.Clone(signed[:end]), line...), note.VerifierList(v))
	if err != nil || len(n.Sigs) != 1 {
		return time.Time{}, fmt.Errorf("what the witness signed does not verify: %w", err)
	}
	at, err := fnote.CoSigV1Timestamp(n.Sigs[0])
	return at.UTC(), err
}
