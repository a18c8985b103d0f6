// DELETION-14: a deletion that is resumed after a crash removes only what was accepted before the crash.
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
const key = 'agent-session:["i","default","s"]';
const [first, later] = ['2026-01-01T00:00:00.000Z', '2026-01-01T00:00:02.000Z'];
const attempt = { submissionId: 'd', attemptId: 't', ownerId: 'o', leaseExpiresAt: Date.now() + 30_000 };
await submissions.admitDispatch(
  { dispatchId: 'd', agent: 'a', id: 'i', session: 's', input: {}, acceptedAt: later });
await submissions.claimSubmission(attempt);
await submissions.completeSubmission(attempt);
// What a killed process left: a marker that is a second older than the submission.
new DatabaseSync(path).prepare('INSERT INTO flue_agent_session_deletions VALUES (?, ?)')
  .run(key, Date.parse(first) + 1000);
await submissions.deleteSession(key, async () => {});
const left = await submissions.getSubmission('d');
console.log('after the resumed deletion:', left?.status ?? 'nothing');
process.exitCode = left ? 0 : 1;
