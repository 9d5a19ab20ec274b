// versions.mjs PACKAGE... prints the versions of these packages, and of Node.js.
import { readFileSync } from 'node:fs';

for (const name of process.argv.slice(2)) {
	const { version } = JSON.parse(readFileSync(new URL(`node_modules/${name}/package.json`, import.meta.url)));
	console.log(`${name} ${version}`);
}
console.log(`Node.js ${process.version}`);
