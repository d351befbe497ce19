package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/amana-platform/amana/kernel/journal"
)

// Changing the master key. The key file holds both masters from before the
// first key is wrapped anew until after the last, so that a program that dies
// at any moment leaves a file under which everything opens; see
// docs/adr/2026-11-28-master-key.md.

// BeginMasterChange puts a new master key into the key file, beside the one
// in force, and fixes what must not change with it. A change that was begun and
// did not end goes on. The service must then be opened anew.
func (a *App) BeginMasterChange() error {
	k, err := ReadKeyFile(a.keyFile)
	if err != nil || k.Previous != nil {
		return err
	}
	next := make([]byte, 32)
	rand.Read(next)
	return k.follow(next)
}

// follow makes next the master, and the one in force the previous.
func (k *KeyFile) follow(next []byte) error {
	fixed := maps.Clone(k.Fixed)
	if fixed == nil {
		fixed = map[string][]byte{}
	}
	for _, use := range []string{useBlobs, useModules} { // addresses of files stand in entries; institutions know people by pseudonyms
		fixed[use] = k.Derive(use)
	}
	k.Fixed, k.Previous, k.Master = fixed, k.Master, next
	return k.save()
}

// Expect lets the key file open what is wrapped under the master of an older
// one, as a backup from before a change is; EndMasterChange takes it out again.
// A key file of another service is refused.
func (k *KeyFile) Expect(old *KeyFile) error {
	switch {
	case old.LogVKey != k.LogVKey && !slices.ContainsFunc(k.Former, func(f FormerLog) bool { return f.LogVKey == old.LogVKey }):
		return fmt.Errorf("app: the older key file is of another service, %s", old.Origin)
	case k.Previous != nil && string(k.Previous) != string(old.Master):
		return errors.New("app: a change of the master key is not finished; run amana key rotate first")
	case string(k.Master) == string(old.Master):
		return nil
	}
	k.Previous = old.Master
	return k.save()
}

// EndMasterChange wraps anew what is still wrapped under the previous master,
// says so in the journal, removes what the engine's files still hold of the old
// keys, and only then takes the previous master out of the key file.
func (a *App) EndMasterChange(ctx context.Context, authority string, tell func(string, int64)) (journal.MasterChanged, error) {
	done, err := a.Journal.Rewrap(ctx, authority, tell)
	if err != nil {
		return done, err
	}
	if err := a.Server.Reseal(ctx); err != nil {
		return done, err
	}
	tell("drafts", 0)
	if err := a.Journal.Scrub(ctx); err != nil {
		return done, err
	}
	tell("files", 0)
	k, err := ReadKeyFile(a.keyFile)
	if err != nil {
		return done, err
	}
	k.Previous = nil
	return done, k.save()
}
