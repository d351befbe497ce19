package es256

import (
	"strings"
	"testing"
)

func TestAMemberTwice(t *testing.T) {
	for _, raw := range []string{`{"a":1,"a":2}`, `[{"b":{"a":1,"a":1}}]`, `1 2`, `{`, ``, strings.Repeat("[", 99)} {
		if _, err := ReadJSON([]byte(raw)); err == nil {
			t.Errorf("%.20s was read", raw)
		}
	}
}
