package tlog

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"
	merkle "golang.org/x/mod/sumdb/tlog"
)

// SignerOptions say what a signer keeps and where.
type SignerOptions struct {
	Key       SignerKey
	StateFile string // made once by NewState; out of reach of whoever runs the log
	LogDir    string // where the signer reads the tiles for itself
	Logger    *slog.Logger
}

const (
	maxBodySize    = 1 << 10 // bytes of a checkpoint's text
	signBurst      = 20      // signatures at once
	signEvery      = 50 * time.Millisecond
	signerDeadline = 5 * time.Second
)

// ServeSigner is the process that holds the log's key. On the listener,
// usually a Unix socket whose permissions say who may ask, it answers
//
//	GET  /key   its verifier key
//	POST /sign  a checkpoint's text, with the base64 of a signature
//
// It signs a tree only if that is the one it signed last or continues it: the
// proof it makes itself, from the tiles, and the tree it remembers in a file
// written through before the signature leaves. So whoever rules the server
// can stop the log, but cannot have another past signed. It returns when the
// context ends.
func ServeSigner(ctx context.Context, ln net.Listener, o SignerOptions) error {
	s, err := newSignerServer(o)
	if err != nil {
		return err
	}
	defer s.lock.Close()
	return serve(ctx, ln, s.handler())
}

// serve runs an HTTP server with short deadlines until the context ends.
func serve(ctx context.Context, ln net.Listener, h http.Handler) error {
	srv := &http.Server{Handler: h, ReadTimeout: signerDeadline, WriteTimeout: 2 * signerDeadline, MaxHeaderBytes: 8 << 10}
	stopped := context.AfterFunc(ctx, func() {
		c, cancel := context.WithTimeout(context.Background(), signerDeadline)
		defer cancel()
		_ = srv.Shutdown(c)
	})
	defer stopped()
	if err := srv.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

type signerServer struct {
	o      SignerOptions
	vkey   string
	signer note.Signer
	lock   io.Closer

	mu     sync.Mutex
	state  memory
	tokens float64
	at     time.Time
}

func newSignerServer(o SignerOptions) (*signerServer, error) {
	vkey, err := o.Key.VKey()
	if err != nil {
		return nil, err
	}
	signer, err := o.Key.Note()
	if err != nil {
		return nil, err
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	state, err := readMemory(o.StateFile)
	if err != nil {
		return nil, err
	}
	lock, err := lockFile(o.StateFile + ".lock")
	if err != nil {
		return nil, err
	}
	return &signerServer{o: o, vkey: vkey, signer: signer, lock: lock, state: state, tokens: signBurst, at: time.Now()}, nil
}

func (s *signerServer) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /key", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, s.vkey) })
	mux.HandleFunc("POST /sign", func(w http.ResponseWriter, r *http.Request) {
		text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBodySize))
		if err != nil {
			http.Error(w, "checkpoint too large", http.StatusRequestEntityTooLarge)
			return
		}
		sig, status, err := s.sign(string(text))
		if err != nil {
			s.o.Logger.WarnContext(r.Context(), "refused to sign", slog.Any("error", err))
			http.Error(w, err.Error(), status)
			return
		}
		fmt.Fprintln(w, base64.StdEncoding.EncodeToString(sig))
	})
	return mux
}

// sign gives the signature, or the HTTP status of its refusal.
func (s *signerServer) sign(text string) ([]byte, int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.take() {
		return nil, http.StatusTooManyRequests, errors.New("too many signatures asked for")
	}
	c, err := parseBody(text)
	if err != nil {
		return nil, http.StatusBadRequest, err
	}
	if c.Origin != s.o.Key.Name {
		return nil, http.StatusNotFound, fmt.Errorf("this key signs for %s, not for %.100q", s.o.Key.Name, c.Origin)
	}
	last := s.state[c.Origin]
	if err := continues(last, c, tileDir(s.o.LogDir)); err != nil {
		return nil, http.StatusConflict, err
	}
	if now := (seen{c.Size, c.Root}); now != last {
		if err := (memory{c.Origin: now}).write(s.o.StateFile); err != nil {
			return nil, http.StatusInternalServerError, err
		}
		s.state = memory{c.Origin: now}
	}
	sig, err := s.signer.Sign([]byte(text))
	return sig, http.StatusInternalServerError, err
}

// take is a token bucket.
func (s *signerServer) take() bool {
	now := time.Now()
	s.tokens = min(signBurst, s.tokens+float64(now.Sub(s.at))/float64(signEvery))
	s.at = now
	if s.tokens < 1 {
		return false
	}
	s.tokens--
	return true
}

// continues checks that a tree keeps every leaf of the one signed last. It
// believes nothing but hashes: the tiles must give the new root, and the
// proof made from them the old one.
func continues(last seen, c Checkpoint, files tileDir) error {
	switch {
	case c.Size < last.Size:
		return fmt.Errorf("a tree of %d leaves after one of %d was signed", c.Size, last.Size)
	case c.Size == last.Size && c.Size > 0:
		if c.Root != last.Root {
			return fmt.Errorf("another tree of %d leaves was signed already", c.Size)
		}
		return nil
	case c.Size == 0:
		return nil
	}
	hashes := files.hashes(c.tree())
	if last.Size == 0 {
		_, err := merkle.TreeHash(int64(c.Size), hashes) // the reader holds every tile against the root
		return err
	}
	proof, err := merkle.ProveTree(int64(c.Size), int64(last.Size), hashes)
	if err != nil {
		return fmt.Errorf("the tiles do not show that the tree continues: %w", err)
	}
	if err := merkle.CheckTree(proof, int64(c.Size), c.Root, int64(last.Size), last.Root); err != nil {
		return fmt.Errorf("the tree of %d leaves does not continue the one of %d: %w", c.Size, last.Size, err)
	}
	return nil
}
