package sdjwt

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"github.com/amana-platform/amana/engines/internal/es256"
)

// What is read from outside is bounded.
const (
	MaxSize  = 128 << 10 // bytes of a credential with all that belongs to it
	MaxDepth = 16        // objects and arrays inside each other
)

// The reasons for which a credential or a presentation is refused.
var (
	ErrFormat     = errors.New("sdjwt: not a well-formed SD-JWT")
	ErrSignature  = errors.New("sdjwt: the issuer's signature does not hold")
	ErrType       = errors.New("sdjwt: another type of credential")
	ErrExpired    = errors.New("sdjwt: expired")
	ErrNotYet     = errors.New("sdjwt: not valid yet")
	ErrDisclosure = errors.New("sdjwt: a disclosure does not belong to the credential")
	ErrBinding    = errors.New("sdjwt: not shown by its holder, to this verifier, now")
)

// parts is a compact SD-JWT taken apart.
type parts struct {
	jwt         string
	disclosures []string
	binding     string // the key-binding JWT, "" if there is none
}

// split takes "jwt~d1~d2~" or "jwt~d1~kb-jwt" apart.
func split(compact string) (parts, error) {
	if len(compact) > MaxSize {
		return parts{}, fmt.Errorf("%w: over %d bytes", ErrFormat, MaxSize)
	}
	fields := strings.Split(compact, "~")
	if len(fields) < 2 {
		return parts{}, fmt.Errorf("%w: no tilde", ErrFormat)
	}
	last := len(fields) - 1
	p := parts{jwt: fields[0], disclosures: fields[1:last], binding: fields[last]}
	for _, d := range p.disclosures {
		if d == "" {
			return parts{}, fmt.Errorf("%w: an empty disclosure", ErrFormat)
		}
	}
	return p, nil
}

func join(jwt string, disclosures []string) string {
	var b strings.Builder
	b.WriteString(jwt + "~")
	for _, d := range disclosures {
		b.WriteString(d + "~")
	}
	return b.String()
}

// disclosure is one claim, or one element of an array, as its holder shows it.
type disclosure struct {
	encoded string
	name    string // "" for an element of an array
	element bool
	value   any
}

func readDisclosure(encoded string) (disclosure, error) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(encoded)
	if err != nil {
		return disclosure{}, fmt.Errorf("%w: a disclosure is not base64url", ErrFormat)
	}
	v, err := es256.ReadJSON(raw)
	if err != nil {
		return disclosure{}, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	list, ok := v.([]any)
	if !ok || len(list) != 2 && len(list) != 3 {
		return disclosure{}, fmt.Errorf("%w: a disclosure has two or three parts", ErrFormat)
	}
	if _, ok := list[0].(string); !ok {
		return disclosure{}, fmt.Errorf("%w: a salt is text", ErrFormat)
	}
	d := disclosure{encoded: encoded, element: len(list) == 2, value: list[len(list)-1]}
	if !d.element {
		name, ok := list[1].(string)
		if !ok || name == "_sd" || name == "..." {
			return disclosure{}, fmt.Errorf("%w: the name of a disclosed claim", ErrDisclosure)
		}
		d.name = name
	}
	return d, nil
}

// revealer puts disclosures in the places of their digests (RFC 9901, 7.1).
type revealer struct {
	byDigest map[string]disclosure
	seen     map[string]bool // every digest met, disclosed or not: none stands twice
	used     int
}

// reveal returns the payload with the disclosed claims in it and every other
// trace of concealment taken out.
func reveal(payload map[string]any, disclosures []string) (map[string]any, error) {
	r := revealer{byDigest: map[string]disclosure{}, seen: map[string]bool{}}
	for _, encoded := range disclosures {
		d, err := readDisclosure(encoded)
		if err != nil {
			return nil, err
		}
		digest := digestOf(encoded)
		if _, twice := r.byDigest[digest]; twice {
			return nil, fmt.Errorf("%w: the same one twice", ErrDisclosure)
		}
		r.byDigest[digest] = d
	}
	out, err := r.object(payload, 0)
	if err != nil {
		return nil, err
	}
	if r.used != len(disclosures) {
		return nil, fmt.Errorf("%w: %d of %d have no place in it", ErrDisclosure, len(disclosures)-r.used, len(disclosures))
	}
	for _, name := range alwaysOpen {
		_, open := payload[name]
		if _, shown := out[name]; shown && !open {
			return nil, fmt.Errorf("%w: %q must stand in the open", ErrDisclosure, name)
		}
	}
	delete(out, "_sd_alg")
	return out, nil
}

// alwaysOpen are the claims on which a verifier decides: a holder who could
// withhold one, or show it late, would decide for it (SD-JWT VC 2.2.2).
var alwaysOpen = []string{"iss", "nbf", "exp", "cnf", "vct", "vct#integrity", "status"}

func (r *revealer) any(v any, depth int) (any, error) {
	if depth > MaxDepth {
		return nil, fmt.Errorf("%w: too deep", ErrFormat)
	}
	switch v := v.(type) {
	case map[string]any:
		return r.object(v, depth)
	case []any:
		return r.array(v, depth)
	}
	return v, nil
}

func (r *revealer) object(in map[string]any, depth int) (map[string]any, error) {
	out := make(map[string]any, len(in))
	for name, v := range in {
		if name == "_sd" {
			continue
		}
		if name == "..." {
			return nil, fmt.Errorf("%w: an array's mark in an object", ErrFormat)
		}
		inner, err := r.any(v, depth+1)
		if err != nil {
			return nil, err
		}
		out[name] = inner
	}
	digests, err := digestList(in)
	if err != nil {
		return nil, err
	}
	for _, digest := range digests {
		d, inner, err := r.take(digest, depth)
		switch {
		case err != nil:
			return nil, err
		case d == nil:
			continue
		case d.element:
			return nil, fmt.Errorf("%w: an element in the place of a claim", ErrDisclosure)
		}
		if _, taken := in[d.name]; taken {
			return nil, fmt.Errorf("%w: claim %q stands already", ErrDisclosure, d.name)
		}
		if _, taken := out[d.name]; taken {
			return nil, fmt.Errorf("%w: claim %q stands already", ErrDisclosure, d.name)
		}
		out[d.name] = inner
	}
	return out, nil
}

func (r *revealer) array(in []any, depth int) ([]any, error) {
	out := make([]any, 0, len(in))
	for _, v := range in {
		digest, concealed, err := elementDigest(v)
		if err != nil {
			return nil, err
		}
		if !concealed {
			inner, err := r.any(v, depth+1)
			if err != nil {
				return nil, err
			}
			out = append(out, inner)
			continue
		}
		d, inner, err := r.take(digest, depth)
		switch {
		case err != nil:
			return nil, err
		case d == nil:
			continue
		case !d.element:
			return nil, fmt.Errorf("%w: a claim in the place of an element", ErrDisclosure)
		}
		out = append(out, inner)
	}
	return out, nil
}

// take finds the disclosure of a digest, nil if it was withheld or is a decoy,
// with its value revealed.
func (r *revealer) take(digest string, depth int) (*disclosure, any, error) {
	if r.seen[digest] {
		return nil, nil, fmt.Errorf("%w: a digest stands twice", ErrDisclosure)
	}
	r.seen[digest] = true
	d, ok := r.byDigest[digest]
	if !ok {
		return nil, nil, nil
	}
	r.used++
	inner, err := r.any(d.value, depth+1)
	return &d, inner, err
}

func digestList(in map[string]any) ([]string, error) {
	raw, ok := in["_sd"]
	if !ok {
		return nil, nil
	}
	list, ok := raw.([]any)
	if !ok {
		return nil, fmt.Errorf("%w: _sd is a list", ErrFormat)
	}
	out := make([]string, len(list))
	for n, v := range list {
		if out[n], ok = v.(string); !ok {
			return nil, fmt.Errorf("%w: a digest is text", ErrFormat)
		}
	}
	return out, nil
}

// elementDigest says whether an element of an array is {"...": digest}.
func elementDigest(v any) (digest string, concealed bool, err error) {
	object, ok := v.(map[string]any)
	if !ok {
		return "", false, nil
	}
	raw, ok := object["..."]
	if !ok {
		return "", false, nil
	}
	digest, ok = raw.(string)
	if !ok || len(object) != 1 {
		return "", false, fmt.Errorf("%w: a concealed element holds its digest alone", ErrFormat)
	}
	return digest, true, nil
}
