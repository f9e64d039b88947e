#!/usr/bin/env node
// `npm start` and `npx tegas <command>`: installs and builds what is missing, then hands over to apps/cli.
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { prepare, root } from './prepare.mjs';

await prepare();
const { main } = await import(pathToFileURL(path.join(root, 'dist', 'apps', 'cli', 'src', 'main.js')).href);
process.exitCode = await main(process.argv.slice(2));
