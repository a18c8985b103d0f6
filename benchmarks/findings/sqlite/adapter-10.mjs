// ADAPTER-10: a write that meets another process's write raises at once, since nothing waits for locks.
// with: @flue/runtime@0.10.2 @flue/runtime@0.11.1
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { sqlite } from '@flue/runtime/node';

const path = join(mkdtempSync(join(tmpdir(), 'flue-')), 'flue.db');
const adapter = sqlite(path);
adapter.migrate();
const { submissions } = adapter.connect();
const other = new DatabaseSync(path);
other.exec('BEGIN IMMEDIATE');
const began = performance.now();
const raised = await submissions.admitDispatch({
  dispatchId: 'd', agent: 'a', id: 'i', session: 's', input: {}, acceptedAt: new Date().toISOString(),
}).then(() => null, (error) => error.message);
other.exec('COMMIT');
console.log(`an accepted dispatch, after ${Math.round(performance.now() - began)} ms: ${raised ?? 'fine'}`);
process.exitCode = raised ? 0 : 1;
