package web

import (
	"fmt"
	"net/http"
	"runtime"
	"strings"

	"github.com/a-h/templ"

	"github.com/amana-platform/amana/kernel/policy"
)

// Route is one line of a module's table of contents. Either Action names the
// policy action that guards it, or Open says why nobody needs to be granted
// anything; a route with neither does not start.
type Route struct {
	Pattern  string // of http.ServeMux: "GET /cases/{id}"
	Action   string // "cases.case.read"
	Resource Locate // what the action is about; nil for the unit's service as such
	Door     *Door  // whose session counts; nil for the officers' own
	Handle   Handler
	Open     string // "the sign-in page stands before any grant"
	MaxBody  int64  // bytes a request may carry; 0 for 1 MiB
	Stream   bool   // an event stream or upload: no deadline, the response is not gathered
}

// Handler answers a granted request. What it writes is gathered and released
// only after the access, if one is due, is durable.
type Handler func(*Request) error

// Locate finds the record a request is about, as the policy knows it: usually
// by the id in the address. It may use the Reader and nothing of the body.
type Locate func(*Request) (policy.Resource, error)

// Place tells where a route's handler stands, for `amana routes`: file and
// line, or package and method where the handler is a method.
func (r Route) Place() string {
	f := runtime.FuncForPC(funcPC(r.Handle))
	file, line := f.FileLine(f.Entry())
	if strings.HasPrefix(file, "<") { // the wrapper that the compiler makes of a method has no line
		return inHouse(strings.TrimSuffix(f.Name(), "-fm"))
	}
	return fmt.Sprintf("%s:%d", inHouse(file), line)
}

// inHouse shortens a path or name to what follows the module's root.
func inHouse(path string) string {
	for _, part := range []string{"/modules/", "/kernel/"} {
		if i := strings.Index(path, part); i >= 0 {
			return path[i+1:]
		}
	}
	return path
}

func (r Route) check() error {
	switch {
	case r.Action == "" && r.Open == "":
		return fmt.Errorf("web: route %s has no rule", r.Pattern)
	case r.Action != "" && r.Open != "":
		return fmt.Errorf("web: route %s is guarded and open", r.Pattern)
	case r.Handle == nil:
		return fmt.Errorf("web: route %s has no handler", r.Pattern)
	}
	return nil
}

// Method gives the HTTP method of the pattern.
func (r Route) Method() string {
	method, _, found := strings.Cut(r.Pattern, " ")
	if !found {
		return http.MethodGet
	}
	return method
}

// RailLink is a system in the rail at the side; it is shown to those who may
// perform Action.
type RailLink struct {
	Label  string // text key
	Href   string
	Key    string // keyboard sequence, "g c"
	Action string
}

// Panel is what a module shows on the page of another module's record.
type Panel struct {
	Kind   string // of the record: "case"
	Title  string // text key
	Action string // who may see it; asked of the record's own resource
	Show   func(*Request, policy.Resource) (templ.Component, error)
}

// Finding is an answer of the "/" box.
type Finding struct {
	Kind   string // text key of the record's kind
	Label  string // number or name
	Detail string
	Href   string
}

// Finder answers the "/" box for one kind of thing. It shows only what the
// reader may read under the purpose they search with, and tells the access
// what it showed by Request.Shows.
type Finder struct {
	Action string
	Find   func(r *Request, query string) ([]Finding, error)
}

// Task is something that waits for this person on the home page.
type Task struct {
	Verb   string // text key: "Review", "Acknowledge"
	Label  string
	Detail string
	Href   string
	Due    string // text, "" if none
	Late   bool
}

// Tasks lists what waits for a person. The home page asks for Action under the
// duty they serve in, whatever they look at besides, and the access entry names
// what List told by Request.Shows.
type Tasks struct {
	Action string
	List   func(*Request) ([]Task, error)
}
