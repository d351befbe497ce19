package tlog

import (
	"os"
	"strings"
	"testing"
)

func TestContinuesFindsWhatWasCutOff(t *testing.T) {
	s := tell(t)
	must(t, Continues(t.Context(), s.w.dir, s.w.vkey, s.small.Note))
	must(t, Continues(t.Context(), s.w.dir, s.w.vkey, s.large.Note))
	if err := Continues(t.Context(), s.w.dir, s.w.vkey, s.fork.Note); err == nil {
		t.Error("continues a fork")
	}
	_, other := testKey(t, s.w.origin)
	if err := Continues(t.Context(), s.w.dir, other, s.small.Note); err == nil {
		t.Error("continues under another key")
	}
	must(t, os.WriteFile(s.w.dir+"/checkpoint", s.small.Note, 0o644)) // the newest leaves cut off
	if err := Continues(t.Context(), s.w.dir, s.w.vkey, s.large.Note); err == nil || !strings.Contains(err.Error(), "cut off") {
		t.Error("a shorter log continues a longer one")
	}
	must(t, Continues(t.Context(), s.w.dir, s.w.vkey, s.small.Note))
	must(t, os.Remove(s.w.dir+"/checkpoint"))
	if err := Continues(t.Context(), s.w.dir, s.w.vkey, s.small.Note); err == nil {
		t.Error("a log without checkpoint continues one")
	}
}
