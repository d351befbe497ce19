package tensor

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"
	"unsafe"
)

// besideProgram is the program that loads ONNX Runtime. This one does not: a
// program that loads libraries is no static program, and a fault in the library
// would end it.
const besideProgram = "amana-onnx"

// patience is how long the program may take to load its library.
const patience = time.Minute

// Runtime is ONNX Runtime, an inference library by others, and the program
// amana-onnx, which loads it. cmd/amana-onnx says how they speak.
type Runtime struct {
	Program string
	Library string
	Version string // of the library
}

// FindRuntime finds amana-onnx, beside the program that runs now or in PATH, and
// starts it once with the library at a path. The error says what is missing.
func FindRuntime(library string) (*Runtime, error) {
	program := besideProgram
	if self, err := os.Executable(); err == nil {
		if p, err := exec.LookPath(filepath.Join(filepath.Dir(self), besideProgram)); err == nil {
			program = p
		}
	}
	program, err := exec.LookPath(program)
	if err != nil {
		return nil, fmt.Errorf("tensor: ONNX Runtime needs the program %s, which is neither beside this one nor in PATH (make onnx builds it)", besideProgram)
	}
	r := &Runtime{Program: program, Library: library}
	p, err := r.Start()
	if err != nil {
		return nil, err
	}
	r.Version = p.version
	return r, p.Close()
}

// Process is amana-onnx running, for Runners that compute in it. It computes
// one thing at a time.
type Process struct {
	version string
	cmd     *exec.Cmd
	lock    sync.Mutex
	in      io.WriteCloser
	out     io.Reader
	said    tail
	models  uint32
	broken  error // why nothing can be asked any more
	end     sync.Once
	ended   error // how the program ended
}

// Start starts the program and lets it load the library. The error has what
// the program says.
func (r *Runtime) Start() (*Process, error) {
	p := &Process{cmd: exec.Command(r.Program, r.Library)}
	p.cmd.Env = []string{"LD_LIBRARY_PATH=" + os.Getenv("LD_LIBRARY_PATH")} // and no secret of ours
	p.cmd.Stderr = &p.said
	p.cmd.WaitDelay = 2 * time.Second // nobody that it started keeps us waiting
	in, err := p.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.in, p.out = in, out
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("tensor: %s: %w", r.Program, err)
	}
	late := time.AfterFunc(patience, func() { _ = p.cmd.Process.Kill() }) // the answer that does not come is the error
	hello, err := p.answer(maxWords)
	late.Stop()
	if err != nil {
		_ = p.Close()
		return nil, err
	}
	p.version = string(hello)
	return p, nil
}

// Close ends the program.
func (p *Process) Close() error {
	p.lock.Lock()
	defer p.lock.Unlock()
	if p.broken == nil {
		p.broken = errors.New("tensor: the process is closed")
	}
	err := p.in.Close() // where its input ends, it ends
	if e := p.wait(); err == nil || errors.Is(err, os.ErrClosed) {
		err = e
	}
	return err
}

// Requests to the program, each with the number of a model.
const (
	askLoad uint32 = iota + 1 // a JSON line and an ONNX file
	askRun                    // the values of the input
	askDrop                   // nothing; nothing is answered
)

// maxWords bounds what the program says in words, in bytes.
const maxWords = 1 << 16

// ask sends a request, and reads an answer of size bytes.
func (p *Process) ask(kind, model uint32, body []byte, size int) ([]byte, error) {
	if err := p.send(kind, model, body); err != nil {
		return nil, err
	}
	return p.answer(size)
}

func (p *Process) send(kind, model uint32, body []byte) error {
	if p.broken != nil {
		return p.broken
	}
	var head [16]byte
	binary.LittleEndian.PutUint32(head[:], kind)
	binary.LittleEndian.PutUint32(head[4:], model)
	binary.LittleEndian.PutUint64(head[8:], uint64(len(body)))
	_, err := p.in.Write(head[:])
	if err == nil {
		_, err = p.in.Write(body)
	}
	if err != nil {
		return p.fail(err)
	}
	return nil
}

// answer reads an answer: what was asked for, of at most size bytes, or why
// not.
func (p *Process) answer(size int) ([]byte, error) {
	var head [16]byte
	if _, err := io.ReadFull(p.out, head[:]); err != nil {
		return nil, p.fail(err)
	}
	failed, n := binary.LittleEndian.Uint32(head[:]) != 0, binary.LittleEndian.Uint64(head[8:])
	if failed {
		size = maxWords
	}
	if n > uint64(size) {
		return nil, p.fail(fmt.Errorf("an answer of %d bytes", n))
	}
	body := make([]byte, n)
	if _, err := io.ReadFull(p.out, body); err != nil {
		return nil, p.fail(err)
	}
	if failed {
		return nil, fmt.Errorf("tensor: ONNX Runtime: %s", body)
	}
	return body, nil
}

// fail ends a process that does not answer as it should, and gives the reason
// with its last words. It may have ended by itself.
func (p *Process) fail(err error) error {
	_ = p.in.Close()
	late := time.AfterFunc(time.Second, func() { _ = p.cmd.Process.Kill() })
	_ = p.wait()
	late.Stop()
	p.broken = fmt.Errorf("tensor: %s has ended: %w %s", besideProgram, err, p.said.String())
	return p.broken
}

// wait waits until the program has ended and said all that it says.
func (p *Process) wait() error {
	p.end.Do(func() { p.ended = p.cmd.Wait() })
	return p.ended
}

// Broken says whether the process has ended and every later run would fail.
func (p *Process) Broken() bool {
	p.lock.Lock()
	defer p.lock.Unlock()
	return p.broken != nil
}

// besideRun computes in a process.
type besideRun struct {
	p     *Process
	model uint32
	in    []float32
	out   [][]float32 // one after the other in the answer
	size  int         // of the answer in bytes
}

// modelLine is the JSON line before an ONNX file.
type modelLine struct {
	Threads int      `json:"threads"`
	Input   string   `json:"input"`
	Shape   []int    `json:"shape"`
	Outputs []string `json:"outputs"`
}

func (m *Model) beside(h, w int, o Options, keep bool) (*Runner, error) {
	shapes, err := m.shapes(h, w)
	if err != nil {
		return nil, err
	}
	input, outputs := m.head.Inputs[0].Name, m.head.Outputs
	if keep {
		outputs = nil
		for _, n := range m.head.Nodes {
			outputs = append(outputs, n.Out)
		}
	}
	b := &besideRun{p: o.Beside}
	r := &Runner{in: dense(shapes[input]), out: map[string]Tensor{}, back: b}
	b.in = r.in.Data
	r.out[input] = r.in
	for _, name := range outputs {
		t := dense(shapes[name])
		r.out[name], b.out, b.size = t, append(b.out, t.Data), b.size+4*len(t.Data)
	}
	r.bytes = 4*len(b.in) + b.size
	if r.bytes > 4*maxArena {
		return nil, malformed("a run would need %d MiB", r.bytes>>20)
	}
	file, err := m.onnx(h, w, outputs)
	if err != nil {
		return nil, err
	}
	line, err := json.Marshal(modelLine{max(1, o.Threads), input, []int{1, h, w, r.in.C}, outputs})
	if err != nil {
		return nil, err
	}
	return r, b.load(append(append(line, '\n'), file...))
}

// dense is a tensor by itself, without borders or padding.
func dense(s Shape) Tensor {
	return Tensor{Shape: s, Data: make([]float32, s.H*s.W*s.C), Row: s.W * s.C, Pixel: s.C}
}

func (b *besideRun) load(model []byte) error {
	b.p.lock.Lock()
	defer b.p.lock.Unlock()
	b.p.models++
	b.model = b.p.models
	_, err := b.p.ask(askLoad, b.model, model, 0)
	return err
}

func (b *besideRun) run() error {
	b.p.lock.Lock()
	defer b.p.lock.Unlock()
	got, err := b.p.ask(askRun, b.model, raw(b.in), b.size)
	if err == nil && len(got) != b.size {
		err = b.p.fail(fmt.Errorf("an answer of %d bytes, not %d", len(got), b.size))
	}
	if err != nil {
		return err
	}
	for _, out := range b.out {
		copy(raw(out), got)
		got = got[4*len(out):]
	}
	return nil
}

// close lets the process forget the model.
func (b *besideRun) close() {
	b.p.lock.Lock()
	defer b.p.lock.Unlock()
	if b.p.broken == nil {
		_ = b.p.send(askDrop, b.model, nil) // if it cannot be sent, there is nothing to forget it
	}
}

// raw is the memory of values. Both processes are on one machine: the order of
// bytes is the same.
func raw(v []float32) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(v))), 4*len(v))
}

// tail keeps the end of what a program writes.
type tail struct {
	lock sync.Mutex
	b    []byte
}

func (t *tail) Write(b []byte) (int, error) {
	t.lock.Lock()
	defer t.lock.Unlock()
	t.b = append(t.b, b...)
	t.b = t.b[max(0, len(t.b)-1000):]
	return len(b), nil
}

func (t *tail) String() string {
	t.lock.Lock()
	defer t.lock.Unlock()
	return string(t.b)
}
