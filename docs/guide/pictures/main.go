// Command pictures makes the pictures of the guide: it starts the
// demonstration on a fixed seed and day, walks through it in a real browser as
// the people of the tour, and writes what they see. Run it from the root of
// the repository; it needs Chromium and pdftoppm.
//
//	go run ./docs/guide/pictures
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/amana-platform/amana/kernel/kerneltest/browser"
)

// The data of the pictures, always the same.
const (
	seed   = "8"
	now    = "2026-11-20T09:00:00Z"
	folder = "docs/guide/pictures"
)

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	binary := flag.String("amana", "", "a program that is built already (default: build it)")
	flag.Parse()
	for _, lang := range []string{"ar", "fr"} {
		if err := picture(ctx, *binary, lang); err != nil {
			fmt.Fprintf(os.Stderr, "pictures: %s: %v\n", lang, err)
			os.Exit(1)
		}
	}
}

// picture makes all pictures in one language, from a demonstration of its own.
func picture(ctx context.Context, binary, lang string) (err error) {
	work, err := os.MkdirTemp("", "amana-pictures-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()
	base, stop, err := demonstration(ctx, binary, work)
	if err != nil {
		return err
	}
	defer stop()
	out := filepath.Join(folder, lang)
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	return alone(ctx, func(r *run) {
		tab := browser.Start(r).Tab(r, base, browser.Station)
		(&painter{Tab: tab, run: r, lang: lang, out: out}).walk()
	})
}

// demonstration builds the program if there is none, starts it on a free port, and waits until
// it has told its history and answers.
func demonstration(ctx context.Context, binary, work string) (base string, stop func(), err error) {
	if binary == "" {
		binary = filepath.Join(work, "amana")
		if out, err := exec.CommandContext(ctx, "go", "build", "-o", binary, "./cmd/amana").CombinedOutput(); err != nil {
			return "", nil, fmt.Errorf("%w: %s", err, out)
		}
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	address := ln.Addr().String()
	if err := ln.Close(); err != nil {
		return "", nil, err
	}
	demo := exec.CommandContext(ctx, binary, "demo", "--people", "small", "--seed", seed, "--now", now, "--data", filepath.Join(work, "data"), "--listen", address)
	demo.Stderr = os.Stderr
	if err := demo.Start(); err != nil {
		return "", nil, err
	}
	stop = func() {
		_ = demo.Process.Signal(os.Interrupt) // it may have ended by itself
		_ = demo.Wait()                       // the pictures are made, however it ends
	}
	for range 600 {
		if c, err := net.Dial("tcp", address); err == nil {
			_ = c.Close()                                                                   // that it opened is the answer
			return "http://localhost" + strings.TrimPrefix(address, "127.0.0.1"), stop, nil // as institutions and wallets know it
		}
		time.Sleep(200 * time.Millisecond)
	}
	stop()
	return "", nil, errors.New("the demonstration does not answer")
}
