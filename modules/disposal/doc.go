// Package disposal ends what has been kept long enough and that the schedule
// alone may not end: the unit that answers for the records puts a list of them
// before the authority, the authority decides, and what it ends is erased with
// a receipt.
//
// Legal basis: law 69-99 on archives (a schedule says how long records are
// kept; nothing is destroyed without it, and destruction leaves a certificate;
// what has lasting value goes to the archives), law 09-08, article 3 (personal
// data are not kept longer than their purpose needs). The terms, who approves
// and what follows are rows of the pack ("retention").
//
// A class is a row of the schedule. A record is due when its term is over; each
// module says which of its records those are (app.Term). A list names due
// records of one class and one unit: references and dates, never a word of what
// they say.
//
// # The life of a list
//
//  1. The desk or the chief of the unit draws it up (of institutions, an
//     administrator or an inspector of the unit that examined them): at most a hundred records,
//     those that have waited longest. A record stands on one open list only.
//  2. Whoever sits where the class's approver sits, in that capacity, and is
//     not who drew it, decides: what is kept longer, until when and why; the
//     rest ends.
//  3. Where the class goes to the archives, the unit notes under which
//     reference they received it. Until then nothing is erased.
//  4. The process erases each record that ends and says so, one entry each. One
//     that is under legal hold stays, and becomes due again.
package disposal
