package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"testing"
	"time"

	"github.com/amana-platform/amana/engines/plate"
	"github.com/amana-platform/amana/kernel/kerneltest/browser"
)

// street is a drawn street of the engine's test pictures.
const street = "../engines/plate/testdata/scenes/scene-14.jpg"

// TestHitDeskIsLive sends a street scene as a camera does, and watches the hit
// desk in a browser: what the engine read of it stands there without a reload,
// and the bell knows that it is new. How long that takes is logged: two seconds
// are the aim, which a busy machine may miss.
func TestHitDeskIsLive(t *testing.T) {
	picture, err := os.ReadFile(street)
	if err != nil {
		t.Fatal(err)
	}
	s := serve(t, folder(t))
	tab := browser.Start(t).Tab(t, s.url, browser.Station)
	key := deviceKey(tab)
	listed := surest(t, picture)
	tab.SignIn("investigator", "fr")
	tab.Visit("/plates/entries/new")
	tab.Fill(field("list", "stolen"), field("plate", listed.Text()), field("reason", "Vol"), field("authority", "Procureur, 9/2026"))
	tab.Submit()

	tab.SignIn("duty-officer", "fr")
	tab.Visit("/plates")
	before := browser.Eval[string](tab, `(window.stayed = true, document.querySelector("#desk").dataset.bell)`)
	// The live line is open once the browser has asked for it; what comes earlier
	// is on the page that it loads.
	if got := send(t, s.url, key, "scene-1", picture); got.Stored != 1 || got.Proposals != 1 {
		t.Fatalf("%+v", got)
	}
	sent := time.Now()
	shown := fmt.Sprintf(`document.querySelector("#desk").dataset.bell !== %q && document.querySelector("#desk").innerText.includes(%q)`, before, listed.Serial)
	for !browser.Eval[bool](tab, shown) {
		if time.Since(sent) > 20*time.Second {
			t.Fatalf("the desk does not show %s: %s", listed.Text(), tab.Text("#desk"))
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Logf("from the answer to the camera to the desk: %v", time.Since(sent))
	if !browser.Eval[bool](tab, "window.stayed === true") {
		t.Error("the page was loaded anew")
	}
	if again := send(t, s.url, key, "scene-1", picture); !again.Again || again.Proposals != 0 {
		t.Errorf("sent twice: %+v", again)
	}
}

// surest is the plate that the engine reads on a picture.
func surest(t *testing.T, raw []byte) plate.Plate {
	t.Helper()
	p, err := plate.Decode(bytes.NewReader(raw), plate.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	reads, err := plate.NewReader(plate.Options{}).Picture(t.Context(), p)
	if err != nil || len(reads) == 0 {
		t.Fatal(reads, err)
	}
	return reads[0].Plate()
}

// deviceKey gives a new key to a camera of the demonstration's desk, as an
// administrator.
func deviceKey(tab *browser.Tab) string {
	tab.SignIn("administrator", "fr")
	tab.Visit("/plates/cameras")
	tab.Visit(browser.Eval[string](tab, `[...document.querySelectorAll("main tr")].find(row => row.innerText.includes("Entrée autoroute")).querySelector("a[href]").getAttribute("href")`) + "/key")
	tab.Submit()
	return browser.Eval[string](tab, `document.querySelector("main").innerText.match(/amana-device\.[0-9a-f-]{36}\.[0-9a-f]{64}/)?.[0] ?? ""`)
}

// taken is what a camera is answered.
type taken struct {
	Stored, Proposals int
	Again             bool
}

// send hands a picture over as a camera does.
func send(t *testing.T, base, key, name string, picture []byte) (out taken) {
	t.Helper()
	now := url.QueryEscape(time.Now().UTC().Format(time.RFC3339Nano))
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+"/api/plates/pictures?batch="+name+"&at="+now+"&sent="+now, bytes.NewReader(picture))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+key)
	r.Header.Set("Content-Type", "image/jpeg")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if err := json.NewDecoder(res.Body).Decode(&out); err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s: %+v, %v", res.Status, out, err)
	}
	return out
}
