import Router from '@koa/router';
import Koa from 'koa';
import session from 'koa-session';
import { createClient } from 'redis';
import { changes, host, port, redisURL, secret, state, variant, work } from '../contract.mjs';

// redisStore is an external store of three functions, as the documentation asks for.
async function redisStore() {
	const redis = await createClient({ url: redisURL }).on('error', console.error).connect();
	return {
		get: async (key) => JSON.parse(await redis.get(key)),
		set: (key, session, maxAge) => redis.set(key, JSON.stringify(session), { expiration: { type: 'PX', value: maxAge } }),
		destroy: (key) => redis.del(key),
	};
}

const store = variant === 'Redis' ? await redisStore() : undefined;

const app = new Koa();
app.keys = [secret];
app.use(session({ store }, app));

const router = new Router();
router.use(async (ctx, next) => {
	ctx.state.user = ctx.session.user; // a cookie is not read before it is asked for
	await work(ctx.query);
	await next();
});

for (const [name, change] of Object.entries(changes)) {
	router.post(`/${name}`, (ctx) => {
		ctx.body = change(ctx.session, ctx.query);
	});
}

router.post('/login', async (ctx) => {
	ctx.session.user = ctx.query.u;
	if (store) await ctx.session.regenerate(); // a cookie that is the session has no ID
	ctx.body = 'OK';
});

router.post('/renew', async (ctx) => {
	if (store) {
		await ctx.session.regenerate();
		ctx.body = 'OK';
	} else {
		ctx.status = 501;
	}
});

router.post('/logout', (ctx) => {
	ctx.session = null;
	ctx.body = 'OK';
});

router.get('/page', (ctx) => {
	ctx.body = ctx.state.user ?? '';
});

router.get('/state', (ctx) => {
	ctx.body = state(ctx.session.toJSON());
});

router.post('/revoke', (ctx) => {
	ctx.status = 501;
});

app.use(router.routes());
app.listen(port, host);
