package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/amana-platform/amana/kernel/blobs"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
)

// ErasingList is the file beside the key file that names the stored files of
// subjects who are being erased: once their keys are gone no table does. An
// erasure that broke off, also one that a restored backup knows of, is finished
// by it. It holds addresses, which say nothing.
func ErasingList(keyFile string) string { return keyFile + ".erasing" }

// noteErasing writes down which files are to go, before any key does.
func (a *App) noteErasing(keyFile string, files []blobs.Info) error {
	if len(files) == 0 {
		return nil
	}
	a.erasing.Lock()
	defer a.erasing.Unlock()
	f, err := os.OpenFile(ErasingList(keyFile), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	for _, i := range files {
		if _, err := fmt.Fprintf(f, "%s\t%s\n", i.Subject, i.Address); err != nil {
			return errors.Join(err, f.Close())
		}
	}
	return errors.Join(f.Sync(), f.Close())
}

// finishErasing removes every noted file whose subject was erased. What was
// noted of others stays: their erasure was refused, or is under way.
func (a *App) finishErasing(ctx context.Context, keyFile string) error {
	a.erasing.Lock()
	defer a.erasing.Unlock()
	path := ErasingList(keyFile)
	list, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var left strings.Builder
	for line := range strings.Lines(string(list)) {
		subject, address, whole := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		if !whole || !strings.HasSuffix(line, "\n") { // killed while it was written: nothing was erased after it
			continue
		}
		was, err := a.Journal.WasErased(ctx, ident.ID(subject))
		if err == nil && was {
			err = a.Blobs.Delete(ctx, blobs.Address(address))
		}
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		if !was && !strings.Contains(left.String(), line) {
			left.WriteString(line)
		}
	}
	if left.Len() == 0 {
		return os.Remove(path)
	}
	if err := os.WriteFile(path+".new", []byte(left.String()), 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}
