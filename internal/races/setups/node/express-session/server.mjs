import connectPgSimple from 'connect-pg-simple';
import { RedisStore } from 'connect-redis';
import express from 'express';
import session from 'express-session';
import pg from 'pg';
import { createClient } from 'redis';
import { changes, host, port, postgresURL, redisURL, secret, state, variant, work } from '../contract.mjs';

const PostgresStore = connectPgSimple(session);
const stores = {
	memory: () => undefined, // the library's own
	Redis: async () => new RedisStore({ client: await createClient({ url: redisURL }).on('error', console.error).connect() }),
	PostgreSQL: () => new PostgresStore({ pool: new pg.Pool({ connectionString: postgresURL }), createTableIfMissing: true }),
};

const app = express();
app.use(session({ store: await stores[variant](), secret, resave: false, saveUninitialized: false }));
app.use(async (req, res, next) => {
	await work(req.query);
	next();
});

for (const [name, change] of Object.entries(changes)) {
	app.post(`/${name}`, (req, res) => res.send(change(req.session, req.query)));
}

// regenerate gives the session another ID. It empties it, so that its fields are carried over, as a shop does with a cart.
function regenerate(req, res, next, more) {
	const { cookie, ...fields } = req.session;
	req.session.regenerate((err) => {
		if (err) return next(err);
		Object.assign(req.session, fields, more);
		req.session.save((err) => (err ? next(err) : res.send('OK')));
	});
}

app.post('/login', (req, res, next) => regenerate(req, res, next, { user: req.query.u }));
app.post('/renew', (req, res, next) => regenerate(req, res, next));

// As the documentation's example of a logout does it, so that the old ID is not signed in any more.
app.post('/logout', (req, res, next) => {
	req.session.user = null;
	req.session.save((err) => {
		if (err) return next(err);
		req.session.regenerate((err) => (err ? next(err) : res.send('OK')));
	});
});

app.get('/page', (req, res) => res.send(req.session.user));

app.get('/state', (req, res) => {
	const { cookie, ...fields } = req.session;
	res.json(state(fields));
});

app.post('/revoke', (req, res) => res.sendStatus(501));

app.listen(port, host);
