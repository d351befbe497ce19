package plates_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/modules/plates"
)

// scene is a picture as a camera sends it.
func (h *house) scene(picture []byte) plates.Scene {
	h.sent++
	return plates.Scene{Device: "s" + string(h.ids.New()), At: h.clock.Now(), Sent: h.clock.Now(), Image: bytes.NewReader(picture)}
}

// TestPicturesAreRead: a picture goes through the engine; one without a plate
// gives nothing and shows that the camera lives; what is no picture, or too
// large a one, is refused by its first bytes.
func TestPicturesAreRead(t *testing.T) {
	h := newHouse(t)
	c, _ := h.camera("KEN-A1")
	got, err := h.TakePicture(ctx, c, h.scene(picture(t)))
	h.must(err)
	if got != (plates.Taken{}) {
		t.Errorf("%+v in a picture without a plate", got)
	}
	now, err := h.Camera(ctx, c.ID)
	h.must(err)
	if now.Seen.IsZero() {
		t.Error("the camera seems silent")
	}
	_, err = h.TakePicture(ctx, c, h.scene([]byte("<svg/>")))
	h.wants(err, fault.Invalid, "plates.fault.picture")
	_, err = h.TakePicture(ctx, c, h.scene(picture(t)[:200]))
	h.wants(err, fault.Invalid, "plates.fault.picture")
	_, err = h.TakePicture(ctx, c, h.scene(hugePNG()))
	h.wants(err, fault.TooLarge, "plates.fault.picture-size")
	if _, err := h.TakePicture(ctx, c, plates.Scene{Device: "x", At: noon, Sent: noon, Image: io.MultiReader(bytes.NewReader(picture(t)[:100]), failing{})}); err == nil {
		t.Error("a picture cut off on its way is read")
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("cut") }

// hugePNG is the head of a picture of 400 megapixels.
func hugePNG() []byte {
	head := []byte("IHDR\x00\x00\x4e\x20\x00\x00\x4e\x20\x08\x02\x00\x00\x00")
	out := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d"), head...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(head))
}

// TestPictureInterface: a device's key, its times, its picture.
func TestPictureInterface(t *testing.T) {
	s := newSite(t)
	_, key := s.camera("KEN-A1")
	now := s.clock.Now().Format(time.RFC3339)
	post := func(key string, q url.Values, body []byte) int {
		t.Helper()
		r, err := http.NewRequest("POST", s.address+"/api/plates/pictures?"+q.Encode(), bytes.NewReader(body))
		s.must(err)
		r.Header.Set("Authorization", "Bearer "+key)
		res, err := http.DefaultClient.Do(r)
		s.must(err)
		s.must(res.Body.Close())
		return res.StatusCode
	}
	full := url.Values{"batch": {"1"}, "at": {now}, "sent": {now}}
	for name, x := range map[string]struct {
		key  string
		q    url.Values
		body []byte
		want int
	}{
		"read": {key, full, picture(t), 200}, "no key": {"x", full, picture(t), 401}, "no picture": {key, full, nil, 422}, "no times": {key, url.Values{"batch": {"1"}}, picture(t), 422},
		"no name": {key, url.Values{"at": {now}, "sent": {now}}, picture(t), 422}, "too large": {key, full, hugePNG(), 413}, "text": {key, full, []byte("hello"), 422},
	} {
		if got := post(x.key, x.q, x.body); got != x.want {
			t.Errorf("%s: %d, want %d", name, got, x.want)
		}
	}
}
