// Package figures counts: what the service publishes about itself, and what
// the authority that oversees it sees.
//
// # Legal basis
//
// Law 31-13 on the right to information and law 09-08: figures are published
// without personal data, and the commission that oversees personal data
// controls who is told what.
//
// # Words
//
// The public page says whether the service works, how fresh its signed log is,
// who relies on it, how many citizens signed in on each day, what institutions
// were refused, how many look-ups a judge's order holds back, and what became of
// contests. The regulator's view says the same exactly, and names each
// institution's versions, ceiling, suspensions and refused requests, and each
// contest with its deadline. Neither holds a record, a name or a number of a
// citizen.
//
// # What is rounded
//
// A count of what people did (they signed in, declined, agreed) is published
// rounded down to a multiple of the pack's number ("published-figures"), and one
// below it as "fewer than": nobody who watches the page sees one person act.
// Totals are rounded from the exact sum, so that no difference of published
// figures gives one that is not. What the service and institutions did is
// published exactly: requests above a ceiling, delays, contests, suspensions,
// recoveries.
//
// # Availability
//
// The program plants a control access every hour and says so in the journal. A
// gap of more than an hour and a quarter between two is a time in which it did
// not run; so the figure rests on signed entries and not on a monitor's word.
//
// The module has no tables and appends nothing. What it counts it asks of those
// who keep it, through interfaces that main fills, at most once a minute.
package figures
