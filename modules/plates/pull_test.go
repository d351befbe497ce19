package plates_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/modules/plates"
)

// pulled registers a camera whose pictures are fetched from an address.
func (h *house) pulled(code, address string) plates.Camera {
	h.t.Helper()
	c, err := h.RegisterCamera(ctx, h.grant("administrator", "plates.camera.register", ident.Ref{}), plates.NewCamera{Act: h.act(), Code: code, Name: "X", Unit: h.unit["KEN-01"], Mount: plates.Fixed, Way: plates.Pull, Heading: -1, Address: address})
	h.must(err)
	return c
}

// TestCamerasAreFetched: a still picture is fetched and read; one camera that
// answers wrongly keeps no other waiting; no password reaches the log.
func TestCamerasAreFetched(t *testing.T) {
	h := newHouse(t)
	var fetched atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/broken" {
			http.Error(w, "no", http.StatusTeapot)
			return
		}
		fetched.Add(1)
		if _, err := w.Write(picture(t)); err != nil {
			t.Error(err)
		}
	}))
	defer server.Close()
	good := h.pulled("KEN-P1", server.URL+"/still.jpg")
	h.pulled("KEN-P2", strings.Replace(server.URL, "http://", "http://admin:s3cr3t@", 1)+"/broken")
	h.pulled("KEN-P3", "rtsp://admin:s3cr3t@127.0.0.1:1/none")
	round, stop := context.WithTimeout(ctx, 3*time.Second)
	defer stop()
	err := h.PullCameras(round)
	if fetched.Load() == 0 {
		t.Error("nothing was fetched")
	}
	if err == nil || !strings.Contains(err.Error(), "KEN-P2") || strings.Contains(err.Error(), "s3cr3t") || strings.Contains(err.Error(), "KEN-P1") {
		t.Errorf("%v", err)
	}
	now, broken := h.Camera(ctx, good.ID)
	h.must(broken)
	if now.Seen.IsZero() {
		t.Error("a camera that was fetched from seems silent")
	}
}

// TestPullNeedsAnAddress that can be fetched.
func TestPullNeedsAnAddress(t *testing.T) {
	h := newHouse(t)
	for _, address := range []string{"", "file:///etc/passwd", "gopher://x/", "rtsp://", "camera"} {
		_, err := h.RegisterCamera(ctx, h.grant("administrator", "plates.camera.register", ident.Ref{}), plates.NewCamera{Act: h.act(), Code: "KEN-P1", Name: "X", Mount: plates.Fixed, Way: plates.Pull, Heading: -1, Address: address})
		if err == nil {
			t.Errorf("%q is fetched from", address)
		}
	}
}
