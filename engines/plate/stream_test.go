package plate

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// camera is an RTSP source (RFC 2326) for one client: the answers a camera
// gives, and behind them RTP made by ffmpeg, interleaved on the same
// connection.
type camera struct {
	net.Listener
	film string
	sdp  string
	port int // where ffmpeg sends RTP
	rtp  net.PacketConn
}

// newCamera begins to listen; it plays the film once to whoever asks.
func newCamera(t *testing.T, film string) *camera {
	t.Helper()
	c := &camera{film: film}
	var err error
	if c.rtp, err = net.ListenPacket("udp4", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	c.port = c.rtp.LocalAddr().(*net.UDPAddr).Port
	if c.Listener, err = net.Listen("tcp4", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	// A run without frames says how the stream is described.
	raw, err := c.ffmpeg(t.Context(), "-t", "0.2").Output()
	if err != nil {
		t.Fatal(err)
	}
	c.sdp = strings.ReplaceAll(strings.TrimPrefix(string(raw), "SDP:\n"), fmt.Sprintf("m=video %d ", c.port), "m=video 0 ")
	c.sdp = strings.TrimSpace(c.sdp) + "\r\na=control:track1\r\n"
	drain(c.rtp)
	done := make(chan struct{})
	go func() {
		defer close(done)
		c.serve(t)
	}()
	t.Cleanup(func() {
		_ = c.Close()     // ends serve
		_ = c.rtp.Close() // ends the relay
		<-done
	})
	return c
}

func (c *camera) ffmpeg(ctx context.Context, more ...string) *exec.Cmd {
	args := append([]string{"-loglevel", "error", "-re", "-i", c.film}, more...)
	return exec.CommandContext(ctx, "ffmpeg", append(args, "-c", "copy", "-an", "-f", "rtp", fmt.Sprintf("rtp://127.0.0.1:%d?pkt_size=1200", c.port))...)
}

// drain throws away what the run without a client has sent.
func drain(p net.PacketConn) {
	buffer := make([]byte, 2048)
	for {
		if err := p.SetReadDeadline(time.Now().Add(100 * time.Millisecond)); err != nil {
			return
		}
		if _, _, err := p.ReadFrom(buffer); err != nil {
			_ = p.SetReadDeadline(time.Time{}) // the next read says what is wrong
			return
		}
	}
}

func (c *camera) url() string { return "rtsp://" + c.Addr().String() + "/one" }

func (c *camera) serve(t *testing.T) {
	for {
		conn, err := c.Accept()
		if err != nil {
			return
		}
		c.talk(t, conn)
	}
}

// talk answers the requests of a client until it goes.
func (c *camera) talk(t *testing.T, conn net.Conn) {
	ctx, stop := context.WithCancel(t.Context())
	var relay sync.WaitGroup
	defer relay.Wait()
	defer stop()
	defer func() { _ = conn.Close() }() // the client may be gone already
	in := bufio.NewReader(conn)
	for {
		method, seq, err := request(in)
		if err != nil {
			return
		}
		extra, body := "", ""
		switch method {
		case "OPTIONS":
			extra = "Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN\r\n"
		case "DESCRIBE":
			extra, body = "Content-Type: application/sdp\r\n", c.sdp
		case "SETUP":
			extra = "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\nSession: 1\r\n"
		case "PLAY":
			extra = "Session: 1\r\nRange: npt=0-\r\n"
		}
		if _, err := fmt.Fprintf(conn, "RTSP/1.0 200 OK\r\nCSeq: %s\r\n%sContent-Length: %d\r\n\r\n%s", seq, extra, len(body), body); err != nil {
			return
		}
		if method == "PLAY" {
			relay.Go(func() { c.play(ctx, t, conn) })
		}
	}
}

// request reads one request: its method and number. Interleaved packets of the
// client (its receiver reports) are passed over.
func request(in *bufio.Reader) (method, seq string, err error) {
	for {
		first, err := in.Peek(1)
		if err != nil {
			return "", "", err
		}
		if first[0] != '$' {
			break
		}
		head := make([]byte, 4)
		if _, err := in.Read(head); err != nil {
			return "", "", err
		}
		if _, err := in.Discard(int(head[2])<<8 | int(head[3])); err != nil {
			return "", "", err
		}
	}
	for n := 0; ; n++ {
		line, err := in.ReadString('\n')
		if err != nil {
			return "", "", err
		}
		line = strings.TrimSpace(line)
		if n == 0 {
			method, _, _ = strings.Cut(line, " ")
		}
		if v, ok := strings.CutPrefix(line, "CSeq:"); ok {
			seq = strings.TrimSpace(v)
		}
		if line == "" {
			return method, seq, nil
		}
	}
}

// play sends the film's RTP packets on channel 0, and closes the connection at
// its end as a camera does that loses power.
func (c *camera) play(ctx context.Context, t *testing.T, conn net.Conn) {
	sender := c.ffmpeg(ctx)
	if err := sender.Start(); err != nil {
		t.Error(err)
		return
	}
	over := make(chan struct{})
	go func() {
		_ = sender.Wait() // killed when the client goes
		close(over)
	}()
	packet := make([]byte, 2048)
	for last := false; !last; {
		select {
		case <-over:
			last = true // one more read empties what is left
		default:
		}
		_ = c.rtp.SetReadDeadline(time.Now().Add(300 * time.Millisecond)) // the read says what is wrong
		for {
			n, _, err := c.rtp.ReadFrom(packet)
			if err != nil {
				break
			}
			if _, err := conn.Write(append([]byte{'$', 0, byte(n >> 8), byte(n)}, packet[:n]...)); err != nil {
				return
			}
		}
	}
	_ = conn.Close() // the client may be gone already
}

// TestStream: a camera is read over RTSP as a film is: a plate that stands in
// the picture is one vehicle, read as on a still, and the reading ends with the
// stream.
func TestStream(t *testing.T) {
	if testing.Short() {
		t.Skip("a film in its own time")
	}
	needFFmpeg(t)
	still := t.TempDir() + "/film.mp4"
	if raw, err := exec.Command("ffmpeg", "-loglevel", "error", "-framerate", "10", "-loop", "1", "-t", "4", "-i", "testdata/scenes/scene-16.jpg", "-pix_fmt", "yuv420p", "-g", "5", "-preset", "ultrafast", still).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, raw)
	}
	c := newCamera(t, still)
	r := NewReader(Options{})
	stood, err := r.Picture(t.Context(), picture(t, "testdata/scenes/scene-16.jpg"))
	if err != nil || len(stood) != 1 {
		t.Fatal(stood, err)
	}
	var seen []Vehicle
	begun := time.Now()
	err = r.Film(t.Context(), c.url(), FilmOptions{Every: 6, For: 30 * time.Second}, func(v Vehicle) error {
		seen = append(seen, v)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(seen) != 1 || seen[0].Plate() != stood[0].Plate() || seen[0].Frames < 4 {
		t.Errorf("%+v is not once the plate that stood there, %+v, after %v", seen, stood, time.Since(begun))
	}
}

// TestStreamOfNobody: where no camera answers, or something else does, the error
// says so and no process stays.
func TestStreamOfNobody(t *testing.T) {
	needFFmpeg(t)
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = conn.Write([]byte("HTTP/1.1 404 Not Found\r\n\r\n")) // whatever comes of it
			_ = conn.Close()
		}
	}()
	for range 2 {
		err := NewReader(Options{}).Film(t.Context(), "rtsp://"+addr+"/one", FilmOptions{}, func(Vehicle) error { return nil })
		if !errors.Is(err, ErrFilm) {
			t.Errorf("%v", err)
		}
		_ = l.Close() // the second time nobody answers
	}
}
