package statuslist

import (
	"crypto"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"

	"github.com/amana-platform/amana/engines/internal/es256"
)

const mediaType = "statuslist+jwt"

// Token is a list as it is published.
type Token struct {
	Subject string        // its address, the uri that documents point to
	Issued  time.Time     // what it says was so then
	Expires time.Time     // nobody should believe it after; zero for no term
	TTL     time.Duration // fetch a new one after; zero if it does not say
	List    *List
}

// Sign writes the token, with a P-256 key that may be in a device.
func (t *Token) Sign(key crypto.Signer, keyID string) (string, error) {
	packed, err := t.List.compress()
	if err != nil {
		return "", fmt.Errorf("statuslist: %w", err)
	}
	claims := map[string]any{
		"sub": t.Subject, "iat": t.Issued.Unix(),
		"status_list": map[string]any{"bits": t.List.bits, "lst": base64.RawURLEncoding.EncodeToString(packed)},
	}
	if !t.Expires.IsZero() {
		claims["exp"] = t.Expires.Unix()
	}
	if t.TTL > 0 {
		claims["ttl"] = int64(t.TTL / time.Second)
	}
	jwt, err := es256.Sign(key, es256.Header{Type: mediaType, KeyID: keyID}, claims)
	if err != nil {
		return "", fmt.Errorf("statuslist: %w", err)
	}
	return jwt, nil
}

// Verify reads a token that says it is the list at an address, signed by a
// key, and not expired at the given time. How old it is, see Token.Issued.
func Verify(jwt, address string, key crypto.PublicKey, now time.Time) (*Token, error) {
	read, err := es256.Read(jwt)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if read.Type != mediaType {
		return nil, fmt.Errorf("%w: it says it is %q", ErrFormat, read.Type)
	}
	if read.Check(key) != nil {
		return nil, ErrSignature
	}
	t, err := tokenOf(read.Claims)
	switch {
	case err != nil:
		return nil, err
	case t.Subject != address:
		return nil, fmt.Errorf("%w: %s", ErrSubject, t.Subject)
	case !t.Expires.IsZero() && !now.Before(t.Expires):
		return nil, fmt.Errorf("%w at %s", ErrExpired, t.Expires.UTC().Format(time.RFC3339))
	}
	return t, nil
}

func tokenOf(claims map[string]any) (*Token, error) {
	t := &Token{}
	t.Subject, _ = claims["sub"].(string) // compared with the address
	issued, ok, err := integer(claims, "iat")
	if err != nil || !ok {
		return nil, fmt.Errorf("%w: it does not say when it was issued", ErrFormat)
	}
	t.Issued = time.Unix(issued, 0)
	expires, ok, err := integer(claims, "exp")
	if err != nil {
		return nil, err
	}
	if ok {
		t.Expires = time.Unix(expires, 0)
	}
	ttl, _, err := integer(claims, "ttl")
	if err != nil {
		return nil, err
	}
	t.TTL = time.Duration(ttl) * time.Second
	list, _ := claims["status_list"].(map[string]any) // an empty one has no bits
	bits, _, err := integer(list, "bits")
	if err != nil {
		return nil, err
	}
	lst, _ := list["lst"].(string) // nothing does not unpack
	packed, err := base64.RawURLEncoding.DecodeString(lst)
	if err != nil {
		return nil, fmt.Errorf("%w: lst is not base64url", ErrFormat)
	}
	t.List, err = expand(int(bits), packed)
	return t, err
}

// integer reads a whole number of at most 40 bits: seconds of any age to come.
func integer(claims map[string]any, name string) (n int64, given bool, err error) {
	raw, ok := claims[name]
	if !ok {
		return 0, false, nil
	}
	number, _ := raw.(json.Number) // text is no integer either
	n, err = number.Int64()
	if err != nil || n < 0 || n > 1<<40 {
		return 0, false, fmt.Errorf("%w: %s", ErrFormat, name)
	}
	return n, true, nil
}
