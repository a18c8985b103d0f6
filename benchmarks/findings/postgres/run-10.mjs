// RUN-10: a run that took longer than 24.8 days cannot end, and stays active.
// with: @flue/postgres@0.10.2
import { postgres } from '@flue/postgres';

const adapter = postgres(process.env.DATABASE_URL);
await adapter.migrate();
const runs = adapter.connectRunStore();
const owner = { kind: 'workflow', workflowName: 'w', instanceId: 'r' };
await runs.createRun({ runId: 'r', owner, startedAt: '2026-01-01T00:00:00.000Z' });
const end = { runId: 'r', endedAt: '2026-02-01T00:00:00.000Z', isError: false, durationMs: 2 ** 31 };
const raised = await runs.endRun(end).then(() => null, (error) => error.message);
const { status } = await runs.getRun('r');
console.log('endRun raised:', raised, '- the run is', status);
process.exitCode = status === 'active' ? 0 : 1;
await adapter.close();
