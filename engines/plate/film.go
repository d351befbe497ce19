package plate

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Errors about films; each is wrapped with what was found.
var (
	ErrNoDecoder = errors.New("plate: films need the program ffmpeg, which is not installed")
	ErrFilm      = errors.New("plate: the film cannot be read")
)

// FilmOptions bound and pace the reading of a film.
type FilmOptions struct {
	Every     int           // read each n-th frame; 5 unless set
	KeyFrames bool          // read key frames only, whatever Every says
	For       time.Duration // of film at most; an hour unless set
	Frames    int           // read at most; 100,000 unless set
	Width     int           // wider frames are made this wide; 1920 unless set
	Decoder   string        // the ffmpeg to run; the one in PATH unless set
}

func (o FilmOptions) or() FilmOptions {
	if o.Every < 1 {
		o.Every = 5
	}
	if o.For <= 0 {
		o.For = time.Hour
	}
	if o.Frames <= 0 {
		o.Frames = 100_000
	}
	if o.Width <= 0 {
		o.Width = 1920
	}
	if o.Decoder == "" {
		o.Decoder = "ffmpeg"
	}
	return o
}

// IsStream says whether a source is the address of a camera (rtsp:// or
// rtsps://) and not a file.
func IsStream(source string) bool {
	return strings.HasPrefix(source, "rtsp://") || strings.HasPrefix(source, "rtsps://")
}

// Film reads the plates of a film, a file or the address of a camera, and calls
// seen once for each vehicle, when it has left the picture. It ends with the
// film, with the bounds of o, with ctx, or with an error of seen. The film is
// decoded by ffmpeg in a process of its own.
func (r *Reader) Film(ctx context.Context, source string, o FilmOptions, seen func(Vehicle) error) error {
	o = o.or()
	track := newTracker(seen)
	number := 0
	err := decodeFilm(ctx, source, o, func(p *Picture, rate float64) error {
		at := time.Duration(0)
		if rate > 0 && !o.KeyFrames {
			at = time.Duration(float64(number*o.Every) / rate * float64(time.Second))
		}
		reads, err := r.Picture(ctx, p)
		if err != nil {
			return err
		}
		number++
		return track.frame(number, at, p, reads)
	})
	if err != nil {
		return err
	}
	return track.end()
}

// arguments are those of ffmpeg. A file is named by its absolute path, so that
// no name is taken for an option or a protocol.
func (o FilmOptions) arguments(source string) ([]string, error) {
	args := []string{"-hide_banner", "-nostdin", "-loglevel", "error", "-threads", "1"}
	if o.KeyFrames {
		args = append(args, "-skip_frame", "nokey")
	}
	if IsStream(source) {
		args = append(args, "-protocol_whitelist", "rtsp,rtsps,rtp,udp,tcp,tls", "-rtsp_transport", "tcp", "-timeout", "10000000", "-i", source)
	} else {
		if info, err := os.Stat(source); err != nil {
			return nil, err
		} else if !info.Mode().IsRegular() {
			return nil, fmt.Errorf("%w: %s is not a file", ErrFilm, source)
		}
		path, err := filepath.Abs(source)
		if err != nil {
			return nil, err
		}
		args = append(args, "-protocol_whitelist", "file", "-i", "file:"+path)
	}
	filter := fmt.Sprintf("scale='min(%d,iw)':-2:out_range=full", o.Width)
	if !o.KeyFrames {
		filter = fmt.Sprintf("select='not(mod(n,%d))',", o.Every) + filter
	}
	return append(args, "-an", "-sn", "-dn", "-t", strconv.FormatFloat(o.For.Seconds(), 'f', 3, 64), "-vf", filter, "-fps_mode", "passthrough",
		"-frames:v", strconv.Itoa(o.Frames), "-pix_fmt", "yuv420p", "-f", "yuv4mpegpipe", "-"), nil
}

// decodeFilm runs ffmpeg and hands over each frame with the film's rate.
func decodeFilm(ctx context.Context, source string, o FilmOptions, frame func(*Picture, float64) error) error {
	program, err := exec.LookPath(o.Decoder)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNoDecoder, err)
	}
	args, err := o.arguments(source)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.WaitDelay = 2 * time.Second
	complaint := &tail{}
	cmd.Stderr = complaint
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("%w: %w", ErrFilm, err)
	}
	readErr := readFrames(bufio.NewReaderSize(out, 1<<16), o, frame)
	stop() // it has nothing more to say
	waitErr := cmd.Wait()
	switch {
	case readErr == nil:
		return nil
	case errors.Is(readErr, errNoFrames) && ctx.Err() != nil && complaint.Len() == 0:
		return fmt.Errorf("%w: it holds no picture", ErrFilm)
	case errors.Is(readErr, errNoFrames):
		return fmt.Errorf("%w: %s (%w)", ErrFilm, complaint, errors.Join(waitErr, readErr))
	}
	return readErr
}

// tail keeps the first kilobyte of what a process complains.
type tail struct{ bytes.Buffer }

func (t *tail) Write(p []byte) (int, error) {
	if room := 1024 - t.Len(); room > 0 {
		t.Buffer.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}

func (t *tail) String() string { return strings.Join(strings.Fields(t.Buffer.String()), " ") }

var errNoFrames = errors.New("plate: no frame came")

// maxHeader bounds a line of the frames' framing.
const maxHeader = 1024

// readFrames reads YUV4MPEG2: a line with the size, then frames, each after a
// line that begins with FRAME. An end within a frame ends the film.
func readFrames(in *bufio.Reader, o FilmOptions, frame func(*Picture, float64) error) error {
	head, err := line(in)
	if err != nil {
		return errNoFrames
	}
	w, h, rate, err := filmHeader(head)
	if err != nil {
		return err
	}
	if w > 2*o.Width || h > 8192 || w*h > 50_000_000 {
		return fmt.Errorf("%w: frames of %d by %d", ErrTooLarge, w, h)
	}
	for n := 0; n < o.Frames; n++ {
		mark, err := line(in)
		if err != nil || !strings.HasPrefix(mark, "FRAME") {
			if n == 0 {
				return errNoFrames
			}
			return nil
		}
		raw := make([]byte, w*h+2*((w+1)/2)*((h+1)/2)) // a frame of its own: a vehicle's best one is kept
		if _, err := io.ReadFull(in, raw); err != nil {
			if n == 0 {
				return errNoFrames
			}
			return nil
		}
		if err := frame(planar(w, h, raw), rate); err != nil {
			return err
		}
	}
	return nil
}

func line(in *bufio.Reader) (string, error) {
	var b []byte
	for len(b) < maxHeader {
		c, err := in.ReadByte()
		if err != nil {
			return "", err
		}
		if c == '\n' {
			return string(b), nil
		}
		b = append(b, c)
	}
	return "", fmt.Errorf("%w: no frames in what ffmpeg gave", ErrFilm)
}

// filmHeader reads "YUV4MPEG2 W1280 H720 F25:1 … C420jpeg".
func filmHeader(head string) (w, h int, rate float64, err error) {
	fields := strings.Fields(head)
	if len(fields) == 0 || fields[0] != "YUV4MPEG2" {
		return 0, 0, 0, fmt.Errorf("%w: no frames in what ffmpeg gave", ErrFilm)
	}
	for _, f := range fields[1:] {
		switch f[0] {
		case 'W':
			w, err = strconv.Atoi(f[1:])
		case 'H':
			h, err = strconv.Atoi(f[1:])
		case 'F':
			var a, b int
			if n, scanErr := fmt.Sscanf(f, "F%d:%d", &a, &b); scanErr == nil && n == 2 && a > 0 && b > 0 {
				rate = float64(a) / float64(b)
			}
		case 'C':
			if !strings.HasPrefix(f, "C420") || strings.Contains(f, "p1") {
				return 0, 0, 0, fmt.Errorf("%w: frames in %s", ErrFilm, f[1:])
			}
		}
		if err != nil {
			return 0, 0, 0, fmt.Errorf("%w: %w", ErrFilm, err)
		}
	}
	if w < 1 || h < 1 || w > 1<<14 || h > 1<<14 {
		return 0, 0, 0, fmt.Errorf("%w: frames of %d by %d", ErrFilm, w, h)
	}
	return w, h, rate, nil
}
