// RUN-11: the run store keeps and hands out its callers' very objects.
// with: @flue/runtime@0.10.2 @flue/runtime@0.11.1
import { sqlite } from '@flue/runtime/node';

const adapter = sqlite();
adapter.migrate();
const runs = adapter.connectRunStore();
const payload = { task: 'as it was' };
const owner = { kind: 'workflow', workflowName: 'w', instanceId: 'r' };
await runs.createRun({ runId: 'r', owner, startedAt: '2026-01-01T00:00:00.000Z', payload });
payload.task = 'changed by the workflow';
const run = await runs.getRun('r');
console.log('the stored payload:', run.payload);
run.payload.task = 'changed by a reader';
console.log('and then:', (await runs.getRun('r')).payload);
process.exitCode = run.payload === payload ? 0 : 1;
