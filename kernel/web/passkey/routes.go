package passkey

import (
	"encoding/json"
	"io"
	"net/url"
	"strings"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/text"
	"github.com/amana-platform/amana/kernel/web"
)

// The addresses of the ceremonies.
const (
	PathEnrol  = "/session/enrol"       // GET: redeem a one-time code
	pathScript = "/session/passkey.js"  // GET
	pathBegin  = "/session/passkey"     // POST: a challenge to sign in
	pathEnd    = "/session/passkey/end" // POST: its answer
	pathAdd    = "/account/passkeys"    // POST: a challenge for another key
	pathAdded  = "/account/passkeys/end"
	pathRedeem = PathEnrol + "/begin"
	pathDone   = PathEnrol + "/end"
)

// maxAnswer bounds what an authenticator says.
const maxAnswer = 64 << 10

// Routes gives the ceremonies' routes; it is part of web.SignIn.
func (s *SignIn) Routes() []web.Route {
	const before = "proving who one is stands before any grant"
	routes := []web.Route{
		{Pattern: "POST " + s.at.begin, Open: before, Door: s.c.Door, Handle: s.begin, MaxBody: maxAnswer},
		{Pattern: "POST " + s.at.end, Open: before, Door: s.c.Door, Handle: s.end, MaxBody: maxAnswer},
		{Pattern: "POST " + s.at.add, Action: s.c.Action, Resource: s.c.Own, Door: s.c.Door, Handle: s.add, MaxBody: maxAnswer},
		{Pattern: "POST " + s.at.added, Action: s.c.Action, Resource: s.c.Own, Door: s.c.Door, Handle: s.added, MaxBody: maxAnswer},
	}
	if s.c.Base != "" {
		return routes
	}
	return append(routes, []web.Route{
		{Pattern: "GET " + pathScript, Open: "the script of the sign-in page holds no data", Handle: s.script},
		{Pattern: "GET " + PathEnrol, Open: "the page asks for a one-time code and shows nothing", Handle: s.enrolPage},
		{Pattern: "POST " + pathRedeem, Open: "a one-time code is the right to it", Handle: s.redeem, MaxBody: maxAnswer},
		{Pattern: "POST " + pathDone, Open: "a one-time code is the right to it", Handle: s.enrol, MaxBody: maxAnswer},
	}...)
}

// message is what the script sends: what it asks for, or an answer to the
// ceremony it names.
type message struct {
	Ceremony string            `json:"ceremony"`
	Return   string            `json:"return"`
	Code     string            `json:"code"`
	Label    string            `json:"label"`
	Answers  map[string]string `json:"answers"`
	Answer   json.RawMessage   `json:"answer"`
}

// read takes a message; every text in it is cleaned, and one that is no
// message is refused without a word of what was in it.
func read(r *web.Request) (message, error) {
	var m message
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return m, fault.Wrap(err, fault.TooLarge, "fault.too-large", "limit", "64 kB")
	}
	if err := json.Unmarshal(body, &m); err != nil {
		return m, fault.Wrap(err, fault.Invalid, "passkey.unreadable")
	}
	for _, field := range []*string{&m.Return, &m.Code, &m.Label} {
		if *field, err = text.Line(*field); err != nil {
			return m, err
		}
	}
	for name, value := range m.Answers {
		if m.Answers[name], err = text.Line(value); err != nil {
			return m, err
		}
	}
	if len([]rune(m.Label)) > 60 {
		return m, fault.New(fault.Invalid, "form.too-long", "max", 60)
	}
	return m, nil
}

// challenge answers with the options for the browser and the ceremony's name.
func (s *SignIn) challenge(r *web.Request, c ceremony, options any) error {
	name, err := s.keep(r.Context(), c)
	if err != nil {
		return err
	}
	return say(r, map[string]any{"ceremony": name, "options": options})
}

func say(r *web.Request, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return r.Send("application/json", "", data)
}

// begin gives a challenge to whoever wants to sign in.
func (s *SignIn) begin(r *web.Request) error {
	m, err := read(r)
	if err != nil {
		return err
	}
	options, session, err := s.auth.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return err
	}
	return s.challenge(r, ceremony{kind: kindSignIn, back: m.Return, session: *session}, options.Response)
}

// end checks the answer and begins the session.
func (s *SignIn) end(r *web.Request) error {
	m, err := read(r)
	if err != nil {
		return err
	}
	c, err := s.take(r.Context(), m.Ceremony, kindSignIn)
	if err != nil {
		return err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(m.Answer)
	if err != nil {
		return fault.Wrap(err, fault.Invalid, "passkey.unreadable")
	}
	account, err := s.prove(r, c, parsed)
	if err != nil {
		return err
	}
	return s.admit(r, account, c.back)
}

// prove finds whose key answered and whether it did so rightly. Why it did not
// is told to the log only: a stranger learns nothing of accounts.
func (s *SignIn) prove(r *web.Request, c ceremony, parsed *protocol.ParsedCredentialAssertionData) (web.Account, error) {
	ctx := r.Context()
	var who *holder
	find := func(_, handle []byte) (webauthn.User, error) {
		id, err := ident.Parse(string(handle))
		if err != nil {
			return nil, err
		}
		who, err = s.holder(ctx, id, "")
		return who, err
	}
	_, credential, err := s.auth.ValidatePasskeyLogin(find, c.session, parsed)
	if err != nil {
		return web.Account{}, fault.Wrap(err, fault.Refused, "session.failed")
	}
	key, known := who.key(credential.ID)
	if credential.Authenticator.CloneWarning {
		if err := s.c.Keeper.Doubt(ctx, who.id, key.ID, known, parsed.Response.AuthenticatorData.Counter); err != nil {
			return web.Account{}, err
		}
		return web.Account{}, fault.New(fault.Refused, "passkey.copied")
	}
	if err := s.c.Keeper.Used(ctx, key.ID, credential.Authenticator.SignCount); err != nil {
		return web.Account{}, err
	}
	a, err := s.c.Keeper.Account(ctx, who.id)
	a.Key = key.ID
	return a, err
}

// admit begins the session and tells the page who it is, so that a form left
// open by another person is not continued.
func (s *SignIn) admit(r *web.Request, a web.Account, back string) error {
	if err := s.Admit(r, a, false); err != nil {
		return err
	}
	return say(r, map[string]any{"person": a.ID, "return": web.OnSite(back)})
}

// redeem gives a challenge to make a key, to whoever has a one-time code. What
// the invitation asks is told first, if it is not yet answered.
func (s *SignIn) redeem(r *web.Request) error {
	m, err := read(r)
	if err != nil {
		return err
	}
	invitation, err := s.c.Keeper.Invited(r.Context(), m.Code)
	if err != nil {
		return err
	}
	answers, missing := url.Values{}, fault.List{}
	for _, name := range invitation.Asks {
		answers.Set(name, m.Answers[name])
		if m.Answers[name] == "" {
			missing.Add(name, "form.required")
		}
	}
	if len(missing) > 0 {
		return say(r, map[string]any{"asks": invitation.Asks})
	}
	name := invitation.Name
	if len(invitation.Asks) > 0 {
		name = strings.TrimSpace(m.Answers["given"] + " " + m.Answers["family"])
	}
	return s.create(r, ceremony{kind: kindEnrol, account: invitation.Account, code: hash(m.Code), answers: answers, back: "/"}, name)
}

// create gives the challenge to make a key for an account.
func (s *SignIn) create(r *web.Request, c ceremony, name string) error {
	h, err := s.holder(r.Context(), c.account, name)
	if err != nil {
		return err
	}
	options, session, err := s.auth.BeginRegistration(h, webauthn.WithExclusions(webauthn.Credentials(h.held).CredentialDescriptors()))
	if err != nil {
		return err
	}
	c.session = *session
	return s.challenge(r, c, options.Response)
}

// enrol checks the new key, keeps it, and signs its owner in.
func (s *SignIn) enrol(r *web.Request) error {
	m, c, record, err := s.made(r, kindEnrol)
	if err != nil {
		return err
	}
	if hash(m.Code) != c.code { // the code itself is kept nowhere, so it comes again
		return fault.New(fault.Refused, "passkey.not-made")
	}
	err = s.c.Keeper.Register(r.Context(), Registration{Account: c.account, Label: m.Label, Record: record, Code: m.Code, Answers: c.answers})
	if err != nil {
		return err
	}
	a, err := s.c.Keeper.Account(r.Context(), c.account)
	if err != nil {
		return err
	}
	return s.admit(r, a, c.back)
}

// made reads an answer to a challenge to make a key, and gives its record.
func (s *SignIn) made(r *web.Request, kind string) (message, ceremony, string, error) {
	m, err := read(r)
	if err != nil {
		return m, ceremony{}, "", err
	}
	c, err := s.take(r.Context(), m.Ceremony, kind)
	if err != nil {
		return m, c, "", err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(m.Answer)
	if err != nil {
		return m, c, "", fault.Wrap(err, fault.Invalid, "passkey.unreadable")
	}
	h, err := s.holder(r.Context(), c.account, "")
	if err != nil {
		return m, c, "", err
	}
	credential, err := s.auth.CreateCredential(h, c.session, parsed)
	if err != nil {
		return m, c, "", fault.Wrap(err, fault.Refused, "passkey.not-made")
	}
	record, err := json.Marshal(credential)
	return m, c, string(record), err
}

// add gives a challenge to make another key for the person who is signed in.
func (s *SignIn) add(r *web.Request) error {
	if _, err := read(r); err != nil {
		return err
	}
	name, err := s.c.Keeper.Name(r.Context(), r.Actor.ID)
	if err != nil {
		return err
	}
	return s.create(r, ceremony{kind: kindAdd, account: r.Actor.ID}, name)
}

// added keeps the other key. It must be made by the person who asked.
func (s *SignIn) added(r *web.Request) error {
	m, c, record, err := s.made(r, kindAdd)
	if err != nil {
		return err
	}
	if c.account != r.Actor.ID {
		return fault.New(fault.Refused, "passkey.not-made")
	}
	err = s.c.Keeper.Register(r.Context(), Registration{Account: c.account, Label: m.Label, Record: record, Grant: r.Grant})
	if err != nil {
		return err
	}
	return say(r, map[string]any{"return": web.OnSite(m.Return)})
}
