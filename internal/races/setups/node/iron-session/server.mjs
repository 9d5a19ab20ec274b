import express from 'express';
import { getIronSession } from 'iron-session';
import { changes, host, port, secret, state, work } from '../contract.mjs';

const app = express();
app.use(async (req, res, next) => {
	req.session = await getIronSession(req, res, { password: secret, cookieName: 'session', cookieOptions: { secure: false } });
	await work(req.query);
	next();
});

for (const [name, change] of Object.entries(changes)) {
	app.post(`/${name}`, async (req, res) => {
		const answer = change(req.session, req.query);
		await req.session.save();
		res.send(answer);
	});
}

app.post('/login', async (req, res) => {
	req.session.user = req.query.u;
	await req.session.save();
	res.send('OK');
});

app.post('/logout', (req, res) => {
	req.session.destroy();
	res.send('OK');
});

app.get('/page', (req, res) => res.send(req.session.user));
app.get('/state', (req, res) => res.json(state(req.session)));
app.post(['/renew', '/revoke'], (req, res) => res.sendStatus(501));

app.listen(port, host);
