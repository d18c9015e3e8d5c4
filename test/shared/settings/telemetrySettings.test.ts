import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import {
  readAuthenticationString,
  readConnectionString,
} from '../../../shared/settings/telemetrySettings.ts';

const key = '22222222-2222-4222-8222-222222222abc';
const endpoint = 'https://westeurope-5.in.applicationinsights.azure.com/';

/** The SDK's own parser. */
const require = createRequire(import.meta.url);
const exporter = require.resolve('@azure/monitor-opentelemetry-exporter');
const { ConnectionStringParser } = require(
  exporter.replace(/index\.js$/, 'utils/connectionStringParser.js'),
) as {
  ConnectionStringParser: {
    parse(text: string): Record<string, string>;
    validateInstrumentationKey(key: string): boolean;
  };
};

describe('a connection string', () => {
  it.each([
    `InstrumentationKey=${key};IngestionEndpoint=${endpoint}`,
    `"InstrumentationKey=${key};IngestionEndpoint=${endpoint}"`,
    `'InstrumentationKey=${key};IngestionEndpoint=${endpoint}'`,
    ` "InstrumentationKey=${key};IngestionEndpoint=${endpoint}"\n`,
    ` InstrumentationKey=${key}; IngestionEndpoint=${endpoint} ; `,
    `InstrumentationKey = ${key.toUpperCase()};IngestionEndpoint=${endpoint};`,
    `instrumentationkey=${key};;INGESTIONENDPOINT=${endpoint};Note=a=b`,
    `InstrumentationKey=${key}\n;IngestionEndpoint=${endpoint}\n`,
  ])('as people write it is read into one that the SDK takes: %j', (text) => {
    const read = readConnectionString(text) ?? '';
    const parsed = ConnectionStringParser.parse(read);
    expect(read).toBe(`InstrumentationKey=${key};IngestionEndpoint=${endpoint}`);
    expect(parsed).toMatchObject({
      instrumentationkey: key,
      ingestionendpoint: endpoint.replace(/\/$/, ''),
    });
    expect(ConnectionStringParser.validateInstrumentationKey(parsed.instrumentationkey ?? '')).toBe(true);
  });

  it('keeps everything that the SDK uses', () => {
    const text = `InstrumentationKey=${key};EndpointSuffix=applicationinsights.us;Location=USGov;AADAudience=https://monitor.azure.us`;
    expect(readConnectionString(text)).toBe(text);
  });

  it.each([
    key,
    '',
    `"InstrumentationKey=${key}`,
    `"InstrumentationKey=${key}";IngestionEndpoint=${endpoint}`,
    `InstrumentationKey="${key}"`,
    `InstrumentationKey=${key};IngestionEndpoint=x${endpoint}`,
    'InstrumentationKey=',
    'InstrumentationKey=not-a-guid',
    `InstrumentationKey=${key.slice(1)}`,
    `InstrumentationKey={${key}}`,
    `InstrumentationKey=${'z'.repeat(36)}`,
    `InstrumentationKey=${'-'.repeat(36)}`,
    `IngestionEndpoint=${endpoint}`,
    `InstrumentationKey=${key};IngestionEndpoint=dc.services.visualstudio.com`,
    `InstrumentationKey=${key};IngestionEndpoint=https://`,
    // The SDK would send there by https, and lose every record without a word.
    `InstrumentationKey=${key};IngestionEndpoint=http://localhost:8080/`,
    `InstrumentationKey=${key};IngestionEndpoint=HTTP://localhost:8080/`,
    `InstrumentationKey=${key};IngestionEndpoint=${endpoint};LiveEndpoint=http://localhost:8080/`,
    `InstrumentationKey=${key};IngestionEndpoint=https://a b/`,
    `InstrumentationKey=${key};EndpointSuffix=a=b`,
  ])('that leads nowhere is not one: %j', (text) => {
    expect(readConnectionString(text)).toBeUndefined();
  });
});

describe('an authentication string', () => {
  it.each([
    ['Authorization=AAD', {}],
    ['authorization=aad;', {}],
    [`Authorization=AAD;ClientId=${key}`, { clientId: key }],
    [`"ClientId=${key}; authorization=aad"`, { clientId: key }],
  ])('%s is read in any order and case', (text, identity) => {
    expect(readAuthenticationString(text)).toEqual(identity);
  });

  it.each([
    '',
    'AAD',
    'Authorization=ikey',
    `ClientId=${key}`,
    'Authorization=AAD;ClientId=me',
    'Authorization=AAD;ClientId',
  ])('%s is not one', (text) => {
    expect(readAuthenticationString(text)).toBeUndefined();
  });
});
