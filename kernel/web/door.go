package web

import (
	"net/http"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/kernel/web/ui"
)

// Door is a way in for people who are not officers: citizens, institutions.
// Who comes by one has a session of that door's own and never an officer's; on
// its routes an officer who sits before the same browser is nobody. Rules,
// grants, refusals and access entries are those of every route.
type Door struct {
	// Enter finds who asks and what for, by the door's own session. A zero
	// actor is a stranger; an error is shown as it is.
	Enter func(*Request) (policy.Actor, policy.Purpose, error)
	// SignIn is where a stranger goes who asks for a page: the address, to
	// which "return" and where they wanted to go are added.
	SignIn func(r *Request, back string) string
	// Frame says on the page whose door it is; it may be nil.
	Frame func(*Request, *ui.View)
}

// enter is open for the routes of a door.
func (s *Server) enter(r *Request) error {
	s.speak(r, nil)
	var err error
	if r.Actor, r.Purpose, err = r.route.Door.Enter(r); err != nil || r.Actor.IsZero() {
		return err
	}
	return r.state()
}

// state takes the purpose that a request states instead of the session's.
func (r *Request) state() (err error) {
	stated, ok := r.Header["Amana-Purpose"] // an empty one states that there is none
	if !ok {
		return nil
	}
	if r.Purpose, err = policy.ParsePurpose(stated[0]); err != nil {
		return fault.Wrap(err, fault.Invalid, "faults.purpose")
	}
	return nil
}

// wayIn is where somebody goes who must first say who they are.
func (r *Request) wayIn() string {
	if d := r.route.Door; d != nil && d.SignIn != nil {
		return d.SignIn(r, r.URL.RequestURI())
	}
	return ui.PathSignIn + "?return=" + escape(r.URL.RequestURI())
}

// SetCookie gives the reader's browser a cookie; it is Secure where pages come
// over HTTPS.
func (r *Request) SetCookie(c *http.Cookie) {
	c.Secure = r.server.Secure
	http.SetCookie(headerOf{r.out}, c)
}

// View of a door's own frame, without anything of an officer's.
func (s *Server) doorView(r *Request, v ui.View) ui.View {
	v.Citizen = true
	if f := r.route.Door.Frame; f != nil {
		f(r, &v)
	}
	return v
}
