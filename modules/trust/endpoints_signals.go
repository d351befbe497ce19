package trust

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/journal"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/kernel/web"
	"github.com/amana-platform/amana/modules/trust/provider"
	"github.com/amana-platform/amana/modules/trust/signals"
)

// The endpoints of the transmitter.
const (
	pathSignals        = "/.well-known/ssf-configuration"
	pathStreams        = "/ssf/streams"
	pathStreamStatus   = "/ssf/status"
	pathSubjectAdd     = "/ssf/subjects/add"
	pathSubjectRemove  = "/ssf/subjects/remove"
	pathStreamVerify   = "/ssf/verify"
	pathStreamPoll     = "/ssf/poll"
	verifyEvery        = 10 // seconds between two wishes to see that a stream works
	pollAtOnce         = 100
	longPoll, pollLook = 20 * time.Second, 500 * time.Millisecond
)

func (s *Service) signalRoutes() []web.Route {
	const protocol = "an institution's program proves its own key; what it sets is recorded by the service"
	read := []string{provider.ScopeReadSignals, provider.ScopeManageSignals}
	manage := []string{provider.ScopeManageSignals}
	route := func(pattern string, scopes []string, h programHandler) web.Route {
		return web.Route{Pattern: pattern, Open: protocol, Handle: s.program(scopes, h), MaxBody: maxMessage}
	}
	return []web.Route{
		{Pattern: "GET " + pathSignals, Open: "what the service says of its own endpoints", Handle: s.signalConfiguration},
		route("POST "+pathStreams, manage, s.createStream), route("GET "+pathStreams, read, s.readStreams), route("PUT "+pathStreams, manage, s.replaceStream),
		route("PATCH "+pathStreams, manage, s.changeStream), route("DELETE "+pathStreams, manage, s.endStream),
		route("GET "+pathStreamStatus, read, s.readStatus), route("POST "+pathStreamStatus, manage, s.switchStream),
		route("POST "+pathSubjectAdd, manage, s.addSubject), route("POST "+pathSubjectRemove, manage, s.removeSubject),
		route("POST "+pathStreamVerify, manage, s.verifyStream), route("POST "+pathStreamPoll+"/{stream}", read, s.pollStream),
	}
}

func (s *Service) signalConfiguration(r *web.Request) error {
	raw, err := json.Marshal(signals.Configuration(s.issuer, provider.PathKeys,
		signals.Paths{Streams: pathStreams, Status: pathStreamStatus, Add: pathSubjectAdd, Remove: pathSubjectRemove, Verify: pathStreamVerify}))
	if err != nil {
		return err
	}
	return r.Send("application/json", "", raw)
}

// reply is what a program is answered: nothing but the status if there is no body.
type reply struct {
	status int
	body   any
}

// programHandler answers an institution's own program.
type programHandler func(r *http.Request, i Institution) (reply, error)

// wrong is a refusal with a status of its own.
type wrong struct {
	status int
	*provider.Refusal
}

func refusedAs(status int, code, description string) error {
	return wrong{status, &provider.Refusal{Code: code, Description: description}}
}

var errNoStream = refusedAs(http.StatusNotFound, "not_found", "there is no such stream")

// program lets an institution's own program in, by its token, and answers it.
func (s *Service) program(scopes []string, h programHandler) web.Handler {
	return func(r *web.Request) error {
		p, err := s.provider()
		if err != nil {
			return err
		}
		var trouble error
		err = r.Serve(http.HandlerFunc(func(w http.ResponseWriter, hr *http.Request) {
			client, ok, err := p.Program(w, hr, scopes...)
			if err != nil || !ok {
				trouble = err
				return
			}
			trouble = s.answerProgram(w, hr, client, h)
		}), r.Request)
		return errors.Join(err, trouble)
	}
}

func (s *Service) answerProgram(w http.ResponseWriter, r *http.Request, client string, h programHandler) error {
	if !s.limits.allow("signals "+client, pushRate, pushBurst) {
		return writeProgram(w, reply{http.StatusTooManyRequests, &provider.Refusal{Code: "temporarily_unavailable", Description: "too many requests; try later"}})
	}
	i, err := s.open(r.Context(), ident.ID(client))
	if err == nil {
		var a reply
		if a, err = h(r, i); err == nil {
			return writeProgram(w, a)
		}
	}
	no, refused := errors.AsType[wrong](err)
	switch {
	case refused:
		return writeProgram(w, reply{no.status, no.Refusal})
	case errors.Is(err, signals.ErrMalformed):
		return writeProgram(w, reply{http.StatusBadRequest, &provider.Refusal{Code: "invalid_request", Description: err.Error()}})
	}
	return err
}

func writeProgram(w http.ResponseWriter, a reply) error {
	w.Header().Set("Cache-Control", "no-store")
	if a.body == nil {
		w.WriteHeader(a.status)
		return nil
	}
	if no, ok := a.body.(*provider.Refusal); ok {
		a.body = map[string]string{"error": no.Code, "error_description": no.Description}
	}
	raw, err := json.Marshal(a.body)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(a.status)
	_, _ = w.Write(raw) // whoever asked may have gone
	return nil
}

func (s *Service) pollAddress(id string) string { return s.issuer + pathStreamPoll + "/" + id }

func (s *Service) document(st stream) signals.Document {
	return st.Document(s.issuer, string(st.Institution), s.pollAddress(st.ID), verifyEvery)
}

// own gives an institution's stream by the name the program gave.
func (s *Service) own(ctx context.Context, i Institution, id string) (stream, error) {
	st, found, err := streamOf(ctx, s.k.Reader, string(i.ID))
	if err == nil && (!found || st.ID != id) {
		err = errNoStream
	}
	return st, err
}

// mayPush reports whether events may be pushed to an address: one on a host that
// two persons approved with the registration.
func (s *Service) mayPush(i Institution, to string) bool {
	u, err := url.Parse(to)
	if err != nil || !address(to, i.Sandbox || s.k.Demo) {
		return false
	}
	hosts := []string{i.Host}
	if b, err := url.Parse(i.Current.Backchannel); err == nil && b.Host != "" {
		hosts = append(hosts, b.Host)
	}
	for _, h := range hosts {
		if u.Host == h {
			return true
		}
	}
	return false
}

// keepStream records a stream as an institution's program wants it.
func (s *Service) keepStream(ctx context.Context, i Institution, st stream, d *signals.Delivery, isNew bool) (stream, error) {
	if st.Method == signals.Push && !s.mayPush(i, st.Address) {
		return st, refusedAs(http.StatusBadRequest, "invalid_request", "endpoint_url must be an https address on a host of the approved registration")
	}
	if d != nil {
		header := ""
		if d.Header != nil {
			header = *d.Header
		}
		var err error
		if st.header, err = s.sealHeader(st.ID, header); err != nil {
			return st, err
		}
	}
	err := s.record(ctx, func(ctx context.Context, r store.Reader, dr *journal.Draft) error {
		now, found, err := streamOf(ctx, r, string(i.ID))
		switch {
		case err != nil:
			return err
		case isNew && found:
			return refusedAs(http.StatusConflict, "conflict", "there is a stream already; an institution has one")
		case !isNew && (!found || now.ID != st.ID):
			return errNoStream
		}
		dr.Add(StreamKept{ID: ident.ID(st.ID), Institution: i.ID, Method: st.Method, Address: st.Address, Header: st.header, Requested: st.Requested, Description: st.Description})
		return nil
	})
	return st, err
}

func (s *Service) createStream(r *http.Request, i Institution) (reply, error) {
	w, err := signals.ReadWanted(r.Body)
	if err != nil {
		return reply{}, err
	}
	made, err := signals.Create(w)
	if err != nil {
		return reply{}, err
	}
	made.ID = string(s.k.Journal.NewID())
	st, err := s.keepStream(r.Context(), i, stream{Stream: made, Institution: i.ID}, w.Delivery, true)
	return reply{http.StatusCreated, s.document(st)}, err
}

func (s *Service) readStreams(r *http.Request, i Institution) (reply, error) {
	if id := r.URL.Query().Get("stream_id"); id != "" {
		st, err := s.own(r.Context(), i, id)
		return reply{http.StatusOK, s.document(st)}, err
	}
	st, found, err := streamOf(r.Context(), s.k.Reader, string(i.ID))
	all := []signals.Document{}
	if found {
		all = append(all, s.document(st))
	}
	return reply{http.StatusOK, all}, err
}

func (s *Service) replaceStream(r *http.Request, i Institution) (reply, error) {
	return s.rewrite(r, i, true)
}

func (s *Service) changeStream(r *http.Request, i Institution) (reply, error) {
	return s.rewrite(r, i, false)
}

// rewrite replaces a stream, or changes what is given of it.
func (s *Service) rewrite(r *http.Request, i Institution, whole bool) (reply, error) {
	w, err := signals.ReadWanted(r.Body)
	if err != nil {
		return reply{}, err
	}
	st, err := s.own(r.Context(), i, w.ID)
	if err != nil {
		return reply{}, err
	}
	change, poll := st.Change, s.pollAddress(st.ID)
	if whole {
		change = st.Replace
		st.header = "" // with whatever else is left out
	}
	if st.Stream, err = change(w, s.issuer, string(i.ID), poll); err != nil {
		return reply{}, err
	}
	if !whole && w.Delivery != nil && w.Delivery.Header == nil && st.Method == signals.Push {
		w.Delivery = nil // the header is not shown, so whoever changes the rest need not repeat it
	}
	st, err = s.keepStream(r.Context(), i, st, w.Delivery, false)
	return reply{http.StatusOK, s.document(st)}, err
}

func (s *Service) endStream(r *http.Request, i Institution) (reply, error) {
	st, err := s.own(r.Context(), i, r.URL.Query().Get("stream_id"))
	if err != nil {
		return reply{}, err
	}
	err = s.record(r.Context(), func(ctx context.Context, rd store.Reader, d *journal.Draft) error {
		now, found, err := streamOf(ctx, rd, string(i.ID))
		if err != nil {
			return err
		}
		if !found || now.ID != st.ID {
			return settled
		}
		d.Add(StreamEnded{ID: ident.ID(st.ID), Institution: i.ID})
		return nil
	})
	return reply{http.StatusNoContent, nil}, err
}

func (s *Service) readStatus(r *http.Request, i Institution) (reply, error) {
	st, err := s.own(r.Context(), i, r.URL.Query().Get("stream_id"))
	return reply{http.StatusOK, signals.Switch{ID: st.ID, Status: st.Status, Reason: st.Reason}}, err
}

// switchStream sets the status as the receiver wants it. What the service set for
// an institution's own state is not its to undo; that state has closed its door.
func (s *Service) switchStream(r *http.Request, i Institution) (reply, error) {
	w, err := signals.ReadSwitch(r.Body)
	if err != nil {
		return reply{}, err
	}
	if _, err = s.own(r.Context(), i, w.ID); err != nil {
		return reply{}, err
	}
	err = s.record(r.Context(), func(ctx context.Context, rd store.Reader, d *journal.Draft) error {
		now, found, err := streamOf(ctx, rd, string(i.ID))
		if err != nil {
			return err
		}
		if !found || now.ID != w.ID || now.Status == w.Status && now.Reason == w.Reason {
			return settled
		}
		d.Add(StreamSet{ID: ident.ID(w.ID), Institution: i.ID, Status: w.Status, Reason: w.Reason})
		return nil
	})
	return reply{http.StatusOK, w}, err
}

// addSubject and removeSubject say about whom an institution wants to be told.
// Whether it is somebody whom the service knows is not told (SSF 8.1.3.2).
func (s *Service) addSubject(r *http.Request, i Institution) (reply, error) {
	w, err := s.about(r, i)
	if err == nil {
		_, err = s.k.Scratch.Exec(r.Context(), "delete from tmp_trust_muted where stream = $1 and subject = $2", w.ID, w.Subject.Subject)
	}
	return reply{http.StatusOK, struct{}{}}, err
}

func (s *Service) removeSubject(r *http.Request, i Institution) (reply, error) {
	w, err := s.about(r, i)
	if err == nil {
		_, err = s.k.Scratch.Exec(r.Context(), "insert into tmp_trust_muted (stream, subject) values ($1, $2) on conflict do nothing", w.ID, w.Subject.Subject)
	}
	return reply{http.StatusNoContent, nil}, err
}

func (s *Service) about(r *http.Request, i Institution) (signals.About, error) {
	w, err := signals.ReadAbout(r.Body, s.issuer)
	if err == nil {
		_, err = s.own(r.Context(), i, w.ID)
	}
	return w, err
}

func (s *Service) verifyStream(r *http.Request, i Institution) (reply, error) {
	w, err := signals.ReadCheck(r.Body)
	if err != nil {
		return reply{}, err
	}
	st, err := s.own(r.Context(), i, w.ID)
	if err != nil {
		return reply{}, err
	}
	if !s.limits.allow("verify "+st.ID, 1.0/verifyEvery, 2) {
		return reply{}, refusedAs(http.StatusTooManyRequests, "temporarily_unavailable", "the stream was verified a moment ago")
	}
	err = s.enqueue(r.Context(), st, "verify "+string(s.signalIDs.New()), "", signals.Verified(st.ID, w.State))
	return reply{http.StatusNoContent, nil}, err
}

// pollStream gives what waits, and waits for something if the receiver likes to
// (RFC 8936 2.4 to 2.6).
func (s *Service) pollStream(r *http.Request, i Institution) (reply, error) {
	w, err := signals.ReadPoll(r.Body)
	if err != nil {
		return reply{}, err
	}
	ctx := r.Context()
	st, err := s.own(ctx, i, r.PathValue("stream"))
	if err != nil {
		return reply{}, err
	}
	if st.Method != signals.Poll {
		return reply{}, refusedAs(http.StatusBadRequest, "invalid_request", "this stream is pushed")
	}
	if err := s.acknowledge(ctx, i, st, w); err != nil {
		return reply{}, err
	}
	most := pollAtOnce
	if w.Most != nil {
		most = min(most, *w.Most)
	}
	for end := time.Now().Add(longPoll); ; {
		a, err := s.polled(ctx, st, most)
		if err != nil || len(a.Sets) > 0 || w.Now || most == 0 || time.Now().After(end) {
			return reply{http.StatusOK, a}, err
		}
		select {
		case <-ctx.Done():
			return reply{http.StatusOK, a}, nil
		case <-time.After(pollLook):
		}
		if st, err = s.own(ctx, i, st.ID); err != nil {
			return reply{}, err
		}
	}
}

// polled gives the tokens of what waits, so many at most.
func (s *Service) polled(ctx context.Context, st stream, most int) (signals.PollAnswer, error) {
	a := signals.PollAnswer{Sets: map[string]string{}}
	all, err := pending(ctx, s.k.Reader, st, most+1)
	if err != nil {
		return a, err
	}
	for n, g := range all {
		if n == most {
			a.More = true
			break
		}
		if a.Sets[g.id], err = s.issue(ctx, st, g); err != nil {
			return a, err
		}
	}
	return a, nil
}

// acknowledge notes what the receiver took, and what it will not take.
func (s *Service) acknowledge(ctx context.Context, i Institution, st stream, w signals.PollRequest) error {
	taken, trouble := w.Taken, ""
	for id, no := range w.Errors {
		taken, trouble = append(taken, id), no.Code
	}
	if len(taken) == 0 {
		return nil
	}
	if err := s.noteTrial(ctx, i, trialTold, ""); err != nil {
		return err
	}
	return s.told(ctx, st, trouble, taken...)
}
