package trust

import (
	"strconv"
	"strings"

	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/ui"
	"github.com/amana-platform/amana/modules/trust/provider"
)

func attributeOptions(r *web.Request, officers bool) []ui.Option {
	var out []ui.Option
	if officers {
		for _, name := range officerAttributes() {
			out = append(out, ui.Option{Value: name, Label: attributeWord(r.Words, name)})
		}
		return out
	}
	for _, a := range Attributes() {
		o := ui.Option{Value: a.Name, Label: attributeWord(r.Words, a.Name)}
		if a.Derived {
			o.Help = r.T("trust.help.derived")
		}
		out = append(out, o)
	}
	return out
}

func levelOptions(r *web.Request) []ui.Option {
	var out []ui.Option
	for n := range provider.Levels {
		level := strconv.Itoa(n + 1)
		out = append(out, ui.Option{Value: level, Label: r.T("trust.level." + level)})
	}
	return out
}

// those gives what is essential, or what is not.
func (d *deciding) those(essential bool) []provider.Wanted {
	var out []provider.Wanted
	for _, w := range d.wanted {
		if w.Essential == essential {
			out = append(out, w)
		}
	}
	return out
}

// name is how a developer tells test citizens apart.
func (c trialCitizen) name() string {
	given, _ := c.values["given_name"].(string)
	family, _ := c.values["family_name"].(string)
	return given + " " + family
}

// agreedWords names what was agreed to.
func agreedWords(r *web.Request, claims []string) string {
	if len(claims) == 0 {
		return r.T("trust.consent.nothing")
	}
	out := make([]string, len(claims))
	for i, c := range claims {
		out[i] = attributeWord(r.Words, c)
	}
	return strings.Join(out, r.T("trust.and"))
}
