package policy_test

import (
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/amana-platform/amana/kernel/policy"
)

var (
	section = regexp.MustCompile(`^\[([a-z.]+)\]$`)
	entry   = regexp.MustCompile(`^([a-z-]+) = "([^"]+)"$`)
	literal = regexp.MustCompile(`= "(policy\.[a-z.-]+)"`)
)

// keys reads one language: key to text.
func keys(t *testing.T, lang string) map[string]string {
	t.Helper()
	data, err := fs.ReadFile(policy.Texts, "text/"+lang+".toml")
	if err != nil {
		t.Fatal(err)
	}
	all, under := map[string]string{}, ""
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSpace(line)
		if m := section.FindStringSubmatch(line); m != nil {
			under = m[1] + "."
		} else if m := entry.FindStringSubmatch(line); m != nil {
			all[under+m[1]] = m[2]
		} else if line != "" && !strings.HasPrefix(line, "#") {
			t.Errorf("%s: %q is no text", lang, line)
		}
	}
	return all
}

func TestEveryRefusalHasWordsInThreeLanguages(t *testing.T) {
	source, err := os.ReadFile("refusal.go")
	if err != nil {
		t.Fatal(err)
	}
	var declared []string
	for _, m := range literal.FindAllStringSubmatch(string(source), -1) {
		declared = append(declared, m[1])
	}
	for _, lang := range []string{"ar", "fr", "en"} {
		have := keys(t, lang)
		for _, key := range declared {
			if have[key] == "" {
				t.Errorf("%s lacks %s", lang, key)
			}
		}
		for _, kind := range []policy.PurposeKind{policy.Case, policy.Task, policy.Basis, policy.BreakGlass} {
			if have["policy.purpose."+string(kind)] == "" {
				t.Errorf("%s lacks the name of purpose %s", lang, kind)
			}
		}
		for key, words := range have {
			refusal := strings.HasPrefix(key, "policy.refused.") || strings.HasPrefix(key, "policy.unavailable.")
			if refusal && !slices.Contains(declared, key) {
				t.Errorf("%s: %s is the text of no refusal", lang, key)
			}
			if strings.Contains(words, "{") != (key == "policy.may-allow") {
				t.Errorf("%s: %s has the wrong holes", lang, key)
			}
		}
		if len(have) != len(keys(t, "en")) {
			t.Errorf("%s has %d texts, en %d", lang, len(have), len(keys(t, "en")))
		}
	}
}
