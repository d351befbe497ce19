// Package oversight is the second pair of eyes: whoever breaks the glass is
// judged by somebody else, and whoever was refused may ask, and is answered.
//
// Legal basis: law 09-08, article 23 (nobody reads without leave, and who did is
// known), D 1-56-115 (the hierarchy answers for what its officers do). The term of
// a judgement is a rule of the pack ("glass-judgement").
//
// An alarm is what the breaking of the glass raises: somebody reads, in an
// emergency, a record that their own purposes do not open. A second is who is
// told of it: the holders of the role that may allow the act, nearest to the
// record's unit, or the inspectors if the breaker holds that role themselves.
// A request is what somebody asks for who was refused; its deciders are found
// in the same way.
//
// # The life of an alarm
//
//  1. The reader gives the reason; before the page is released the alarm is
//     written, with the seconds by name. Where nobody could be told, the glass
//     does not break.
//  2. Each second sees it at once, on whatever page they are on, and among their
//     tasks. One of them acknowledges it: somebody is looking.
//  3. One of them, never the breaker, judges: justified or not, with a reason.
//  4. Unjudged when the term ends, it goes to the inspectors besides.
//
// # The life of a request
//
//  1. The refused person writes why. The deciders find it among their tasks.
//  2. One of them grants it, by doing what opens the record (a case is assigned
//     by the same click; elsewhere they did it on the record and say so), or
//     refuses it with a reason. The asker finds the answer among their tasks.
//
// What people write here is sealed under the alarm or the request it stands in.
package oversight
