// RUN-08, INDEX-03: a run whose owner is another instance is stored, where sqlite() refuses it.
// with: @flue/postgres@0.10.2
import { postgres } from '@flue/postgres';

const adapter = postgres(process.env.DATABASE_URL);
await adapter.migrate();
const owner = { kind: 'workflow', workflowName: 'w', instanceId: 'another run' };
const run = { runId: 'r', owner, startedAt: '2026-01-01T00:00:00.000Z' };
const tell = (call) => call.then(() => 'stored', (error) => error.message);
const created = await tell(adapter.connectRunStore().createRun(run));
const recorded = await tell(adapter.connectRunRegistry().recordRunStart(run));
console.log('createRun:', created, '- recordRunStart:', recorded);
process.exitCode = created === 'stored' && recorded === 'stored' ? 0 : 1;
await adapter.close();
