// Command amana-onnx computes networks with ONNX Runtime for a program that
// started it. It loads libraries, and so needs the C library's loader; that is
// why it is a program, and a module, of its own, and the service stays one
// static binary that a fault in a library cannot end.
//
//	amana-onnx /usr/lib/libonnxruntime.so
//
// Nobody calls it by hand: `amana serve --onnxruntime LIBRARY` does, and
// engines/tensor holds the other side.
//
// # How they speak
//
// Requests come on standard input, one at a time, and are answered on standard
// output. Each is a head of sixteen bytes and a body: kind and number of the
// model, four bytes each, length of the body, eight; little-endian.
//
//	1 load   a line of JSON {"threads", "input", "shape", "outputs"} and an ONNX file; answered by nothing
//	2 run    the values of the input, float32; answered by those of the outputs, one after the other
//	3 drop   forget the model; not answered
//
// An answer has the kind 0, or 1 and in its body the words why not. The first
// answer comes without a request: the version of the library. Where the input
// ends, the program ends.
package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: amana-onnx LIBRARY (it is started by amana serve --onnxruntime LIBRARY)")
		os.Exit(2)
	}
	if err := serve(os.Args[1], bufio.NewReaderSize(os.Stdin, 1<<16), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "amana-onnx:", err)
		os.Exit(1)
	}
}

const (
	load uint32 = iota + 1
	run
	drop
)

// maxBody bounds a request: no network of ours is near it.
const maxBody = 1 << 31

// serve answers until the input ends.
func serve(path string, in io.Reader, out io.Writer) error {
	lib, err := open(path)
	if err != nil {
		return answer(out, nil, err)
	}
	if err := answer(out, []byte(lib.version), nil); err != nil {
		return err
	}
	models := map[uint32]*model{}
	var body []byte
	for {
		var head [16]byte
		switch _, err := io.ReadFull(in, head[:]); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		kind, id, n := binary.LittleEndian.Uint32(head[:]), binary.LittleEndian.Uint32(head[4:]), binary.LittleEndian.Uint64(head[8:])
		if n > maxBody {
			return fmt.Errorf("a request of %d bytes", n)
		}
		if uint64(cap(body)) < n {
			body = make([]byte, n)
		}
		body = body[:n]
		if _, err := io.ReadFull(in, body); err != nil {
			return err
		}
		if err := handle(lib, models, kind, id, body, out); err != nil {
			return err
		}
	}
}

// handle does what one request asks. Its error ends the program.
func handle(lib *library, models map[uint32]*model, kind, id uint32, body []byte, out io.Writer) error {
	m := models[id]
	switch kind {
	case load:
		if m != nil {
			return answer(out, nil, fmt.Errorf("there is a model %d already", id))
		}
		m, err := loadModel(lib, body)
		if err == nil {
			models[id] = m
		}
		return answer(out, nil, err)
	case run:
		if m == nil {
			return answer(out, nil, fmt.Errorf("there is no model %d", id))
		}
		got, err := m.run(body)
		return answer(out, got, err)
	case drop:
		if m != nil {
			m.close()
			delete(models, id)
		}
		return nil
	}
	return fmt.Errorf("a request of the kind %d", kind)
}

// loadModel reads the body of a request to load.
func loadModel(lib *library, body []byte) (*model, error) {
	line, file, ok := bytes.Cut(body, []byte("\n"))
	var o modelOptions
	if err := json.Unmarshal(line, &o); err != nil || !ok {
		return nil, errors.New("the line before the model is missing")
	}
	if o.Threads < 1 || o.Input == "" || len(o.Outputs) == 0 || len(file) == 0 {
		return nil, fmt.Errorf("a model with %d threads, %d outputs, %d bytes", o.Threads, len(o.Outputs), len(file))
	}
	return lib.load(o, file)
}

// answer writes an answer.
func answer(out io.Writer, body []byte, failed error) error {
	var head [16]byte
	if failed != nil {
		binary.LittleEndian.PutUint32(head[:], 1)
		body = []byte(failed.Error())
	}
	binary.LittleEndian.PutUint64(head[8:], uint64(len(body)))
	if _, err := out.Write(head[:]); err != nil {
		return err
	}
	_, err := out.Write(body)
	return err
}
