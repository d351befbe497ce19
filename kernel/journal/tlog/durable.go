package tlog

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	merkle "golang.org/x/mod/sumdb/tlog"
)

// seen is the newest tree that a signer or a witness has put its name to.
type seen struct {
	Size uint64      `json:"size"`
	Root merkle.Hash `json:"root"` // base64
}

// memory is what a signer or a witness must never forget, by origin.
type memory map[string]seen

// NewState makes the state file of a signer or a witness, once in its life.
// Neither starts without its file: one whose memory is gone would sign a fork
// without noticing.
func NewState(path string) error { return createFile(path, []byte("{}\n")) }

func readMemory(path string) (memory, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("tlog: state: %w", err)
	}
	m := memory{}
	if err := json.Unmarshal(raw, &m); err != nil {
		return nil, fmt.Errorf("tlog: state %s: %w", path, err)
	}
	return m, nil
}

// write replaces the state file; when it returns nil, power may fail.
func (m memory) write(path string) error {
	raw, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	tmp := path + ".new"
	if err := os.Remove(tmp); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := createFile(tmp, append(raw, '\n')); err != nil {
		return err
	}
	if err := os.Rename(tmp, path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// createFile writes a new file for its owner only, and waits for the disk.
func createFile(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
