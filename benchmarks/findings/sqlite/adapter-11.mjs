// ADAPTER-11: 0.11.1 opens a file of 0.10.2, hands out its sessions without their entries, and cannot
// save any.
// with: @flue/runtime@0.11.1
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { sqlite } from '@flue/runtime/node';

const path = join(mkdtempSync(join(tmpdir(), 'flue-')), 'flue.db');
const session = {
  version: 5, affinityKey: 'k', leafId: 'e', metadata: {},
  createdAt: '2026-01-01T00:00:00.000Z', updatedAt: '2026-01-01T00:00:00.000Z',
  entries: [{ type: 'message', id: 'e', parentId: null, timestamp: '2026-01-01T00:00:00.000Z' }],
};
// What sqlite() of 0.10.2 leaves: migrate() and one save.
const old = new DatabaseSync(path);
old.exec('CREATE TABLE flue_sessions (id TEXT PRIMARY KEY, data TEXT NOT NULL, updated_at INTEGER NOT NULL)');
old.prepare('INSERT INTO flue_sessions VALUES (?, ?, 0)').run('s', JSON.stringify(session));

const adapter = sqlite(path);
adapter.migrate();
const { sessions } = adapter.connect();
const { entries } = await sessions.load('s');
const saved = await sessions.save('s', session).then(() => 'fine', (error) => error.message);
console.log(`after the upgrade: ${entries.length} of 1 entries; a save: ${saved}`);
process.exitCode = entries.length === 0 && saved !== 'fine' ? 0 : 1;
