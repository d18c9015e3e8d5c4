import { describe, expect, it } from 'vitest';
import { azureServices, localServices } from '../../../cli/azure/services.ts';

const credential = { getToken: async () => null };

describe('the APIs of Azure', () => {
  it.each([
    [
      'https://graph.microsoft.com',
      ['https://management.azure.com', 'https://management.azure.com/.default'],
      ['https://api.loganalytics.azure.com', 'https://api.loganalytics.io/.default'],
    ],
    [
      'https://graph.microsoft.us',
      ['https://management.usgovcloudapi.net', 'https://management.usgovcloudapi.net/.default'],
      ['https://api.loganalytics.us', 'https://api.loganalytics.us/.default'],
    ],
  ])('are in the cloud of %s', (graph, manager, logs) => {
    const { resourceManager, logAnalytics } = azureServices(graph, credential);
    expect([resourceManager.baseUrl, resourceManager.scope]).toEqual(manager);
    expect([logAnalytics.baseUrl, logAnalytics.scope]).toEqual(logs);
  });

  it('are on this machine for the local Service Bus', () => {
    const { resourceManager, logAnalytics } = localServices(credential, {
      RESOURCE_MANAGER_URL: 'https://localhost:1',
    });
    expect([resourceManager.baseUrl, resourceManager.scope]).toEqual([
      'https://localhost:1',
      'https://localhost:1/.default',
    ]);
    expect(logAnalytics.baseUrl).toBe('https://localhost:8446');
  });

  it.each(['RESOURCE_MANAGER_URL', 'LOG_ANALYTICS_URL'])('are nowhere else, whatever %s says', (name) => {
    expect(() => localServices(credential, { [name]: 'https://attacker.example' })).toThrow(
      `The variable ${name} is https://attacker.example, which is not on this machine`,
    );
  });
});
