package text

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"github.com/nicksnyder/go-i18n/v2/i18n/template"

	"github.com/amana-platform/amana/kernel/fault"
)

// Words are the words of one language. The zero value is not usable; a
// Catalogue gives them.
type Words struct {
	lang      Lang
	zone      Zone
	localizer *i18n.Localizer
	messages  map[string]*i18n.Message
}

func newWords(lang Lang, zone Zone, bundle *i18n.Bundle, messages map[string]*i18n.Message) *Words {
	return &Words{lang: lang, zone: zone, messages: messages, localizer: i18n.NewLocalizer(bundle, string(lang))}
}

// Lang gives the language itself, for the lang attribute.
func (w *Words) Lang() Lang { return w.lang }

// Dir gives "rtl" or "ltr", for the dir attribute.
func (w *Words) Dir() string { return w.lang.Dir() }

// Has reports whether the language has a key.
func (w *Words) Has(key string) bool { return w.messages[key] != nil }

// T gives the text of a key, its holes filled from alternating names
// and values. An unknown key is shown as ⟦key⟧, which every page test looks
// for; it is never shown empty, so that nobody takes silence for an answer.
func (w *Words) T(key string, args ...any) string {
	return w.fill(key, pairs(args))
}

// N gives the plural form of a key for n, with n itself as {n}.
func (w *Words) N(key string, n int, args ...any) string {
	if w.messages[key] == nil {
		return unknown(key)
	}
	form, err := w.localizer.Localize(&i18n.LocalizeConfig{
		MessageID: key, PluralCount: n, TemplateParser: template.IdentityParser{},
	})
	if err != nil {
		return unknown(key)
	}
	values := pairs(args)
	values["n"] = n
	return w.place(form, values)
}

// Fault renders an error a person may see; every other error reads as an
// internal fault and tells nothing. See kernel/fault.
func (w *Words) Fault(err error) string {
	if err == nil {
		return ""
	}
	e := fault.Of(err)
	return w.fill(e.Key, e.Args)
}

// Fault renders err in the words of w; it is Words.Fault as a function.
func Fault(w *Words, err error) string { return w.Fault(err) }

func (w *Words) fill(key string, values map[string]any) string {
	message := w.messages[key]
	if message == nil {
		return unknown(key)
	}
	return w.place(message.Other, values)
}

// place writes values into {name} holes; a hole without a value stays
// visible, so that a test or a reader sees it.
func (w *Words) place(pattern string, values map[string]any) string {
	if !strings.Contains(pattern, "{") {
		return pattern
	}
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(pattern, "{")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		name, after, closed := strings.Cut(rest, "}")
		value, known := values[name]
		switch {
		case !closed:
			b.WriteString("{" + rest)
			return b.String()
		case known:
			b.WriteString(w.value(value))
		default:
			b.WriteString("{" + name + "}")
		}
		pattern = after
	}
}

// value renders one argument in the language.
func (w *Words) value(v any) string {
	switch v := v.(type) {
	case int:
		return w.Number(int64(v))
	case int64:
		return w.Number(v)
	case uint64:
		return w.isolate(strconv.FormatUint(v, 10))
	case Key:
		return w.T(string(v))
	case time.Time:
		return w.own(w.DateTime(v))
	case time.Duration:
		return w.own(w.Duration(v))
	case error:
		return w.Fault(v)
	default:
		return w.isolate(fmt.Sprint(v))
	}
}

// isolate wraps s only where it could reorder its surroundings: anything but
// Arabic letters in an Arabic line, anything right-to-left in the others.
func (w *Words) isolate(s string) string {
	for _, r := range s {
		if isRTL(r) != (w.Dir() == "rtl") && r != ' ' {
			return Isolate(s)
		}
	}
	return s
}

// own wraps text of the language itself that holds figures. Its direction is
// said outright: one that looked for the first letter would skip the isolates
// inside and find none.
func (w *Words) own(s string) string {
	if w.Dir() != "rtl" || s == "" {
		return s
	}
	return string(rightToLeftIsolate) + s + string(popIsolate)
}

func unknown(key string) string { return "⟦" + key + "⟧" }

func pairs(args []any) map[string]any {
	if len(args) == 1 {
		if m, ok := args[0].(map[string]any); ok {
			return m
		}
	}
	m := make(map[string]any, len(args)/2+1)
	for i := 0; i+1 < len(args); i += 2 {
		m[fmt.Sprint(args[i])] = args[i+1]
	}
	return m
}
