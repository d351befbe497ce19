package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/amana-platform/amana/engines/plate"
	"github.com/amana-platform/amana/engines/tensor"
)

func platesCommand() *cobra.Command {
	c := &cobra.Command{Use: "plates", Short: "Read number plates in pictures and films"}
	c.AddCommand(platesReadCommand(), platesBenchCommand())
	return c
}

const platesExits = `
Exit status: 0 every file was read, whether it shows a plate or not; 1 a file
could not be read; 2 the command line or the machine was at fault.`

// onnxRuntimeUsage is of reading plates here and in the service.
const onnxRuntimeUsage = "`LIBRARY` of ONNX Runtime 1.15 or later, which then runs the networks that read plates, in the program amana-onnx beside this one"

// platesFlags are those of both commands.
type platesFlags struct {
	asJSON, crop bool
	threads      int
	kernel       string
	onnxRuntime  string
	film         plate.FilmOptions
}

func (f *platesFlags) register(c *cobra.Command) {
	c.Flags().BoolVar(&f.asJSON, "json", false, "print a line of JSON for each picture, and for each vehicle of a film")
	c.Flags().BoolVar(&f.crop, "crop", false, "the pictures are plates already cut out, loosely or a little turned")
	c.Flags().IntVar(&f.threads, "threads", 1, "how many cores to use: pictures at a time, or goroutines for a single one")
	c.Flags().StringVar(&f.kernel, "kernel", "", "instruction set: portable, avx2, avx512 or neon (default the processor's best)")
	c.Flags().StringVar(&f.onnxRuntime, "onnxruntime", "", onnxRuntimeUsage)
}

func platesReadCommand() *cobra.Command {
	var f platesFlags
	c := &cobra.Command{
		Use:   "read FILE…",
		Short: "Read the plates of pictures, films, folders or cameras",
		Long: `Read finds number plates and reads them. FILE is a picture (JPEG, PNG, WebP), a
film (MP4 and what else ffmpeg reads), a folder of them, or the address of a
camera (rtsp:// or rtsps://). Films need the program ffmpeg.

Nothing is kept and nothing leaves this machine. What is read is a proposal
with its probability, up to ten candidates each.
` + platesExits,
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return f.run(c.Context(), args, c.OutOrStdout(), c.ErrOrStderr(), false)
		},
	}
	f.register(c)
	c.Flags().IntVar(&f.film.Every, "every", 5, "of a film, read each n-th frame")
	c.Flags().BoolVar(&f.film.KeyFrames, "key-frames", false, "of a film, read its key frames only")
	c.Flags().DurationVar(&f.film.For, "for", time.Hour, "of a film, read so much at most")
	return c
}

func platesBenchCommand() *cobra.Command {
	var f platesFlags
	c := &cobra.Command{
		Use:   "bench DIR",
		Short: "Read the pictures of a folder and say how long each took",
		Long: `Bench reads every picture of a folder and prints what it read, so that it can be
scored against the truth; at the end it prints the times on standard error. The
time of a picture includes decoding it, and no loading of the networks.
` + platesExits,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return f.run(c.Context(), args, c.OutOrStdout(), c.ErrOrStderr(), true)
		},
	}
	f.register(c)
	return c
}

// platesLine is a line of --json.
type platesLine struct {
	File   string       `json:"file"`
	Width  int          `json:"width"`
	Height int          `json:"height"`
	MS     float64      `json:"ms"`
	Error  string       `json:"error,omitempty"`
	From   *float64     `json:"from,omitempty"` // of a film: seconds
	To     *float64     `json:"to,omitempty"`
	Frames int          `json:"frames,omitempty"`
	Plates []platesRead `json:"plates"`
}

type platesRead struct {
	Text       string            `json:"text"`
	Serial     string            `json:"serial"`
	Letter     string            `json:"letter"`
	Code       string            `json:"code"`
	Country    string            `json:"country"`
	Kind       string            `json:"kind"`
	Score      float64           `json:"score"`
	Box        [4]float64        `json:"box"`
	Corners    [4][2]float64     `json:"corners"`
	Candidates []platesCandidate `json:"candidates"`
}

type platesCandidate struct {
	Text string  `json:"text"`
	P    float64 `json:"p"`
}

func toRead(r plate.Read, score float64, candidates []plate.Candidate) platesRead {
	p := candidates[0].Plate
	out := platesRead{
		Text: p.Text(), Serial: p.Serial, Letter: p.Letter, Code: p.Code, Country: p.Country, Kind: string(p.Kind),
		Score: rounded(score, 1e4), Candidates: []platesCandidate{},
	}
	for i, v := range r.Box {
		out.Box[i] = rounded(v, 10)
	}
	for i, q := range r.Corners {
		out.Corners[i] = [2]float64{rounded(q.X, 10), rounded(q.Y, 10)}
	}
	for _, c := range candidates {
		out.Candidates = append(out.Candidates, platesCandidate{c.Plate.Text(), rounded(c.P, 1e6)})
	}
	return out
}

func rounded(v, parts float64) float64 { return float64(int64(v*parts+0.5)) / parts }

// job is a file with the place for its lines; done is closed when they are
// there.
type job struct {
	file  string
	lines []platesLine
	err   error
	done  chan struct{}
}

// run reads all files, several at a time, and prints them in their order.
func (f platesFlags) run(ctx context.Context, args []string, out, progress io.Writer, bench bool) error {
	if f.threads < 1 || f.threads > 256 {
		return fmt.Errorf("--threads must be from 1 to 256")
	}
	if f.kernel != "" && !slices.Contains(tensor.Kernels(), tensor.Kernel(f.kernel)) {
		return &tensor.UnknownKernel{Kernel: tensor.Kernel(f.kernel), Have: tensor.Kernels()}
	}
	o := plate.Options{Kernel: tensor.Kernel(f.kernel)}
	if f.onnxRuntime != "" {
		var err error
		if o.Runtime, err = tensor.FindRuntime(f.onnxRuntime); err != nil {
			return err
		}
	}
	files, failed := expand(args, progress)
	workers := max(1, min(f.threads, len(files)))
	o.Threads = f.threads / workers
	reader := plate.NewReader(o)
	defer shut(reader)
	if bench && o.Runtime != nil {
		fmt.Fprintf(progress, "ONNX Runtime %s\n", o.Runtime.Version)
	}
	if bench { // the networks are unpacked before the first picture is timed
		if err := reader.Warm(); err != nil {
			return err
		}
	}
	out = &lineWriter{w: out}
	jobs := f.start(ctx, reader, files, workers, out)
	var times []float64
	plates := 0
	for i, j := range jobs {
		<-j.done
		if j.err != nil {
			failed = true
			fmt.Fprintf(progress, "amana: %s: %v\n", j.file, j.err)
		}
		for _, l := range j.lines {
			if l.Error == "" {
				times = append(times, l.MS)
				plates += len(l.Plates)
			}
			if err := f.print(out, l); err != nil {
				return err
			}
		}
		if len(jobs) > 1 && (i+1)%50 == 0 {
			fmt.Fprintf(progress, "%d of %d files\n", i+1, len(jobs))
		}
	}
	if bench {
		summary(progress, times, plates)
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case failed:
		return errFound
	}
	return nil
}

// lineWriter keeps lines that several goroutines print whole.
type lineWriter struct {
	lock sync.Mutex
	w    io.Writer
}

func (l *lineWriter) Write(line []byte) (int, error) {
	l.lock.Lock()
	defer l.lock.Unlock()
	return l.w.Write(line)
}

// start reads the files on a few goroutines.
func (f platesFlags) start(ctx context.Context, reader *plate.Reader, files []string, workers int, out io.Writer) []*job {
	var jobs []*job
	for _, file := range files {
		jobs = append(jobs, &job{file: file, done: make(chan struct{})})
	}
	queue := make(chan *job)
	for range workers {
		go func() {
			for j := range queue {
				j.err = f.read(ctx, reader, j, func(l platesLine) error { return f.print(out, l) })
				close(j.done)
			}
		}()
	}
	go func() {
		defer close(queue)
		for _, j := range jobs {
			queue <- j
		}
	}()
	return jobs
}

// read reads one file. What a film shows is handed to now at once, for it may
// be long, or have no end.
func (f platesFlags) read(ctx context.Context, reader *plate.Reader, j *job, now func(platesLine) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if plate.IsStream(j.file) || isFilm(j.file) {
		return reader.Film(ctx, j.file, f.film, func(v plate.Vehicle) error {
			from, to := v.From.Seconds(), v.To.Seconds()
			return now(platesLine{File: j.file, Width: v.BestFrame.W, Height: v.BestFrame.H, From: &from, To: &to, Frames: v.Frames,
				Plates: []platesRead{toRead(v.Best, v.Score, v.Candidates)}})
		})
	}
	start := time.Now()
	p, reads, err := f.readPicture(ctx, reader, j.file)
	l := platesLine{File: j.file, Plates: []platesRead{}, MS: rounded(float64(time.Since(start).Microseconds())/1000, 1000)}
	if err != nil {
		l.Error = err.Error()
		j.lines = []platesLine{l}
		return err
	}
	l.Width, l.Height = p.W, p.H
	for _, r := range reads {
		l.Plates = append(l.Plates, toRead(r, r.Score, r.Candidates))
	}
	j.lines = []platesLine{l}
	return nil
}

func (f platesFlags) readPicture(ctx context.Context, reader *plate.Reader, file string) (*plate.Picture, []plate.Read, error) {
	in, err := os.Open(file)
	if err != nil {
		return nil, nil, err
	}
	defer shut(in)
	p, err := plate.Decode(in, plate.Limits{})
	if err != nil {
		return nil, nil, err
	}
	if f.crop {
		reads, err := reader.Crop(ctx, p)
		return p, reads, err
	}
	reads, err := reader.Picture(ctx, p)
	return p, reads, err
}

func (f platesFlags) print(out io.Writer, l platesLine) error {
	if f.asJSON {
		return json.NewEncoder(out).Encode(l)
	}
	if l.Error != "" {
		return nil // said on standard error
	}
	var parts []string
	for _, p := range l.Plates {
		// An Arabic letter must not turn the line: FSI … PDI.
		parts = append(parts, fmt.Sprintf("\u2068%s\u2069 %.0f%%", p.Text, 100*p.Score))
	}
	if len(parts) == 0 {
		parts = []string{"-"}
	}
	at := ""
	if l.From != nil {
		at = fmt.Sprintf(" %.1f-%.1f s", *l.From, *l.To)
	}
	_, err := fmt.Fprintf(out, "%s%s\t%s\n", l.File, at, strings.Join(parts, "\t"))
	return err
}

func summary(out io.Writer, times []float64, plates int) {
	if len(times) == 0 {
		return
	}
	slices.Sort(times)
	sum := 0.0
	for _, t := range times {
		sum += t
	}
	at := func(share float64) float64 { return times[min(len(times)-1, int(share*float64(len(times))))] }
	fmt.Fprintf(out, "%d pictures, %d plates; %.1f ms a picture on average, median %.1f, 95 of 100 within %.1f, longest %.1f\n",
		len(times), plates, sum/float64(len(times)), at(0.5), at(0.95), times[len(times)-1])
}

var (
	pictureNames = []string{".jpg", ".jpeg", ".jpe", ".png", ".webp"}
	filmNames    = []string{".mp4", ".m4v", ".mov", ".mkv", ".avi", ".webm", ".ts", ".mpg", ".mpeg", ".mjpeg", ".h264", ".264", ".hevc"}
)

func isFilm(file string) bool { return slices.Contains(filmNames, strings.ToLower(filepath.Ext(file))) }

// expand puts the pictures and films of folders in place of them, by name.
func expand(args []string, progress io.Writer) (files []string, failed bool) {
	for _, arg := range args {
		info, err := os.Stat(arg)
		if plate.IsStream(arg) || err != nil || !info.IsDir() {
			files = append(files, arg) // what is not there is said when it is read
			continue
		}
		// With the separator, a link to a folder is walked like one.
		err = filepath.WalkDir(arg+string(filepath.Separator), func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				failed = true
				fmt.Fprintf(progress, "amana: %v\n", err)
				if errors.Is(err, fs.ErrPermission) && d != nil && d.IsDir() {
					return fs.SkipDir
				}
				return nil
			}
			if ext := strings.ToLower(filepath.Ext(path)); !d.IsDir() && (slices.Contains(pictureNames, ext) || isFilm(path)) {
				files = append(files, path)
			}
			return nil
		})
		if err != nil {
			failed = true
			fmt.Fprintf(progress, "amana: %v\n", err)
		}
	}
	return files, failed
}
