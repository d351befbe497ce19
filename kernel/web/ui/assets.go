package ui

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
)

//go:embed assets
var assetFiles embed.FS

// fingerprint names this build's assets: a change in any file is a new
// address, so browsers may keep what they have for ever.
var fingerprint = sync.OnceValue(func() string {
	sum := sha256.New()
	_ = fs.WalkDir(assetFiles, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			data, _ := assetFiles.ReadFile(name) // an embedded file always reads
			sum.Write([]byte(name))
			sum.Write(data)
		}
		return err
	})
	return hex.EncodeToString(sum.Sum(nil))[:16]
})

// styles are the sheets of app.css, in the order of the cascade. They are
// apart for whoever reads them and one for the browser.
func styles() []string {
	return []string{"base.css", "frame.css", "form.css", "table.css", "record.css", "print.css"}
}

// read gives an embedded file; app.css is all styles in one.
func read(name string) ([]byte, error) {
	if name != "app.css" {
		return assetFiles.ReadFile("assets/" + name)
	}
	var all []byte
	for _, sheet := range styles() {
		data, err := assetFiles.ReadFile("assets/" + sheet)
		if err != nil {
			return nil, err
		}
		all = append(append(all, data...), '\n')
	}
	return all, nil
}

// Asset gives the address of an embedded file ("app.css", "js/app.js").
func Asset(name string) string { return PathAssets + fingerprint() + "/" + name }

// asset is an embedded file ready to be sent; gz is nil where packing gains nothing.
type asset struct {
	kind      string
	plain, gz []byte
}

// Assets serves the embedded files below PathAssets: styles, fonts, scripts
// and the licences they come under. An address with this build's fingerprint
// may be cached for ever, any other is not found. Text is packed once, here.
func Assets() http.Handler {
	ready := map[string]asset{}
	for _, name := range names() {
		if data, err := read(name); err == nil {
			ready[name] = prepare(name, data)
		}
	}
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		name, _ := strings.CutPrefix(r.URL.Path, PathAssets+fingerprint()+"/")
		a, ok := ready[name]
		if !ok {
			http.NotFound(rw, r)
			return
		}
		a.send(rw, r)
	})
}

// names lists what may be asked for.
func names() []string {
	all := []string{"app.css"}
	_ = fs.WalkDir(assetFiles, "assets", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			all = append(all, strings.TrimPrefix(name, "assets/"))
		}
		return err
	})
	return all
}

// prepare packs text; fonts are packed already.
func prepare(name string, data []byte) asset {
	a := asset{kind: contentType(name), plain: data}
	if path.Ext(name) == ".woff2" {
		return a
	}
	var packed bytes.Buffer
	z, _ := gzip.NewWriterLevel(&packed, gzip.BestCompression) // the level is valid
	_, _ = z.Write(data)                                       // memory takes every write
	_ = z.Close()
	a.gz = packed.Bytes()
	return a
}

func (a asset) send(rw http.ResponseWriter, r *http.Request) {
	h := rw.Header()
	h.Set("Content-Type", a.kind)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Vary", "Accept-Encoding")
	body := a.plain
	if a.gz != nil && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		body = a.gz
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method != http.MethodHead {
		_, _ = rw.Write(body) // the reader may have gone
	}
}

func contentType(name string) string {
	switch ext := path.Ext(name); ext {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".woff2":
		return "font/woff2"
	default:
		return mime.TypeByExtension(ext)
	}
}

// ContentSecurityPolicy is the policy the pages are written for: nothing from
// elsewhere, no inline script or style, no frame around them.
const ContentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; " +
	"font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// htmxConfig turns off everything of htmx that the policy forbids, and the
// page cache in local storage: a protected page is not kept on the computer.
const htmxConfig = `{"allowEval":false,"allowScriptTags":false,"includeIndicatorStyles":false,"selfRequestsOnly":true,"historyCacheSize":0,"refreshOnHistoryMiss":true}`
