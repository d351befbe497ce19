package provider

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Wanted is one attribute that an institution asks for.
type Wanted struct {
	Name      string   `json:"name"`
	Essential bool     `json:"essential,omitempty"` // the institution cannot serve the person without it
	Values    []string `json:"values,omitempty"`    // it asks for one of these, "resident_of" for one commune
	InToken   bool     `json:"in_token,omitempty"`  // wanted in the ID token
	InInfo    bool     `json:"in_info,omitempty"`   // wanted at the userinfo endpoint
}

// Bounds of a claims parameter: what is more is no request but an attack.
const (
	mostClaims      = 50
	mostClaimsBytes = 8 << 10
	mostValues      = 20
)

var errClaims = errors.New("the claims parameter is malformed")

// ParseClaims reads a claims parameter (OpenID Connect Core 5.5): the wanted
// attributes in the order of their names. Text it does not understand is an
// error, because an ignored part would change what the person is asked.
func ParseClaims(raw string) ([]Wanted, error) {
	if raw == "" {
		return nil, nil
	}
	if len(raw) > mostClaimsBytes || !utf8.ValidString(raw) || strings.ContainsRune(raw, 0) {
		return nil, errClaims
	}
	var top map[string]map[string]*struct {
		Essential bool              `json:"essential"`
		Value     json.RawMessage   `json:"value"`
		Values    []json.RawMessage `json:"values"`
		Purpose   string            `json:"purpose"`
	}
	if err := json.Unmarshal([]byte(raw), &top); err != nil {
		return nil, errClaims
	}
	found := map[string]*Wanted{}
	for place, members := range top {
		if place != "id_token" && place != "userinfo" {
			continue // Core 5.5: other members are ignored
		}
		for name, m := range members {
			w := found[name]
			if w == nil {
				w = &Wanted{Name: name}
				found[name] = w
			}
			w.InToken = w.InToken || place == "id_token"
			w.InInfo = w.InInfo || place == "userinfo"
			if m == nil {
				continue
			}
			w.Essential = w.Essential || m.Essential
			values, err := plainValues(m.Value, m.Values)
			if err != nil {
				return nil, err
			}
			for _, v := range values {
				if !slices.Contains(w.Values, v) {
					w.Values = append(w.Values, v)
				}
			}
		}
	}
	if len(found) > mostClaims {
		return nil, errClaims
	}
	out := make([]Wanted, 0, len(found))
	for _, w := range found {
		slices.Sort(w.Values)
		out = append(out, *w)
	}
	slices.SortFunc(out, func(a, b Wanted) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}

// plainValues gives the asked values as text; objects and lists are refused.
func plainValues(one json.RawMessage, more []json.RawMessage) ([]string, error) {
	if one != nil {
		more = append([]json.RawMessage{one}, more...)
	}
	if len(more) > mostValues {
		return nil, errClaims
	}
	var out []string
	for _, raw := range more {
		var v any
		if err := json.Unmarshal(raw, &v); err != nil {
			return nil, errClaims
		}
		switch v := v.(type) {
		case string:
			out = append(out, v)
		case bool:
			out = append(out, fmt.Sprint(v))
		case float64:
			out = append(out, string(raw))
		case nil:
		default:
			return nil, errClaims
		}
	}
	return out, nil
}
