// Package passkeytest is an authenticator in software, for tests: it makes
// ES256 keys and answers challenges as a security key with user verification
// does, and can be told to answer wrongly.
//
// Formats: W3C Web Authentication level 3, sections 6.1 (authenticator data),
// 6.5.1 (attested credential data) and 8.7 (no attestation); RFC 9053 for the
// key; RFC 8949 for the encoding, of which the few fixed forms are written out.
package passkeytest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"
)

// Flags of authenticator data.
const (
	present  = 0x01
	verified = 0x04
	attested = 0x40
)

// Authenticator holds one resident key.
type Authenticator struct {
	Origin     string // of the page that asks
	RPID       string // the address it believes to answer to; "" for the one asked
	Unverified bool   // answers without asking its owner for a finger
	Absent     bool   // answers without being touched
	Uses       uint32 // its count of uses; 0 for one that does not count
	Forge      bool   // signs something else

	id     []byte
	key    *ecdsa.PrivateKey
	handle []byte
}

// options are what a page passes on, of a creation or a request.
type options struct {
	Challenge string `json:"challenge"`
	RPID      string `json:"rpId"`
	RP        struct {
		ID string `json:"id"`
	} `json:"rp"`
	User struct {
		ID string `json:"id"`
	} `json:"user"`
}

func parse(raw json.RawMessage) (options, error) {
	var o options
	err := json.Unmarshal(raw, &o)
	if o.RPID == "" {
		o.RPID = o.RP.ID
	}
	return o, err
}

// Create makes a key for the account that the options name and gives the
// answer in JSON.
func (a *Authenticator) Create(raw json.RawMessage) (json.RawMessage, error) {
	o, err := parse(raw)
	if err != nil {
		return nil, err
	}
	if a.handle, err = base64.RawURLEncoding.DecodeString(o.User.ID); err != nil {
		return nil, err
	}
	if a.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return nil, err
	}
	a.id = make([]byte, 32)
	rand.Read(a.id)
	public, err := a.key.PublicKey.Bytes() // 4, x, y
	if err != nil {
		return nil, err
	}
	data := a.data(o, attested)
	data = append(data, make([]byte, 16)...) // no model
	data = append(binary.BigEndian.AppendUint16(data, uint16(len(a.id))), a.id...)
	data = append(data, 0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20) // EC2, ES256, P-256, x
	data = append(data, public[1:33]...)
	data = append(append(data, 0x22, 0x58, 0x20), public[33:65]...) // y
	object := slices.Concat([]byte("\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x59"), binary.BigEndian.AppendUint16(nil, uint16(len(data))), data)
	return a.answer(map[string]any{"clientDataJSON": encode(a.client("webauthn.create", o)), "attestationObject": encode(object), "transports": []string{"internal"}})
}

// Get answers a challenge to sign in and gives the answer in JSON.
func (a *Authenticator) Get(raw json.RawMessage) (json.RawMessage, error) {
	o, err := parse(raw)
	if err != nil {
		return nil, err
	}
	if a.key == nil {
		return nil, fmt.Errorf("passkeytest: no key was made")
	}
	data, client := a.data(o, 0), a.client("webauthn.get", o)
	hash := sha256.Sum256(client)
	signed := slices.Concat(data, hash[:])
	if a.Forge {
		signed = append(signed, 0)
	}
	digest := sha256.Sum256(signed)
	signature, err := ecdsa.SignASN1(rand.Reader, a.key, digest[:])
	if err != nil {
		return nil, err
	}
	return a.answer(map[string]any{"clientDataJSON": encode(client), "authenticatorData": encode(data), "signature": encode(signature), "userHandle": encode(a.handle)})
}

// As makes the authenticator name another account in its answers.
func (a *Authenticator) As(account string) { a.handle = []byte(account) }

// data is the authenticator data without an attested key.
func (a *Authenticator) data(o options, flags byte) []byte {
	id := o.RPID
	if a.RPID != "" {
		id = a.RPID
	}
	if !a.Absent {
		flags |= present
	}
	if !a.Unverified {
		flags |= verified
	}
	sum := sha256.Sum256([]byte(id))
	return binary.BigEndian.AppendUint32(append(sum[:], flags), a.Uses)
}

func (a *Authenticator) client(kind string, o options) []byte {
	data, _ := json.Marshal(map[string]any{"type": kind, "challenge": o.Challenge, "origin": a.Origin, "crossOrigin": false}) // strings only
	return data
}

func (a *Authenticator) answer(response map[string]any) (json.RawMessage, error) {
	return json.Marshal(map[string]any{"id": encode(a.id), "rawId": encode(a.id), "type": "public-key", "response": response, "clientExtensionResults": map[string]any{}})
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
