package trust

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/modules/trust/provider"
)

// pathPresentations is where an institution asks to be shown a portable proof.
const pathPresentations = "/presentations"

// Presentation is what an institution asks of a wallet, within its ceiling.
type Presentation struct {
	By         ident.ID
	Name       [3]string
	Purpose    [3]string
	Attributes []string // as the proofs name them
}

// Presentations is what the module asks of who keeps portable proofs.
type Presentations interface {
	// Ask makes a request for a wallet: its name, and the link that opens the
	// wallet. Fault: invalid, if no one proof says all that is asked.
	Ask(ctx context.Context, p Presentation) (id, link string, until time.Time, err error)
	// Answer gives what became of it: "waiting", "shown", "declined", "over".
	Answer(ctx context.Context, by ident.ID, id string) (status string, shown map[string]any, err error)
}

func (s *Service) presentationRoutes() []web.Route {
	const protocol = "an institution's program proves its own key; the holder of a proof decides, and what is shown is recorded"
	scopes := []string{provider.ScopePresentation}
	return []web.Route{
		{Pattern: "POST " + pathPresentations, Open: protocol, Handle: s.program(scopes, s.askPresentation), MaxBody: maxMessage},
		{Pattern: "GET " + pathPresentations + "/{id}", Open: protocol, Handle: s.program(scopes, s.readPresentation)},
	}
}

// sourcesOf gives under which names the proofs keep attributes, and says in the
// institution's language which cannot be shown by one.
func sourcesOf(attributes []string) (out []string, err error) {
	for _, name := range attributes {
		a, ok := attribute(name)
		if !ok || a.Name == residentOf {
			return nil, refusedAs(http.StatusBadRequest, "invalid_request", "no proof says this: "+name)
		}
		out = append(out, a.Source)
	}
	if len(out) == 0 {
		return nil, refusedAs(http.StatusBadRequest, "invalid_request", "say which attributes are to be shown")
	}
	return out, nil
}

// askPresentation asks for a proof to be shown. What is above the ceiling is
// refused, recorded and counted as at a sign-in.
func (s *Service) askPresentation(r *http.Request, i Institution) (reply, error) {
	var q struct {
		Attributes []string `json:"attributes"`
	}
	raw, err := io.ReadAll(r.Body)
	if err != nil || json.Unmarshal(raw, &q) != nil || len(q.Attributes) > 20 {
		return reply{}, refusedAs(http.StatusBadRequest, "invalid_request", "the body is not the JSON object that is expected")
	}
	switch {
	case i.Sandbox:
		return reply{}, refusedAs(http.StatusForbidden, "access_denied", "a sandbox meets test citizens, who hold no proofs")
	case i.Current.Level > presentedLevel:
		return reply{}, refusedAs(http.StatusForbidden, "access_denied", "the registration needs a stronger proof than a wallet gives")
	case s.Presentations == nil:
		return reply{}, refusedAs(http.StatusNotFound, "not_found", "proofs are not asked for here")
	}
	attributes := slices.Compact(slices.Sorted(slices.Values(q.Attributes)))
	sources, err := sourcesOf(attributes)
	if err != nil {
		return reply{}, err
	}
	wanted := make([]provider.Wanted, len(attributes))
	for n, name := range attributes {
		wanted[n] = provider.Wanted{Name: name}
	}
	if above := aboveCeiling(i, wanted); len(above) > 0 {
		return reply{}, s.refuseAbove(r.Context(), i, above)
	}
	id, link, until, err := s.Presentations.Ask(r.Context(), Presentation{By: i.ID, Name: i.Current.Name, Purpose: i.Current.Purpose, Attributes: sources})
	if fault.Is(err, fault.Invalid) {
		err = refusedAs(http.StatusBadRequest, "invalid_request", "no one proof says all of this")
	}
	return reply{http.StatusCreated, map[string]any{"id": id, "request": link, "expires_at": until.Unix()}}, err
}

func (s *Service) refuseAbove(ctx context.Context, i Institution, above []string) error {
	if !s.limits.allow("above "+string(i.ID), refuseRate, refuseBurst) {
		return refusedAs(http.StatusTooManyRequests, "temporarily_unavailable", "too many requests above the registered ceiling; try later")
	}
	err := s.record(ctx, func(_ context.Context, _ store.Reader, d *journal.Draft) error {
		d.Add(RequestRefused{ID: d.NewID(), Institution: i.ID, Above: above})
		return nil
	})
	if err != nil {
		return err
	}
	return refusedAs(http.StatusBadRequest, "invalid_request", "above the registered ceiling: "+strings.Join(above, " "))
}

// readPresentation tells what became of a request, by the names that
// institutions use.
func (s *Service) readPresentation(r *http.Request, i Institution) (reply, error) {
	if s.Presentations == nil {
		return reply{}, refusedAs(http.StatusNotFound, "not_found", "proofs are not asked for here")
	}
	status, shown, err := s.Presentations.Answer(r.Context(), i.ID, r.PathValue("id"))
	if err != nil {
		return reply{}, err
	}
	out := map[string]any{"status": status}
	if shown != nil {
		out["attributes"] = named(shown)
	}
	return reply{http.StatusOK, out}, nil
}

// named gives values by the names of attributes.
func named(shown map[string]any) map[string]any {
	out := map[string]any{}
	for _, a := range Attributes() {
		if v, ok := shown[a.Source]; ok {
			out[a.Name] = v
		}
	}
	return out
}

// presentedLevel is what a proof in a wallet proves: it was given to somebody
// who had proved themselves by a passkey or better.
const presentedLevel = 2

// presented is the channel by which a verification came.
const presented = "presentation"

// Presented records that a citizen's portable proof was shown to an institution
// here, with the line of the citizen's log. Sources are the names under which
// the proofs keep attributes.
func (s *Service) Presented(ctx context.Context, institution, citizen, person ident.ID, sources []string) error {
	i, err := s.open(ctx, institution)
	if err != nil {
		return err
	}
	var attributes []string
	for _, a := range Attributes() {
		if slices.Contains(sources, a.Source) {
			attributes = append(attributes, a.Name)
		}
	}
	slices.Sort(attributes)
	return s.record(ctx, func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		id := d.NewID()
		d.Add(PersonVerified{ID: id, Citizen: citizen, Person: person, Institution: i.ID, N: i.Current.N, Claims: attributes, Level: presentedLevel, Channel: presented})
		return s.citizens.DraftLine(ctx, r, d, i.line(citizen, attributes, "released", ident.Ref{Kind: kindVerification, ID: id}))
	})
}
