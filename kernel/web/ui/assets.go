package ui

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
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

// Assets serves the embedded files below PathAssets: styles, fonts, scripts
// and the licences they come under. An address with this build's fingerprint
// may be cached for ever, any other is not found.
func Assets() http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		name, ours := strings.CutPrefix(r.URL.Path, PathAssets+fingerprint()+"/")
		data, err := read(path.Clean("/" + name)[1:])
		if !ours || err != nil {
			http.NotFound(rw, r)
			return
		}
		h := rw.Header()
		h.Set("Content-Type", contentType(name))
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
		h.Set("X-Content-Type-Options", "nosniff")
		if r.Method == http.MethodHead {
			return
		}
		_, _ = rw.Write(data) // the reader may have gone
	})
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
