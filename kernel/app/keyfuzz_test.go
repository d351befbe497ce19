package app

import (
	"os"
	"path/filepath"
	"testing"
)

// FuzzReadKeyFile: what a key file holds is refused, or gives a key for each use.
func FuzzReadKeyFile(f *testing.F) {
	f.Add([]byte(`{"master":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","fixed":{"blobs":"AA=="}}`))
	f.Add([]byte(`{"master":"AAAA"}`))
	f.Add([]byte(`{"master":null,"previous":[]}`))
	f.Add([]byte("\x00"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		at := filepath.Join(t.TempDir(), "k")
		if err := os.WriteFile(at, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		k, err := ReadKeyFile(at)
		if err != nil {
			return
		}
		for _, use := range []string{useBlobs, useDrafts, useModules} {
			if len(k.Derive(use)) != 32 {
				t.Errorf("the key for %s has %d bytes", use, len(k.Derive(use)))
			}
			if before := k.before(use); before != nil && len(before) != 32 {
				t.Errorf("the one before for %s has %d bytes", use, len(before))
			}
		}
		if _, err := k.SignerKey(); err == nil {
			_, _ = k.signerKey().VKey()
		}
	})
}
