import { existsSync } from 'node:fs';

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** A browser on this machine: what the variable CHROMIUM names, else Debian's package. */
export const CHROMIUM = process.env.CHROMIUM ?? places.find(existsSync) ?? '';
