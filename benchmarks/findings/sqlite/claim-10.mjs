// CLAIM-10: a claim of a head whose payload is malformed raises, and leaves it running for nobody.
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
const acceptedAt = new Date().toISOString();
await submissions.admitDispatch(
  { dispatchId: 'd', agent: 'a', id: 'i', session: 's', input: {}, acceptedAt });
const database = new DatabaseSync(path);
database.exec("UPDATE flue_agent_submissions SET payload = 'damaged'");

const raised = await submissions
  .claimSubmission({ submissionId: 'd', attemptId: 't', ownerId: 'o', leaseExpiresAt: Date.now() + 30_000 })
  .catch((error) => error.message);
const row = database.prepare('SELECT status, owner_id FROM flue_agent_submissions').get();
console.log('the claim raised:', raised);
console.log('the row afterwards:', row);
process.exitCode = row.status === 'running' ? 0 : 1;
