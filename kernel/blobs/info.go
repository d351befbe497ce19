package blobs

import (
	"context"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"strings"

	"github.com/amana-platform/amana/kernel/fault"
)

// Keys wraps data keys for subjects. A subject is the person, or the document,
// whose erasure must erase the file. Once a subject's key is destroyed, Unwrap
// returns an error that wraps [ErrErased].
type Keys interface {
	// Wrap seals a 32-byte key so that only the subject's key opens it.
	Wrap(ctx context.Context, subject string, key []byte) ([]byte, error)
	// Unwrap is the inverse of Wrap for the same subject.
	Unwrap(ctx context.Context, subject string, wrapped []byte) ([]byte, error)
}

// ErrErased says that the subject's key was destroyed: the file is gone for good.
var ErrErased = errors.New("blobs: the subject's key was destroyed")

// Address names a stored file: 64 lower-case hexadecimal digits that say
// nothing about its content to anyone (see the package doc).
type Address string

// ParseAddress accepts exactly the form that Put returns.
func ParseAddress(s string) (Address, error) {
	if len(s) != 2*sha256.Size || strings.Trim(s, "0123456789abcdef") != "" {
		return "", fault.New(fault.Invalid, "blobs.address")
	}
	return Address(s), nil
}

// Info is all that is needed to find, open and check a stored file. The
// caller writes it into a journal entry, the only place where it is kept.
type Info struct {
	Address Address `json:"address"`
	// Subject is the key under which Key is wrapped.
	Subject string `json:"subject"`
	// Size is that of the plaintext, in bytes.
	Size int64 `json:"size"`
	// MIME is what the content is, as detected, not as declared.
	MIME string `json:"mime"`
	// Width and Height are the pixels of a picture as stored, else 0.
	Width  int `json:"width,omitempty"`
	Height int `json:"height,omitempty"`
	// Name is the name that the uploader gave. It is personal data: entries
	// seal it under the subject.
	Name string `json:"name"`
	// Key is the file's data key, wrapped by Keys for Subject.
	Key []byte `json:"key"`
	// Digest is the SHA-256 of the plaintext, sealed under the data key, so
	// that a guess at the content cannot be tested after erasure. Read it
	// with [Store.Digest].
	Digest []byte `json:"digest"`
}

// addressOf computes the address that the package doc describes.
func addressOf(secret, dataKey []byte, subject string, digest []byte) (Address, error) {
	salt, err := hkdf.Key(sha256.New, dataKey, nil, "amana blob address", keySize)
	if err != nil {
		return "", err
	}
	mac := hmac.New(sha256.New, secret)
	mac.Write(binary.BigEndian.AppendUint64([]byte("amana blob address\x00"), uint64(len(subject))))
	mac.Write([]byte(subject))
	mac.Write(digest)
	mac.Write(salt)
	return Address(hex.EncodeToString(mac.Sum(nil))), nil
}
