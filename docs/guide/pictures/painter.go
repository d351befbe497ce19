package main

import (
	"bytes"
	"fmt"
	"image/png"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/amana-platform/amana/kernel/kerneltest/browser"
)

// painter is a browser's tab on the demonstration that keeps what it shows.
type painter struct {
	*browser.Tab
	run       *run
	lang, out string
}

// as signs in with one click, in the pictures' language.
func (p *painter) as(role string) { p.SignIn(role, p.lang) }

// follow opens the first link that a pattern fits, and takes up the purpose
// that it asks for.
func (p *painter) follow(pattern string, beside ...string) {
	link := p.Link(pattern, beside...)
	u, err := url.Parse(link)
	if err != nil {
		p.run.Fatal(err)
	}
	if u.Path == "/purpose" {
		p.Under(u.Query().Get("purpose"))
		link = u.Query().Get("return")
	}
	p.Visit(link)
}

// shoot writes what is on the screen.
func (p *painter) shoot(name string) {
	browser.Eval[bool](p.Tab, `document.fonts.ready.then(() => { document.activeElement?.blur(); window.scrollTo(0, 0); return true; })`)
	time.Sleep(400 * time.Millisecond)
	p.write(name, p.Screenshot(false))
}

// paper writes the first page of a PDF at an address.
func (p *painter) paper(name, path string, dpi int) {
	c := exec.CommandContext(p.run.ctx, "pdftoppm", "-png", "-r", fmt.Sprint(dpi), "-f", "1", "-l", "1", "-")
	c.Stdin = bytes.NewReader(p.Fetch(path))
	raw, err := c.Output()
	if err != nil {
		p.run.Fatalf("pdftoppm: %w", err)
	}
	p.write(name, raw)
}

// write stores a picture with few colours.
func (p *painter) write(name string, raw []byte) {
	img, err := png.Decode(bytes.NewReader(raw))
	if err != nil {
		p.run.Fatal(err)
	}
	var b bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, reduce(img)); err != nil {
		p.run.Fatal(err)
	}
	fmt.Printf("%s/%s.png %d kB\n", p.lang, name, b.Len()/1000)
	if err := os.WriteFile(filepath.Join(p.out, name+".png"), b.Bytes(), 0o644); err != nil {
		p.run.Fatal(err)
	}
}
