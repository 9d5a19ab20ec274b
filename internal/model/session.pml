/*
 * How a store over a network recognizes its own tries by operation IDs: one session; one client whose messages are lost, late and
 * sent again; and others, of whose messages, be they first, repeated or late, only the steps count in which the server meets them.
 * spin searches every order of events within the bounds: see model_test.go.
 *
 * postgres.pml and redis.pml are what a record remembers, and what an update does there. The rest is here. Each assertion is
 * a promise of docs/design.md, which is the comment behind it.
 *
 * Left out, so that nothing is proved of it:
 *   - a server that forgets what it has answered: crash, failover, replicas, eviction;
 *   - other ways to the same function: compare-and-set, a transaction, the index of a user. To the record each is a try with an ID;
 *   - the end of a session by its time, keys that name a user, limits of sessions, sweeping; creation, which is sent once;
 *   - in Redis, a first try that arrives more than ten minutes after the second; clocks that step back;
 *   - how often the client says "unknown", and that it comes to an end.
 */

#define TRIES 3

mtype = { None };
mtype = { Plain, Conditional, Renewal, Ending };      /* what the client asks for */
mtype = { Ok, Refused, Unavailable, Unknown };        /* what it is told; the two in the middle say that nothing was changed */
mtype = { Done, Last, Earlier, RefusedBefore, Late }; /* what else a server answers */

/* The record: whether it is there, which secret opens it, and what a Conditional asks for. */
bool live = true, open = true;
byte secret;

/* The client: what it asks for with which secret, the try that it waits for, and the answer to that; then what it was told. */
mtype asks = None, reply = None, told = None;
byte key, awaits;

/* How often it has come to pass, and whether the record is as it has left it. */
byte effects;
bool latest;

/* Whether the record lets the client do what it asks for. */
#define permitted (key == secret && (asks != Conditional || open))

inline takeEffect() {
	assert(live);                                   /* logout wins */
	assert(key == secret);                          /* a stale secret changes nothing */
	assert(effects == 0);                           /* each update takes effect at most once */
	assert(told != Refused && told != Unavailable); /* a refusal means that nothing is changed */
	effects++
}

inline apply() {
	takeEffect();
	latest = true;
	if
	:: asks == Plain
	:: asks == Conditional -> open = false /* an update that makes its own condition false */
	:: asks == Renewal -> secret++
	fi
}

/* The end of the call. */
inline tell(what) {
	if
	:: what == Ok && asks == Ending -> assert(!live)                     /* logout wins */
	:: what == Ok && asks != Ending -> assert(effects == 1)              /* no acknowledged update is lost */
	:: what == Refused || what == Unavailable -> assert(effects == 0)    /* a refusal means that nothing is changed */
	:: what == Unknown
	fi;
	told = what;
	printf("the client is told: %e\n", what)
}

/* The client takes what is in the record for what its update has left there. */
inline readBack() { assert(latest) /* a result is what the update has left */ }

#ifdef REDIS
#include "redis.pml"
#else
#include "postgres.pml"
#endif

/* To delete a session needs no ID, since nothing brings it back. */
inline delete(retry) {
	if
	:: !live && retry -> a = Ok
	:: !live && !retry -> a = Refused
	:: live && key != secret -> a = Refused
	:: live && key == secret -> takeEffect(); live = false; a = Ok
	fi
}

/* A copy of the request. It arrives whenever this runs, however late. */
proctype copy(byte try, id, since; bool retry) {
	mtype a; /* the server's answer */
	atomic {
		if
		:: asks == Ending -> delete(retry)
		:: else -> update(id, since, retry)
		fi;
		if
		:: awaits == try -> reply = a; printf("try %d, ID %d, arrives: %e\n", try, id, a)
		:: else -> printf("try %d, ID %d, arrives, and nobody waits: %e\n", try, id, a)
		fi;
		a = None; try = 0; id = 0; since = 0; retry = false /* what is over shall make no states */
	}
}

proctype client() {
	byte tries, id, since;
	bool retry; /* whether a copy with this ID may have arrived, or may yet */
	mtype a;    /* the answer to the latest try */
	atomic {
		if
		:: asks = Ending
		:: asks = Plain
		:: asks = Conditional
		:: asks = Renewal
		fi;
		key = secret;
		newID();
		printf("the client asks for: %e, with secret %d\n", asks, key)
	}
	do
	:: atomic { tries < TRIES ->
			tries++;
			awaits = tries;
			printf("the client sends try %d\n", tries);
			run copy(tries, id, since, retry)
		}
		if
		:: atomic { reply != None ->
				a = reply; reply = None; awaits = 0;
				if
				:: a == Ok || a == Refused || a == Unknown
				:: a == RefusedBefore -> newID(); retry = false; a = None
				:: else -> understand()
				fi;
				if
				:: a == None
				:: a != None -> break
				fi
			}
		:: atomic { printf("the client gets no reply\n"); reply = None; awaits = 0; retry = true }
		fi
#ifdef REDIS
	:: look()
#endif
	:: atomic { printf("the client gives up\n"); a = (retry -> Unknown : Unavailable); break }
	od;
	atomic { tell(a); a = None; tries = 0; id = 0; since = 0; retry = false }
}

proctype others() {
	byte left = OTHERS;
end:
	do
	:: atomic { left > 0 && live ->
			left--;
			if
			:: open = !open; another(); latest = false; printf("another updates; the condition is %d\n", open)
			:: secret++; another(); latest = false; printf("another renews; the secret is %d\n", secret)
			:: refuseAnother(); printf("another's second try is refused\n")
			:: live = false; latest = false; printf("another ends the session\n")
			fi
		}
#ifdef REDIS
	:: tick()
#endif
	od
}

init { atomic { run others(); run client() } }
