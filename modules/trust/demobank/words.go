package demobank

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/ui"
)

// told lists what the bank was told, attributes first, then what the protocol says.
func told(r *web.Request, c *customer) []ui.Fact {
	names := []string{}
	for name := range c.told {
		names = append(names, name)
	}
	word := func(name string) (string, bool) {
		key := "trust.attribute." + strings.ReplaceAll(name, "_", "-")
		if r.Words.Has(key) {
			return r.T(key), true
		}
		return name, false
	}
	slices.SortFunc(names, func(a, b string) int {
		_, ours := word(a)
		_, theirs := word(b)
		switch {
		case ours && !theirs:
			return -1
		case theirs && !ours:
			return 1
		}
		return strings.Compare(a, b)
	})
	var out []ui.Fact
	for _, name := range names {
		label, ours := word(name)
		f := ui.Fact{Label: label, Text: said(r, c.told[name])}
		if !ours {
			f.Text, f.Value = "", ui.ID(plain(c.told[name]))
		}
		out = append(out, f)
	}
	return out
}

// said says a value as a person reads it.
func said(r *web.Request, v any) string {
	switch v := v.(type) {
	case bool:
		if v {
			return r.T("trust.value.yes")
		}
		return r.T("trust.value.no")
	case string:
		return v
	}
	return fmt.Sprint(v)
}

// plain gives a claim as it was sent: JSON knows whole numbers only as floats.
func plain(v any) string {
	if n, ok := v.(float64); ok {
		return strconv.FormatFloat(n, 'f', -1, 64)
	}
	return fmt.Sprint(v)
}
