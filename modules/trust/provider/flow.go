package provider

import (
	"encoding/json"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/luikyv/go-oidc/pkg/goidc"
)

// The assurance levels as an authentication context class (acr).
const acrPrefix = "urn:amana:level:"

// Levels is how many there are: 1 to 3.
const Levels = 3

// ACR names a level in tokens.
func ACR(level int) string { return acrPrefix + strconv.Itoa(level) }

// levelOf reads an acr; 0 is none of ours.
func levelOf(acr string) int {
	n, err := strconv.Atoi(strings.TrimPrefix(acr, acrPrefix))
	if err != nil || n < 1 || n > Levels || ACR(n) != acr {
		return 0
	}
	return n
}

// Authorization is a request as it stands before a person.
type Authorization struct {
	ID       string // its page is at PathAuthorize/ID
	Client   string
	Redirect string
	Wanted   []Wanted
	Level    int  // the least that satisfies the institution; 0 if it does not say
	Silent   bool // prompt=none: no page may be shown
	Again    bool // the person must prove themselves anew: prompt=login, max_age, auth_time
	Ask      bool // prompt=consent
	Tells    bool // the institution is to be told when they did
	Notes    Notes
}

// Notes are what the page keeps between two steps of one authorization.
type Notes struct {
	Sent   time.Time `json:"sent,omitzero"`    // when the person was sent to prove themselves
	Holder string    `json:"holder,omitempty"` // the session the consent page was shown to
}

// Given is what a person agreed to: it travels with the grant.
type Given struct {
	Verification string    `json:"verification"` // names this act in the record
	Citizen      string    `json:"citizen"`      // the account
	Person       string    `json:"-"`            // the grant's subject, as the library keeps it
	Channel      string    `json:"channel"`      // "page", "counter"
	Session      string    `json:"session"`
	Level        int       `json:"level"`
	Methods      []string  `json:"methods,omitempty"`
	At           time.Time `json:"at,omitzero"` // zero: not told
	Claims       []Wanted  `json:"claims,omitempty"`
}

// Decision is what came of a page: nothing yet (the zero one; the page has been
// written), a grant, or a refusal with a code of OAuth 2.0 or OpenID Connect.
type Decision struct {
	Given   *Given
	Refused string // "access_denied", "login_required", "consent_required"
	Reason  string // for the institution, in plain English
}

// stored is what this package keeps inside the library's session and grant.
type stored struct {
	Wanted  []Wanted `json:"wanted,omitempty"`
	Notes   Notes    `json:"notes,omitzero"`
	Given   *Given   `json:"given,omitempty"`
	Citizen string   `json:"citizen,omitempty"` // whom a question is for
}

const storeKey = "amana"

// MarshalJSON writes it as one text, which the library passes on as it is.
func (s stored) MarshalJSON() ([]byte, error) {
	type plain stored
	raw, err := json.Marshal(plain(s))
	if err != nil {
		return nil, err
	}
	return json.Marshal(string(raw))
}

// readStored gives what is kept: as it is in memory, or as it came from the store.
func readStored(m map[string]any) (s stored) {
	switch v := m[storeKey].(type) {
	case stored:
		return v
	case string:
		_ = json.Unmarshal([]byte(v), &s) // we wrote it; unreadable is empty, which grants nothing
	}
	return s
}

// in puts it among what the library keeps. Lists and what is given are shared
// and never changed.
func (s stored) in(m map[string]any) map[string]any {
	out := maps.Clone(m)
	if out == nil {
		out = map[string]any{}
	}
	out[storeKey] = s
	return out
}

func givenOf(g *goidc.Grant) Given {
	s := readStored(g.Store)
	if s.Given == nil {
		return Given{Person: g.Subject}
	}
	given := *s.Given
	given.Person = g.Subject
	return given
}

// authorization reads a session as the page knows it.
func authorization(as *goidc.AuthnSession) Authorization {
	s := readStored(as.Store)
	a := Authorization{ID: as.ID, Client: as.ClientID, Redirect: as.RedirectURI, Wanted: s.Wanted, Notes: s.Notes}
	for prompt := range strings.FieldsSeq(string(as.Prompt)) {
		switch goidc.PromptType(prompt) {
		case goidc.PromptTypeNone:
			a.Silent = true
		case goidc.PromptTypeLogin, goidc.PromptTypeSelectAccount:
			a.Again = true
		case goidc.PromptTypeConsent:
			a.Ask = true
		}
	}
	a.Level = leastLevel(strings.Fields(as.ACRValues))
	for _, w := range s.Wanted {
		switch w.Name {
		case goidc.ClaimACR:
			a.Level = max(a.Level, leastLevel(w.Values))
		case goidc.ClaimAuthTime:
			a.Tells = true
		}
	}
	// When somebody proved themselves is the same moment for every institution
	// they then visit. So whoever is told it is told of a proof made for them alone.
	a.Tells = a.Tells || as.MaxAuthnAgeSecs != nil
	a.Again = a.Again || a.Tells
	return a
}

// leastLevel gives the lowest of the levels that would satisfy, 0 for none named.
func leastLevel(acrs []string) int {
	least := 0
	for _, acr := range acrs {
		if n := levelOf(acr); n > 0 && (least == 0 || n < least) {
			least = n
		}
	}
	return least
}

// authenticate puts an authorization before a person.
func (p *Provider) authenticate(w http.ResponseWriter, r *http.Request, as *goidc.AuthnSession, _ *goidc.Client) (goidc.Status, error) {
	a := authorization(as)
	d, notes, err := p.c.Page(w, r, a)
	if err != nil {
		keep(r, err)
		return goidc.StatusPending, nil // the authorization stands; what went wrong is shown
	}
	s := readStored(as.Store)
	s.Notes = notes
	switch {
	case d.Given != nil:
		s.Given = d.Given
		as.Subject, as.GrantedScopes = d.Given.Person, as.Scopes
		as.Store = s.in(as.Store)
		return goidc.StatusSuccess, nil
	case d.Refused != "":
		return goidc.StatusFailure, goidc.NewError(goidc.ErrorCode(d.Refused), d.Reason)
	}
	as.Store = s.in(as.Store)
	return goidc.StatusPending, nil
}
