package trust

import (
	"net/http"
	"net/url"
	"slices"
	"testing"
)

// question puts one to the citizen and gives its auth_req_id and the form
// that answers it.
func (c *counter) question() (asked, form string) {
	c.t.Helper()
	a := c.asks(c.asking(c.signed()), http.StatusOK)
	page := c.browse(c.url(pathQuestions), c.cookie, nil)
	all := questionForm.FindAllStringSubmatch(page.raw, -1)
	if len(all) == 0 {
		c.t.Fatalf("no question: %d %s", page.status, page.raw)
	}
	return id(a), all[len(all)-1][1]
}

// say answers a question.
func (c *counter) say(form, answer string) int {
	c.t.Helper()
	return c.browse(c.url(form), c.cookie, url.Values{"answer": {answer}}).status
}

// waits brings a question back to where it is while the grant exists and nobody
// noted on the question that it was answered: there a death may leave it.
func (c *counter) waits(form string) {
	c.t.Helper()
	n, err := c.h.k.Scratch.Exec(c.t.Context(), "update tmp_trust_sessions set status = 'pending' where id = $1", form[len(pathQuestions)+1:])
	if err != nil || n != 1 {
		c.t.Fatal(n, err)
	}
}

// TestAnAnswerThatADeathCutShort: the yes counts once, whoever presses again is
// not told of a fault, a no is still in time while nothing was released, and the
// record says what was done.
func TestAnAnswerThatADeathCutShort(t *testing.T) {
	for name, x := range map[string]struct {
		again, result string
		status        int
		code          string
	}{"yes again": {"agree", "released", http.StatusOK, ""}, "no afterwards": {"refuse", "declined", http.StatusBadRequest, "invalid_grant"}} {
		t.Run(name, func(t *testing.T) {
			c := newCounter(t)
			asked, form := c.question()
			if got := c.say(form, "agree"); got != http.StatusSeeOther {
				t.Fatalf("%d", got)
			}
			c.waits(form)
			if got := c.say(form, x.again); got != http.StatusSeeOther {
				t.Errorf("%s: %d", x.again, got)
			}
			if got := c.say(form, x.again); got != http.StatusConflict {
				t.Errorf("the question is still open: %d", got)
			}
			c.polls(asked, x.status, x.code)
			if results := c.h.citizens.results(); !slices.Equal(results[2:], []string{"consent-given", x.result}) {
				t.Errorf("the citizen's log says %q", results)
			}
			c.h.sound()
		})
	}
}

// TestNothingIsReleasedThatTheRecordSaysWasDeclined: of a yes and a no that a
// citizen gives side by side, in two windows, the no counts.
func TestNothingIsReleasedThatTheRecordSaysWasDeclined(t *testing.T) {
	c := newCounter(t)
	asked, form := c.question()
	if got := c.say(form, "refuse"); got != http.StatusSeeOther {
		t.Fatalf("%d", got)
	}
	c.waits(form)
	c.say(form, "agree")
	if a := c.polls(asked, http.StatusBadRequest, "invalid_grant"); a.body["access_token"] != nil {
		t.Errorf("%s", a.raw)
	}
	if results := c.h.citizens.results(); slices.Contains(results[2:], "released") {
		t.Errorf("the citizen's log says %q", results)
	}
	c.h.sound()
}
