// Package cases is the enquiry: what is held to have happened, who is a party,
// which offences the facts are, the official reports (PV), the measures of
// investigation, the review by a chief, and the file that goes to the
// prosecution and comes back with its decision.
//
// # Legal basis
//
// Officers of judicial police find offences, gather the evidence and write
// reports (CPP 21, CPP 23, CPP 24), under one of the legal frames of the code
// (CPP 56, CPP 78, CPP 189). Measures need an authority and end with their
// window (CPP 64, CPP 108). The class of the offence (CP 111) decides which
// prosecution receives the file: the King's prosecutor (CPP 40) or the
// prosecutor general (CPP 49). Letters rogatory put a case before the court of
// the judge who gave them (CPP 189); what only the first president orders goes
// to the prosecutor general, who puts it before that court (CPP 108). Personal data serve this purpose only (L09-08).
//
// # Words
//
// A [enquiry.Case] has parties ([enquiry.Party]: a person of the index in a
// role), offences ([enquiry.Offence]: a qualification under the law of the day
// of the facts, against a suspect or an unknown offender), reports
// ([enquiry.PV]), measures ([enquiry.Measure]) and other pieces. A
// [enquiry.Link] says that a piece shows an element of an offence.
// [Service.Assign], [Service.Propose] and [Service.Refer] are three different
// things: to give a case to an officer, to move it to another unit, which must
// accept it, and to share it until that is done or revoked. The [enquiry.Gate]
// looks at a file before it is handed over. A [enquiry.Dossier] is a file that
// was; its [dossier.Twin] is the same as data.
//
// # The life of one case
//
//  1. It is opened (CaseOpened) from a complaint, in one transaction with the
//     register's entry, or directly. Its number is the next of its unit.
//  2. Offences are qualified; persons, reports, pieces and measures come in.
//     A report is drafted by several hands (PVRevised merges them), and closed
//     by its author alone (PVSigned): numbered, and never changed again. A
//     correction is another report that names it.
//  3. Whoever works on it links pieces to elements (EvidenceLinked).
//  4. It is submitted; a chief returns it with remarks anchored on sections,
//     or approves it, in two stages if it is sensitive. Nobody reviews their
//     own work: the policy, the service and a check of the table say so.
//  5. The chief hands it over (DossierHandedOver) when the gate is open. Its
//     twin is made before the decision, and the entry holds the twin's digest
//     in each redaction profile.
//  6. The PDF of each profile is set from the redacted twin, with the twin
//     ("dossier.json") and the proof of the entry ("amana-proof.json") inside,
//     signed and stored (DossierIssued).
//  7. The prosecution acknowledges, then returns the file with a code of the
//     pack, or decides, which closes the case; whoever follows the entries
//     (the register) tells the complainant.
//
// # Where it is
//
// The package enquiry has the types, the states and the gate, without tables or
// pages. The package dossier has the file as it leaves the service: the twin,
// what each profile withholds, the papers. Here are the entries with their
// tables, the verbs, who may, and the pages.
//
// # Erasure
//
// What is said of a person is sealed under that person; free text is sealed
// under its document (case, report, measure, remark, piece, dossier), which
// [Service.Documents] lists for a person.
package cases
