package trust

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/store"
	"github.com/amana-platform/amana/modules/trust/provider"
)

// trialCitizen is somebody who does not exist, for sandboxes. They stand in no
// index, have no account and no log.
type trialCitizen struct {
	id     ident.ID
	values map[string]any
}

// trialCitizens are the test citizens: a grown-up, a minor of seventeen, and one
// of whom little is known.
func trialCitizens() []trialCitizen {
	one := func(n int, values map[string]any) trialCitizen {
		return trialCitizen{id: ident.Derive("amana test citizen", strconv.Itoa(n)), values: values}
	}
	return []trialCitizen{
		one(1, map[string]any{"given_name": "TEST-AMINA", "family_name": "TEST-CITOYENNE", "birthdate": "1988-04-12", "sex": "female", "nationality": "ma",
			"national_id": "TEST000001", "address": "1 TEST", "age_over_16": true, "age_over_18": true, "age_over_21": true, residentOf: "04"}),
		one(2, map[string]any{"given_name": "TEST-YASSIN", "family_name": "TEST-MINEUR", "birthdate": "2009-01-30", "sex": "male", "nationality": "ma",
			"national_id": "TEST000002", "address": "2 TEST", "age_over_16": true, "age_over_18": false, "age_over_21": false, residentOf: "06"}),
		one(3, map[string]any{"given_name": "TEST-SAID", "family_name": "TEST-SANS-DATE", "age_over_16": true, "age_over_18": true}),
	}
}

// trialAttributes gives what was agreed about a test citizen.
func trialAttributes(g provider.Given) map[string]any {
	out := map[string]any{}
	for _, c := range trialCitizens() {
		if string(c.id) != g.Citizen {
			continue
		}
		for _, w := range g.Claims {
			name, area, isArea := strings.Cut(source(w), ":")
			v, ok := c.values[name]
			switch {
			case ok && isArea:
				out[w.Name] = v == area
			case ok:
				out[w.Name] = v
			}
		}
	}
	return out
}

// trialHolder is a test citizen before the browser, as a developer chose them.
func trialHolder(n int, now time.Time) (Holder, bool) {
	all := trialCitizens()
	if n < 1 || n > len(all) {
		return Holder{}, false
	}
	c := all[n-1]
	return Holder{Citizen: c.id, Person: c.id, Level: provider.Levels, Methods: []string{"test"}, Proved: now, Session: "test " + string(c.id)}, true
}

// What a sandbox is seen to do, in the order in which an institution tries it.
const (
	trialPushed   = "pushed"
	trialAbove    = "above"
	trialAgreed   = "agreed"
	trialRedeemed = "redeemed"
	trialRead     = "read"
	trialDeclined = "declined"
	trialTold     = "told"
)

var trialChecks = []string{trialPushed, trialAgreed, trialRedeemed, trialRead, trialDeclined, trialAbove, trialTold}

// Trial is one check of a sandbox: how often the service saw it pass, and when
// and with what last.
type Trial struct {
	Check  string
	Times  int64
	At     time.Time
	Detail string
}

// noteTrial counts what a sandbox did. Institutions that were approved are not
// counted: their sign-ins are none of this.
func (s *Service) noteTrial(ctx context.Context, i Institution, check, detail string) error {
	if !i.Sandbox {
		return nil
	}
	_, err := s.k.Scratch.Exec(ctx, `insert into tmp_trust_trials (client, what, times, detail, at) values ($1, $2, 1, $3, $4)
		on conflict (client, what) do update set times = tmp_trust_trials.times + 1, detail = excluded.detail, at = excluded.at`,
		string(i.ID), check, detail, store.Micros(s.k.Clock.Now()))
	return err
}

// Trials reports what an institution's sandbox has done, every check of it; none
// for an institution that is no sandbox.
func (s *Service) Trials(ctx context.Context, i Institution) ([]Trial, error) {
	if !i.Sandbox {
		return nil, nil
	}
	seen, err := store.List(ctx, s.k.Reader, "select what, times, detail, at from tmp_trust_trials where client = $1", []any{string(i.ID)}, func(scan store.Scan) (t Trial, err error) {
		var at int64
		err = scan(&t.Check, &t.Times, &t.Detail, &at)
		t.At = store.Time(at)
		return t, err
	})
	if err != nil {
		return nil, err
	}
	out := make([]Trial, 0, len(trialChecks))
	for _, check := range trialChecks {
		trial := Trial{Check: check}
		for _, t := range seen {
			if t.Check == check {
				trial = t
			}
		}
		out = append(out, trial)
	}
	return out, nil
}

// sweepTrials forgets what sandboxes did that ended long ago.
func (s *Service) sweepTrials(ctx context.Context) error {
	_, err := s.k.Scratch.Exec(ctx, "delete from tmp_trust_trials where at < $1", store.Micros(s.k.Clock.Now().AddDate(0, -6, 0)))
	return err
}
