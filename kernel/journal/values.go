package journal

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"unicode/utf8"

	"github.com/amana-platform/amana/kernel/ident"
)

// Values are JSON as encoding/json writes it without escaping HTML. The plain
// kinds take a shorter way to the same bytes.

// encode gives the JSON of a leaf.
func (p *plan) encode(v reflect.Value) (json.RawMessage, error) {
	if p.plain {
		switch v.Kind() {
		case reflect.String:
			return encodeText(v.String())
		case reflect.Bool:
			return strconv.AppendBool(nil, v.Bool()), nil
		default:
			return strconv.AppendInt(nil, v.Int(), 10), nil
		}
	}
	return encodeJSON(v.Interface())
}

// decode is encode backwards.
func (p *plan) decode(v reflect.Value, raw json.RawMessage) error {
	switch {
	case p.sealed:
		s, err := decodeText(raw)
		if err == nil {
			*v.Addr().Interface().(*Sealed) = Seal(s)
		}
		return err
	case p.plain && v.Kind() == reflect.String:
		if s, ok := plainText(raw); ok {
			v.SetString(s)
			return nil
		}
	case p.plain && v.Kind() != reflect.Bool:
		if n, err := strconv.ParseInt(string(raw), 10, 64); err == nil && raw[0] != '+' {
			v.SetInt(n)
			return nil
		}
	}
	return json.Unmarshal(raw, v.Addr().Interface())
}

func decodeText(raw json.RawMessage) (s string, err error) {
	if s, ok := plainText(raw); ok {
		return s, nil
	}
	err = json.Unmarshal(raw, &s)
	return s, err
}

// plainText reads a JSON string that stands as it is.
func plainText(raw []byte) (string, bool) {
	n := len(raw) - 1
	if n < 1 || raw[0] != '"' || raw[n] != '"' {
		return "", false
	}
	s := string(raw[1:n])
	return s, unchanged(s)
}

// encodeJSON refuses text that the two engines would not keep alike.
func encodeJSON(v any) (json.RawMessage, error) {
	switch v := v.(type) {
	case string:
		return encodeText(v)
	case ident.ID:
		return encodeText(string(v))
	}
	return encodeSlowly(v)
}

func encodeText(s string) (json.RawMessage, error) {
	if unchanged(s) {
		return append(append(append(make([]byte, 0, len(s)+2), '"'), s...), '"'), nil
	}
	return encodeSlowly(s)
}

func encodeSlowly(v any) (json.RawMessage, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	raw := bytes.TrimSuffix(b.Bytes(), []byte("\n"))
	if !utf8.Valid(raw) || bytes.Contains(raw, []byte(`\u0000`)) || bytes.Contains(raw, []byte("\ufffd")) {
		return nil, fmt.Errorf("journal: text with NUL or malformed UTF-8")
	}
	return raw, nil
}

// unchanged reports whether a text stands in JSON as it is.
func unchanged(s string) bool {
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if c < 0x20 || c == 0x7f || c == '"' || c == '\\' {
				return false
			}
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError || r == '\u2028' || r == '\u2029' {
			return false
		}
		i += n
	}
	return true
}
