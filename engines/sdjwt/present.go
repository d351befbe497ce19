package sdjwt

import (
	"crypto"
	"errors"
	"fmt"
	"time"

	"github.com/amana-platform/amana/engines/internal/es256"
)

// Path leads to a claim: names of members, numbers of elements, and nil for
// every element of an array, as the claims paths of OpenID4VP (7.1) do.
type Path []any

// Held is a credential in its holder's hands.
type Held struct {
	parts   parts
	payload map[string]any
}

// Open reads a credential as its issuer handed it over. It checks that every
// disclosure has its place; whether the issuer may be believed, Verifier says.
func Open(compact string) (*Held, error) {
	p, err := split(compact)
	if err != nil {
		return nil, err
	}
	if p.binding != "" {
		return nil, fmt.Errorf("%w: a presentation is not kept", ErrFormat)
	}
	token, err := es256.Read(p.jwt)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if _, err := reveal(token.Claims, p.disclosures); err != nil {
		return nil, err
	}
	return &Held{parts: p, payload: token.Claims}, nil
}

// Claims returns everything that the credential says, as its holder may read it.
func (h *Held) Claims() (map[string]any, error) { return reveal(h.payload, h.parts.disclosures) }

// Binding is how a holder shows a credential to one verifier.
type Binding struct {
	Key      crypto.Signer // the key that the credential names
	Audience string        // whom it is shown to
	Nonce    string        // what the verifier asked to be repeated
	At       time.Time
}

// Present discloses what the paths lead to, what lies on the way, and what
// lies below, and nothing else. A path that leads nowhere is an error. Without
// a Binding it is a bearer's presentation.
func (h *Held) Present(paths []Path, to *Binding) (string, error) {
	chosen := map[string]bool{}
	c := chooser{byDigest: map[string]disclosure{}, chosen: chosen}
	for _, encoded := range h.parts.disclosures {
		d, err := readDisclosure(encoded)
		if err != nil {
			return "", err
		}
		c.byDigest[digestOf(encoded)] = d
	}
	for _, p := range paths {
		if !c.walk(h.payload, p) {
			return "", fmt.Errorf("sdjwt: the credential has nothing at %v", []any(p))
		}
	}
	var shown []string
	for _, d := range h.parts.disclosures {
		if chosen[d] {
			shown = append(shown, d)
		}
	}
	out := join(h.parts.jwt, shown)
	if to == nil {
		return out, nil
	}
	kb, err := to.sign(out)
	return out + kb, err
}

func (b *Binding) sign(presentation string) (string, error) {
	if b.Audience == "" || b.Nonce == "" || b.At.IsZero() {
		return "", errors.New("sdjwt: a presentation names its verifier, its nonce and its time")
	}
	return sign(b.Key, es256.Header{Type: "kb+jwt"}, map[string]any{
		"aud": b.Audience, "nonce": b.Nonce, "iat": b.At.Unix(), "sd_hash": digestOf(presentation),
	})
}

// chooser marks the disclosures that a path needs.
type chooser struct {
	byDigest map[string]disclosure
	chosen   map[string]bool
}

// walk follows a path, through concealed places too, and says whether it
// leads anywhere.
func (c *chooser) walk(v any, path Path) bool {
	if len(path) == 0 {
		c.below(v)
		return true
	}
	switch v := v.(type) {
	case map[string]any:
		name, ok := path[0].(string)
		return ok && c.member(v, name, path[1:])
	case []any:
		found := false
		for n, element := range v {
			if at, isNumber := path[0].(int); path[0] == nil || isNumber && at == n {
				found = c.element(element, path[1:]) || found
			}
		}
		return found
	}
	return false
}

func (c *chooser) member(in map[string]any, name string, rest Path) bool {
	if v, ok := in[name]; ok {
		return c.walk(v, rest)
	}
	digests, _ := digestList(in) // Open has read them
	for _, digest := range digests {
		if d, ok := c.byDigest[digest]; ok && !d.element && d.name == name && c.walk(d.value, rest) {
			c.chosen[d.encoded] = true
			return true
		}
	}
	return false
}

func (c *chooser) element(v any, rest Path) bool {
	digest, concealed, _ := elementDigest(v) // Open has read it
	if !concealed {
		return c.walk(v, rest)
	}
	d, ok := c.byDigest[digest]
	if !ok || !c.walk(d.value, rest) {
		return false
	}
	c.chosen[d.encoded] = true
	return true
}

// below chooses all that is concealed inside a value: who asks for an address
// asks for its street.
func (c *chooser) below(v any) {
	switch v := v.(type) {
	case map[string]any:
		digests, _ := digestList(v) // Open has read them
		for _, digest := range digests {
			c.chooseAll(digest)
		}
		for _, inner := range v {
			c.below(inner)
		}
	case []any:
		for _, inner := range v {
			if digest, concealed, _ := elementDigest(inner); concealed { // Open has read it
				c.chooseAll(digest)
				continue
			}
			c.below(inner)
		}
	}
}

func (c *chooser) chooseAll(digest string) {
	if d, ok := c.byDigest[digest]; ok {
		c.chosen[d.encoded] = true
		c.below(d.value)
	}
}
