// versions.mjs PACKAGE... prints the versions of Node.js and of these packages.
import { readFileSync } from 'node:fs';

console.log(`Node.js ${process.version}`);
for (const name of process.argv.slice(2)) {
	const { version } = JSON.parse(readFileSync(new URL(`node_modules/${name}/package.json`, import.meta.url)));
	console.log(`${name} ${version}`);
}
