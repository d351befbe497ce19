// Package register is the district desk: complaints, the log book, the
// custody register, handover between shifts, and the seat from which the
// prosecution watches custody.
//
// # Legal basis
//
// Complaints and reports are received and written down (CPP 21), their outcome
// is told to the complainant, and an anonymous report opens nothing before a
// preliminary verification and an authorisation (CPP 40, CPP 49). Custody is
// decided by a judicial police officer alone, on listed grounds, for a limited
// time that runs from the effective arrest (CPP 66, CPP 66-1, CPP 67); juveniles
// are kept apart (CPP 460); the prosecution inspects (CPP 45).
//
// # Words
//
// A [Complaint] is what somebody reports. A [Line] is a numbered line of the
// log book. A [Custody] is a page of the custody register, an [Event] something
// that happened during it, a [Decision] the prosecution's answer to a request
// to extend it. A [Handover] passes the desk from one shift to the next.
//
// # The life of a complaint
//
//  1. It is recorded (RecordComplaint): its final number from the unit's yearly
//     series, a line of the log book and the parties in one transaction; the
//     receipt (Receipt) can be printed at once.
//  2. Nothing recorded is changed. A correction (CorrectComplaint) is a new
//     entry that stands beside what it corrects.
//  3. An anonymous report waits in "verification" until the outcome of the
//     check and the authorisation are recorded (VerifyComplaint).
//  4. It is referred to a case (Refer, by the module that opens cases): by the
//     unit that answers for it or the one that the desk named as competent when
//     it was recorded, and by nobody else. Or it is transferred to another unit
//     that accepts or rejects it, or closed by a second person than the one who
//     proposed it.
//  5. The complainant is told the outcome (TellOutcome) within the pack's period.
//
// # The life of a custody
//
//  1. A judicial police officer working under a case opens it on the arrest
//     time (OpenCustody), or refuses it (RefuseCustody), which is as easy.
//  2. Its clock is the pack's rule valid at the arrest, counted in elapsed
//     hours; nobody can edit it. What happens is noted with two times.
//  3. Only a prosecutor extends it (DecideExtension).
//  4. It ends by release, presentation or transfer (EndCustody). A deadline that
//     passes leaves an entry (Watch) that cannot be taken out.
package register
