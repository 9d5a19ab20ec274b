// A session's fields are columns of the library's table, so that an application names them.
const text = { type: 'string', required: false };
const names = ['begun', 'code', 'colour', 'planted', 'slow'];
for (let i = 0; i < 160; i++) names.push(`k${i}`); // of the race "own keys", in which each request sets one of its own

export const additionalFields = {
	n: { type: 'number', required: false },
	...Object.fromEntries(names.map((name) => [name, text])),
};

/** Those fields of a session that are set. */
export function fieldsOf(session) {
	return Object.fromEntries(Object.keys(additionalFields).filter((name) => session[name] != null).map((name) => [name, session[name]]));
}
