package load

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"time"
)

const formType = "application/x-www-form-urlencoded"

// browser is one browser, or an institution's own client, with its cookies.
type browser struct {
	w    *world
	http http.Client
}

func (w *world) newBrowser() *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		panic("load: " + err.Error()) // it never is
	}
	return &browser{w: w, http: http.Client{Transport: w.transport, Jar: jar, Timeout: time.Minute,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// answer is what came back.
type answer struct {
	body []byte
	at   *url.URL // what was asked
	to   *url.URL // where it leads; nil if it is a page
}

// ask sends one request and gives the answer.
func (b *browser) ask(ctx context.Context, name, method, address string, header http.Header, body []byte) (answer, error) {
	r, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	for k, v := range header {
		r.Header[k] = v
	}
	begun := time.Now()
	res, err := b.http.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = res.Body.Close() }() // it was read
	a := answer{at: res.Request.URL}
	a.body, err = io.ReadAll(res.Body)
	b.w.tally.stepped(name, time.Since(begun))
	switch {
	case err != nil:
	case res.StatusCode >= http.StatusBadRequest:
		err = fmt.Errorf("load: %s %s: %d %.500s", method, address, res.StatusCode, a.body)
	case res.StatusCode >= http.StatusMultipleChoices:
		a.to, err = res.Location()
	}
	return a, err
}

// json asks for a JSON answer.
func (b *browser) json(ctx context.Context, name, method, address string, header http.Header, body []byte, out any) error {
	a, err := b.ask(ctx, name, method, address, header, body)
	if err != nil {
		return err
	}
	return json.Unmarshal(a.body, out)
}

// open goes to an address and on to wherever it leads within the site; it
// gives the page, or the address outside.
func (b *browser) open(ctx context.Context, name, method, address string, form url.Values) (page string, at *url.URL, err error) {
	header := http.Header{"Accept": {"text/html"}}
	if form != nil {
		header.Set("Content-Type", formType)
	}
	for range 5 {
		a, err := b.ask(ctx, name, method, address, header, []byte(form.Encode()))
		if err != nil {
			return "", nil, err
		}
		if a.to == nil {
			return string(a.body), a.at, nil
		}
		if !strings.HasPrefix(a.to.String(), b.w.Origin+"/") {
			return "", a.to, nil
		}
		name, method, address, form = name+"…", http.MethodGet, a.to.String(), nil
	}
	return "", nil, errors.New("load: sent round and round")
}

var formAction = regexp.MustCompile(`action="((?:/oidc/authorize|/interaction)/[^"]+)"`)

// agree opens an authorization, proves who the citizen is, and agrees. It gives
// the address at which the institution is answered.
func (b *browser) agree(ctx context.Context, address string, p *person) (*url.URL, error) {
	_, at, err := b.open(ctx, "2 open", http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	back := at.Query().Get("return") // ours has a page of its own to sign in at
	if back == "" {
		back = at.RequestURI()
	}
	if err := b.prove(ctx, p, back); err != nil {
		return nil, err
	}
	page, _, err := b.open(ctx, "6 consent", http.MethodGet, b.w.Origin+back, nil)
	if err != nil {
		return nil, err
	}
	m := formAction.FindStringSubmatch(page)
	if m == nil {
		return nil, fmt.Errorf("load: no form to agree with: %.500s", page)
	}
	_, to, err := b.open(ctx, "7 agree", http.MethodPost, b.w.Origin+m[1], url.Values{"answer": {"agree"}})
	if err == nil && !strings.HasPrefix(to.String(), b.w.Redirect) {
		err = fmt.Errorf("load: sent to %s", to)
	}
	return to, err
}

// challenge is what a passkey answers, and under which name.
type challenge struct {
	Ceremony string          `json:"ceremony"`
	Return   string          `json:"return,omitempty"`
	Options  json.RawMessage `json:"options,omitempty"`
	Answer   json.RawMessage `json:"answer,omitempty"`
	Label    string          `json:"label,omitempty"`
}

// ceremony fetches a challenge and sends what the chip says to it.
func (b *browser) ceremony(ctx context.Context, first, second, path, back string, say func(json.RawMessage) (json.RawMessage, error)) error {
	header := http.Header{"Content-Type": {"application/json"}, "Accept": {"application/json"}}
	asked, err := json.Marshal(challenge{Return: back, Label: "load"})
	if err != nil {
		return err
	}
	var c challenge
	if err := b.json(ctx, first, http.MethodPost, b.w.Origin+path, header, asked, &c); err != nil {
		return err
	}
	said, err := say(c.Options)
	if err != nil {
		return err
	}
	raw, err := json.Marshal(challenge{Ceremony: c.Ceremony, Answer: said, Label: "load"})
	if err != nil {
		return err
	}
	_, err = b.ask(ctx, second, http.MethodPost, b.w.Origin+path+"/end", header, raw)
	return err
}

// prove signs a citizen in with their passkey.
func (b *browser) prove(ctx context.Context, p *person, back string) error {
	return b.ceremony(ctx, "4 challenge", "5 answer", "/citizen/passkey", back, p.chip.Get)
}

// makeKey lets a citizen in with their code, and make a passkey.
func (w *world) makeKey(ctx context.Context, p *person) error {
	b := w.newBrowser()
	_, err := b.ask(ctx, "code", http.MethodPost, w.Origin+"/citizen/sign-in", http.Header{"Content-Type": {formType}},
		[]byte(url.Values{"number": {p.Number}, "code": {p.Code}, "return": {"/citizen"}}.Encode()))
	if err != nil {
		return err
	}
	return b.ceremony(ctx, "key", "key made", "/citizen/passkeys", "", p.chip.Create)
}
