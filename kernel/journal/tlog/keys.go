package tlog

import (
	"crypto"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/note"

	"github.com/amana-platform/amana/kernel/clock"
)

// Signature types of C2SP signed-note.
const (
	algEd25519     = 1
	algCosignature = 4 // Ed25519 over a timestamped checkpoint: cosignature/v1
)

// SignerKey is an Ed25519 key with the name it signs under. Signer is the key
// itself, or a handle to one that never leaves its device: any crypto.Signer
// whose Public is an ed25519.PublicKey and whose Sign takes the message
// unhashed, as PKCS#11 modules for CKM_EDDSA give. The name of a log's key is
// the log's origin.
type SignerKey struct {
	Name   string
	Signer crypto.Signer
}

// GenerateKey makes a key and writes it to a new file that only its owner can
// read, in the text form of golang.org/x/mod/sumdb/note. It gives the
// verifier key. random is crypto/rand.Reader.
func GenerateKey(path, name string, random io.Reader) (vkey string, err error) {
	if err := validName(name); err != nil {
		return "", err
	}
	skey, vkey, err := note.GenerateKey(random, name)
	if err != nil {
		return "", err
	}
	return vkey, createFile(path, []byte(skey+"\n"))
}

// LoadKey reads a key file. It refuses one that others can read.
func LoadKey(path string) (SignerKey, error) {
	f, err := os.Open(path)
	if err != nil {
		return SignerKey{}, err
	}
	defer func() { _ = f.Close() }() // only read from
	info, err := f.Stat()
	if err != nil {
		return SignerKey{}, err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return SignerKey{}, fmt.Errorf("tlog: key file %s can be read by others (mode %o); make it 0600", path, info.Mode().Perm())
	}
	text, err := io.ReadAll(io.LimitReader(f, 4096))
	if err != nil {
		return SignerKey{}, err
	}
	return parseKey(strings.TrimSuffix(string(text), "\n"))
}

// parseKey reads PRIVATE+KEY+<name>+<hash>+<base64 of algorithm and seed>.
func parseKey(skey string) (SignerKey, error) {
	if _, err := note.NewSigner(skey); err != nil {
		return SignerKey{}, errors.New("tlog: malformed key file") // says nothing of its content
	}
	f := strings.SplitN(skey, "+", 5)
	raw, err := base64.StdEncoding.DecodeString(f[4])
	if err != nil || len(raw) != 1+ed25519.SeedSize || raw[0] != algEd25519 {
		return SignerKey{}, errors.New("tlog: not an Ed25519 key")
	}
	return SignerKey{Name: f[2], Signer: ed25519.NewKeyFromSeed(raw[1:])}, nil
}

func validName(name string) error {
	if name == "" || len(name) > 200 || !utf8.ValidString(name) || strings.ContainsRune(name, '+') || strings.IndexFunc(name, unicode.IsSpace) >= 0 {
		return fmt.Errorf("tlog: %.200q cannot name a key", name)
	}
	return nil
}

func (k SignerKey) public() (ed25519.PublicKey, error) {
	if err := validName(k.Name); err != nil {
		return nil, err
	}
	if k.Signer == nil {
		return nil, errors.New("tlog: no key")
	}
	p, ok := k.Signer.Public().(ed25519.PublicKey)
	if !ok || len(p) != ed25519.PublicKeySize {
		return nil, fmt.Errorf("tlog: key %s is a %T, not Ed25519", k.Name, k.Signer.Public())
	}
	return p, nil
}

// VKey gives the verifier key of a log: name, short hash and public key.
func (k SignerKey) VKey() (string, error) { return k.vkey(algEd25519) }

// WitnessVKey gives the verifier key of a witness, for a policy.
func (k SignerKey) WitnessVKey() (string, error) { return k.vkey(algCosignature) }

func (k SignerKey) vkey(alg byte) (string, error) {
	p, err := k.public()
	if err != nil {
		return "", err
	}
	raw := append([]byte{alg}, p...)
	return fmt.Sprintf("%s+%08x+%s", k.Name, keyHash(k.Name, alg, p), base64.StdEncoding.EncodeToString(raw)), nil
}

// Note gives the key as a note.Signer in this process, without the memory
// that ServeSigner keeps; tests and demonstrations use it.
func (k SignerKey) Note() (note.Signer, error) {
	p, err := k.public()
	if err != nil {
		return nil, err
	}
	return noteSigner{k, keyHash(k.Name, algEd25519, p), k.sign}, nil
}

// cosigner gives the key as a witness's: it signs the time with the text.
func (k SignerKey) cosigner(c clock.Clock) (note.Signer, error) {
	p, err := k.public()
	if err != nil {
		return nil, err
	}
	return noteSigner{k, keyHash(k.Name, algCosignature, p), func(text []byte) ([]byte, error) {
		at := uint64(c.Now().Unix())
		sig, err := k.sign(fmt.Appendf(nil, "cosignature/v1\ntime %d\n%s", at, text))
		return append(binary.BigEndian.AppendUint64(nil, at), sig...), err
	}}, nil
}

func (k SignerKey) sign(msg []byte) ([]byte, error) {
	return k.Signer.Sign(nil, msg, crypto.Hash(0))
}

type noteSigner struct {
	key  SignerKey
	hash uint32
	sign func([]byte) ([]byte, error)
}

func (s noteSigner) Name() string                    { return s.key.Name }
func (s noteSigner) KeyHash() uint32                 { return s.hash }
func (s noteSigner) Sign(msg []byte) ([]byte, error) { return s.sign(msg) }
