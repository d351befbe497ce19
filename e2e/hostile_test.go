package e2e

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"compress/zlib"
	"crypto/sha256"
	bigendian "encoding/binary"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/kerneltest/browser"
)

// pngBomb is a picture of a few hundred bytes that unfolds to 14 gigabytes.
func pngBomb() []byte {
	const side = 60_000
	var out bytes.Buffer
	out.WriteString("\x89PNG\r\n\x1a\n")
	chunk := func(kind string, data []byte) {
		_ = bigendian.Write(&out, bigendian.BigEndian, uint32(len(data)))
		body := append([]byte(kind), data...)
		out.Write(body)
		_ = bigendian.Write(&out, bigendian.BigEndian, crc32.ChecksumIEEE(body))
	}
	head := bigendian.BigEndian.AppendUint32(bigendian.BigEndian.AppendUint32(nil, side), side)
	chunk("IHDR", append(head, 8, 6, 0, 0, 0))
	chunk("IDAT", deflated(1<<20, true))
	chunk("IEND", nil)
	return out.Bytes()
}

// deflated packs n zeros, with or without zlib's frame.
func deflated(n int, framed bool) []byte {
	var out bytes.Buffer
	if framed {
		w := zlib.NewWriter(&out)
		_, _ = w.Write(make([]byte, n))
		_ = w.Close()
		return out.Bytes()
	}
	w, _ := flate.NewWriter(&out, flate.BestCompression)
	_, _ = w.Write(make([]byte, n))
	_ = w.Close()
	return out.Bytes()
}

// pdfBomb is a document whose one stream unfolds to 300 megabytes.
func pdfBomb() []byte {
	stream := deflated(300<<20, true)
	return []byte(fmt.Sprintf("%%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n3 0 obj<</Filter/FlateDecode/Length %d>>stream\n%s\nendstream endobj\ntrailer<</Root 1 0 R>>\n%%%%EOF\n", len(stream), stream))
}

// zipBomb is an archive with a thousand-fold file, under the name of a text
// document.
func zipBomb(t *testing.T) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, name := range []string{"[Content_Types].xml", "word/document.xml"} {
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write(make([]byte, 200<<20))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestHostileFiles gives the desk files that are made to harm: each is refused
// in words or kept as the bytes it is, the service lives on in little memory,
// and what was typed stays.
func TestHostileFiles(t *testing.T) {
	s := serve(t, folder(t))
	dir := t.TempDir()
	tab := browser.Start(t).Tab(t, s.url, browser.Station)
	tab.SignIn("duty-officer", "en")
	tab.Visit("/register/complaints/new")
	tab.Until(`document.documentElement.dataset.scripts`)
	tab.Enter(field("facts", "A purse was taken."))
	for _, f := range []struct {
		name    string
		raw     []byte
		refused string // words of the refusal; "" where the file may be kept
	}{
		{"bomb.pdf", pdfBomb(), ""},
		{"bomb.docx", zipBomb(t), ""},
		{"program.jpg", append([]byte("MZ\x90\x00\x03"), make([]byte, 600)...), "not"},
		{"page.html", []byte("<!DOCTYPE html><script>alert(1)</script>"), "not"},
		{"empty.txt", nil, "empty"},
		{`"><img src=x onerror=alert(1)>.txt`, []byte("a name that is markup"), ""},
		{"bomb.png", pngBomb(), ""}, // its head tells what it unfolds to: refused where it would be kept
	} {
		path := filepath.Join(dir, f.name)
		if err := os.WriteFile(path, f.raw, 0o600); err != nil {
			t.Fatal(err)
		}
		tab.Attach(`main input[type="file"]`, path)
		last := `[...document.querySelectorAll("[data-uploads] .upload")].at(-1)`
		tab.Until(last + `?.querySelector("bdi").textContent === ` + fmt.Sprintf("%q", f.name) + ` && !("pending" in ` + last + `.dataset)`)
		failed := browser.Eval[bool](tab, last+`.dataset.state === "failed"`)
		if said := browser.Eval[string](tab, last+`.innerText`); f.refused != "" && (!failed || !strings.Contains(said, f.refused)) {
			t.Errorf("%s: failed %t: %s", f.name, failed, said)
		}
	}
	if tab.Has("[data-uploads] img[src=x]") {
		t.Error("a name became markup")
	}
	if facts := browser.Eval[string](tab, `document.querySelector("main [name=facts]").value`); facts != "A purse was taken." {
		t.Errorf("the facts are now %q", facts)
	}
	tab.Fill(field("complainant.family", "Lahlou"), field("complainant.given", "Samir"), field("offence", "theft-simple"), field("facts_on", yesterday()), field("place", "Anfa"))
	tab.Send()
	if tab.Has(`[name="complainant.same"]`) {
		tab.Fill(field("complainant.same", "new"))
		tab.Send()
	}
	if said := tab.Text("main [data-errors]"); !strings.Contains(said, "million pixels") {
		t.Errorf("a picture of 14 gigabytes is taken: %s", tab.Text("main"))
	}
	browser.Eval[bool](tab, `[...document.querySelectorAll("[data-uploads] .upload")].find(u => u.innerText.includes("bomb.png")).querySelector("[type=checkbox]").click() ?? true`)
	tab.Submit() // without it
	if main := tab.Text("main"); strings.Contains(main, "bomb.png") || !strings.Contains(main, "bomb.pdf") {
		t.Errorf("what was left out or kept: %s", main)
	}
	if mb := resident(t, s.cmd.Process.Pid); mb > 400 {
		t.Errorf("the service holds %d MB", mb)
	}
}

// resident gives the megabytes that a process holds, 0 where that is not told.
func resident(t *testing.T, pid int) int {
	t.Helper()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	_, line, _ := strings.Cut(string(raw), "VmRSS:")
	var kb int
	if _, err := fmt.Sscan(line, &kb); err != nil {
		t.Fatal(err)
	}
	return kb / 1024
}

// TestAnUploadResumesInThePage cuts the line in the middle of a piece: what
// arrives in the end is the file, to the byte.
func TestAnUploadResumesInThePage(t *testing.T) {
	s := serve(t, folder(t))
	tab := browser.Start(t).Tab(t, s.url, browser.Phone)
	tab.SignIn("duty-officer", "fr")
	tab.Visit("/register/complaints/new")
	tab.Until(`document.documentElement.dataset.scripts`)
	raw := make([]byte, 9<<20)
	random := rand.NewChaCha8([32]byte{1})
	_, _ = random.Read(raw)
	copy(raw, "\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom") // the head of a film
	path := filepath.Join(t.TempDir(), "film.mp4")
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	browser.Eval[bool](tab, `(() => { const really = window.fetch; window.cuts = 0;
		window.fetch = async (address, o) => {
			if (o?.method !== "PATCH" || window.cuts >= 2) return really(address, o);
			window.cuts++;
			await really(address, {...o, body: o.body.slice(0, o.body.size / 3)});
			throw new TypeError("the line is cut");
		}; return true; })()`)
	tab.Attach(`main input[type="file"]`, path)
	tab.Until(`document.querySelector("[data-uploads] input[name=files]")`)
	if cuts := browser.Eval[int](tab, `window.cuts`); cuts != 2 {
		t.Fatalf("%d cuts", cuts)
	}
	tab.Fill(field("complainant.family", "Zerouali"), field("complainant.given", "Mounia"), field("offence", "theft-simple"), field("facts_on", yesterday()), field("place", "Anfa"), field("facts", "Voir le film."))
	tab.Send()
	if tab.Has(`[name="complainant.same"]`) {
		tab.Fill(field("complainant.same", "new"))
		tab.Send()
	}
	tab.Sound()
	digest := browser.Eval[string](tab, fmt.Sprintf(`fetch(%q).then(r => r.arrayBuffer()).then(b => crypto.subtle.digest("SHA-256", b)).then(d => [...new Uint8Array(d)].map(x => x.toString(16).padStart(2, "0")).join(""))`,
		browser.Eval[string](tab, `document.querySelector("main a.upload-name").getAttribute("href")`)))
	if want := sha256.Sum256(raw); digest != hex.EncodeToString(want[:]) {
		t.Errorf("the service gives back %s", digest)
	}
}

// TestWrongWords types what no field may hold: each comes back as a line that
// leads to its field, in the reader's language, and all the rest stays typed.
func TestWrongWords(t *testing.T) {
	s := serve(t, folder(t))
	tab := browser.Start(t).Tab(t, s.url, browser.Station)
	tab.SignIn("duty-officer", "ar")
	good := []browser.Value{field("complainant.family", "Lahlou"), field("complainant.given", "Samir"), field("offence", "theft-simple"), field("facts_on", yesterday()), field("place", "Anfa"), field("facts", "A purse.")}
	for _, bad := range []browser.Value{
		field("facts_on", time.Now().AddDate(0, 0, 2).Format("02/01/2006")), field("facts_on", "31/02/2026"), field("at", "yesterday at noon"), field("at", time.Now().AddDate(1, 0, 0).Format("02/01/2006 15:04")),
		field("facts", "a\x00b"), field("place", "a\x1bb"), field("place", strings.Repeat("x", 20_000)), field("complainant.phones", "not a number"), field("complainant.cnie", "12345678901234567890"),
	} {
		tab.Visit("/register/complaints/new")
		tab.Fill(good...)
		tab.Fill(bad)
		tab.Send()
		if link := `main [data-errors] a[data-error-of="complaint-new-` + strings.ReplaceAll(bad.Name, ".", "-") + `"]`; !tab.Has(link) {
			t.Errorf("%s = %.20q: %s", bad.Name, bad.Value, tab.Text("main [data-errors]"))
		}
		for _, v := range good {
			if got := browser.Eval[string](tab, fmt.Sprintf(`document.querySelector("main [name='%s']").value`, v.Name)); v.Name != bad.Name && got != v.Value {
				t.Errorf("after %s = %.20q, %s is %q", bad.Name, bad.Value, v.Name, got)
			}
		}
	}
}
