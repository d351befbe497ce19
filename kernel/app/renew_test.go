package app_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
)

// covered writes an entry and waits until the signed log covers it.
func (h *house) covered(a *app.App, name string) (person ident.ID) {
	h.t.Helper()
	person = h.admit(a, name)
	last, err := a.Journal.Last(h.t.Context())
	h.must(err)
	h.must(a.Logging.WaitCovered(h.t.Context(), last))
	return person
}

// setAside reports whether the log before is out of the way of another.
func (h *house) setAside(origin string) bool {
	k, err := app.ReadKeyFile(h.config.Key)
	if err != nil || k.Origin != origin {
		return false
	}
	_, log := os.Stat(filepath.Join(h.config.Data, "log"))
	_, memory := os.Stat(k.SignerState())
	return errors.Is(log, os.ErrNotExist) && errors.Is(memory, os.ErrNotExist)
}

// renew begins a new log; its signing process starts when its key is there.
func (h *house) renew(r app.LogRenewal) (journal.LogRenewed, error) {
	h.t.Helper()
	dir, err := os.MkdirTemp("", "amana") // a socket's path is short
	h.must(err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	socket := filepath.Join(dir, "s")
	go func() {
		defer close(done)
		for !h.setAside(r.Origin) {
			select {
			case <-ctx.Done():
				return
			case <-time.After(2 * time.Millisecond):
			}
		}
		_ = app.ServeSigner(ctx, h.config.Key, socket, filepath.Join(h.config.Data, "log"), slog.New(slog.DiscardHandler))
	}()
	stop := sync.OnceFunc(func() {
		cancel()
		<-done
		_ = os.RemoveAll(dir)
	})
	h.t.Cleanup(stop)
	c := h.config
	c.Signer = socket
	e, err := app.RenewLog(h.t.Context(), c, r, h.build)
	if err == nil {
		h.config.Signer, h.unsign = socket, stop
	}
	return e, err
}

// TestALogIsRenewed: the record goes on under another log, in which every entry
// has a leaf, with a statement of both; the one that ended is kept.
func TestALogIsRenewed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	a := h.start()
	person := h.covered(a, "Zineb")
	h.must(a.Close())
	h.unsign()
	was := h.keys()
	e, err := h.renew(app.LogRenewal{Origin: "test.invalid/next", Authority: "order 1"})
	h.must(err)
	k := h.keys()
	if k.Renewing || k.Origin != "test.invalid/next" || k.LogVKey == was.LogVKey || bytes.Equal(k.LogSigner, was.LogSigner) || !bytes.Equal(k.Master, was.Master) {
		t.Errorf("%+v", k)
	}
	former := k.Former[0]
	if len(k.Former) != 1 || former.Origin != was.Origin || former.LogVKey != was.LogVKey || !strings.Contains(former.Statement, "test.invalid/next") {
		t.Errorf("%+v", former)
	}
	if e.Authority != "order 1" {
		t.Errorf("%+v", e)
	}
	if _, err := os.Stat(filepath.Join(former.Folder(h.config.Data), "checkpoint")); err != nil || strings.Count(former.Folder(h.config.Data), "test.invalid_amana") != 1 {
		t.Errorf("the log that ended: %v", err)
	}
	b := h.start()
	line, err := b.Journal.Timeline(t.Context(), ident.Ref{Kind: "person", ID: person}, 0, 1)
	h.must(err)
	h.covered(b, "Hamid")
	if !b.Logging.Covered(line[0].Seq) {
		t.Error("an entry from before has no leaf in the new log")
	}
	if _, _, err := b.Paper.Proof(t.Context(), line[0].ID, func(string) bool { return true }); err != nil {
		t.Errorf("its proof: %v", err)
	}
}

// TestWhatForbidsARenewal: nothing is changed by one that cannot be, and the
// service goes on as it was.
func TestWhatForbidsARenewal(t *testing.T) {
	t.Parallel()
	h, other := newHouse(t), newHouse(t)
	a, b := h.start(), other.start()
	h.covered(a, "Zineb")
	other.covered(b, "Zineb")
	h.must(b.Close())
	foreign, err := os.ReadFile(filepath.Join(other.config.Data, "log", "checkpoint"))
	h.must(err)
	if _, err := h.renew(app.LogRenewal{Origin: "test.invalid/next", Authority: "x"}); fault.Of(err).Key != "faults.data-held" {
		t.Errorf("of a service that runs: %v", err)
	}
	h.must(a.Close())
	before, err := os.ReadFile(h.config.Key)
	h.must(err)
	for name, r := range map[string]app.LogRenewal{
		"the name it had":             {Origin: "test.invalid/amana", Authority: "x"},
		"a checkpoint of another log": {Origin: "test.invalid/next", Authority: "x", Kept: [][]byte{foreign}},
		"a checkpoint that is none":   {Origin: "test.invalid/next", Authority: "x", Kept: [][]byte{[]byte("nonsense")}},
	} {
		if _, err := h.renew(r); err == nil {
			t.Errorf("%s: renewed", name)
		}
		after, err := os.ReadFile(h.config.Key)
		h.must(err)
		if !bytes.Equal(before, after) {
			t.Errorf("%s: the keys have changed", name)
		}
	}
	h.must(h.start().Close())
	state := h.keys().SignerState()
	raw, err := os.ReadFile(state)
	h.must(errors.Join(err, os.Remove(state)))
	if _, err := h.renew(app.LogRenewal{Origin: "test.invalid/next", Authority: "x"}); err == nil {
		t.Error("renewed without knowing what was signed")
	}
	h.must(os.WriteFile(state, raw, 0o600))
}
