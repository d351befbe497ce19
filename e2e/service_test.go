package e2e

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/amana-platform/amana/kernel/kerneltest"
)

// service is a running demonstration.
type service struct {
	t    testing.TB
	cmd  *exec.Cmd
	url  string
	data string
	log  *buffer
	done chan struct{} // closed when it has ended
}

// buffer gathers what a process prints.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// serve starts the demonstration on a folder and waits until it answers.
func serve(t testing.TB, data string, args ...string) *service {
	t.Helper()
	onFolder(t)
	s, err := tryServe(t, data, args...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// tryServe is serve for a folder that may be refused.
func tryServe(t testing.TB, data string, args ...string) (*service, error) {
	t.Helper()
	s := &service{t: t, data: data, log: &buffer{}, done: make(chan struct{})}
	s.cmd = exec.Command(binary, append([]string{"demo", "--data", data, "--people", "small", "--listen", "127.0.0.1:0"}, args...)...)
	s.cmd.Stderr = s.log
	stdout, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	address := make(chan string, 1)
	go s.read(stdout, address)
	t.Cleanup(s.kill)
	select {
	case s.url = <-address:
		return s, nil
	case <-s.done:
		return nil, fmt.Errorf("exit %d: %s", s.cmd.ProcessState.ExitCode(), s.log)
	case <-time.After(90 * time.Second):
		return nil, fmt.Errorf("the service does not answer: %s", s.log)
	}
}

// read follows what the process prints until it ends.
func (s *service) read(stdout io.Reader, address chan<- string) {
	lines := bufio.NewScanner(io.TeeReader(stdout, s.log))
	for lines.Scan() {
		if _, url, ok := strings.Cut(lines.Text(), "demonstration: "); ok {
			address <- url
		}
	}
	s.cmd.Wait()
	close(s.done)
}

// stop ends a service as its operator does.
func (s *service) stop() {
	s.t.Helper()
	s.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-s.done:
	case <-time.After(30 * time.Second):
		s.t.Fatalf("the service does not end: %s", s.log)
	}
	if code := s.cmd.ProcessState.ExitCode(); code != 0 {
		s.t.Fatalf("stopped with %d: %s", code, s.log)
	}
}

// kill ends it as a power cut does.
func (s *service) kill() {
	s.cmd.Process.Kill()
	<-s.done
}

// as signs a person in.
func (s *service) as(who string) *kerneltest.Client {
	s.t.Helper()
	return kerneltest.NewClient(s.t, s.url).SignIn(who)
}
