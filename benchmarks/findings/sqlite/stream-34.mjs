// STREAM-34: who ends a subscription twice ends the subscriptions of others.
// with: @flue/runtime@0.11.1
import { sqlite } from '@flue/runtime/node';

const adapter = sqlite();
adapter.migrate();
const streams = adapter.connectEventStreamStore();
await streams.createStream('runs/r');
let heard = 0;
const unsubscribe = streams.subscribe('runs/r', () => {});
unsubscribe();
streams.subscribe('runs/r', () => { heard += 1; });
unsubscribe();
await streams.appendEvent('runs/r', {});
console.log('the other subscriber heard of', heard, 'of 1 events');
process.exitCode = heard === 0 ? 0 : 1;
