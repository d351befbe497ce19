package trust

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/modules/trust/provider"
)

// KindInstitution is the record kind, as references name it.
const KindInstitution = "institution"

// State says where an institution, or a version of its registration, stands.
type State string

// The states. Applied, Examined, Approved and Refused are a version's;
// Applied, Active, Suspended, Expired and Refused an institution's.
const (
	Applied   State = "applied"
	Examined  State = "examined"
	Approved  State = "approved"
	Refused   State = "refused"
	Active    State = "active"
	Suspended State = "suspended"
	Expired   State = "expired"
)

// Registration is what an institution states and two persons approve.
type Registration struct {
	Name        [3]string // ar, fr, en
	Purpose     [3]string // in plain words, as citizens read it
	Basis       string    // the legal ground, in words
	Ceiling     []string  // the attributes it may ask for at most
	Level       int       // the least assurance level, 1 to 3
	Retention   string    // how long it keeps what it is told
	Contact     string    // an office that answers citizens
	Redirects   []string
	PostLogouts []string
	Backchannel string // where it is told that a session has ended
	Counter     bool   // may ask a citizen who stands before a counter or telephones
	Keys        string // JWK set
	// Officers says that it is a program of the service's own: its subjects are
	// officers, and never citizens.
	Officers bool
}

// Version is a registration and what became of it.
type Version struct {
	Registration
	N          int64
	State      State
	AppliedAt  time.Time
	AppliedBy  ident.ID // an officer who entered it for the institution; "" if it did so itself
	ExaminedBy ident.ID
	Finding    string
	DecidedBy  ident.ID
	DecidedAt  time.Time
	Reason     string // of a refusal
}

// Institution is one that relies on the service, or applies to.
type Institution struct {
	ID      ident.ID
	State   State
	Sandbox bool
	Host    string // its sector: the host of its redirect addresses
	Until   time.Time
	Keys    string // JWK set in force
	Why     string // of a suspension
	// Suspensions is how often it was suspended; Suspended since when it is,
	// zero while it is not.
	Suspensions int
	Suspended   time.Time
	Current     Version   // in force, or the first one
	Next        *Version  // waits for a decision
	Applied     time.Time // first
}

// Ref points at the institution.
func (i Institution) Ref() ident.Ref { return ident.Ref{Kind: KindInstitution, ID: i.ID} }

// Open reports whether it may ask at a time.
func (i Institution) Open(at time.Time) bool { return i.State == Active && at.Before(i.Until) }

// Resource gives the institution as the policies know it: who applied for and
// who examined what waits.
func (i Institution) Resource(unit ident.ID) policy.Resource {
	v := i.Current
	if i.Next != nil {
		v = *i.Next
	}
	return policy.Resource{Ref: i.Ref(), Unit: unit, Attrs: map[string]any{"applied": string(v.AppliedBy), "examined": string(v.ExaminedBy)}}
}

// mostAddresses bounds a list of addresses.
const mostAddresses = 20

// check finds what is wrong with a registration, field by field.
func (r Registration) check(local bool) error {
	var wrong fault.List
	for i, lang := range []string{"ar", "fr", "en"} {
		if len([]rune(r.Name[i])) < 2 {
			wrong.Add("name_"+lang, "trust.wrong.name")
		}
		if len([]rune(r.Purpose[i])) < 10 {
			wrong.Add("purpose_"+lang, "trust.wrong.purpose")
		}
	}
	for field, value := range map[string]string{"basis": r.Basis, "retention": r.Retention, "contact": r.Contact} {
		if strings.TrimSpace(value) == "" {
			wrong.Add(field, "form.required")
		}
	}
	if r.Level < 1 || r.Level > provider.Levels {
		wrong.Add("level", "form.choose")
	}
	if r.Officers && (r.Counter || r.Level > officerLevel) {
		wrong.Add("level", "trust.wrong.officers")
	}
	if slices.ContainsFunc(r.Ceiling, func(n string) bool { return !r.knows(n) }) {
		wrong.Add("ceiling", "form.choose")
	}
	if _, err := provider.ParseKeys([]byte(r.Keys)); err != nil {
		wrong.Add("keys", "trust.wrong.keys")
	}
	r.checkAddresses(local, &wrong)
	return wrong.Err()
}

func (r Registration) checkAddresses(local bool, wrong *fault.List) {
	if len(r.Redirects) == 0 {
		wrong.Add("redirects", "form.required")
	}
	for field, all := range map[string][]string{"redirects": r.Redirects, "post_logouts": r.PostLogouts, "backchannel": oneOrNone(r.Backchannel)} {
		if len(all) > mostAddresses || slices.ContainsFunc(all, func(a string) bool { return !address(a, local) }) {
			wrong.Add(field, "trust.wrong.address")
		}
	}
	if len(r.Redirects) > 0 && r.host() == "" {
		wrong.Add("redirects", "trust.wrong.hosts")
	}
}

func oneOrNone(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}

// address reports whether an address may be registered: HTTPS to a named host,
// whole, without fragment or user; where local is set, for a sandbox and in the
// demonstration, also the machine one sits at.
func address(s string, local bool) bool {
	u, err := url.Parse(s)
	if err != nil || u.String() != s || u.Fragment != "" || strings.ContainsAny(s, "#\\ *") || u.User != nil || u.Hostname() == "" || len(s) > 1000 {
		return false
	}
	host := u.Hostname()
	here := host == "localhost" || host == "127.0.0.1" || host == "::1"
	if local && here {
		return u.Scheme == "http" || u.Scheme == "https"
	}
	_, notName := netip.ParseAddr(host)
	return u.Scheme == "https" && !here && notName != nil && strings.Contains(host, ".")
}

// host gives the one host of the redirect addresses, "" if there are several:
// who shares a host would share the names by which it knows people.
func (r Registration) host() string {
	host := ""
	for _, a := range r.Redirects {
		u, err := url.Parse(a)
		if err != nil || host != "" && u.Host != host {
			return ""
		}
		host = u.Host
	}
	return strings.ToLower(host)
}
