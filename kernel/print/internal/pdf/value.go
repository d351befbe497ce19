package pdf

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
)

// The values of a file, as they are read: nil, bool, Number, NameValue,
// String, Array, Dict and Ref.
type (
	// Number is a number as it is written.
	Number string
	// NameValue is a name without its slash, escapes resolved.
	NameValue string
	// String is the bytes of a string.
	String string
	// Array is a sequence of values.
	Array []any
	// Dict is a dictionary.
	Dict map[NameValue]any
)

// ErrMalformed says that bytes are not a file that this package reads.
var ErrMalformed = errors.New("pdf: malformed")

// maxNesting bounds arrays and dictionaries inside each other.
const maxNesting = 32

// lexer reads values from a position.
type lexer struct {
	data []byte
	at   int
}

// white moves over white space and comments.
func (l *lexer) white() {
	for l.at < len(l.data) {
		switch c := l.data[l.at]; {
		case c == '%':
			for l.at < len(l.data) && l.data[l.at] != '\n' && l.data[l.at] != '\r' {
				l.at++
			}
		case c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f' || c == 0:
			l.at++
		default:
			return
		}
	}
}

// word moves over a given word, if it is next.
func (l *lexer) word(w string) bool {
	l.white()
	if !bytes.HasPrefix(l.data[l.at:], []byte(w)) {
		return false
	}
	l.at += len(w)
	return true
}

func (l *lexer) value(depth int) (any, error) {
	if depth > maxNesting {
		return nil, ErrMalformed
	}
	switch {
	case l.word("<<"):
		return l.dict(depth)
	case l.word("["):
		return l.array(depth)
	case l.word("<"):
		return l.hexString()
	case l.word("("):
		return l.literal()
	case l.word("/"):
		return l.name()
	case l.word("true"):
		return true, nil
	case l.word("false"):
		return false, nil
	case l.word("null"):
		return nil, nil
	}
	return l.number()
}

func (l *lexer) dict(depth int) (any, error) {
	d := Dict{}
	for !l.word(">>") {
		if !l.word("/") {
			return nil, ErrMalformed
		}
		key, err := l.name()
		if err != nil {
			return nil, err
		}
		if d[key], err = l.value(depth + 1); err != nil {
			return nil, err
		}
	}
	return d, nil
}

func (l *lexer) array(depth int) (any, error) {
	a := Array{}
	for !l.word("]") {
		v, err := l.value(depth + 1)
		if err != nil {
			return nil, err
		}
		a = append(a, v)
	}
	return a, nil
}

func (l *lexer) hexString() (any, error) {
	end := bytes.IndexByte(l.data[l.at:], '>')
	if end < 0 {
		return nil, ErrMalformed
	}
	digits := strings.Join(strings.Fields(string(l.data[l.at:l.at+end])), "")
	l.at += end + 1
	if len(digits)%2 == 1 {
		digits += "0"
	}
	out := make([]byte, len(digits)/2)
	for i := range out {
		v, err := strconv.ParseUint(digits[2*i:2*i+2], 16, 8)
		if err != nil {
			return nil, ErrMalformed
		}
		out[i] = byte(v)
	}
	return String(out), nil
}

// literal reads a string in parentheses; of the escapes only a backslash
// before a character is known, which is all that this package writes.
func (l *lexer) literal() (any, error) {
	var out []byte
	for depth := 1; l.at < len(l.data); l.at++ {
		c := l.data[l.at]
		switch c {
		case '\\':
			l.at++
			if l.at == len(l.data) {
				return nil, ErrMalformed
			}
			c = l.data[l.at]
		case '(':
			depth++
		case ')':
			depth--
		}
		if depth == 0 {
			l.at++
			return String(out), nil
		}
		out = append(out, c)
	}
	return nil, ErrMalformed
}

func (l *lexer) regular() string {
	start := l.at
	for l.at < len(l.data) && l.data[l.at] > ' ' && strings.IndexByte("()<>[]{}/%", l.data[l.at]) < 0 {
		l.at++
	}
	return string(l.data[start:l.at])
}

func (l *lexer) name() (NameValue, error) {
	raw := l.regular()
	var out []byte
	for i := 0; i < len(raw); i++ {
		c := raw[i]
		if c == '#' {
			if i+2 >= len(raw) {
				return "", ErrMalformed
			}
			v, err := strconv.ParseUint(raw[i+1:i+3], 16, 8)
			if err != nil {
				return "", ErrMalformed
			}
			c, i = byte(v), i+2
		}
		out = append(out, c)
	}
	return NameValue(out), nil
}

// number reads a number, or a reference, which begins like one.
func (l *lexer) number() (any, error) {
	l.white()
	text := l.regular()
	if _, err := strconv.ParseFloat(text, 64); err != nil {
		return nil, ErrMalformed
	}
	n, err := strconv.Atoi(text)
	if err != nil || n <= 0 {
		return Number(text), nil
	}
	back := l.at
	l.white()
	if gen := l.regular(); gen == "0" && l.word("R") {
		return Ref(n), nil
	}
	l.at = back
	return Number(text), nil
}

// Format writes a value that was read.
func Format(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case NameValue:
		return Name(string(v))
	case String:
		return fmt.Sprintf("<%X>", string(v))
	case Array:
		parts := make([]string, len(v))
		for i := range v {
			parts[i] = Format(v[i])
		}
		return "[" + strings.Join(parts, " ") + "]"
	case Dict:
		var b strings.Builder
		b.WriteString("<<")
		for _, key := range slices.Sorted(maps.Keys(v)) {
			b.WriteString(Name(string(key)) + " " + Format(v[key]) + " ")
		}
		b.WriteString(">>")
		return b.String()
	}
	return fmt.Sprint(v)
}

// Decode gives the text of a text string object (ISO 32000-1, 7.9.2).
func (s String) Decode() string {
	b := []byte(s)
	if len(b) < 2 || b[0] != 0xfe || b[1] != 0xff {
		return string(s)
	}
	var units []uint16
	for i := 2; i+1 < len(b); i += 2 {
		units = append(units, uint16(b[i])<<8|uint16(b[i+1]))
	}
	return string(utf16.Decode(units))
}
