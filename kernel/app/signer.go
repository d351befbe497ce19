package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/amana-platform/amana/kernel/journal/tlog"
)

// ServeSigner is the signing process: it alone holds the log's key while it
// runs, reads the tiles for itself, and signs only what continues the tree it
// signed last.
func ServeSigner(ctx context.Context, keyFile, socket, logDir string, logger *slog.Logger) error {
	k, err := ReadKeyFile(keyFile)
	if err != nil {
		return err
	}
	key, err := k.SignerKey()
	if err != nil {
		return err
	}
	if !exists(k.SignerState()) {
		if exists(filepath.Join(logDir, "checkpoint")) {
			return fmt.Errorf("app: %s is missing although the log has a checkpoint; restore it or appoint a new log", k.SignerState())
		}
		if err := tlog.NewState(k.SignerState()); err != nil {
			return err
		}
	}
	ln, err := net.Listen("unix", socket)
	if err != nil {
		return err
	}
	defer func() { _ = ln.Close() }() // a second time, if it served
	return tlog.ServeSigner(ctx, ln, tlog.SignerOptions{Key: key, StateFile: k.SignerState(), LogDir: logDir, Logger: logger})
}

// isSigner marks the environment of a signing child.
const isSigner = "AMANA_LOG_SIGNER"

// signerChild starts the signing process as a child of this one and gives the
// signer that talks to it and the function that ends it. The child is this
// same program under another command; it dies with its parent. A program that
// does not know the command would start itself again and again, so a child
// refuses to have children.
func signerChild(ctx context.Context, k *KeyFile, logDir string) (note.Signer, func(), error) {
	if os.Getenv(isSigner) != "" {
		return nil, nil, errors.New("app: this process was started to sign, and does not know the command log-signer")
	}
	self, err := os.Executable()
	if err != nil {
		return nil, nil, err
	}
	dir, err := os.MkdirTemp("", "amana-")
	if err != nil {
		return nil, nil, err
	}
	socket := filepath.Join(dir, "signer.sock")
	cmd := exec.Command(self, "log-signer", "--key", k.path, "--socket", socket, "--log", logDir)
	cmd.Stderr, cmd.Env = os.Stderr, append(os.Environ(), isSigner+"=1")
	alive, err := cmd.StdinPipe() // the child ends when this pipe closes, however the parent dies
	if err != nil {
		return nil, nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, nil, err
	}
	stop := func() {
		_ = alive.Close()
		_ = cmd.Wait()        // it may have been ended with us, by the same signal
		_ = os.RemoveAll(dir) // a dead socket among the temporary files, at worst
	}
	s, err := dialSigner(ctx, socket, k.LogVKey)
	if err != nil {
		stop()
		return nil, nil, fmt.Errorf("app: the signing process does not answer: %w", err)
	}
	return s, stop, nil
}

// dialSigner waits for the socket of a signing process.
func dialSigner(ctx context.Context, socket, vkey string) (note.Signer, error) {
	deadline := time.Now().Add(5 * time.Second)
	for {
		if exists(socket) {
			return tlog.DialSigner(socket, vkey)
		}
		if time.Now().After(deadline) {
			return nil, errors.New("no socket after 5 s")
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(2 * time.Millisecond):
		}
	}
}

// signing is a signer and how to end its process, if it is ours.
type signing struct {
	note.Signer
	stop func()
}

// startSigning reaches the signing process, starting one if none is named.
func startSigning(ctx context.Context, c Config, k *KeyFile) (signing, error) {
	if c.Signer != "" {
		s, err := dialSigner(ctx, c.Signer, k.LogVKey)
		return signing{s, func() {}}, err
	}
	s, stop, err := signerChild(ctx, k, filepath.Join(c.Data, "log"))
	return signing{s, stop}, err
}

func stopSigning(started func() (signing, error)) error {
	if s, err := started(); err == nil {
		s.stop()
	}
	return nil
}
