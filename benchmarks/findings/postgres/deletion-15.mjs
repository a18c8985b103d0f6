// DELETION-15: a replay that meets the end of its session's deletion is queued anew, and runs twice.
// with: @flue/postgres@0.10.2
import { postgres } from '@flue/postgres';
import driver from 'postgres';

const adapter = postgres(process.env.DATABASE_URL);
await adapter.migrate();
const { submissions } = adapter.connect();
const sql = driver(process.env.DATABASE_URL, { max: 1 });
const acceptedAt = new Date().toISOString();
const dispatch = { dispatchId: 'd', agent: 'a', id: 'i', session: 's', input: {}, acceptedAt };
const attempt = { submissionId: 'd', attemptId: 't', ownerId: 'o', leaseExpiresAt: Date.now() + 30_000 };
await submissions.admitDispatch(dispatch);
await submissions.claimSubmission(attempt);
await submissions.completeSubmission(attempt);

const key = 'agent-session:["i","default","s"]';
let replay;
await submissions.deleteSession(key, async () => {
  // Another admission to the session holds its lock for a moment: the replay has looked for a receipt by then.
  await sql`SELECT pg_advisory_lock(hashtext(${key}))`;
  replay = submissions.admitDispatch(dispatch);
  await new Promise((resolve) => setTimeout(resolve, 300));
});
await sql`SELECT pg_advisory_unlock(hashtext(${key}))`;
const { kind, submission } = await replay;
console.log('the replay of a dispatch that was settled:', kind, submission?.status);
process.exitCode = submission?.status === 'queued' ? 0 : 1;
await Promise.all([adapter.close(), sql.end()]);
