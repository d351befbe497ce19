// Package exhibits keeps seized and found things: what they are, under which
// seal they lie, who answers for them, and how they end.
//
// # Legal basis
//
// Things are inventoried at once and sealed before the person they were taken
// from; a seal is opened before that person or counsel, or their absence is
// recorded, and the thing is sealed again (CPP 59, CPP 60, CPP 104).
//
// # Words
//
// An Exhibit is one thing of one case. A Seal is a number of the unit's series,
// used once. The Holder is the officer who answers for the thing: a place holds
// nothing, a person does, and Kept says where they keep it. A Handover brings it
// to another holder, and is complete when that one accepts it with their own
// session. A Step is one link of the chain of custody: the thing as it stood
// after one entry, numbered from 1 without gaps.
//
// # States
//
//	seized → sealed → stored | in transit | at the laboratory
//	opened (seal broken) → sealed, under a new number
//	returned | destroyed | deposited at the court registry: the end
//
// # The life of one exhibit
//
//  1. A seizure report lists the thing (DraftSeized in its transaction, or
//     SeizeExhibits by hand); the officer who seized it holds it.
//  2. SealExhibit gives it a seal number; the label is printed.
//  3. The holder offers it (OfferHandover), the receiver compares the number of
//     the seal and accepts or refuses (AcceptHandover, RefuseHandover).
//     Where the holder has left the service, or is suspended, the head of the
//     unit that answers for it takes it over (TakeOverExhibit).
//  4. The holder stores it where things of its category belong (StoreExhibit).
//  5. BreakSeal, with who was present; ResealExhibit, with a new number.
//  6. It ends by the order of an authority: the holder offers the return, the
//     destruction or the deposit, a second officer confirms it.
//
// Each step is an entry with a proof, so the chain of custody can be checked by
// anyone who holds the label.
package exhibits
