package trust

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/amana-platform/amana/kernel/app"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/modules/trust/provider"
)

// Service is the module.
type Service struct {
	k         *app.Kernel
	issuer    string
	citizens  Citizens
	keys      *keyring
	known     institutionCache
	limits    limits
	secrets   sync.Map      // derived keys by their use, as pseudonym made them
	signalIDs *ident.Source // the order in which events wait
	provider  func() (*provider.Provider, error)

	outsideClient *http.Client // tests reach institutions by it
	// Presentations asks wallets; joined by main, nil where there are no proofs.
	Presentations Presentations
	// OfficerName names who decided; joined by main.
	OfficerName func(ctx context.Context, lang string, officer ident.ID) string
}

// Options are what the module is made with beside the kernel.
type Options struct {
	Issuer   string   // "https://amana.example": the address institutions and citizens use
	Citizens Citizens // nil: sandboxes only
	Keys     KeyStore // nil: keys in the store, sealed
}

// New makes the module.
func New(k *app.Kernel, o Options) *Service {
	s := &Service{k: k, issuer: o.Issuer, citizens: o.Citizens, signalIDs: ident.NewSource(time.Now, nil)}
	if o.Keys == nil {
		o.Keys = &sealedKeys{k: k}
	}
	s.keys = &keyring{k: k, store: o.Keys, grant: s.grant}
	s.provider = sync.OnceValues(func() (*provider.Provider, error) { return provider.New(s.providerConfig()) })
	return s
}

// grant is the process's own, for what the protocol and the clock demand.
func (s *Service) grant() (policy.Grant, error) {
	return s.k.Policy.System(systemName, actionProvide, systemBasis)
}

// settled ends a decision that has nothing to do any more.
var settled = fault.New(fault.Conflict, "trust.settled")

// record appends under the process's own grant.
func (s *Service) record(ctx context.Context, decide journal.Decide) error {
	g, err := s.grant()
	if err != nil {
		return err
	}
	if _, err = s.k.Journal.Do(ctx, g, decide); errors.Is(err, settled) {
		return nil
	}
	return err
}

// pseudonym derives a name that only this service can derive, for one use and
// one institution.
func (s *Service) pseudonym(use, institution, what string) string {
	key, ok := s.secrets.Load(use)
	if !ok {
		key, _ = s.secrets.LoadOrStore(use, s.k.Secret("trust "+use))
	}
	mac := hmac.New(sha256.New, key.([]byte))
	mac.Write([]byte(institution + "\n" + what))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// Subject gives the name under which an institution knows a person: the same
// each time, another at every institution, and none from which another follows.
// It hangs on the sector, so that an institution that applies anew keeps it.
func (s *Service) Subject(sector, person string) string {
	return s.pseudonym("subject", sector, person)
}

// Institution reads one institution.
func (s *Service) Institution(ctx context.Context, id ident.ID) (Institution, error) {
	return store.First(institutions(ctx, s.k.Reader, "i.id = $1", string(id)))
}

// Institutions lists those in some states, by name.
func (s *Service) Institutions(ctx context.Context, states ...State) ([]Institution, error) {
	where, args := "i.state in (''", []any{}
	for i, st := range states {
		where += ", $" + string(rune('1'+i))
		args = append(args, string(st))
	}
	return institutions(ctx, s.k.Reader, where+") order by i.applied_at desc, i.id", args...)
}

// Count gives what is published of an institution.
func (s *Service) Count(ctx context.Context, id ident.ID) (Count, error) {
	return count(ctx, s.k.Reader, id)
}

// Versions gives every version of an institution's registration, the newest first.
func (s *Service) Versions(ctx context.Context, id ident.ID) ([]Version, error) {
	return history(ctx, s.k.Reader, id)
}

// decide drafts what follows for an institution as it is under the lock.
func (s *Service) decide(ctx context.Context, g policy.Grant, id ident.ID, then func(context.Context, store.Reader, Institution, *journal.Draft) error) error {
	_, err := s.k.Journal.Do(ctx, g, func(ctx context.Context, r store.Reader, d *journal.Draft) error {
		i, err := store.First(institutions(ctx, r, "i.id = $1", string(id)))
		if err != nil {
			return err
		}
		return then(ctx, r, i, d)
	})
	s.known.forget(id)
	return err
}
