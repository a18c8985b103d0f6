// ADAPTER-06: the run store and the registry go on answering after close().
// with: @flue/runtime@0.10.2 @flue/runtime@0.11.1
import { sqlite } from '@flue/runtime/node';

const adapter = sqlite();
adapter.migrate();
const { sessions } = adapter.connect();
const runs = adapter.connectRunStore();
const owner = { kind: 'workflow', workflowName: 'w', instanceId: 'r' };
adapter.close();
const saved = await sessions.load('s').then(() => 'fine', (error) => error.message);
const run = { runId: 'r', owner, startedAt: '2026-01-01T00:00:00.000Z' };
const created = await runs.createRun(run).then(() => 'fine', (error) => error.message);
console.log('after close(), sessions.load:', saved, '- createRun:', created);
process.exitCode = created === 'fine' ? 0 : 1;
