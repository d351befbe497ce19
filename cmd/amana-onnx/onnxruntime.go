package main

import (
	"errors"
	"fmt"
	"runtime"
	"unsafe"

	"github.com/ebitengine/purego"
)

// apiVersion is the version of ONNX Runtime's C interface that is asked for: the
// library of that release, 1.15, and each later one has it.
const apiVersion = 15

// Places in the table of functions (OrtApi in onnxruntime_c_api.h), which never
// change.
const (
	getErrorMessage                  = 2
	createEnv                        = 3
	createSessionFromArray           = 8
	runSession                       = 9
	createSessionOptions             = 10
	setSessionGraphOptimizationLevel = 23
	setIntraOpNumThreads             = 24
	createTensorWithData             = 49
	getTensorMutableData             = 51
	getTensorShapeElementCount       = 64
	getTensorTypeAndShape            = 65
	createCPUMemoryInfo              = 69
	releaseStatus                    = 93
	releaseSession                   = 95
	releaseValue                     = 96
	releaseShape                     = 99
	releaseSessionOptions            = 100
	tableLength                      = 101
)

// Values of the interface's enumerations.
const (
	logErrors     = 3
	optimizeAll   = 99
	typeFloat     = 1
	arena         = 1
	memoryDefault = 0
)

// library is ONNX Runtime, loaded.
type library struct {
	version string
	table   *[tableLength]uintptr
	env     uintptr
	memory  uintptr
}

// open loads the library at a path.
func open(path string) (*library, error) {
	handle, err := purego.Dlopen(path, purego.RTLD_NOW|purego.RTLD_LOCAL)
	if err != nil {
		return nil, fmt.Errorf("%s cannot be loaded: %w", path, err)
	}
	base, err := purego.Dlsym(handle, "OrtGetApiBase")
	if err != nil {
		return nil, fmt.Errorf("%s is not ONNX Runtime: it has no OrtGetApiBase", path)
	}
	at, _, _ := purego.SyscallN(base)
	functions := (*[2]uintptr)(foreign(at)) // GetApi, GetVersionString
	said, _, _ := purego.SyscallN(functions[1])
	l := &library{version: words(said)}
	api, _, _ := purego.SyscallN(functions[0], apiVersion)
	if api == 0 {
		return nil, fmt.Errorf("%s is ONNX Runtime %s; 1.%d or later is needed", path, l.version, apiVersion)
	}
	l.table = (*[tableLength]uintptr)(foreign(api))
	err = l.call(createEnv, logErrors, cString("amana"), &l.env)
	if err == nil {
		err = l.call(createCPUMemoryInfo, arena, memoryDefault, &l.memory)
	}
	return l, err
}

// call calls a function that returns a status. Arguments are numbers, addresses
// in C's memory (uintptr) and Go pointers, which stay where they are until the
// function returns.
func (l *library) call(function int, args ...any) error {
	var pin runtime.Pinner
	defer pin.Unpin()
	var raw []uintptr
	for _, v := range args {
		raw = append(raw, argument(v, &pin))
	}
	status, _, _ := purego.SyscallN(l.table[function], raw...)
	if status == 0 {
		return nil
	}
	said, _, _ := purego.SyscallN(l.table[getErrorMessage], status)
	err := errors.New(words(said))
	l.release(releaseStatus, status)
	return err
}

// argument is a value as C takes it.
func argument(v any, pin *runtime.Pinner) uintptr {
	var at unsafe.Pointer
	switch v := v.(type) {
	case int:
		return uintptr(v)
	case uintptr:
		return v
	case *byte:
		at = unsafe.Pointer(v)
	case **byte:
		at = unsafe.Pointer(v)
	case *int64:
		at = unsafe.Pointer(v)
	case *uintptr:
		at = unsafe.Pointer(v)
	default:
		panic(fmt.Sprintf("amana-onnx: an argument of %T", v)) // a mistake of ours
	}
	pin.Pin(at)
	return uintptr(at)
}

// release calls a function that returns nothing.
func (l *library) release(function int, what uintptr) {
	purego.SyscallN(l.table[function], what)
}

// modelOptions is the line before a model.
type modelOptions struct {
	Threads int      `json:"threads"`
	Input   string   `json:"input"`
	Shape   []int64  `json:"shape"`
	Outputs []string `json:"outputs"`
}

// model is a network, ready to run on inputs of one shape.
type model struct {
	l       *library
	session uintptr
	shape   []int64
	floats  int // of the input
	names   []*byte
	input   *byte
	got     []byte
}

func (l *library) load(o modelOptions, file []byte) (*model, error) {
	m := &model{l: l, shape: o.Shape, floats: 1, input: cString(o.Input)}
	if len(o.Shape) == 0 {
		return nil, errors.New("an input without a shape")
	}
	for _, n := range o.Shape {
		if n < 1 || n > 1<<20 || m.floats > maxBody/int(n) {
			return nil, fmt.Errorf("an input of %v", o.Shape)
		}
		m.floats *= int(n)
	}
	for _, name := range o.Outputs {
		m.names = append(m.names, cString(name))
	}
	var options uintptr
	if err := l.call(createSessionOptions, &options); err != nil {
		return nil, err
	}
	defer l.release(releaseSessionOptions, options)
	err := errors.Join(l.call(setIntraOpNumThreads, options, o.Threads), l.call(setSessionGraphOptimizationLevel, options, optimizeAll))
	if err == nil {
		err = l.call(createSessionFromArray, l.env, &file[0], len(file), options, &m.session)
	}
	if err != nil {
		return nil, err
	}
	return m, nil
}

func (m *model) close() { m.l.release(releaseSession, m.session) }

// run computes the outputs of an input. The result is valid until the next run.
func (m *model) run(in []byte) ([]byte, error) {
	if len(in) != 4*m.floats {
		return nil, fmt.Errorf("an input of %d bytes for the shape %v", len(in), m.shape)
	}
	defer runtime.KeepAlive(in) // the tensor is made over it
	inputs, outputs, names := make([]uintptr, 1), make([]uintptr, len(m.names)), []*byte{m.input}
	err := m.l.call(createTensorWithData, m.l.memory, &in[0], len(in), &m.shape[0], len(m.shape), typeFloat, &inputs[0])
	if err != nil {
		return nil, err
	}
	defer m.l.release(releaseValue, inputs[0])
	err = m.l.call(runSession, m.session, 0, &names[0], &inputs[0], 1, &m.names[0], len(m.names), &outputs[0])
	if err != nil {
		return nil, err
	}
	m.got = m.got[:0]
	for _, v := range outputs {
		if e := m.take(v); err == nil {
			err = e
		}
		m.l.release(releaseValue, v)
	}
	return m.got, err
}

// take copies the values of an output.
func (m *model) take(v uintptr) error {
	var shape, n, at uintptr
	if err := m.l.call(getTensorTypeAndShape, v, &shape); err != nil {
		return err
	}
	err := m.l.call(getTensorShapeElementCount, shape, &n)
	m.l.release(releaseShape, shape)
	if err != nil {
		return err
	}
	if err := m.l.call(getTensorMutableData, v, &at); err != nil {
		return err
	}
	m.got = append(m.got, unsafe.Slice((*byte)(foreign(at)), 4*n)...)
	return nil
}

// foreign is an address from C, outside of Go's memory.
func foreign(at uintptr) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&at)) }

// cString is a string as C has it.
func cString(s string) *byte { return &append([]byte(s), 0)[0] }

// words reads a string of C.
func words(at uintptr) string {
	if at == 0 {
		return ""
	}
	p := (*byte)(foreign(at))
	n := 0
	for *(*byte)(unsafe.Add(unsafe.Pointer(p), n)) != 0 {
		n++
	}
	return string(unsafe.Slice(p, n))
}
