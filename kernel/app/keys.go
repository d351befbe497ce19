package app

import (
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/amana-platform/amana/kernel/journal/tlog"
	"github.com/amana-platform/amana/kernel/print/sign"
)

// KeyFile is the one file a data folder needs besides itself. It may, and
// outside of trials must, live elsewhere.
type KeyFile struct {
	Master   []byte `json:"master"`             // wraps the subjects' keys
	Previous []byte `json:"previous,omitempty"` // the master before, while a change is not finished
	// Fixed are derived keys that outlive a change of the master: they name
	// what is stored under them.
	Fixed     map[string][]byte `json:"fixed,omitempty"`
	Origin    string            `json:"origin"`              // the transparency log's name
	LogVKey   string            `json:"logVKey"`             // whose checkpoints verify trusts
	LogSigner []byte            `json:"logSigner,omitempty"` // seed of the log's key, for the signing process
	Witnesses string            `json:"witnesses,omitempty"` // tlog-policy: who cosigns, and how many must
	Documents []byte            `json:"documents"`           // key and certificates that sign documents, PEM
	// Former are the logs that ended; Renewing is set until the record goes on
	// under the one that LogVKey names.
	Former   []FormerLog `json:"former,omitempty"`
	Renewing bool        `json:"renewing,omitempty"`
	path     string
}

// KeyName is the name of the key file inside a data folder.
const KeyName = "amana.key"

// NewKeyFile makes all keys of a new service and writes them to a file that
// only its owner can read. random is crypto/rand.Reader outside of seeded
// demonstrations.
func NewKeyFile(path, origin, service string, now time.Time) (*KeyFile, error) {
	k := &KeyFile{Master: make([]byte, 32), Origin: origin, LogSigner: make([]byte, ed25519.SeedSize), path: path}
	rand.Read(k.Master)
	rand.Read(k.LogSigner)
	var err error
	if k.LogVKey, err = k.signerKey().VKey(); err != nil {
		return nil, err
	}
	if k.Documents, err = documentKey(service, now); err != nil {
		return nil, err
	}
	return k, k.create(path)
}

// documentKey makes a local authority and what it issues for documents: key
// and certificates, valid two years, in PEM.
func documentKey(service string, now time.Time) ([]byte, error) {
	authority, err := sign.NewAuthority(service, now.Add(-time.Hour), now.AddDate(10, 0, 0))
	if err != nil {
		return nil, err
	}
	id, err := authority.Issue(service, sign.Documents, now.Add(-time.Hour), now.AddDate(2, 0, 0))
	if err != nil {
		return nil, err
	}
	return id.PEM()
}

// create writes the file anew; one that is there is an error.
func (k *KeyFile) create(path string) error {
	raw, err := json.MarshalIndent(k, "", "  ")
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(append(raw, '\n'))
	return errors.Join(err, f.Sync(), f.Close(), syncFolder(filepath.Dir(path)))
}

// save replaces the file: whoever reads it sees the old one or the new one,
// also after a power cut.
func (k *KeyFile) save() error {
	next := k.path + ".new"
	if err := os.Remove(next); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := k.create(next); err != nil {
		return err
	}
	if err := os.Rename(next, k.path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(k.path))
}

func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// ReadKeyFile reads a key file and refuses one that others can read.
func ReadKeyFile(path string) (*KeyFile, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no key file at %s: name the one of this record, or make one for a new record with `amana key new`: %w", path, err)
	}
	if err != nil {
		return nil, err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("app: the key file %s can be read by others; run chmod 600 on it", path)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	k := &KeyFile{path: path}
	if err := json.Unmarshal(raw, k); err != nil || !k.whole() {
		return nil, fmt.Errorf("app: %s is not a key file (%w)", path, err)
	}
	return k, nil
}

// whole reports whether every symmetric key in the file has its 32 bytes.
func (k *KeyFile) whole() bool {
	for _, fixed := range k.Fixed {
		if len(fixed) != 32 {
			return false
		}
	}
	return len(k.Master) == 32 && (k.Previous == nil || len(k.Previous) == 32)
}

// FindKeyFile gives the key file of a data folder: the one named, or the one
// inside, which the caller allows only where it was told to.
func FindKeyFile(data, named string) string {
	if named != "" {
		return named
	}
	return filepath.Join(data, KeyName)
}

// The uses of derived keys.
const (
	useBlobs   = "blobs"   // addresses of stored files
	useDrafts  = "drafts"  // what is typed and not submitted
	useModules = "modules" // what modules derive for good, pseudonyms for instance
)

// Derive makes a 32-byte key for one use from the master key, or gives the one
// that was fixed when the master changed.
func (k *KeyFile) Derive(use string) []byte {
	if fixed := k.Fixed[use]; fixed != nil {
		return fixed
	}
	return derived(k.Master, use)
}

// before gives the key for one use while a change of the master is not
// finished: what was sealed under it still opens. nil otherwise.
func (k *KeyFile) before(use string) []byte {
	if k.Previous == nil || k.Fixed[use] != nil {
		return nil
	}
	return derived(k.Previous, use)
}

func derived(master []byte, use string) []byte {
	key, err := hkdf.Key(sha256.New, master, nil, "amana "+use, 32)
	if err != nil {
		panic("app: " + err.Error()) // only a length over 8160 bytes fails
	}
	return key
}

func (k *KeyFile) signerKey() tlog.SignerKey {
	return tlog.SignerKey{Name: k.Origin, Signer: ed25519.NewKeyFromSeed(k.LogSigner)}
}

// SignerState is where the signing process remembers the last tree it
// signed: beside its key, out of the data folder's reach where the key is.
func (k *KeyFile) SignerState() string { return k.path + ".signed" }

// SignerKey gives the log's private key to the signing process.
func (k *KeyFile) SignerKey() (tlog.SignerKey, error) {
	if len(k.LogSigner) != ed25519.SeedSize {
		return tlog.SignerKey{}, errors.New("app: this key file holds no log key; the signing process has its own")
	}
	return k.signerKey(), nil
}

// exists reports whether a path is there.
func exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist)
}
