package faults

import "fmt"

// Account is what became of the calls of a [Load], token by token. A token is there if it is in the list of its session.
type Account struct {
	// Calls are the updates that were made, each with a token of its own, and Faulted those of them that met a fault. What else was called
	// (sessions are created and deleted) is not counted.
	Calls, Faulted int64
	// Each call is one of these, but for those that are under way.
	Acknowledged int64 // without an error
	Unknown      int64 // [driver.ErrUnknownOutcome]
	Refused      int64 // nothing was changed: [driver.ErrUnavailable], [driver.ErrFull], or the end of the context
	Declined     int64 // nothing was changed, as it should be: the condition did not hold, or the session had another secret or was deleted

	Stored int64 // tokens that were there when their session was looked at

	// What must not be.
	Lost        int64 // acknowledged, and not there, or not all that its update did; and sessions that are gone though nobody has deleted them
	Twice       int64 // there once more, or counted once more
	OutOfOrder  int64 // acknowledged before another call began, and behind its token
	Denied      int64 // refused or declined, or of no call at all, and there
	Misreported int64 // acknowledged with a result that is not what the update has left, or has taken; a session not found that is there
	Back        int64 // sessions that are there, or were updated, after they had been deleted

	// How many bytes of memory the process had from its system when a tenth of the calls of [Load.Run] had been made, and at their end.
	MemoryAtTenth, MemoryAtEnd uint64
}

// Err returns an error that names what is in a that must not be; nil if nothing is.
func (a Account) Err() error {
	if a.Lost+a.Back == 0 {
		return a.errButLoss()
	}
	return fmt.Errorf("an account that is not right: %v", a)
}

// errButLoss is Err for servers that may forget what they have acknowledged last.
func (a Account) errButLoss() error {
	if a.Twice+a.OutOfOrder+a.Denied+a.Misreported == 0 {
		return nil
	}
	return fmt.Errorf("an account that is not right: %v", a)
}

// String returns all of a in one line.
func (a Account) String() string {
	text := fmt.Sprintf("%d calls, %d with a fault: %d acknowledged, %d unknown, %d refused, %d declined; "+
		"%d stored, %d lost, %d twice, %d out of order, %d denied, %d misreported, %d back",
		a.Calls, a.Faulted, a.Acknowledged, a.Unknown, a.Refused, a.Declined, a.Stored, a.Lost, a.Twice, a.OutOfOrder, a.Denied, a.Misreported, a.Back)
	if a.MemoryAtEnd == 0 {
		return text
	}
	return text + fmt.Sprintf("; memory %d MB after a tenth, %d MB at the end", a.MemoryAtTenth>>20, a.MemoryAtEnd>>20)
}

// Plus returns the sums of two loads.
func (a Account) Plus(b Account) Account {
	for _, add := range []struct {
		to *int64
		n  int64
	}{
		{&a.Calls, b.Calls},
		{&a.Faulted, b.Faulted},
		{&a.Acknowledged, b.Acknowledged},
		{&a.Unknown, b.Unknown},
		{&a.Refused, b.Refused},
		{&a.Declined, b.Declined},
		{&a.Stored, b.Stored},
		{&a.Lost, b.Lost},
		{&a.Twice, b.Twice},
		{&a.OutOfOrder, b.OutOfOrder},
		{&a.Denied, b.Denied},
		{&a.Misreported, b.Misreported},
		{&a.Back, b.Back},
	} {
		*add.to += add.n
	}
	a.MemoryAtTenth += b.MemoryAtTenth
	a.MemoryAtEnd += b.MemoryAtEnd
	return a
}
