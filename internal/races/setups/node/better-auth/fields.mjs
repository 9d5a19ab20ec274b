// The session's fields: each is a column of the session's table, so that an application names them beforehand.

const text = { type: 'string', required: false };
const names = ['code', 'slow', 'begun', 'planted', 'colour'];
for (const [clients, requests] of [[2, 80], [6, 26], [32, 5]]) { // one of its own for each request of the race "own keys"
	for (let client = 0; client < clients; client++) {
		for (let request = 0; request < requests; request++) names.push(`k${client}_${request}`);
	}
}

export const additionalFields = {
	n: { type: 'number', required: false },
	...Object.fromEntries(names.map((name) => [name, text])),
};

/** The fields of a session of the library that are set. */
export function fieldsOf(session) {
	return Object.fromEntries(Object.keys(additionalFields).filter((name) => session[name] != null).map((name) => [name, session[name]]));
}
