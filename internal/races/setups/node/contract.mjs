// What the applications share of the contract, which stands in internal/races/README.md.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

export const { VARIANT: variant, PORT: port, REDIS_URL: redisURL, POSTGRES_URL: postgresURL } = process.env;
export const host = '127.0.0.1';
export const secret = 'the secret of a test, and of nothing else';

/** Works for as long as the query says. */
export async function work({ d, ms = d }) {
	if (ms > 0) await sleep(Number(ms));
}

/** What the routes of these names do with a session whose fields are its properties, and answer. */
export const changes = {
	inc(session) {
		session.n = (session.n ?? 0) + 1;
		return 'OK';
	},
	set(session, { k, v }) {
		session[k] = v;
		return 'OK';
	},
	take(session) {
		const { code = '' } = session;
		delete session.code;
		return code;
	},
	slow(session) {
		session.slow = randomUUID();
		return 'OK';
	},
};

/** What /state answers for the fields of a session. */
export const state = ({ user = '', n = 0, ...fields }) => ({ user, n, fields });
