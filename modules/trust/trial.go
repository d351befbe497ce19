package trust

import (
	"strconv"
	"strings"
	"time"

	"github.com/amana-platform/amana/kernel/ident"
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
