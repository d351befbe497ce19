package text

import (
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"github.com/BurntSushi/toml"
	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

// kernelFiles are the words of the kernel itself: faults, forms, the frame.
//
//go:embed text/*.toml
var kernelFiles embed.FS

// Key is a text key passed as a value: it is translated before it is placed.
type Key string

// Zone brings a UTC time to the wall clock people live by.
type Zone func(time.Time) time.Time

// Catalogue holds all words of all modules. It is read-only after Load and
// safe for concurrent use.
type Catalogue struct {
	words    map[Lang]*Words
	messages map[Lang]map[string]*i18n.Message
}

// Load reads text/{ar,fr,en}.toml of the kernel and of each source. A key
// that two files define is an error: one of them would be lost. A nil zone
// shows UTC.
func Load(zone Zone, sources ...fs.FS) (*Catalogue, error) {
	if zone == nil {
		zone = time.Time.UTC
	}
	c := &Catalogue{words: map[Lang]*Words{}, messages: map[Lang]map[string]*i18n.Message{}}
	bundle := i18n.NewBundle(language.French)
	for _, lang := range Langs() {
		c.messages[lang] = map[string]*i18n.Message{}
		for _, source := range slices.Concat([]fs.FS{kernelFiles}, sources) {
			if err := c.add(bundle, lang, source); err != nil {
				return nil, err
			}
		}
		c.words[lang] = newWords(lang, zone, bundle, c.messages[lang])
	}
	return c, nil
}

// add reads one language file of one source into the bundle.
func (c *Catalogue) add(bundle *i18n.Bundle, lang Lang, source fs.FS) error {
	path := "text/" + string(lang) + ".toml"
	data, err := fs.ReadFile(source, path)
	if err != nil {
		return fmt.Errorf("text: every source brings %s: %w", path, err)
	}
	file, err := i18n.ParseMessageFileBytes(data, path, map[string]i18n.UnmarshalFunc{"toml": toml.Unmarshal})
	if err != nil {
		return fmt.Errorf("text: %s: %w", path, err)
	}
	for _, m := range file.Messages {
		if _, twice := c.messages[lang][m.ID]; twice {
			return fmt.Errorf("text: %s: %q is defined twice", path, m.ID)
		}
		c.messages[lang][m.ID] = m
	}
	if err := bundle.AddMessages(language.Make(string(lang)), file.Messages...); err != nil {
		return fmt.Errorf("text: %s: %w", path, err)
	}
	return nil
}

// In gives the words of a language. An unknown language gives French, the
// second working language of the administration, so that a stale cookie
// never breaks a page.
func (c *Catalogue) In(lang Lang) *Words {
	if w, ok := c.words[lang]; ok {
		return w
	}
	return c.words[FR]
}

// Has reports whether a key exists in a language.
func (c *Catalogue) Has(lang Lang, key string) bool {
	_, ok := c.messages[lang][key]
	return ok
}

// Keys gives every key of any language, sorted.
func (c *Catalogue) Keys() []string {
	seen := map[string]bool{}
	for _, messages := range c.messages {
		for key := range messages {
			seen[key] = true
		}
	}
	keys := make([]string, 0, len(seen))
	for key := range seen {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
