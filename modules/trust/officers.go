package trust

import (
	"context"
	"net/url"
	"strings"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/ui"
	"github.com/amana-platform/amana/modules/trust/provider"
)

// Programs of the service's own (a dispatch client, a telephone) let officers
// sign in by the same protocol as institutions do citizens: the profile, the two
// persons, the year and the suspension are the same. What differs stands here.
// The subject is an officer, proven by the session of the officers' own desk: it
// is bound to a post, a shift and a purpose, and what was granted by it ends
// with it. There is no consent, for there is no choice; and no line in any
// citizen's log.

// officerLevel is what an officer's passkey proves, with its owner verified.
const officerLevel = 2

// officerPrefix begins the name of an officer among those of citizens in working state.
const officerPrefix = "officer/"

// officerAttributes are what may be told about an officer.
func officerAttributes() []string {
	return []string{"officer_id", "officer_name", "officer_role", "officer_unit", "officer_unit_name", "officer_post", "officer_capacity", "officer_shift", "officer_shift_until", "officer_purpose"}
}

// OfficerVerified says that an officer was vouched for to a program of the service.
type OfficerVerified struct {
	ID          ident.ID
	Officer     ident.ID
	Institution ident.ID
	N           int64 // version of the registration
	Claims      []string
	Level       int
}

// Apply adds it.
func (e OfficerVerified) Apply(w *store.Writer, m journal.Meta) error {
	return w.One("insert into trust_officers (id, officer, institution, n, claims, level, at) values ($1, $2, $3, $4, $5, $6, $7)",
		string(e.ID), string(e.Officer), string(e.Institution), e.N, strings.Join(e.Claims, " "), int64(e.Level), store.Micros(m.Happened))
}

// About names the program and the officer.
func (e OfficerVerified) About() []ident.Ref {
	return append(institutionRef(e.Institution), officerRef(e.Officer)...)
}

// officer decides an authorization by the session of the officers' desk, or
// sends the officer to sign in, or to prove again that it is they.
func (s *Service) officer(d *deciding) (provider.Decision, error) {
	on, back := d.r.Session, "?return="+url.QueryEscape(provider.PathAuthorize+"/"+d.ID)
	switch {
	case d.level > officerLevel:
		return provider.Decision{Refused: "access_denied", Reason: "no officer signs in at that level"}, nil
	case on == nil && d.Silent:
		return provider.Decision{Refused: "login_required", Reason: "no officer is signed in"}, nil
	case on == nil:
		d.Notes.Sent = d.r.Now()
		return provider.Decision{}, d.r.Redirect(ui.PathSignIn + back)
	}
	if d.Again && (d.Notes.Sent.IsZero() || !on.Account.Actor.Proved.After(d.Notes.Sent)) {
		if d.Silent {
			return provider.Decision{Refused: "login_required", Reason: "the officer has to prove again who they are"}, nil
		}
		d.Notes.Sent = d.r.Now()
		return provider.Decision{}, d.r.Redirect(ui.PathProve + back)
	}
	methods := []string{"hwk", "user"}
	if on.Demo {
		methods = []string{"demo"} // one click proves nothing, and says so
	}
	return provider.Decision{Given: &provider.Given{
		Verification: string(ident.Derive("trust verification", d.ID)), Citizen: officerPrefix + string(on.Account.ID), Person: string(on.Account.ID),
		Session: on.ID, Level: officerLevel, Methods: methods, Channel: "desk", Claims: d.wanted, At: on.Account.Actor.Proved,
	}}, nil
}

// standing gives the desk's session of a grant; one that is over vouches for nothing.
func (s *Service) standing(ctx context.Context, g provider.Given) (*web.Session, error) {
	on, err := s.k.Standing(ctx, g.Session)
	if err != nil {
		return nil, err
	}
	if on == nil || officerPrefix+string(on.Account.ID) != g.Citizen {
		return nil, &provider.Refusal{Code: "invalid_grant", Description: "the officer's session is over"}
	}
	return on, nil
}

// officerValues gives the values of what a program may know, as they are now.
func (s *Service) officerValues(ctx context.Context, g provider.Given) (map[string]any, error) {
	on, err := s.standing(ctx, g)
	if err != nil {
		return nil, err
	}
	a := on.Account
	all := map[string]any{"officer_id": string(a.ID), "officer_name": a.Name[1], "officer_role": a.Actor.Role, "officer_unit": string(a.Actor.Unit), "officer_unit_name": a.Unit[1],
		"officer_post": string(on.Post), "officer_capacity": a.Actor.Capacity, "officer_purpose": on.Purpose.String()}
	if on.Shift.ID != "" {
		all["officer_shift"], all["officer_shift_until"] = string(on.Shift.ID), on.Shift.Until.Unix()
	}
	out := map[string]any{}
	for _, w := range g.Claims {
		if v, ok := all[w.Name]; ok {
			out[w.Name] = v
		}
	}
	return out, nil
}

// releaseOfficer records that an officer was vouched for and gives what is told.
func (s *Service) releaseOfficer(ctx context.Context, i Institution, g provider.Given) (map[string]any, error) {
	values, err := s.officerValues(ctx, g)
	if err != nil {
		return nil, err
	}
	id := ident.ID(g.Verification)
	err = s.record(ctx, func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		if err := fresh(ctx, r, "trust_officers", id); err != nil {
			return err
		}
		d.Add(OfficerVerified{ID: id, Officer: ident.ID(g.Person), Institution: i.ID, N: i.Current.N, Claims: names(g.Claims), Level: g.Level})
		return nil
	})
	if err == nil {
		err = s.link(ctx, string(i.ID), g)
	}
	return values, err
}

// EndOver ends what was granted by sessions of officers that are over, for
// whatever reason: suspended, moved to another post, the shift done, signed out,
// left alone too long. Programs are told. It is a job.
func (s *Service) EndOver(ctx context.Context) error {
	sessions, err := store.List(ctx, s.k.Reader, "select distinct session from tmp_trust_links where citizen >= $1 and citizen < $2", []any{officerPrefix, "officer0"},
		func(scan store.Scan) (session string, err error) { return session, scan(&session) })
	if err != nil {
		return err
	}
	for _, session := range sessions {
		on, err := s.k.Standing(ctx, session)
		if err == nil && on == nil {
			err = s.EndSession(ctx, session)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// EnterProgram records, by an officer, what a program of the service states;
// two others decide.
func (s *Service) EnterProgram(ctx context.Context, g policy.Grant, r Registration) (ident.ID, string, error) {
	r.Officers = true
	return s.ApplyInstitution(ctx, g, Application{Registration: r, By: g.Actor().ID})
}
