import rhea from 'rhea';
import { Connection } from 'rhea-promise';

const SESSION_FILTER = 'com.microsoft:session-filter';
const { createReceiver } = Connection.prototype;

/**
 * Lets the clients of this process accept the session whose id is empty, as the .NET client does. `@azure/service-bus`
 * takes an empty text for no id; wrapped as an AMQP string, the same id is an object, which is truthy. So is the
 * `sessionId` of the receiver then.
 */
export function acceptEmptySessionId(): void {
  Connection.prototype.createReceiver = async function (...options) {
    const receiver = await createReceiver.apply(this, options);
    const { filter } = receiver.source;
    if (filter?.[SESSION_FILTER] === '') {
      const value = { ...filter, [SESSION_FILTER]: rhea.types.wrap_string('') };
      Object.defineProperty(receiver.source, 'filter', { value });
    }
    return receiver;
  };
}
