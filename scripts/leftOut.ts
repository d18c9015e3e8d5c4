/**
 * In the bundle, this stands in for the packages from which `applicationinsights` imports what the app never calls:
 * automatic collection with every instrumentation there is, and export by OTLP with gRPC and protobuf. They would be
 * three quarters of it.
 */
function leftOut(): never {
  throw new Error('This part of the telemetry SDK is not in the bundle (scripts/leftOut.ts).');
}

export {
  leftOut as OTLPLogExporter,
  leftOut as OTLPMetricExporter,
  leftOut as OTLPTraceExporter,
  leftOut as shutdownAzureMonitor,
  leftOut as useAzureMonitor,
};
