// RUN-07: a second createRun of an id raises, so the retry of a request whose answer was lost fails.
// with: @flue/postgres@0.10.2
import { postgres } from '@flue/postgres';

const adapter = postgres(process.env.DATABASE_URL);
await adapter.migrate();
const runs = adapter.connectRunStore();
const owner = { kind: 'workflow', workflowName: 'w', instanceId: 'r' };
const run = { runId: 'r', owner, startedAt: '2026-01-01T00:00:00.000Z' };
await runs.createRun(run);
const raised = await runs.createRun(run).then(() => null, (error) => error.message);
console.log('the second createRun raised:', raised);
process.exitCode = raised ? 0 : 1;
await adapter.close();
