// STREAM-09: an append that fails uses an offset up, for the counter is raised outside a transaction.
// with: @flue/runtime@0.11.1
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { sqlite } from '@flue/runtime/node';

const path = join(mkdtempSync(join(tmpdir(), 'flue-')), 'flue.db');
const adapter = sqlite(path);
adapter.migrate();
const streams = adapter.connectEventStreamStore();
await streams.createStream('runs/r');
await streams.appendEvent('runs/r', 0);
// Whatever makes an INSERT fail: a full disk, a lock.
const database = new DatabaseSync(path);
database.exec("CREATE TRIGGER full BEFORE INSERT ON flue_event_stream_entries BEGIN SELECT RAISE(ABORT, 'full'); END");
const raised = await streams.appendEvent('runs/r', 1).catch((error) => error.message);
database.exec('DROP TRIGGER full');
const offset = await streams.appendEvent('runs/r', 1);
console.log('the append raised:', raised, 'and the next one got:', offset);
process.exitCode = offset.endsWith('2') ? 0 : 1;
