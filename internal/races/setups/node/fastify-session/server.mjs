import fastifyCookie from '@fastify/cookie';
import fastifySession from '@fastify/session';
import { RedisStore } from 'connect-redis';
import Fastify from 'fastify';
import { createClient } from 'redis';
import { changes, host, port, redisURL, secret, state, variant, work } from '../contract.mjs';

const stores = {
	memory: () => undefined, // the library's own
	Redis: async () => new RedisStore({ client: await createClient({ url: redisURL }).on('error', console.error).connect() }),
};

const app = Fastify();
app.register(fastifyCookie);
app.register(fastifySession, { secret, store: await stores[variant](), cookie: { secure: false } });
app.addHook('preHandler', (request) => work(request.query));

for (const [name, change] of Object.entries(changes)) {
	app.post(`/${name}`, async ({ session, query }) => change(session, query));
}

function fieldsOf({ cookie, ...fields }) {
	return fields;
}

app.post('/login', async (request) => {
	await request.session.regenerate(Object.keys(fieldsOf(request.session)));
	request.session.user = request.query.u; // regenerate has put another session in the old one's place
	return 'OK';
});

app.post('/renew', async ({ session }) => {
	await session.regenerate(Object.keys(fieldsOf(session)));
	return 'OK';
});

app.post('/logout', async ({ session }) => {
	await session.destroy();
	return 'OK';
});

app.get('/page', async ({ session }) => session.user ?? '');
app.get('/state', async ({ session }) => state(fieldsOf(session)));
app.post('/revoke', async (request, reply) => reply.code(501).send());

await app.listen({ port, host });
