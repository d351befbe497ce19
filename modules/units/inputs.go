package units

import (
	"slices"
	"strings"
	"time"

	"github.com/amana-platform/amana/kernel/fault"
	"github.com/amana-platform/amana/kernel/ident"
	"github.com/amana-platform/amana/kernel/packs"
)

// What the verbs are given. An ID that is not empty becomes the id of the
// record and makes the verb idempotent; zero times mean now. Version is that
// of the record the person saw, 0 where none was shown (seeding).

// NewUnit opens a unit. Desk is the id of its desk's duty, made if "".
type NewUnit struct {
	ID     ident.ID
	Code   string
	Type   string
	Parent ident.ID
	Names  packs.Names
	Area   string
	From   time.Time
	Act    string
	Desk   ident.ID
}

// UnitMove puts a unit elsewhere or makes it something else. Empty fields
// keep what is.
type UnitMove struct {
	Unit    ident.ID
	Version int64
	Parent  ident.ID
	Type    string
	Names   packs.Names
	Area    string
	From    time.Time
	Act     string
}

// UnitClosing ends a unit; the successor answers for its records.
type UnitClosing struct {
	Unit      ident.ID
	Version   int64
	Successor ident.ID
	To        time.Time
	Act       string
}

// NewOfficer enrols a person. Without a grade they are a magistrate.
type NewOfficer struct {
	ID        ident.ID
	Matricule string
	GivenAR   string
	FamilyAR  string
	Given     string
	Family    string
	Grade     string
	Sex       Sex
	Since     time.Time
}

// NewPost posts an officer. It ends the posts held before unless it stands
// Beside them. Duty is the id of the duty it opens, made if "".
type NewPost struct {
	ID      ident.ID
	Officer ident.ID
	Version int64
	Unit    ident.ID
	Role    Role
	Act     string
	From    time.Time
	To      time.Time
	Beside  bool
	Duty    ident.ID
}

// PostEnding ends a post.
type PostEnding struct {
	Post ident.ID
	To   time.Time
	Act  string
}

// Appointment gives an officer judicial power; it ends the one held before.
type Appointment struct {
	ID       ident.ID
	Officer  ident.ID
	Version  int64
	Capacity string
	Act      string
	From     time.Time
	To       time.Time
}

// NewSuspension stops an officer's access.
type NewSuspension struct {
	ID      ident.ID
	Officer ident.ID
	Reason  string
	From    time.Time
}

// NewDuty opens a standing duty of an officer or, without one, of the unit.
type NewDuty struct {
	ID      ident.ID
	Unit    ident.ID
	Officer ident.ID
	Kind    string
	From    time.Time
	To      time.Time
}

// Limits of what is typed, in characters of UTF-8.
const (
	maxName   = 120
	maxAct    = 80
	maxReason = 2000
)

// checks gathers what is wrong with an input.
type checks struct {
	fault.List
	pack *packs.Pack
	now  time.Time
}

func (c *checks) required(field, value string, max int) {
	switch {
	case strings.TrimSpace(value) == "":
		c.Add(field, "form.required")
	case len([]rune(value)) > max:
		c.Add(field, "form.too-long", "max", max)
	}
}

// past refuses a time ahead: the tree is moved when it is written.
func (c *checks) past(field string, t time.Time) {
	if t.After(c.now) {
		c.Add(field, "form.future")
	}
}

func (c *checks) period(from, to time.Time) {
	if from.IsZero() {
		from = c.now
	}
	if !to.IsZero() && !to.After(from) {
		c.Add("to", "units.fault.period")
	}
}

func (c *checks) unitType(code string) {
	if _, err := c.pack.UnitType(code, c.now); err != nil {
		c.Add("type", "form.choose")
	}
}

func (c *checks) area(code string) {
	if _, err := c.pack.Area(code, c.now); err != nil {
		c.Add("area", "units.fault.area")
	}
}

func (c *checks) names(n packs.Names) {
	c.required("name-ar", n.AR, maxName)
	c.required("name-fr", n.FR, maxName)
	c.required("name-en", n.EN, maxName)
}

func (c *checks) newUnit(in NewUnit) {
	c.required("code", in.Code, 20)
	if strings.Trim(in.Code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") != "" {
		c.Add("code", "units.fault.code")
	}
	c.unitType(in.Type)
	c.names(in.Names)
	c.area(in.Area)
	c.past("from", in.From)
	c.required("act", in.Act, maxAct)
}

func (c *checks) unitMove(in UnitMove) {
	c.unitType(in.Type)
	c.names(in.Names)
	c.area(in.Area)
	c.past("from", in.From)
	c.required("act", in.Act, maxAct)
}

func (c *checks) unitClosing(in UnitClosing) {
	if in.Successor == "" {
		c.Add("successor", "form.required")
	}
	c.past("to", in.To)
	c.required("act", in.Act, maxAct)
}

func (c *checks) newOfficer(in NewOfficer) {
	c.required("matricule", in.Matricule, 20)
	c.required("given-ar", in.GivenAR, maxName)
	c.required("family-ar", in.FamilyAR, maxName)
	c.required("given", in.Given, maxName)
	c.required("family", in.Family, maxName)
	if _, err := c.pack.Grade(in.Grade, c.now); in.Grade != "" && err != nil {
		c.Add("grade", "form.choose")
	}
	if in.Sex != "" && in.Sex != Female && in.Sex != Male {
		c.Add("sex", "form.choose")
	}
	c.past("since", in.Since)
}

func (c *checks) newPost(in NewPost) {
	if !slices.Contains(Roles(), in.Role) {
		c.Add("role", "form.choose")
	}
	if in.Unit == "" {
		c.Add("unit", "form.required")
	}
	c.required("act", in.Act, maxAct)
	c.period(in.From, in.To)
}

func (c *checks) appointment(in Appointment) {
	if _, err := c.pack.Capacity(in.Capacity, c.now); err != nil {
		c.Add("capacity", "form.choose")
	}
	c.required("act", in.Act, maxAct)
	c.period(in.From, in.To)
}

func (c *checks) newSuspension(in NewSuspension) {
	c.required("reason", in.Reason, maxReason)
	c.past("from", in.From)
}

func (c *checks) newDuty(in NewDuty) {
	if in.Kind != DutyDesk && in.Kind != DutyWatch && !slices.Contains(Roles(), Role(in.Kind)) {
		c.Add("kind", "form.choose")
	}
	c.period(in.From, in.To)
}
