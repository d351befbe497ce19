package passkey

import (
	_ "embed" // the script

	"github.com/a-h/templ"

	"github.com/amana-platform/amana/kernel/web"
)

//go:embed assets/passkey.js
var scriptFile []byte

// script serves the module that speaks with the authenticator.
func (s *SignIn) script(r *web.Request) error {
	return r.Send("text/javascript; charset=utf-8", "", scriptFile)
}

// Form is shown on the sign-in page, and in place when a session has ended
// under a form; it is part of web.SignIn. back is where to go afterwards.
func (s *SignIn) Form(r *web.Request, back string) templ.Component {
	return signInForm(r.Words, s.at, s.c.Hint, back, s.c.Base == "")
}

// Adder is the button that registers another key of the person signed in, for
// the page of one's own account; back is that page.
func Adder(r *web.Request, back string) templ.Component {
	return adder(r.Words, officers, back)
}

// Adder is the button for whom these addresses are.
func (s *SignIn) Adder(r *web.Request, back string) templ.Component {
	return adder(r.Words, s.at, back)
}

// enrolPage is where a one-time code is redeemed.
func (s *SignIn) enrolPage(r *web.Request) error {
	return r.Page(r.T("passkey.enrol.title"), enrolForm(r.Words))
}

// asks are all the questions an invitation may have; the script shows those
// of the one at hand.
var asks = [...]string{"matricule", "given-ar", "family-ar", "given", "family"}
