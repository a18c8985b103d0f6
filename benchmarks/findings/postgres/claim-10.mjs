// CLAIM-10: a claim of a head whose payload is malformed raises, and leaves it running for nobody.
// with: @flue/postgres@0.10.2
import { postgres } from '@flue/postgres';
import driver from 'postgres';

const adapter = postgres(process.env.DATABASE_URL);
await adapter.migrate();
const { submissions } = adapter.connect();
const sql = driver(process.env.DATABASE_URL, { max: 1 });
const acceptedAt = new Date().toISOString();
await submissions.admitDispatch(
  { dispatchId: 'd', agent: 'a', id: 'i', session: 's', input: {}, acceptedAt });
await sql`UPDATE flue_agent_submissions SET payload = 'damaged'`;
const raised = await submissions
  .claimSubmission({ submissionId: 'd', attemptId: 't', ownerId: 'o', leaseExpiresAt: Date.now() + 30_000 })
  .catch((error) => error.message);
const [row] = await sql`SELECT status, owner_id FROM flue_agent_submissions`;
console.log('the claim raised:', raised);
console.log('the row afterwards:', row);
process.exitCode = row.status === 'running' ? 0 : 1;
await Promise.all([adapter.close(), sql.end()]);
