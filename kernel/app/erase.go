package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/amana-platform/amana/kernel/blobs"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/policy"
)

// EraseAction is the action under which subjects are forgotten; the module
// that oversees retention declares it.
const EraseAction = "inspection.subject.erase"

// ErasureList is the file beside the key file that names every erased
// subject, so that a restored older backup does not bring anybody back. It
// holds ids only, which say nothing once their subjects are gone.
func ErasureList(keyFile string) string { return keyFile + ".erased" }

// Erase forgets subjects everywhere: keys and tables first, if no hold forbids
// it, then the list outside the store, their files, what people searched for,
// and what the engine's files still hold. It may be repeated after a crash.
func (a *App) Erase(ctx context.Context, keyFile string, g policy.Grant, e journal.Erased) error {
	files, err := a.filesOf(ctx, e.Subjects)
	if err != nil {
		return err
	}
	if err := a.noteErasing(keyFile, files); err != nil {
		return err
	}
	if err := a.Journal.Erase(ctx, g, e); err != nil && !a.begunBefore(ctx, e, err) {
		return err
	}
	if err := noteErased(ErasureList(keyFile), e); err != nil {
		return err
	}
	return a.sweep(ctx, keyFile, e.Subjects)
}

// begunBefore reports whether the keys of all subjects went in an erasure that
// did not get to its end: the rest of it is still due.
func (a *App) begunBefore(ctx context.Context, e journal.Erased, err error) bool {
	if !fault.Is(err, fault.NotFound) {
		return false
	}
	for _, s := range e.Subjects {
		if was, err := a.Journal.WasErased(ctx, s); err != nil || !was {
			return false
		}
	}
	return true
}

// sweep removes what is not in the business tables.
func (a *App) sweep(ctx context.Context, keyFile string, subjects []ident.ID) error {
	return errors.Join(a.forget(ctx, keyFile, subjects), a.Journal.Scrub(ctx))
}

// forget removes files and the words of searches.
func (a *App) forget(ctx context.Context, keyFile string, subjects []ident.ID) error {
	return errors.Join(a.finishErasing(ctx, keyFile), a.Journal.Lane().ForgetSubjects(ctx, subjects))
}

// filesOf lists the stored files of subjects.
func (a *App) filesOf(ctx context.Context, subjects []ident.ID) ([]blobs.Info, error) {
	var out []blobs.Info
	for _, m := range a.modules {
		if m.Blobs == nil {
			continue
		}
		err := m.Blobs(ctx, a.Reader, func(i blobs.Info) error {
			if slices.Contains(subjects, ident.ID(i.Subject)) {
				out = append(out, i)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	// The states of closed periods speak of everybody, and go with anybody.
	err := journal.States(ctx, a.Reader, func(i blobs.Info) error {
		out = append(out, i)
		return nil
	})
	return out, err
}

func noteErased(path string, e journal.Erased) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	for _, s := range e.Subjects {
		if _, err := fmt.Fprintf(f, "%s\t%s\t%s\n", s, e.Ground, strings.Join(strings.Fields(e.Authority), " ")); err != nil {
			return errors.Join(err, f.Close())
		}
	}
	return errors.Join(f.Sync(), f.Close())
}

// ErasedBefore reads the erasure list beside a key file.
func ErasedBefore(keyFile string) ([]journal.Erased, error) {
	list, err := os.ReadFile(ErasureList(keyFile))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var out []journal.Erased
	for line := range strings.Lines(string(list)) {
		line = strings.TrimSuffix(line, "\n")
		parts := strings.SplitN(line, "\t", 3)
		id, err := ident.Parse(parts[0])
		if err != nil || len(parts) != 3 {
			return nil, fmt.Errorf("app: the erasure list is damaged at %q", line)
		}
		out = append(out, journal.Erased{Subjects: []ident.ID{id}, Ground: parts[1], Authority: parts[2]})
	}
	return out, nil
}

// EraseAgain forgets after a restore whoever was erased since the backup was
// made. It gives how many it had to forget.
func (a *App) EraseAgain(ctx context.Context, keyFile string) (int, error) {
	list, err := ErasedBefore(keyFile)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, e := range list {
		basis := e.Ground
		if _, article := a.Pack.Basis(basis); !article { // a class of the schedule, by which a term ended
			basis = termBasis
		}
		g, err := a.Policy.System("restore", EraseAction, basis)
		if err != nil {
			return n, err
		}
		files, err := a.filesOf(ctx, e.Subjects)
		if err == nil {
			err = a.noteErasing(keyFile, files)
		}
		if err != nil {
			return n, err
		}
		err = a.Journal.Erase(ctx, g, e)
		if fault.Is(err, fault.NotFound) { // the backup knew of the erasure, or not yet of the subject
			continue
		}
		if err == nil {
			err = a.sweep(ctx, keyFile, e.Subjects)
		}
		if err != nil {
			return n, err
		}
		n++
	}
	return n, a.finishErasing(ctx, keyFile) // of those that broke off, and that the backup knew of
}
