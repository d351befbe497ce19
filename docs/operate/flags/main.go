// Command flags writes docs/operate/flags.md: what every command of the
// program says of itself. Run it from the root of the repository:
//
//	go run ./docs/operate/flags
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

const pageName = "docs/operate/flags.md"

const head = `# Commands and flags

Made by ` + "`go run ./docs/operate/flags`" + ` from what the program says of itself. There is no configuration file: everything that
a service needs to be told is a flag, or stands in the key file ([keys.md](keys.md)) or in the pack ([packs](../../packs/README.md)).
`

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "flags:", err)
		os.Exit(1)
	}
}

func run() (err error) {
	dir, err := os.MkdirTemp("", "amana-flags-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	binary, err := build(dir, ".")
	if err != nil {
		return err
	}
	page, err := page(binary)
	if err != nil {
		return err
	}
	return os.WriteFile(pageName, []byte(page), 0o644)
}

// build makes the program of the repository at root.
func build(dir, root string) (string, error) {
	binary := filepath.Join(dir, "amana")
	c := exec.Command("go", "build", "-o", binary, "./cmd/amana")
	c.Dir = root
	if out, err := c.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return binary, nil
}

// page writes the help of the program and of each of its commands.
func page(binary string) (string, error) {
	var b strings.Builder
	b.WriteString(head)
	err := section(&b, binary)
	return b.String(), err
}

var subcommands = regexp.MustCompile(`(?m)^Available Commands:\n((?:  .*\n)+)`)

// section writes one command's help, then those of its commands.
func section(b *strings.Builder, binary string, path ...string) error {
	out, err := exec.Command(binary, append(append([]string{}, path...), "--help")...).Output()
	if err != nil {
		return fmt.Errorf("amana %s: %w", strings.Join(path, " "), err)
	}
	name := strings.TrimSpace("amana " + strings.Join(path, " "))
	fmt.Fprintf(b, "\n## %s\n\n```text\n%s\n```\n", name, strings.TrimSpace(string(out)))
	list := subcommands.FindStringSubmatch(string(out))
	if list == nil || path != nil && path[0] == "completion" { // the library's own, by shell
		return nil
	}
	for _, line := range strings.Split(strings.TrimSpace(list[1]), "\n") {
		sub := strings.Fields(line)[0]
		if sub == "help" {
			continue
		}
		if err := section(b, binary, append(append([]string{}, path...), sub)...); err != nil {
			return err
		}
	}
	return nil
}
