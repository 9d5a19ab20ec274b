/*
 * Redis (redisstore/lua/update.lua, history.lua, read.lua). IDs have no order. The record remembers the latest in two halves, each with
 * the server's time when its first ID came, and has a note of each operation that was tried again. Such a try names a time before
 * which the first one cannot have arrived. The first one names none, and only the notes can tell that it is late. The real store
 * names an earlier time than this one: so more is unknown, and nothing else is different.
 */

#define OTHERS 5
#define TICKS 2
#define NOTES 2

byte clock; /* the server's */
byte ops[2], began, before[2], beforeBegan;
bool forgets;                       /* whether there is a half before */
mtype noted[TRIES + 1] = None;      /* by ID: Ok if it was applied, Refused if not */
byte notes;

#define remembers(id) (ops[0] == id || ops[1] == id || before[0] == id || before[1] == id)
#define FOREIGN 255

inline remember(id) {
	if
	:: ops[1] == 0 -> ops[1] = id
	:: else ->
		before[0] = ops[0]; before[1] = ops[1]; beforeBegan = began; forgets = true;
		ops[0] = id; ops[1] = 0; began = clock
	fi
}

inline note(what) {
	if
	:: retry -> noted[id] = what; notes++
	:: !retry
	fi
}

inline update(id, since, retry) {
	if
	:: !live -> a = (retry -> Unknown : Refused)
	:: live && noted[id] == Ok -> a = Done
	:: live && noted[id] == Refused -> a = RefusedBefore
	:: live && noted[id] == None && retry && remembers(id) -> a = Done
	:: live && noted[id] == None && retry && !remembers(id) && forgets && beforeBegan >= since -> a = Unknown
	:: live && noted[id] == None && retry && !remembers(id) && !(forgets && beforeBegan >= since) && notes >= NOTES -> a = Unknown
	:: else ->
		if
		:: permitted -> apply(); remember(id); note(Ok); a = Ok
		:: !permitted -> note(Refused); a = Refused
		fi
	fi
}

inline newID() {
	id = tries + 1;
	since = clock
}

/* A client that has got no reply asks the record whether it knows the ID, before it sends the update again. */
inline look() {
	atomic { retry && asks != Ending && live && (remembers(id) || noted[id] == Ok) ->
		if
		:: ops[1] == id || ops[1] == 0 && ops[0] == id -> readBack(); a = Ok
		:: else -> a = Unknown /* what it returned is lost */
		fi;
		break
	}
}

inline another() { remember(FOREIGN) }

inline refuseAnother() { notes < NOTES -> notes++ }

inline tick() {
	atomic { clock < TICKS -> clock++ }
}

/* It has been applied; what it has left is to be asked for. */
inline understand() { a == Done; a = None }
