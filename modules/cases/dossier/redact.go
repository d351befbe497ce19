package dossier

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/amana-platform/amana/modules/cases/enquiry"
)

// WithheldMark stands where a text held something that is withheld.
const WithheldMark = "[…]"

// redact gives the twin as a recipient may see it. What a profile withholds
// is taken out of every field and free text, so that it is in no byte of what
// is made from the result. Law: L09-08
func redact(t *Twin, profile string) (*Twin, error) {
	raw, err := json.Marshal(t)
	if err != nil {
		return nil, err
	}
	var out Twin // a deep copy: the whole twin stays as it is
	if err := json.Unmarshal(raw, &out); err != nil {
		return nil, err
	}
	out.Profile = profile
	switch profile {
	case ForProsecutor:
	case ForDefence:
		withholdContacts(&out)
	case ForStatistics:
		withholdPersons(&out)
	default:
		return nil, fmt.Errorf("cases: no profile %q says what to withhold", profile)
	}
	return &out, nil
}

// withholdContacts takes out how to reach victims, complainants, witnesses and
// civil parties.
func withholdContacts(t *Twin) {
	var secret contacts
	for i := range t.Persons {
		p := &t.Persons[i]
		if slices.Contains(p.Roles, enquiry.Suspect) || !slices.ContainsFunc(p.Roles, enquiry.Role.Protected) {
			continue
		}
		for field, v := range map[string]*string{"address": &p.Address, "phone": &p.Phone} {
			if *v != "" {
				secret.add(field, *v)
				*v = ""
				p.Withheld = append(p.Withheld, field)
			}
		}
		slices.Sort(p.Withheld)
		for j := range t.Reports {
			if t.Reports[j].Person == p.Ref && t.Reports[j].Fields["address"] != "" {
				secret.add("address", t.Reports[j].Fields["address"])
				delete(t.Reports[j].Fields, "address")
			}
		}
	}
	t.eachText(secret.hide)
}

// eachText passes every free text of the twin through f.
func (t *Twin) eachText(f func(string) string) {
	fields := func(m map[string]string) {
		for k, v := range m {
			m[k] = f(v)
		}
	}
	t.Case.Facts, t.Case.Place = f(t.Case.Facts), f(t.Case.Place)
	fields(t.Case.Frame)
	for i := range t.Offences {
		t.Offences[i].Aggravating = f(t.Offences[i].Aggravating)
	}
	for i := range t.Reports {
		fields(t.Reports[i].Fields)
	}
	for i := range t.Documents {
		t.Documents[i].Title = f(t.Documents[i].Title)
	}
	for i := range t.Exhibits {
		t.Exhibits[i].Description, t.Exhibits[i].Place = f(t.Exhibits[i].Description), f(t.Exhibits[i].Place)
	}
	for i := range t.Measures {
		fields(t.Measures[i].Fields)
	}
}

// contacts are addresses and phone numbers that may not be shown.
type contacts struct {
	addresses []*regexp.Regexp // longest first
	phones    []string         // their last nine digits
}

func (c *contacts) add(field, v string) {
	for part := range strings.SplitSeq(strings.ReplaceAll(v, enquiry.Apart, "\n"), "\n") {
		if d := digits(part); field == "phone" && len(d) >= 9 {
			c.phones = append(c.phones, d[len(d)-9:])
			continue
		}
		if len(strings.TrimSpace(part)) >= 4 {
			c.addresses = append(c.addresses, loose(part)...)
		}
	}
	slices.SortStableFunc(c.addresses, func(a, b *regexp.Regexp) int { return len(b.String()) - len(a.String()) })
}

// loose matches an address however its words are spaced, pointed and
// capitalised, and any three of its words that stand together and have a
// number among them: that much leads to the door. A street's name alone stays.
func loose(s string) []*regexp.Regexp {
	words := strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) })
	for i, w := range words {
		words[i] = regexp.QuoteMeta(w)
	}
	if len(words) == 0 {
		return []*regexp.Regexp{regexp.MustCompile(regexp.QuoteMeta(s))}
	}
	out := []*regexp.Regexp{together(words)}
	for from := range words {
		for to := from + 3; to <= len(words); to++ {
			if part := words[from:to]; len(part) < len(words) && slices.ContainsFunc(part, hasDigit) {
				out = append(out, together(part))
			}
		}
	}
	return out
}

func together(words []string) *regexp.Regexp {
	return regexp.MustCompile(`(?i)` + strings.Join(words, `[^\p{L}\p{N}]{0,4}`))
}

func hasDigit(word string) bool { return strings.ContainsFunc(word, unicode.IsDigit) }

// phoneLike finds what may be a phone number, in Western and Arabic digits.
var phoneLike = regexp.MustCompile(`\+?\p{Nd}(?:[ .\-/\x{a0}()]{0,2}\p{Nd}){8,14}`)

// hide takes the contacts out of a text, however a phone number is written.
func (c *contacts) hide(s string) string {
	for _, a := range c.addresses {
		s = a.ReplaceAllLiteralString(s, WithheldMark)
	}
	return phoneLike.ReplaceAllStringFunc(s, func(found string) string {
		if d := digits(found); len(d) >= 9 && slices.Contains(c.phones, d[len(d)-9:]) {
			return WithheldMark
		}
		return found
	})
}

// digits gives the Western digits of a text, Arabic-Indic ones included.
func digits(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9':
			b.WriteRune(r)
		case r >= 0x660 && r <= 0x669:
			b.WriteRune(r - 0x660 + '0')
		case r >= 0x6f0 && r <= 0x6f9:
			b.WriteRune(r - 0x6f0 + '0')
		}
	}
	return b.String()
}

// withholdPersons leaves what figures are made of: codes, dates and counts.
func withholdPersons(t *Twin) {
	t.Sender, t.SenderFR = "", ""
	for i, p := range t.Persons {
		t.Persons[i] = Person{Ref: p.Ref, Roles: p.Roles, Withheld: []string{"identity"}}
	}
	for i := range t.Reports {
		r := &t.Reports[i]
		r.Author, r.AuthorFR, r.Fields = "", "", nil
	}
	t.Case.Frame = nil
	for i := range t.Measures {
		t.Measures[i].Fields = nil
	}
	t.eachText(func(string) string { return "" })
	for i := range t.Chronology {
		t.Chronology[i].At = t.Chronology[i].At.Truncate(24 * time.Hour)
	}
}

// Profiled gives the twin as a profile has it, in the bytes that the entry's
// digest is of.
func Profiled(whole []byte, profile string) ([]byte, error) {
	var t Twin
	if err := json.Unmarshal(whole, &t); err != nil {
		return nil, err
	}
	out, err := redact(&t, profile)
	if err != nil {
		return nil, err
	}
	return json.Marshal(out)
}
