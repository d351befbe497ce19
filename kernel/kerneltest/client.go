package kerneltest

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"
)

// None is the purpose of a request that states none.
const None = "none"

// Client is a browser without scripts: it keeps cookies and follows no
// redirect by itself.
type Client struct {
	t       testing.TB
	base    string
	http    *http.Client
	purpose string
	json    bool
}

// NewClient makes a client of the pages at an address. It may be of a program
// that runs elsewhere.
func NewClient(t testing.TB, base string) *Client {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &Client{t: t, base: base, http: &http.Client{Jar: jar, Timeout: 30 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// Stranger is a client that nobody has signed in with.
func (a *App) Stranger(t testing.TB) *Client { return NewClient(t, a.URL) }

// As gives a client in which the person of a role, or the one with an id, has
// signed in through the demonstration's door.
func (a *App) As(t testing.TB, who string) *Client {
	t.Helper()
	return a.Stranger(t).SignIn(who)
}

// SignIn signs a person in; the demonstration's door must be open.
func (c *Client) SignIn(who string) *Client {
	c.t.Helper()
	if p := c.Post("/demo/sign-in", url.Values{"as": {who}}); p.Status != http.StatusSeeOther {
		c.t.Fatalf("%s is not let in: %d %s", who, p.Status, p.Heading())
	}
	return c
}

// Under gives the same browser, whose requests state a purpose as
// policy.Purpose prints it, or None.
func (c *Client) Under(purpose string) *Client {
	other := *c
	other.purpose = purpose
	return &other
}

// JSON gives the same browser, asking for machine-readable answers.
func (c *Client) JSON() *Client {
	other := *c
	other.json = true
	return &other
}

// Speak changes the language of the pages: "ar", "fr" or "en".
func (c *Client) Speak(lang string) *Client {
	c.t.Helper()
	if p := c.Post("/session/lang", url.Values{"lang": {lang}}); p.Status != http.StatusSeeOther {
		c.t.Fatalf("the language %s is not taken: %d", lang, p.Status)
	}
	return c
}

// Cookie gives a cookie that the browser holds; nil if it has none of the name.
func (c *Client) Cookie(name string) *http.Cookie {
	at, err := url.Parse(c.base)
	if err != nil {
		return nil
	}
	for _, held := range c.http.Jar.Cookies(at) {
		if held.Name == name {
			return held
		}
	}
	return nil
}

// Hold gives the browser a cookie.
func (c *Client) Hold(cookie *http.Cookie) {
	c.t.Helper()
	at, err := url.Parse(c.base)
	if err != nil {
		c.t.Fatal(err)
	}
	c.http.Jar.SetCookies(at, []*http.Cookie{cookie})
}

// Get asks for a page.
func (c *Client) Get(path string) *Page {
	c.t.Helper()
	return c.Send(http.MethodGet, path, "", nil)
}

// Post sends a form.
func (c *Client) Post(path string, form url.Values) *Page {
	c.t.Helper()
	return c.Send(http.MethodPost, path, "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
}

// Send sends any request and reads the whole answer.
func (c *Client) Send(method, path, contentType string, body io.Reader) *Page {
	c.t.Helper()
	p, err := c.Try(method, path, contentType, body)
	if err != nil {
		c.t.Fatal(err)
	}
	return p
}

// Try is Send for a service that may die meanwhile.
func (c *Client) Try(method, path, contentType string, body io.Reader) (*Page, error) {
	r, err := http.NewRequest(method, c.base+path, body)
	if err != nil {
		return nil, err
	}
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	switch c.purpose {
	case "":
	case None:
		r.Header["Amana-Purpose"] = []string{""}
	default:
		r.Header.Set("Amana-Purpose", c.purpose)
	}
	if c.json {
		r.Header.Set("Accept", "application/json")
	}
	answer, err := c.http.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, err
	}
	return newPage(c, path, answer, raw), nil
}

// Stream opens a stream of events and gives the response, which the caller
// closes. last is the id of the last event seen, "" for none.
func (c *Client) Stream(path, last string) *http.Response {
	c.t.Helper()
	r, err := http.NewRequest(http.MethodGet, c.base+path, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	if last != "" {
		r.Header.Set("Last-Event-ID", last)
	}
	answer, err := (&http.Client{Jar: c.http.Jar}).Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	return answer
}
