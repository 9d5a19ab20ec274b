/*
 * PostgreSQL (pgstore/sql/functions/update.sql). IDs are ordered, by the clocks of the clients, which differ. The record remembers the
 * latest, be they applied or refused, and the greatest that it has forgotten: what is not greater than that comes too late.
 */

#define OTHERS 4

byte older, newer, floor; /* an ID twice, and 1 if it was refused; the floor: an ID */

inline remember(entry) {
	if
	:: older / 2 > floor -> floor = older / 2
	:: older / 2 <= floor
	fi;
	older = newer;
	newer = entry
}

inline update(id, since, retry) {
	if
	:: !live -> a = (retry -> Unknown : Refused)
	:: live && (newer == 2 * id + 1 || older == 2 * id + 1) -> a = RefusedBefore
	:: live && newer == 2 * id -> readBack(); a = Last
	:: live && older == 2 * id -> a = Earlier
	:: live && newer / 2 != id && older / 2 != id && id <= floor -> a = (retry -> Unknown : Late)
	:: live && newer / 2 != id && older / 2 != id && id > floor ->
		if
		:: permitted -> apply(); remember(2 * id); a = Ok
		:: !permitted && retry -> remember(2 * id + 1); a = Refused
		:: !permitted && !retry -> a = Refused
		fi
	fi
}

/* An ID is a time, and behind it which one of that time it is: the client's, by its tries, or 7. */
inline newID() {
	if
	:: id = 8 + tries
	:: id = 16 + tries
	fi
}

inline another() {
	if
	:: remember(2 * 15)
	:: remember(2 * 23)
	fi
}

inline refuseAnother() {
	if
	:: remember(2 * 15 + 1)
	:: remember(2 * 23 + 1)
	fi
}

inline understand() {
	if
	:: a == Late -> id = (floor / 8 + 1) * 8 + tries; a = None
	:: a == Last -> a = Ok
	:: a == Earlier -> a = Unknown /* what it returned is lost */
	fi
}
