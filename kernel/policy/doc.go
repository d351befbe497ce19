// Package policy makes access a property of types: who may do what, to which
// record, and why they say they need it.
//
// # Words
//
// An [Actor] is the person (or the named system process) that acts. A
// [Purpose] is why: a case, a task, a stated legal basis, or breaking the
// glass. An [Action] is a named verb of a module ("cases.case.read") with the
// purposes it admits. A [Resource] is the record acted on. A [Grant] is the
// proof that the four were found to fit, and the only thing that opens a
// transaction or releases a protected page.
//
// # The life of one decision
//
//  1. A handler knows actor, action, resource and purpose and calls [Policy.Ask].
//  2. The action must be known, the actor present and not suspended.
//  3. The purpose must be given, of a kind the action admits, the actor's own,
//     with a reason where one is asked, and must be about this record: a right
//     purpose of the wrong case is refused.
//  4. The [Cedar] policies of the module that apply to this action decide. Any
//     evaluation error is a refusal: Cedar skips a policy whose evaluation
//     fails, so that a failing forbid would otherwise let people in.
//  5. A refusal is given to the [Recorder], which journals it, before the
//     caller sees it. If it cannot be recorded it still stands.
//  6. Otherwise a Grant is made. It names everything above, lives for
//     [GrantLife] and goes into every entry that is appended under it.
//
// [Policy.Can] decides without recording, for the next permitted acts on a
// page. [Policy.Filter] derives from the same policies the SQL condition for
// lists, counts, facets and suggestions; it equals row-by-row decisions.
//
// # Vocabulary of the policies
//
// A module hands over Cedar policies and the part of the schema that is its
// own; the kernel adds the types Actor, Unit, Service and Context (see
// vocabulary.cedarschema). A record kind "custody-entry" is the entity type
// CustodyEntry, whose shape must declare "unit: Unit". An action that has no
// record applies to the type Service. There are no roles with powers beyond
// the policies: an administrator reads no record unless a policy says so.
//
// [Cedar]: https://docs.cedarpolicy.com
package policy
