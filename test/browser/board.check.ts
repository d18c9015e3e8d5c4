/** The board in a real Chromium, on an installation of stand-ins: `npm run test:browser`. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SampleBoard, startSampleBoard } from '../../local/sampleBoard.ts';
import { CHROMIUM } from './chromium.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

let sample: SampleBoard;
let browser: Browser;
beforeAll(async () => {
  sample = await startSampleBoard();
  browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
});
afterAll(async () => {
  await browser?.close();
  await sample?.close();
});

async function open(
  width: number,
  colorScheme: 'light' | 'dark',
): Promise<{ page: Page; problems: string[] }> {
  const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
  const problems: string[] = [];
  page.on('console', (message) => problems.push(message.text()));
  page.on('pageerror', (error) => problems.push(error.message));
  await page.goto(sample.url);
  return { page, problems };
}

describe.each(['light', 'dark'] as const)('the board in %s', (scheme) => {
  it.each([360, 768, 1280, 1920])('fits a window of %i pixels, and has no axe violation', async (width) => {
    const { page, problems } = await open(width, scheme);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
    await page.evaluate(axe);
    const violations = await page.evaluate(async () => {
      const { axe: checker } = globalThis as unknown as {
        axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
      };
      return (await checker.run()).violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
    });
    expect(violations).toEqual([]);
    expect(problems).toEqual([]);
    await page.close();
  });
});

describe('the board', () => {
  it('follows by itself what happens, and the focus stays where it was', async () => {
    const { page } = await open(1280, 'light');
    const region = page.getByRole('region', { name: 'Latest results' }).locator('.wide');
    await region.focus();
    await sample.send({ enableConnection: false, reference: 'CHG-NEW' });
    await page.locator('#partners', { hasText: 'CHG-NEW' }).waitFor();
    await page.close();
  });

  it('can be walked through with the keyboard', async () => {
    const { page } = await open(360, 'light');
    await page.keyboard.press('Tab');
    const focused = await page.evaluate('document.activeElement?.className');
    expect(focused).toBe('wide');
    await page.close();
  });

  it('runs nothing of what a sender wrote', async () => {
    await sample.send({ enableConnection: false, reference: '<img src=x onerror=alert(1)>' });
    const { page } = await open(1280, 'light');
    await page.locator('#results', { hasText: '<img src=x' }).waitFor();
    expect(await page.locator('img').count()).toBe(0);
    await page.close();
  });
});
