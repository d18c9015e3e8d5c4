/** Takes the picture of the board, in light and dark: `npm run record` writes docs/board-light.png and docs/board-dark.png. */
import { chromium } from 'playwright-core';
import { startSampleBoard } from '../local/sampleBoard.ts';
import { CHROMIUM } from '../test/browser/chromium.ts';

const SIZE = { width: 1100, height: 860 };

const board = await startSampleBoard();
const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
for (const colorScheme of ['light', 'dark'] as const) {
  const page = await browser.newPage({ viewport: SIZE, colorScheme });
  await page.goto(board.url);
  await page.screenshot({ path: `docs/board-${colorScheme}.png` });
}
await browser.close();
await board.close();
