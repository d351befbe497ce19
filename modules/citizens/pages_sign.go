package citizens

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/kernel/web/ui"
)

// frame says on every page of the citizens' door whose page it is.
func (s *Service) frame(r *web.Request, v *ui.View) {
	v.Home, v.Leave = "/citizen", "/citizen/sign-out"
	h, ok, err := s.Holder(r)
	if err != nil || !ok {
		return
	}
	v.Person, v.PersonID, v.Role = s.index.Name(r.Context(), string(r.Words.Lang()), h.Person.ID), string(h.Citizen), r.T("citizens.level."+h.Level.String())
	own := []ui.Link{{Label: "citizens.space.title", Href: "/citizen"}, {Label: "citizens.log.title", Href: "/citizen/log"}, {Label: "citizens.means.title", Href: "/citizen/means"}}
	for _, p := range append(own, s.Beside...) {
		here := r.URL.Path == p.Href || p.Href != "/citizen" && strings.HasPrefix(r.URL.Path, p.Href)
		v.Rail = append(v.Rail, ui.Link{Label: r.T(p.Label), Href: p.Href, Current: here})
	}
}

// signIn is what the sign-in page shows.
type signIn struct {
	back   string
	level  Level
	wrong  error
	number string
	holder Holder // somebody who is in already and must prove themselves better
}

// within keeps an address inside this site.
func within(back string) string {
	if back == "" || web.OnSite(back) != back {
		return "/citizen"
	}
	return back
}

// levelIn reads the level that is asked for; anything else asks for the least.
func levelIn(text string) Level {
	n, err := strconv.Atoi(text)
	if err != nil || !Level(n).Valid() {
		return AtCounter
	}
	return Level(n)
}

// signInPage offers every means that proves enough.
func (s *Service) signInPage(r *web.Request) error {
	q := r.URL.Query()
	in := signIn{back: within(q.Get("return")), level: levelIn(q.Get("level"))}
	return s.showSignIn(r, http.StatusOK, in)
}

func (s *Service) showSignIn(r *web.Request, status int, in signIn) error {
	var err error
	if in.holder, _, err = s.Holder(r); err != nil {
		return err
	}
	return r.PageStatus(status, r.T("citizens.sign-in.title"), signInBody(r, s, in))
}

// signInByCode lets in whoever has a code from a counter.
func (s *Service) signInByCode(r *web.Request) error {
	form, err := r.Form()
	if err != nil {
		return err
	}
	in := signIn{back: within(form.Get("return")), level: levelIn(form.Get("level")), number: form.Get("number")}
	c, err := s.redeem(r.Context(), in.number, form.Get("code"))
	if fault.Is(err, fault.Invalid) {
		in.wrong = err
		status := http.StatusUnprocessableEntity
		if s.tries.failed(r.RemoteAddr, r.Now()) {
			in.wrong, status = fault.New(fault.TooMany, "citizens.fault.too-often"), http.StatusTooManyRequests
		}
		return s.showSignIn(r, status, in)
	}
	if err != nil {
		return err
	}
	if err := s.admit(r, c.ID, Code, ""); err != nil {
		return err
	}
	return r.Redirect(in.back)
}

// browserCookie ties a sign-in by card to the browser that began it.
const browserCookie = "amana-card"

// beginCardPage gives a ticket and says what to do with it.
func (s *Service) beginCardPage(r *web.Request) error {
	form, err := r.Form()
	if err != nil {
		return err
	}
	if s.simulates() {
		if _, err := s.simulator(); err != nil {
			return err
		}
	}
	if !s.cards.Known() {
		return fault.New(fault.Unavailable, "citizens.card.none")
	}
	browser, back := token(), within(form.Get("return"))
	ticket, err := s.beginCard(r.Context(), browser, back)
	if err != nil {
		return err
	}
	r.SetCookie(&http.Cookie{Name: browserCookie, Value: browser, Path: "/citizen/", HttpOnly: true, SameSite: http.SameSiteLaxMode, MaxAge: int(ticketLife.Seconds())})
	return r.Page(r.T("citizens.card.title"), cardBody(r, s, ticket, back))
}

// agentAddress opens the agent by its own scheme, where it is installed.
func (s *Service) agentAddress(ticket string) string {
	return "amana-card:sign-in?" + url.Values{"at": {s.origin}, "ticket": {ticket}}.Encode()
}

// challengeForCard gives the agent what the card must sign.
func (s *Service) challengeForCard(r *web.Request) error {
	st, err := s.challengeCard(r.Context(), r.PathValue("ticket"))
	if err != nil {
		return err
	}
	return say(r, map[string]string{"statement": string(st.Bytes())})
}

// answerFromCard takes what the card signed, and gives the agent the address
// to open in the holder's browser.
func (s *Service) answerFromCard(r *web.Request) error {
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		return fault.Wrap(err, fault.TooLarge, "fault.too-large", "limit", "64 kB")
	}
	var m struct {
		Certificate []byte `json:"certificate"`
		Signature   []byte `json:"signature"`
	}
	if err := json.Unmarshal(raw, &m); err != nil {
		return fault.Wrap(err, fault.Invalid, "citizens.card.unreadable")
	}
	proof, err := s.answerCard(r.Context(), r.PathValue("ticket"), m.Certificate, m.Signature)
	if err != nil {
		return err
	}
	return say(r, map[string]string{"continue": s.origin + "/citizen/card/done?proof=" + proof})
}

// finishByCard lets the browser in that began, with the proof that the agent
// brought.
func (s *Service) finishByCard(r *web.Request) error {
	c, err := r.Cookie(browserCookie)
	if err != nil {
		return fault.New(fault.Refused, "citizens.card.other-browser")
	}
	citizen, means, back, err := s.finishCard(r.Context(), r.URL.Query().Get("proof"), c.Value)
	if err != nil {
		return err
	}
	if err := s.admit(r, citizen, Card, means); err != nil {
		return err
	}
	r.SetCookie(&http.Cookie{Name: browserCookie, Path: "/citizen/", MaxAge: -1})
	return r.Redirect(back)
}

func say(r *web.Request, v any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return r.Send("application/json", "", raw)
}

// leave ends one session.
func (s *Service) leave(r *web.Request) error {
	if err := s.SignOut(r); err != nil {
		return err
	}
	return r.Redirect(SignInPath("/citizen", AtCounter))
}

// leaveEverywhere ends all of them.
func (s *Service) leaveEverywhere(r *web.Request) error {
	if err := s.EndSessions(r.Context(), r.Grant, r.Actor.ID); err != nil {
		return err
	}
	return r.Redirect(SignInPath("/citizen", AtCounter))
}
