import { expect, it } from 'vitest';
import local from '../local.settings.json' with { type: 'json' };

it('local.settings.json holds no secret', () => {
  expect(local.IsEncrypted).toBe(false);
  for (const value of Object.values(local.Values)) {
    expect(value).not.toMatch(/windows\.net|azure\.com|eyJ/);
  }
  expect(local.Values.ServiceBusConnection).toMatch(/^Endpoint=sb:\/\/localhost.*SharedAccessKey=local;/);
  expect(local.Values.IDENTITY_HEADER).toBe('local');
});
