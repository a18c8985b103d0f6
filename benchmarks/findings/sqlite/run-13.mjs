// RUN-13: each connectRunStore() of one open adapter hands out an empty store.
// with: @flue/runtime@0.10.2 @flue/runtime@0.11.1
import { sqlite } from '@flue/runtime/node';

const adapter = sqlite();
adapter.migrate();
const owner = { kind: 'workflow', workflowName: 'w', instanceId: 'r' };
const run = { runId: 'r', owner, startedAt: '2026-01-01T00:00:00.000Z' };
const [one, other] = [adapter.connectRunStore(), adapter.connectRunStore()];
await one.createRun(run);
const [here, there] = [await one.getRun('r'), await other.getRun('r')];
console.log('by the handle that made it:', here.status, 'by another:', there);
process.exitCode = there === null ? 0 : 1;
