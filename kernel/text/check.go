package text

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/nicksnyder/go-i18n/v2/i18n"
)

var hole = regexp.MustCompile(`\{([a-z][a-z0-9-]*)\}`)

// Check finds what is incomplete: a key missing in a language, an empty text,
// holes that differ between languages, a plural without a form the
// language needs, a template mark of another system. An empty answer means
// complete.
func Check(c *Catalogue) []error {
	var found []error
	for _, key := range c.Keys() {
		found = append(found, c.checkKey(key)...)
	}
	return found
}

func (c *Catalogue) checkKey(key string) []error {
	var found []error
	report := func(lang Lang, format string, args ...any) {
		found = append(found, fmt.Errorf("text: %s: %s: %s", lang, key, fmt.Sprintf(format, args...)))
	}
	plural, want := c.isPlural(key), c.holes(key)
	for _, lang := range Langs() {
		m := c.messages[lang][key]
		if m == nil {
			report(lang, "missing")
			continue
		}
		for name, form := range forms(m, lang, plural) {
			switch got := holesIn(form, plural); {
			case form == "":
				report(lang, "form %q is empty", name)
			case strings.Contains(form, "{{"):
				report(lang, "holes are {name}, found %q", form)
			case !slices.Equal(got, want):
				report(lang, "form %q has holes %v, others have %v", name, got, want)
			}
		}
	}
	return found
}

// isPlural: a message is plural when any language gives it a form besides other.
func (c *Catalogue) isPlural(key string) bool {
	for _, lang := range Langs() {
		if m := c.messages[lang][key]; m != nil && m.Zero+m.One+m.Two+m.Few+m.Many != "" {
			return true
		}
	}
	return false
}

// holes gives the holes of the first language that has the key.
func (c *Catalogue) holes(key string) []string {
	for _, lang := range Langs() {
		if m := c.messages[lang][key]; m != nil {
			return holesIn(m.Other, c.isPlural(key))
		}
	}
	return nil
}

// forms gives the plural forms a language needs (CLDR: Arabic six, French and
// English one and other), or the single text.
func forms(m *i18n.Message, lang Lang, plural bool) map[string]string {
	switch {
	case !plural:
		return map[string]string{"text": m.Other}
	case lang == AR:
		return map[string]string{"zero": m.Zero, "one": m.One, "two": m.Two, "few": m.Few, "many": m.Many, "other": m.Other}
	default:
		return map[string]string{"one": m.One, "other": m.Other}
	}
}

// holesIn lists the holes, sorted, each once. In a plural {n} may be
// written out as a word ("two cases" has a dual of its own), so it is not
// compared.
func holesIn(form string, plural bool) []string {
	var names []string
	for _, m := range hole.FindAllStringSubmatch(form, -1) {
		if !plural || m[1] != "n" {
			names = append(names, m[1])
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
