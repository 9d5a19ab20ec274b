import { randomUUID } from 'node:crypto';
import { redisStorage } from '@better-auth/redis-storage';
import { betterAuth } from 'better-auth';
import { isAPIError } from 'better-auth/api';
import { getSessionCookie } from 'better-auth/cookies';
import { getMigrations } from 'better-auth/db/migration';
import { fromNodeHeaders } from 'better-auth/node';
import { anonymous } from 'better-auth/plugins';
import express from 'express';
import { Redis } from 'ioredis';
import pg from 'pg';
import { host, port, postgresURL, redisURL, secret, state, variant, work } from '../contract.mjs';
import { additionalFields, fieldsOf } from './fields.mjs';

const auth = betterAuth({
	baseURL: `http://${host}:${port}`,
	secret,
	database: new pg.Pool({ connectionString: postgresURL }),
	secondaryStorage: variant === 'Redis' ? redisStorage({ client: new Redis(redisURL) }) : undefined,
	emailAndPassword: {
		enabled: true,
		// A slow hash would have the sign-in end after everything that it is raced with.
		password: { hash: async (password) => password, verify: async ({ hash, password }) => hash === password },
	},
	session: { additionalFields },
	logger: { level: 'error' },
	plugins: [
		anonymous({
			// What a visitor has begun goes on when the user signs in.
			onLinkAccount: ({ anonymousUser, newUser, ctx }) =>
				ctx.context.internalAdapter.updateSession(newUser.session.token, fieldsOf(anonymousUser.session)),
		}),
	],
});
await (await getMigrations(auth.options)).runMigrations();

const app = express();
app.use(async (req, res, next) => {
	req.authHeaders = fromNodeHeaders(req.headers);
	req.auth = await auth.api.getSession({ headers: req.authHeaders });
	req.fields = fieldsOf(req.auth?.session ?? {});
	await work(req.query);
	next();
});

// call has the library do something, and hands the cookies on that it answers with.
async function call(endpoint, res, options) {
	const { headers } = await endpoint({ ...options, returnHeaders: true });
	res.append('Set-Cookie', headers.getSetCookie());
	return headers;
}

// update changes fields of the session. A visitor who brings no cookie becomes an anonymous user; whoever brings that of a session that has
// ended is refused.
async function update(req, res, body) {
	let headers = req.authHeaders;
	if (!req.auth && !getSessionCookie(headers)) {
		const cookies = (await call(auth.api.signInAnonymous, res, { headers })).getSetCookie();
		headers = new Headers({ cookie: cookies.map((cookie) => cookie.split(';')[0]).join('; ') });
	}
	await call(auth.api.updateSession, res, { body, headers });
}

app.post('/inc', async (req, res) => {
	await update(req, res, { n: (req.fields.n ?? 0) + 1 });
	res.send('OK');
});

app.post('/set', async (req, res) => {
	await update(req, res, { [req.query.k]: req.query.v });
	res.send('OK');
});

app.post('/take', async (req, res) => {
	const { code = '' } = req.fields;
	if (code) await update(req, res, { code: null });
	res.send(code);
});

app.post('/slow', async (req, res) => {
	await update(req, res, { slow: randomUUID() });
	res.send('OK');
});

app.post('/login', async (req, res) => {
	const name = req.query.u;
	const user = { email: `${name}@example.com`, password: 'the password of a test' };
	try {
		await call(auth.api.signInEmail, res, { body: user, headers: req.authHeaders });
	} catch (err) {
		if (!isAPIError(err) || err.statusCode !== 401) throw err; // 401: there is no such user yet
		await call(auth.api.signUpEmail, res, { body: { ...user, name }, headers: req.authHeaders });
	}
	res.send('OK');
});

app.post('/logout', async (req, res) => {
	await call(auth.api.signOut, res, { headers: req.authHeaders });
	res.send('OK');
});

app.post('/revoke', async (req, res) => {
	await auth.api.revokeOtherSessions({ headers: req.authHeaders });
	res.send('OK');
});

app.post('/renew', (req, res) => res.sendStatus(501));

const nameOf = (user) => (user && !user.isAnonymous ? user.name : '');
app.get('/page', (req, res) => res.send(nameOf(req.auth?.user)));
app.get('/state', (req, res) => res.json(state({ user: nameOf(req.auth?.user), ...req.fields })));

// An update of a session that has ended meanwhile is refused with 401.
app.use((err, req, res, next) => (isAPIError(err) ? res.status(err.statusCode).send(err.message) : next(err)));

app.listen(port, host);
