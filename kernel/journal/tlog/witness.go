package tlog

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/mod/sumdb/note"
	merkle "golang.org/x/mod/sumdb/tlog"

	"github.com/amana-platform/amana/kernel/clock"
)

// WitnessOptions say who a witness is and which logs it watches.
type WitnessOptions struct {
	Key       SignerKey
	StateFile string   // made once by NewState
	LogKeys   []string // verifier keys of the logs it knows, one per origin
	Clock     clock.Clock
	Logger    *slog.Logger
}

// Witness is an outside party that saw the log grow: it cosigns a checkpoint
// only if that continues the last one it cosigned, so that no log can show
// one tree here and another there. It speaks C2SP tlog-witness:
//
//	POST /add-checkpoint
//
// and remembers, written through before it answers, the tree it saw last. It
// belongs on a machine, and in hands, that are not the log's.
type Witness struct {
	logs      map[string]note.Verifier
	signer    note.Signer
	vkey      string
	stateFile string
	logger    *slog.Logger
	lock      io.Closer

	mu    sync.Mutex
	state memory
}

const (
	maxWitnessRequest = 64 << 10
	maxProofLines     = 63
)

// NewWitness reads the state of a witness; one process at a time may hold it.
func NewWitness(o WitnessOptions) (*Witness, error) {
	if o.Clock == nil {
		o.Clock = clock.System{}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	w := &Witness{logs: map[string]note.Verifier{}, stateFile: o.StateFile, logger: o.Logger}
	for _, k := range o.LogKeys {
		v, err := note.NewVerifier(k)
		if err != nil {
			return nil, fmt.Errorf("tlog: log key %.100q: %w", k, err)
		}
		if w.logs[v.Name()] != nil {
			return nil, fmt.Errorf("tlog: two keys for the log %s", v.Name())
		}
		w.logs[v.Name()] = v
	}
	var err error
	if w.signer, err = o.Key.cosigner(o.Clock); err != nil {
		return nil, err
	}
	if w.vkey, err = o.Key.WitnessVKey(); err != nil {
		return nil, err
	}
	if w.state, err = readMemory(o.StateFile); err != nil {
		return nil, err
	}
	w.lock, err = lockFile(o.StateFile + ".lock")
	return w, err
}

// VKey gives the verifier key to put into policies.
func (w *Witness) VKey() string { return w.vkey }

// Seen gives the size of the newest tree of a log that this witness cosigned.
func (w *Witness) Seen(origin string) uint64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.state[origin].Size
}

// Close lets the state file go.
func (w *Witness) Close() error { return w.lock.Close() }

// ServeHTTP answers add-checkpoint; the statuses are the protocol's.
func (w *Witness) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost || r.URL.Path != "/add-checkpoint" {
		http.NotFound(rw, r)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(rw, r.Body, maxWitnessRequest))
	if err != nil {
		http.Error(rw, "request too large", http.StatusRequestEntityTooLarge)
		return
	}
	lines, err := w.add(body)
	var no refusal
	switch {
	case err == nil:
		_, _ = rw.Write(lines)
	case errors.As(err, &no) && no.known != nil:
		rw.Header().Set("Content-Type", "text/x.tlog.size")
		rw.WriteHeader(no.status)
		fmt.Fprintf(rw, "%d\n", *no.known)
	case errors.As(err, &no):
		w.logger.WarnContext(r.Context(), "refused to cosign", slog.Any("error", err))
		http.Error(rw, no.Error(), no.status)
	default:
		w.logger.ErrorContext(r.Context(), "cannot cosign", slog.Any("error", err))
		http.Error(rw, "state cannot be kept", http.StatusInternalServerError)
	}
}

// refusal is an answer of the protocol.
type refusal struct {
	status int
	text   string
	known  *uint64 // the size cosigned last, if the asker had another in mind
}

func (r refusal) Error() string { return r.text }

func refuse(status int, format string, args ...any) refusal {
	return refusal{status: status, text: fmt.Sprintf(format, args...)}
}

// add checks a request and gives the cosignature line.
func (w *Witness) add(body []byte) ([]byte, error) {
	q, err := parseAdd(body)
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "%v", err)
	}
	origin, _, _ := strings.Cut(string(q.note), "\n")
	log := w.logs[origin]
	if log == nil {
		return nil, refuse(http.StatusNotFound, "unknown log")
	}
	c, err := openCheckpoint(q.note, log)
	if err != nil {
		return nil, refuse(http.StatusForbidden, "%v", err)
	}
	if q.old > c.Size {
		return nil, refuse(http.StatusBadRequest, "old size %d beyond the checkpoint's %d", q.old, c.Size)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	last := w.state[origin]
	if q.old != last.Size {
		return nil, refusal{http.StatusConflict, "another size was cosigned last", &last.Size}
	}
	if err := extends(last, c, q.proof); err != nil {
		return nil, err
	}
	if err := w.keep(origin, seen{c.Size, c.Root}); err != nil {
		return nil, err
	}
	return w.cosign(q.note)
}

// extends checks the proof that a checkpoint continues the last one seen.
func extends(last seen, c Checkpoint, proof merkle.TreeProof) error {
	switch {
	case last.Size == c.Size && last.Size > 0:
		if last.Root != c.Root {
			return refuse(http.StatusConflict, "another tree of %d leaves was cosigned", c.Size)
		}
		fallthrough
	case last.Size == 0:
		if len(proof) != 0 {
			return refuse(http.StatusUnprocessableEntity, "a proof where none belongs")
		}
		return nil
	}
	if err := merkle.CheckTree(proof, int64(c.Size), c.Root, int64(last.Size), last.Root); err != nil {
		return refuse(http.StatusUnprocessableEntity, "the tree of %d leaves does not continue the one of %d", c.Size, last.Size)
	}
	return nil
}

// keep remembers a tree on the disk before anything is signed.
func (w *Witness) keep(origin string, now seen) error {
	if w.state[origin] == now {
		return nil
	}
	next := maps.Clone(w.state)
	next[origin] = now
	if err := next.write(w.stateFile); err != nil {
		return err
	}
	w.state = next
	return nil
}

// cosign gives the signature line alone, as the protocol wants it.
func (w *Witness) cosign(signed []byte) ([]byte, error) {
	end := bytes.LastIndex(signed, []byte("\n\n")) + 1
	out, err := note.Sign(&note.Note{Text: string(signed[:end])}, w.signer)
	if err != nil {
		return nil, err
	}
	return out[end+1:], nil
}

type addRequest struct {
	old   uint64
	proof merkle.TreeProof
	note  []byte
}

// parseAdd reads "old <size>", proof lines in base64, an empty line, a note.
func parseAdd(body []byte) (addRequest, error) {
	var q addRequest
	head, signed, ok := bytes.Cut(body, []byte("\n\n"))
	if !ok {
		return q, errors.New("no empty line before the checkpoint")
	}
	lines := strings.Split(string(head), "\n")
	size, ok := strings.CutPrefix(lines[0], "old ")
	old, err := strconv.ParseUint(size, 10, 64)
	if !ok || err != nil || strconv.FormatUint(old, 10) != size {
		return q, fmt.Errorf("not an old size: %.40q", lines[0])
	}
	if len(lines) > 1+maxProofLines {
		return q, fmt.Errorf("%d proof lines", len(lines)-1)
	}
	for _, line := range lines[1:] {
		h, err := base64.StdEncoding.Strict().DecodeString(line)
		if err != nil || len(h) != merkle.HashSize {
			return q, fmt.Errorf("not a proof line: %.60q", line)
		}
		q.proof = append(q.proof, merkle.Hash(h))
	}
	q.old, q.note = old, signed
	return q, nil
}
