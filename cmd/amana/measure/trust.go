package measure

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/amana-platform/amana/cmd/amana/measure/load"
	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/policy"
	"github.com/amana-platform/amana/modules/citizens"
	"github.com/amana-platform/amana/modules/trust"
	"github.com/amana-platform/amana/modules/units"
)

// What the trusted third party is asked for, and by how many.
const (
	signInRate    = 150 // sign-ins a second that two cores must serve
	signInCallers = 16
	citizensMost  = 1000 // who sign in, in turn
)

// signIns measures whole sign-ins: how many a second two cores serve, how long
// each takes at the rate that is asked for, and how many the peer does with the
// same processor time. The load generator is a process of its own on the same
// cores; what it uses is told and not counted.
func signIns(ctx context.Context, h *house) ([]Result, error) {
	srv, at, err := h.listen()
	if err != nil {
		return nil, err
	}
	defer func() { _ = srv.Close() }() // what was measured stands
	site, keys, err := h.rely(ctx)
	if err != nil {
		return nil, err
	}
	site.Dial = at
	ours, err := h.play(ctx, site, h.ourProcesses)
	if err != nil {
		return nil, err
	}
	out := ours.results()
	peer, why := h.playPeer(ctx, site, keys)
	if peer == nil {
		h.o.Tell("no peer beside it: %v", why)
		return append(out, Result{Name: "trust.flows-per-cpu-second", Value: ours.perCPU(), Unit: "sign-ins/cpu-s", Note: "no peer was measured: " + why.Error()}), nil
	}
	who := fmt.Sprintf("npm oidc-provider %s on node %s: the same steps and profile, a durable %s, no record of them", peer.version, peer.node, h.engine())
	return append(out,
		Result{Name: "trust.flows-per-cpu-second", Value: ours.perCPU(), Unit: "sign-ins/cpu-s", Limit: peer.perCPU(), Share: 2, Peer: who + "; " + peer.told(), Note: ours.told()},
		Result{Name: "trust.flows-per-cpu-second.at-rate", Value: ours.atRate(), Unit: "sign-ins/cpu-s", Limit: peer.atRate(), Share: 2, Peer: who,
			Note: fmt.Sprintf("both at %d a second; p99 %.0f ms, the peer's %.0f ms", signInRate, quantile(ours.open.Times, 0.99), quantile(peer.open.Times, 0.99))}), nil
}

func (h *house) engine() string {
	if h.o.Store != "" {
		return "PostgreSQL"
	}
	return "SQLite"
}

// listen serves the pages as the serve command does.
func (h *house) listen() (*http.Server, string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, "", err
	}
	srv := &http.Server{Handler: h.app.Server, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 32 << 10}
	go func() {
		if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			h.o.Tell("not serving any more: %v", err)
		}
	}()
	return srv, l.Addr().String(), nil
}

// rely registers an institution, approved by two persons, and citizens with
// codes. It gives who plays, and the institution's public keys.
func (h *house) rely(ctx context.Context) (load.Site, json.RawMessage, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return load.Site{}, nil, err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return load.Site{}, nil, err
	}
	keys, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &key.PublicKey, KeyID: "k1", Algorithm: "ES256", Use: "sig"}}})
	if err != nil {
		return load.Site{}, nil, err
	}
	back := "https://" + strings.ToLower(rand.Text()) + ".bench.example/back" // a host is one institution's
	id, err := h.institution(ctx, back, string(keys))
	if err != nil {
		return load.Site{}, nil, err
	}
	s := load.Site{Origin: h.s.Trust.Issuer(), Client: string(id), Key: private, Redirect: back,
		Claims:  `{"id_token":{"age_over_18":{"essential":true}},"userinfo":{"given_name":{"essential":true}}}`,
		InToken: []string{"age_over_18"}, InInfo: []string{"given_name"}}
	s.Citizens, err = h.enrol(ctx)
	return s, keys, err
}

// institution registers one, as the two persons it takes.
func (h *house) institution(ctx context.Context, back, keys string) (ident.ID, error) {
	g, err := h.app.Policy.System("trust", "trust.provide", "L09-08-4")
	if err != nil {
		return "", err
	}
	id, _, err := h.s.Trust.ApplyInstitution(ctx, g, trust.Application{Registration: trust.Registration{
		Name: [3]string{"bench", "bench", "bench"}, Purpose: [3]string{"measurement", "measurement", "measurement"},
		Basis: "contract", Ceiling: []string{"age_over_18", "given_name"}, Level: 2, Retention: "none", Contact: "none", Redirects: []string{back}, Keys: keys}})
	if err != nil {
		return "", err
	}
	for _, step := range []struct {
		role   units.Role
		action string
		do     func(policy.Grant) error
	}{
		{units.Administrator, "trust.institution.examine", func(g policy.Grant) error { return h.s.Trust.ExamineInstitution(ctx, g, id, 1, "measured") }},
		{units.Inspector, "trust.institution.approve", func(g policy.Grant) error { return h.s.Trust.ApproveInstitution(ctx, g, id, 1) }},
	} {
		i, err := h.s.Trust.Institution(ctx, id)
		if err != nil {
			return "", err
		}
		g, err := h.asksOf(ctx, step.role, step.action, i.Resource)
		if err == nil {
			err = step.do(g)
		}
		if err != nil {
			return "", err
		}
	}
	return id, nil
}

// enrol opens accounts for persons of the index, at the desk, and gives their
// numbers with the codes they were handed.
func (h *house) enrol(ctx context.Context) ([]load.Citizen, error) {
	var mu sync.Mutex
	var all []load.Citizen
	var failed error
	next := make(chan ident.ID)
	var desks sync.WaitGroup
	for range 8 {
		desks.Go(func() {
			for id := range next {
				c, err := h.account(ctx, id)
				mu.Lock()
				if err != nil {
					failed = err
				} else if c.Number != "" {
					all = append(all, c)
				}
				mu.Unlock()
			}
		})
	}
	for _, id := range h.persons[:min(len(h.persons), citizensMost)] {
		next <- id
	}
	close(next)
	desks.Wait()
	if failed == nil && len(all) == 0 {
		failed = errors.New("nobody in the index has a card")
	}
	return all, failed
}

// account gives somebody with a code for their account; nobody for a person without a card or a whole date of birth.
func (h *house) account(ctx context.Context, id ident.ID) (load.Citizen, error) {
	p, err := h.s.Index.Person(ctx, id)
	if err != nil || p.CNIE == "" || len(p.Birth) != len("2006-01-02") || p.Given.Latin == "" {
		return load.Citizen{}, err
	}
	known, err := h.s.Index.PersonByCNIE(ctx, p.CNIE)
	if err != nil || known.ID != id {
		return load.Citizen{}, nil // a number that two records share
	}
	code, err := h.code(ctx, id)
	return load.Citizen{Number: p.CNIE, Code: code}, err
}

// code gives one for a new account, or for one of an earlier run in this folder,
// whose passkey is lost.
func (h *house) code(ctx context.Context, person ident.ID) (string, error) {
	c, err := h.s.Citizens.CitizenOf(ctx, person)
	if err == nil {
		g, err := h.app.Policy.Ask(ctx, h.desk, "citizens.account.recover", c.Resource(), h.duty)
		if err != nil {
			return "", err
		}
		return h.s.Citizens.Recover(ctx, g, c.ID, citizens.Documents())
	}
	if !fault.Is(err, fault.NotFound) {
		return "", err
	}
	g, err := h.ask(ctx, "citizens.account.enrol")
	if err != nil {
		return "", err
	}
	_, code, err := h.s.Citizens.Enrol(ctx, g, person, []string{"cnie"})
	return code, err
}

// played is what came of the phases against one provider.
type played struct {
	closed, open  load.Outcome
	cpu, openCPU  time.Duration // of the provider during each
	node, version string        // of the peer
}

// perCPU is how many sign-ins a second of the provider's processor time gives
// when it has all it can do; atRate is the same at the rate that is asked for,
// where fewer share a commit.
func (p *played) perCPU() float64 { return float64(p.closed.Done) / p.cpu.Seconds() }
func (p *played) atRate() float64 { return float64(p.open.Done) / p.openCPU.Seconds() }

func (p *played) told() string {
	return fmt.Sprintf("%.1f sign-ins/s from %d at once, p50 %.0f ms, p99 %.0f ms; %.2f ms of processor time each, and %.2f ms of the load generator", float64(p.closed.Done)/p.closed.Seconds, signInCallers,
		quantile(p.closed.Times, 0.5), quantile(p.closed.Times, 0.99), p.cpu.Seconds()*1000/float64(p.closed.Done), p.closed.CPU.Seconds()*1000/float64(p.closed.Done))
}

func (p *played) results() []Result {
	at := fmt.Sprintf("%d a second begun when they are due, whatever became of those before", signInRate)
	return []Result{
		{Name: "trust.sign-ins", Value: float64(p.closed.Done) / p.closed.Seconds, Unit: "sign-ins/s", Limit: signInRate, Note: fmt.Sprintf("%d at once, each a passkey, a consent and the attributes, all durable; %s", signInCallers, p.told())},
		{Name: "trust.sign-in.p50", Value: quantile(p.open.Times, 0.5), Unit: "ms", Note: at},
		{Name: "trust.sign-in.p99", Value: quantile(p.open.Times, 0.99), Unit: "ms", Limit: 250, AtMost: true, Note: at},
	}
}

// play runs the phases against a provider whose processes are measured.
func (h *house) play(ctx context.Context, site load.Site, used func(context.Context) (time.Duration, error)) (*played, error) {
	l, err := h.startLoad(ctx, site)
	if err != nil {
		return nil, err
	}
	defer l.close()
	p := &played{}
	for _, phase := range []load.Phase{{Register: true, Callers: 8}, {Callers: signInCallers, For: h.o.For / 4}} {
		if _, err := l.run(phase); err != nil {
			return nil, err
		}
	}
	spent := func(phase load.Phase) (out load.Outcome, cpu time.Duration, err error) {
		before, err := used(ctx)
		if err != nil {
			return out, 0, err
		}
		if out, err = l.run(phase); err != nil {
			return out, 0, err
		}
		after, err := used(ctx)
		return out, after - before, err
	}
	if p.closed, p.cpu, err = spent(load.Phase{Callers: signInCallers, For: 2 * h.o.For}); err != nil {
		return nil, err
	}
	h.o.Tell("mean of each request: %s", steps(p.closed))
	p.open, p.openCPU, err = spent(load.Phase{Rate: signInRate, For: 2 * h.o.For})
	return p, err
}

// steps says how long each request took in the mean.
func steps(o load.Outcome) string {
	var all []string
	for _, name := range sorted(o.Steps) {
		all = append(all, fmt.Sprintf("%s %.1f ms", name, o.Steps[name].Seconds()*1000))
	}
	return strings.Join(all, ", ")
}
