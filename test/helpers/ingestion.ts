import { randomUUID } from 'node:crypto';
import { type IngestionOptions, startIngestion } from '../../local/applicationInsights/ingestion.ts';

/**
 * Ingestion for the telemetry SDK in this process. The SDK keeps on disk what it could not send, and sends it to the
 * next ingestion with the same key: so this one has a key of its own.
 */
export function startOwnIngestion(options: Omit<IngestionOptions, 'instrumentationKey'>) {
  return startIngestion({ ...options, instrumentationKey: randomUUID() });
}
