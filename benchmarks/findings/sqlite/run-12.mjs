// RUN-12, INDEX-20: with a database file, runs and their index are gone after a restart.
// with: @flue/runtime@0.10.2 @flue/runtime@0.11.1
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sqlite } from '@flue/runtime/node';

const path = join(mkdtempSync(join(tmpdir(), 'flue-')), 'flue.db');
const owner = { kind: 'workflow', workflowName: 'w', instanceId: 'r' };
const run = { runId: 'r', owner, startedAt: '2026-01-01T00:00:00.000Z' };
const before = sqlite(path);
before.migrate();
await before.connectRunStore().createRun(run);
await before.connectRunRegistry().recordRunStart(run);
before.close();

const after = sqlite(path);
after.migrate();
const found = await after.connectRunStore().getRun('r');
const pointer = await after.connectRunRegistry().lookupRun('r');
console.log('the run after a restart:', found, 'its pointer:', pointer);
process.exitCode = found === null && pointer === null ? 0 : 1;
