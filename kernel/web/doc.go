// Package web serves pages: a route table in which every line has a rule,
// sessions, the frame, forms and live pages.
//
// # The life of one request
//
//  1. The mux finds the route. Its session is read from a cookie; the account
//     is read anew at most every five seconds, so that a suspension ends every
//     session within ten.
//  2. Locate finds the record, and policy.Ask decides for this actor, action,
//     record and purpose. The purpose is the one the session works under,
//     shown on every page; a request may state another with the header
//     Amana-Purpose.
//  3. The handler reads, writes through its module's service with the grant,
//     and renders; everything it writes is gathered.
//  4. If the action reads protected data, the access is recorded in the
//     journal's lane with all that was shown. Only then is the response
//     released.
//  5. An error becomes a page (or a problem document, for machines) in the
//     reader's language; what is not a fault shows a reference number only.
package web
