package ui

import (
	"encoding/json"
	"net/url"
	"sync"
	"time"

	"github.com/a-h/templ"

	"github.com/amana-platform/amana/kernel/text"
)

// The addresses the frame itself links to or posts to. kernel/web serves them.
const (
	PathHome     = "/"               // the person's tasks
	PathSearch   = "/search"         // GET q: name, number, plate, phone, receipt, QR
	PathPurpose  = "/purpose"        // GET return: choose the purpose one works under
	PathLanguage = "/session/lang"   // POST lang, return
	PathTheme    = "/session/theme"  // POST theme (auto, light, dark, contrast), return
	PathSwitch   = "/session/switch" // GET: fast user switch
	PathSignOut  = "/session/end"    // POST
	PathSignIn   = "/session/new"    // GET return: sign-in page
	PathProve    = "/session/prove"  // GET return: asks whoever is signed in to prove again that it is they
	PathAgain    = "/session/again"  // GET: sign-in as a fragment, in place, when a session ended under a form
	PathAsk      = "/permission/ask" // POST act, return, reason: ask who may allow it
	PathNotice   = "/session/notice" // GET: the line that says that something waits
	PathPing     = "/session/alive"  // HEAD: does the station server answer
	PathAssets   = "/assets/"        // GET: everything embedded, immutable
	PathGallery  = "/dev/components" // GET, demo only
)

// Theme is how pages look: by the computer's setting, or chosen.
type Theme string

// The themes.
const (
	ThemeAuto     Theme = ""
	ThemeLight    Theme = "light"
	ThemeDark     Theme = "dark"
	ThemeContrast Theme = "contrast"
)

// Link is an address with its words. Key is a keyboard sequence ("n", "g l")
// that follows it, Count a number shown beside it (0 shows none).
type Link struct {
	Label   string
	Href    string
	Key     string
	Count   int
	Current bool
}

// Purpose is what one works under: a case, a task or a legal basis. Label is
// shown ("case 2026/114"), Ref is its kind/id, Href opens it.
type Purpose struct {
	Ref   string
	Label string
	Href  string
}

// View is what every page needs to know of its reader.
type View struct {
	Words   *text.Words
	Title   string // of the page, without the service's name
	Path    string // path and query of this page, to come back to
	Theme   Theme
	Demo    bool
	Citizen bool   // pages for people who are not officers: larger text, no search, no purpose
	Home    string // where the name of the service leads; "" is PathHome
	Leave   string // where signing out is posted; "" is PathSignOut

	Person   string // name as shown; empty when nobody is signed in
	PersonID string // opaque and stable; unsent text is kept under it, apart from others'
	Role     string
	Unit     string
	Purpose  Purpose
	Rail     []Link // the systems this person may use

	CutSince time.Time // the line to the centre is cut since then; zero: it is not
	Live     string    // address of the page's event stream, or empty
	Now      time.Time // the moment the page was made, UTC
}

// officer reports whether an officer reads: what is theirs alone is left out
// for anybody else.
func (v View) officer() bool { return v.Person != "" && !v.Citizen }

func (v View) home() string { return orElse(v.Home, PathHome) }

func (v View) leave() string { return orElse(v.Leave, PathSignOut) }

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// LangNames gives the languages with their own names, for the switch.
func (v View) langs() []Link {
	var links []Link
	for _, l := range text.Langs() {
		links = append(links, Link{Label: v.Words.T("lang." + string(l)), Href: string(l), Current: l == v.Words.Lang()})
	}
	return links
}

func (v View) themes() []Link {
	var links []Link
	for _, t := range []Theme{ThemeAuto, ThemeLight, ThemeDark, ThemeContrast} {
		name := string(t)
		if t == ThemeAuto {
			name = "auto"
		}
		links = append(links, Link{Label: v.Words.T("nav.theme-" + name), Href: name, Current: t == v.Theme})
	}
	return links
}

// shortcuts lists the keys shown in the keyboard help, in three groups.
func (v View) shortcuts() []shortcutGroup {
	w := v.Words
	general := []shortcut{{"/", w.T("keys.search")}}
	for _, l := range v.Rail {
		if l.Key != "" {
			general = append(general, shortcut{l.Key, l.Label})
		}
	}
	general = append(general, shortcut{"Esc", w.T("keys.back")}, shortcut{"?", w.T("keys.help")})
	return []shortcutGroup{
		{w.T("keys.general"), general},
		{w.T("keys.forms"), []shortcut{
			{"Ctrl Enter", w.T("keys.submit")}, {"T", w.T("keys.now")}, {"-15", w.T("keys.minutes")},
		}},
		{w.T("keys.tables"), []shortcut{{"↓ ↑", w.T("keys.rows")}, {"Enter", w.T("keys.open")}}},
	}
}

type shortcutGroup struct {
	title string
	keys  []shortcut
}

type shortcut struct{ keys, does string }

// scripts keeps scriptWords by the *text.Words they are of: no page changes them.
var scripts sync.Map

// scriptWords are the few texts that scripts show; they travel in a meta
// element, because the pages carry no inline script.
func (v View) scriptWords() string {
	if known, ok := scripts.Load(v.Words); ok {
		return known.(string)
	}
	keys := []string{
		"autosave.saving", "autosave.saved", "autosave.kept", "autosave.restored", "autosave.failed",
		"conflict.title", "conflict.lead", "conflict.mine", "conflict.theirs", "conflict.keep-mine", "conflict.keep-theirs",
		"upload.progress", "upload.paused", "upload.done", "upload.failed", "upload.cancel", "upload.empty", "upload.restarted",
		"offline.back", "live.connected", "live.lost", "session.done", "session.failed", "person.none", "loading.label",
	}
	words := make(map[string]string, len(keys))
	for _, key := range keys {
		words[key] = v.Words.T(key)
	}
	data, _ := json.Marshal(words) // strings always marshal
	scripts.Store(v.Words, string(data))
	return string(data)
}

// zoneMinutes is how far the shown wall clock is ahead of UTC, for scripts.
func (v View) zoneMinutes() int {
	_, seconds := v.Words.Local(v.Now).Zone()
	return seconds / 60
}

// title is the page's name first, because tabs are narrow.
func (v View) title() string {
	if v.Title == "" {
		return v.Words.T("service.name")
	}
	return v.Title + " · " + v.Words.T("service.name")
}

// Plain makes a component of a string, escaped, each value its own direction.
func Plain(s string) templ.Component { return value(s) }

// escape makes a path a query value.
func escape(path string) string { return url.QueryEscape(path) }

// bodyFont is the face the page's own language is set in, fetched first.
func bodyFont(v View) string {
	if v.Words.Lang() == text.AR {
		return "fonts/ibm-plex-sans-arabic-arabic-400-normal.woff2"
	}
	return "fonts/ibm-plex-sans-latin-400-normal.woff2"
}
