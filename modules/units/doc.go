// Package units keeps the dated tree of services, who serves where and in
// which role, who holds judicial capacity, and the accounts that may sign in.
//
// # Legal basis
//
// The organisation of the service and of its units (D1-56-115), the staff
// statute (D1-09-213), judicial capacity by right or by appointment, which is
// not rank (CPP 20, CPP 25), personal data of officers (L09-08).
//
// # Words
//
// A [Unit] is a service, an office of the prosecution or a court; its place in
// the tree is dated, because units are promoted, split and moved. An [Officer]
// is a person who serves. A [Post] puts an officer into a unit in a [Role],
// from a day on, by an act. A [Capacity] is judicial power by appointment. A
// [Duty] (record kind "task") is the standing reason for which somebody works:
// the desk of a police district, or what one's post demands. A [Suspension]
// ends all access at once. A [Passkey] is how an officer proves who they are.
//
// # Access follows assignment
//
// What a person may do is derived from the post they hold now. A post that
// ends, a suspension, a removed passkey end it: the standing read by
// [Service.Active] and [Service.Account] is at most a second old, sessions
// read it every five, so that nobody works ten seconds longer than they may.
//
// # The life of one account
//
//  1. An administrator enrols the officer (EnrolOfficer) and posts them
//     (PostOfficer); the post opens the duty that is their standing purpose.
//  2. The administrator issues a one-time code (IssueCode), of which only the
//     hash is kept; with it the officer registers a passkey (RegisterPasskey).
//  3. Judicial capacity is appointed by an act (AppointCapacity).
//  4. A transfer is another post: it ends the former one and its duty.
//  5. A suspension (SuspendOfficer) stops all access until it is lifted.
//
// The first administrator of an empty service redeems a code that the program
// prints ([Service.FirstAdministrator]); it is void once there is one.
//
// An administrator manages accounts and reads no case record.
package units
