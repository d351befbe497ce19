package passkey

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"io/fs"
	"net/url"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/amana-platform/amana/kernel/clock"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/web"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Texts are the words of the pages; whoever serves them gives them to text.Load.
//
//go:embed text/*.toml
var Texts embed.FS

// Shape is the working state as the journal shapes it: no entries.
func Shape() journal.Module {
	sub, _ := fs.Sub(migrations, "migrations") // embedded: the folder is there
	return journal.Module{Name: "passkey", Migrations: sub}
}

// Key is a registered key as its keeper has it.
type Key struct {
	ID     ident.ID
	Record string // what Registration.Record held
	Uses   uint32 // the highest count of uses seen; 0 if none was kept
}

// Invitation is what a one-time code opens: a key for an account. Where nobody
// knows the person yet, Asks names what they must say of themselves (text keys
// "passkey.ask.<name>").
type Invitation struct {
	Account ident.ID
	Name    string
	Asks    []string
}

// Registration is a new key that has proved itself. Either Grant or Code says
// by what right it is kept.
type Registration struct {
	Account ident.ID
	Label   string
	Record  string // JSON; personal
	Grant   policy.Grant
	Code    string
	Answers url.Values // to what the invitation asked
}

// Keeper keeps accounts and their keys.
type Keeper interface {
	// Account reads one account as it is now; its names may be left out.
	Account(ctx context.Context, id ident.ID) (web.Account, error)
	// Name gives the name under which an authenticator shows an account.
	Name(ctx context.Context, id ident.ID) (string, error)
	// Keys lists the keys that open an account.
	Keys(ctx context.Context, account ident.ID) ([]Key, error)
	// Invited tells what a one-time code opens; a wrong, used or late code is
	// a fault of the field "code".
	Invited(ctx context.Context, code string) (Invitation, error)
	// Register keeps a key and uses up the code.
	Register(ctx context.Context, r Registration) error
	// Used notes a key's count of uses.
	Used(ctx context.Context, key ident.ID, uses uint32) error
	// Doubt closes a key whose count ran backwards.
	Doubt(ctx context.Context, account, key ident.ID, known, said uint32) error
}

// Config says for which address keys are made and who keeps them.
type Config struct {
	RPID    string   // the host name, without port: "amana.police.example"
	Origins []string // the full origins pages come from: "https://amana.police.example"
	Name    string   // of the service, shown by authenticators
	Keeper  Keeper
	Clock   clock.Clock
	// Store gives the database; it is asked from the first request on.
	Store func() (store.Reader, store.Scratch)
	// Action guards adding a key to one's own account, a resource that Own
	// finds.
	Action string
	Own    web.Locate
	// Base is where the addresses begin for people who are not officers
	// ("/citizen"), and Door their way in. Their challenges are theirs alone, and
	// there is no invitation: a first key is made under another means of proof.
	Base string
	Door *web.Door
	Hint string // text key of what the sign-in page says; "" for the officers'
}

// SignIn is the way in by passkeys; it implements web.SignIn. Admit must be
// set to the server's before the first request.
type SignIn struct {
	Admit func(r *web.Request, a web.Account, demo bool) error

	c       Config
	at      addresses
	auth    *webauthn.WebAuthn
	waiting waiting
}

// addresses are where the ceremonies are.
type addresses struct{ begin, end, add, added string }

// officers are the addresses of the service's own people.
var officers = addresses{pathBegin, pathEnd, pathAdd, pathAdded}

func addressesAt(base string) addresses {
	if base == "" {
		return officers
	}
	return addresses{base + "/passkey", base + "/passkey/end", base + "/passkeys", base + "/passkeys/end"}
}

// New checks the configuration. It touches no store.
func New(c Config) (*SignIn, error) {
	if c.Hint == "" {
		c.Hint = "session.passkey-hint"
	}
	if c.Keeper == nil || c.Clock == nil || c.Store == nil || c.Action == "" || c.Own == nil {
		return nil, errors.New("passkey: the configuration is incomplete")
	}
	resident := true
	auth, err := webauthn.New(&webauthn.Config{
		RPID: c.RPID, RPOrigins: c.Origins, RPDisplayName: c.Name,
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			RequireResidentKey: &resident, ResidentKey: protocol.ResidentKeyRequirementRequired, UserVerification: protocol.VerificationRequired,
		},
	})
	if err != nil {
		return nil, err
	}
	return &SignIn{c: c, at: addressesAt(c.Base), auth: auth}, nil
}

// holder is an account as the protocol's library wants it.
type holder struct {
	id   ident.ID
	name string
	keys []Key
	held []webauthn.Credential
}

// WebAuthnID is the user handle: the account's id, which names nobody.
func (h *holder) WebAuthnID() []byte { return []byte(h.id) }

// WebAuthnName is what the authenticator shows beside the key.
func (h *holder) WebAuthnName() string { return h.name }

// WebAuthnDisplayName is the same.
func (h *holder) WebAuthnDisplayName() string { return h.name }

// WebAuthnCredentials are the account's keys.
func (h *holder) WebAuthnCredentials() []webauthn.Credential { return h.held }

// holder reads an account's keys, each with the highest count of uses seen.
func (s *SignIn) holder(ctx context.Context, account ident.ID, name string) (*holder, error) {
	keys, err := s.c.Keeper.Keys(ctx, account)
	if err != nil {
		return nil, err
	}
	h := &holder{id: account, name: name, keys: keys}
	for _, k := range keys {
		var c webauthn.Credential
		if err := json.Unmarshal([]byte(k.Record), &c); err != nil {
			return nil, err
		}
		c.Authenticator.SignCount = max(c.Authenticator.SignCount, k.Uses)
		h.held = append(h.held, c)
	}
	return h, nil
}

// key finds the kept key of a credential, with its count before this use.
func (h *holder) key(id []byte) (Key, uint32) {
	for i, c := range h.held {
		if string(c.ID) == string(id) {
			return h.keys[i], c.Authenticator.SignCount
		}
	}
	return Key{}, 0
}

// ceremonyLife is how long a challenge waits for its answer.
const ceremonyLife = 5 * time.Minute
