package e2e

import (
	"bytes"
	"encoding/base64"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"github.com/amana-platform/amana/kernel/ident"
)

// bucket is an S3 service and the address by which the program finds it.
type bucket struct {
	t       testing.TB
	objects gofakes3.Backend
	address string
}

const bucketName = "amana-files"

func newBucket(t *testing.T) bucket {
	t.Helper()
	b := bucket{t: t, objects: s3mem.New()}
	if err := b.objects.CreateBucket(bucketName); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(gofakes3.New(b.objects).Server())
	t.Cleanup(server.Close)
	t.Setenv("AWS_ACCESS_KEY_ID", "test")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "test")
	b.address = "s3://" + bucketName + "?region=us-east-1&use_path_style=true&endpoint=" + server.URL
	return b
}

// get gives an object's bytes, nil if there is none.
func (b bucket) get(name string) []byte {
	b.t.Helper()
	o, err := b.objects.GetObject(bucketName, name, nil)
	if gofakes3.HasErrorCode(err, gofakes3.ErrNoSuchKey) {
		return nil
	}
	if err != nil {
		b.t.Fatal(err)
	}
	defer o.Contents.Close()
	raw, err := io.ReadAll(o.Contents)
	if err != nil {
		b.t.Fatal(err)
	}
	return raw
}

func (b bucket) put(name string, raw []byte) {
	b.t.Helper()
	if _, err := b.objects.PutObject(bucketName, name, map[string]string{}, bytes.NewReader(raw), int64(len(raw)), nil); err != nil {
		b.t.Fatal(err)
	}
}

func (b bucket) remove(name string) {
	b.t.Helper()
	if _, err := b.objects.DeleteObject(bucketName, name); err != nil {
		b.t.Fatal(err)
	}
}

// sender is a browser that sends a file in pieces (tus).
type sender struct {
	t    testing.TB
	base string
	http http.Client
}

func (s *service) sender(who string) *sender {
	s.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	out := &sender{t: s.t, base: s.url, http: http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	if a, _ := out.do("POST", "/demo/sign-in", url.Values{"as": {who}}.Encode(), "Content-Type", "application/x-www-form-urlencoded"); a.StatusCode != http.StatusSeeOther {
		s.t.Fatalf("%s is not let in: %d", who, a.StatusCode)
	}
	return out
}

func (s *sender) do(method, path, body string, headers ...string) (*http.Response, []byte) {
	s.t.Helper()
	r, err := http.NewRequest(method, s.base+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	a, err := s.http.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer a.Body.Close()
	raw, err := io.ReadAll(a.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return a, raw
}

// send uploads a text under a record in pieces and gives the upload's id.
func (s *sender) send(subject, content string) string {
	s.t.Helper()
	meta := "filename " + base64.StdEncoding.EncodeToString([]byte("declaration.txt"))
	a, raw := s.do("POST", "/register/files/"+subject, "", "Upload-Length", strconv.Itoa(len(content)), "Upload-Metadata", meta)
	if a.StatusCode != http.StatusCreated {
		s.t.Fatalf("the upload does not begin: %d %s", a.StatusCode, raw)
	}
	at := a.Header.Get("Location")
	for i := 0; i < len(content); i += 700 {
		piece := content[i:min(i+700, len(content))]
		if a, raw = s.do("PATCH", at, piece, "Upload-Offset", strconv.Itoa(i), "Content-Type", "application/offset+octet-stream"); a.StatusCode != http.StatusNoContent {
			s.t.Fatalf("a piece is not taken: %d %s", a.StatusCode, raw)
		}
	}
	return at[strings.LastIndexByte(at, '/')+1:]
}

// TestFilesInABucket keeps the files of a whole service in S3: sent in pieces,
// read, verified, missed when gone or altered, erased, and there again after a
// restore.
func TestFilesInABucket(t *testing.T) {
	b, data := newBucket(t), filepath.Join(t.TempDir(), "data")
	s := serve(t, data, "--blobs", b.address)
	db := hand(t, data, "amana.db")
	complaint := one[string](t, db, "select c.id from register_complaints c join units_posts p on p.unit = c.unit where p.role = 'duty-officer' and p.to_at = 0 order by c.id desc limit 1")
	officer := one[string](t, db, "select p.officer from register_complaints c join units_posts p on p.unit = c.unit where c.id = ? and p.role = 'duty-officer' and p.to_at = 0 order by p.officer limit 1", complaint)
	desk := s.sender(officer)
	content := strings.Repeat("The complainant adds that the door was open. ", 60)
	upload := desk.send(complaint, content)
	page := "/register/complaints/" + complaint
	if a, raw := desk.do("POST", page+"/attach", url.Values{"files": {upload}}.Encode(), "Content-Type", "application/x-www-form-urlencoded"); a.StatusCode != http.StatusSeeOther {
		t.Fatalf("not attached: %d %.300s", a.StatusCode, raw)
	}
	address := one[string](t, db, "select address from register_files where complaint = ? and size = ?", complaint, len(content))
	if a, raw := desk.do("GET", page+"/files/"+address, ""); a.StatusCode != http.StatusOK || string(raw) != content {
		t.Fatalf("read: %d, %d bytes", a.StatusCode, len(raw))
	}
	name := address[:2] + "/" + address
	sealed := b.get(name)
	if sealed == nil || bytes.Contains(sealed, []byte("complainant")) {
		t.Fatalf("the bucket holds %d bytes, readable or none", len(sealed))
	}
	s.stop()
	if there, err := filepath.Glob(filepath.Join(data, "blobs", "*")); err != nil || len(there) > 0 {
		t.Errorf("the folder holds files too: %v %v", there, err)
	}
	at := []string{"--data", data, "--blobs", b.address}
	if r := wantClean(t, at...); r.Blobs == 0 {
		t.Error("no file was checked")
	}
	missed := func(why string) {
		t.Helper()
		if r, code := verify(t, at...); code != 1 || !found(r, address) {
			t.Errorf("%s: exit %d, %v", why, code, r.Findings)
		}
	}
	altered := bytes.Clone(sealed)
	altered[len(altered)/2] ^= 1
	b.put(name, altered)
	missed("one bit altered")
	b.remove(name)
	missed("removed")
	b.put(name, sealed)
	b.restoreAndErase(data, db.Close, complaint, name)
}

// restoreAndErase backs up, erases the record of a file, and restores the
// older backup beside the same bucket: the file is gone for good.
func (b bucket) restoreAndErase(data string, closing func() error, record, name string) {
	t := b.t
	t.Helper()
	if err := closing(); err != nil {
		t.Fatal(err)
	}
	at := []string{"--data", data, "--blobs", b.address}
	backup, keys := filepath.Join(t.TempDir(), "backup"), filepath.Join(t.TempDir(), "keys")
	must(t, append([]string{"backup", "--keys", keys, backup}, at...)...)
	if _, err := ident.Parse(record); err != nil {
		t.Fatal(err)
	}
	must(t, append([]string{"erase", "--ground", "L09-08-3", "--authority", "order 7/2026", record}, at...)...)
	if left := b.get(name); left != nil {
		t.Errorf("%d bytes of the erased file are left in the bucket", len(left))
	}
	wantClean(t, at...)
	again := filepath.Join(t.TempDir(), "again")
	if err := os.MkdirAll(again, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"amana.key", "amana.key.erased", "amana.key.signed"} {
		raw, err := os.ReadFile(filepath.Join(data, key))
		if err == nil {
			err = os.WriteFile(filepath.Join(again, key), raw, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	must(t, "restore", "--keys", keys, "--data", again, "--blobs", b.address, backup)
	if b.get(name) != nil {
		t.Error("the restore brought the file back")
	}
}
