package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// signer is a card that is unlocked.
type signer interface {
	// sign signs a statement, as the service checks it.
	sign(statement []byte) ([]byte, error)
	// certificate gives the card's certificate in DER.
	certificate() []byte
}

// maxAnswer bounds what a service says, in bytes.
const maxAnswer = 64 << 10

// signIn asks the service for a challenge, lets the card sign it, and gives
// the address that goes on in the browser.
func signIn(at, ticket string, card signer) (string, error) {
	base := at + "/citizen/card/" + url.PathEscape(ticket)
	var challenge struct{ Statement string }
	if err := post(base+"/challenge", nil, &challenge); err != nil {
		return "", err
	}
	if err := checkStatement(challenge.Statement, at, ticket); err != nil {
		return "", err
	}
	signature, err := card.sign([]byte(challenge.Statement))
	if err != nil {
		return "", err
	}
	var answer struct{ Continue string }
	err = post(base+"/answer", map[string][]byte{"certificate": card.certificate(), "signature": signature}, &answer)
	if err != nil {
		return "", err
	}
	if !strings.HasPrefix(answer.Continue, at+"/") {
		return "", errors.New("the service leads to another address than its own")
	}
	return answer.Continue, nil
}

// checkStatement makes sure that the card signs a sign-in at this origin and
// nothing else.
func checkStatement(statement, at, ticket string) error {
	lines := strings.Split(statement, "\n")
	if len(lines) != 6 || lines[0] != "amana-card/v1" || lines[2] != ticket || len(lines[3]) < 43 || lines[5] != "" {
		return errors.New("what the service asks to be signed is no sign-in of this ticket")
	}
	if lines[1] != at {
		return fmt.Errorf("the service calls itself %q; it was reached as %q", lines[1], at)
	}
	if _, err := time.Parse(time.RFC3339, lines[4]); err != nil {
		return errors.New("what the service asks to be signed has no end")
	}
	return nil
}

// client follows no redirect: a statement is of the origin that was asked.
var client = &http.Client{Timeout: 30 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

// post sends JSON and reads the answer; a refusal is told in the service's
// words.
func post(address string, message, answer any) error {
	raw, err := json.Marshal(message)
	if err != nil {
		return err
	}
	q, err := http.NewRequest(http.MethodPost, address, bytes.NewReader(raw))
	if err != nil {
		return err
	}
	q.Header.Set("Content-Type", "application/json")
	q.Header.Set("Accept", "application/json")
	r, err := client.Do(q)
	if err != nil {
		return err
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxAnswer))
	if err = errors.Join(err, r.Body.Close()); err != nil {
		return err
	}
	if r.StatusCode != http.StatusOK {
		var problem struct{ Title string }
		if json.Unmarshal(body, &problem) == nil && problem.Title != "" {
			return errors.New(problem.Title)
		}
		return fmt.Errorf("the service answers %s", r.Status)
	}
	return json.Unmarshal(body, answer)
}
