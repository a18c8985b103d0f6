// RUN-07: a second createRun of an id forgets how the run ended.
// with: @flue/runtime@0.10.2 @flue/runtime@0.11.1
import { sqlite } from '@flue/runtime/node';

const adapter = sqlite();
adapter.migrate();
const runs = adapter.connectRunStore();
const owner = { kind: 'workflow', workflowName: 'w', instanceId: 'r' };
const startedAt = '2026-01-01T00:00:00.000Z';
await runs.createRun({ runId: 'r', owner, startedAt, payload: 1 });
await runs.endRun({ runId: 'r', endedAt: startedAt, isError: false, durationMs: 5, result: 'kept?' });
await runs.createRun({ runId: 'r', owner, startedAt, payload: 1 });
const { status, result } = await runs.getRun('r');
console.log('after a second createRun:', { status, result });
process.exitCode = status === 'active' ? 0 : 1;
