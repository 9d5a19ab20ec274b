// Package browsers has a test and nothing else: a model of visitors, their browsers and those who attack them, against two servers
// that share a store. Every step is drawn from a seed, and so is the order in which requests of one browser overlap.
//
// # The rules
//
// They are checked at every step; a violation names its rule.
//
//	1  A visitor stays signed in, unless they or somebody entitled ended that, or the session expired (MaxAge, AbsoluteMaxAge).
//	2  A cart is kept: every acknowledged change before or after a first sign-in is in the session that the browser ends up with,
//	   whichever answer of a form sent twice arrives last, and however often it was sent within driver.RenewalWindow.
//	3  A thief never reads what was written after the sign-in, never has a user without the password, and never sees without the
//	   second factor what only a step-up (a Renew) proves.
//	4  No request of another site changes which session the browser has, but for sign-ins.
//	5  Stray cookies lock nobody out, and neither does a renewal whose answer got lost once the window is over.
//	6  Tokens of another realm, and those of plain HTTP, name no session, and the other way round.
//	7  A lowered MaxAge reaches each session at its next use; no late request shortens a session or brings it back.
//
// # What may get lost
//
// Each of these is counted and printed, and everything else that gets lost is a violation:
//
//	a renewal          its answer got lost, or that of its duplicate came last, and it was no first sign-in
//	a sign-in          its answer got lost, and the visitor did not sign in again, as the same user, within the window
//	between answers    a form was sent twice, each made a session, and a change went to the one whose answer did not come last
//	a late extension   an answer that only prolonged the cookie came after that of a renewal (docs/design.md, "Split token")
//	an end and a sign-in   within the life of a request, which then begins a session: see below; rare, since the actors avoid it
//
// # What the actors do not do
//
// The design says that nothing helps there, so the model keeps out of it: a request that takes longer than the window; two renewals, or
// an end and a sign-in, within one request's life; two requests at once of a browser without a session, each of which begins one; a
// browser without Sec-Fetch headers that follows a link of another site under SameSite=Strict, which nobody can tell from a visit;
// a valid token of another session on the parent domain.
package browsers
