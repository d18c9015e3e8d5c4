#!/usr/bin/env node
import { fileURLToPath } from 'node:url';

process.argv.splice(2, 0, fileURLToPath(new URL('epc.ts', import.meta.url)));
await import('../scripts/onNode24.mjs');
