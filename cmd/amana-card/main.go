// Command amana-card stands between a citizen's identity card and the pages of
// an Amana service: it asks for the PIN, lets the card sign the service's
// challenge, and opens the browser again. It speaks PKCS #11 to the card's
// reader, and needs cgo for it; that is why it is a program, and a module, of
// its own, and the server has neither.
//
//	amana-card sign-in --at https://identity.example --ticket TICKET
//	amana-card "amana-card:sign-in?at=https%3A%2F%2Fidentity.example&ticket=TICKET"
//
// The second form is what a browser calls for the links of the sign-in page,
// once the program is registered for the scheme amana-card.
//
// It signs nothing but a statement for the very origin that it was told and
// that it reached: a page that passes another site's challenge on gets nothing.
package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"runtime"
	"strings"
)

func main() {
	if err := run(os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "amana-card:", err)
		os.Exit(1)
	}
}

// options are what one sign-in needs.
type options struct {
	at, ticket    string
	module, token string
	print         bool
}

// defaultModule is the library of OpenSC, which most cards' readers have.
const defaultModule = "opensc-pkcs11.so"

func read(args []string) (options, error) {
	var o options
	if len(args) == 1 && strings.HasPrefix(args[0], "amana-card:") {
		u, err := url.Parse(args[0])
		if err != nil || u.Opaque != "sign-in" {
			return o, errors.New("this address asks for nothing that the program does")
		}
		args = []string{"sign-in", "--at", u.Query().Get("at"), "--ticket", u.Query().Get("ticket")}
	}
	if len(args) == 0 || args[0] != "sign-in" {
		return o, errors.New("usage: amana-card sign-in --at ORIGIN --ticket TICKET [--module LIBRARY] [--token LABEL] [--print]")
	}
	f := flag.NewFlagSet("sign-in", flag.ContinueOnError)
	f.StringVar(&o.at, "at", "", "address of the service, as in the browser: https://identity.example")
	f.StringVar(&o.ticket, "ticket", "", "what the sign-in page shows")
	f.StringVar(&o.module, "module", os.Getenv("AMANA_CARD_MODULE"), "PKCS #11 library of the reader (or AMANA_CARD_MODULE)")
	f.StringVar(&o.token, "token", "", "label of the card, where several are in")
	f.BoolVar(&o.print, "print", false, "print the address to open instead of opening it")
	if err := f.Parse(args[1:]); err != nil {
		return o, err
	}
	if o.module == "" {
		o.module = defaultModule
	}
	return o, o.check()
}

// check refuses an address that is no origin, and one without TLS that is not
// this machine.
func (o options) check() error {
	u, err := url.Parse(o.at)
	if err != nil || u.Host == "" || u.Path != "" || u.RawQuery != "" || u.User != nil {
		return fmt.Errorf("--at is an origin such as https://identity.example, not %q", o.at)
	}
	if u.Scheme != "https" && (u.Scheme != "http" || u.Hostname() != "localhost" && u.Hostname() != "127.0.0.1") {
		return errors.New("the service must be reached by https")
	}
	if o.ticket == "" {
		return errors.New("--ticket is what the sign-in page shows")
	}
	return nil
}

func run(args []string, in io.Reader, out io.Writer) error {
	o, err := read(args)
	if err != nil {
		return err
	}
	card, err := openCard(o.module, o.token)
	if err != nil {
		return err
	}
	defer card.close()
	fmt.Fprintf(out, "Signing in at %s with the card %q.\n", o.at, card.label)
	pin, err := askPIN(in, out)
	if err != nil {
		return err
	}
	if err := card.unlock(pin); err != nil {
		return err
	}
	to, err := signIn(o.at, o.ticket, card)
	if err != nil {
		return err
	}
	if o.print {
		_, err = fmt.Fprintln(out, to)
		return err
	}
	return open(to)
}

// askPIN reads the PIN: from the terminal without showing it, or a line of
// whatever stands in its place.
func askPIN(in io.Reader, out io.Writer) (string, error) {
	fmt.Fprint(out, "PIN: ")
	if f, ok := in.(*os.File); ok && terminal(f) {
		if echo(f, false) == nil {
			defer func() { _ = echo(f, true) }() // the shell sets it again at the latest
		}
	}
	line, err := bufio.NewReader(in).ReadString('\n')
	fmt.Fprintln(out)
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	return strings.TrimRight(line, "\r\n"), nil
}

func terminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// echo turns the showing of what is typed on or off.
func echo(f *os.File, on bool) error {
	mode := "-echo"
	if on {
		mode = "echo"
	}
	c := exec.Command("stty", mode)
	c.Stdin = f
	return c.Run()
}

// open shows an address in the holder's browser.
func open(address string) error {
	switch runtime.GOOS {
	case "windows":
		return exec.Command("rundll32", "url.dll,FileProtocolHandler", address).Start()
	case "darwin":
		return exec.Command("open", address).Start()
	}
	return exec.Command("xdg-open", address).Start()
}
