// JOURNAL-15: a turn that begins before a takeover commits stays with the attempt that lost, and open.
// with: @flue/postgres@0.10.2
import { postgres } from '@flue/postgres';
import driver from 'postgres';

const adapter = postgres(process.env.DATABASE_URL);
await adapter.migrate();
const { submissions } = adapter.connect();
const sql = driver(process.env.DATABASE_URL, { max: 1 });
const dispatch = { dispatchId: 'd', agent: 'a', id: 'i', session: 's', input: {}, acceptedAt: new Date().toISOString() };
await submissions.admitDispatch(dispatch);
await submissions.claimSubmission({ submissionId: 'd', attemptId: 't1', ownerId: 'o', leaseExpiresAt: Date.now() + 30_000 });

// The commit of the takeover takes as long as we hold a lock, as it may on a slow disk.
await sql.unsafe(`CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN PERFORM pg_advisory_xact_lock(1); RETURN NULL; END $$;
  CREATE CONSTRAINT TRIGGER slow AFTER UPDATE ON flue_agent_submissions
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION slow()`);
await sql`SELECT pg_advisory_lock(1)`;
const takeover = submissions.replaceTurnJournalAttempt({ submissionId: 'd', attemptId: 't1' }, 't2');
await new Promise((resolve) => setTimeout(resolve, 300));
await submissions.beginTurnJournal({ submissionId: 'd', sessionKey: 'agent-session:["i","default","s"]',
  kind: 'dispatch', attemptId: 't1', operationId: 'o', turnId: 'u', phase: 'before_provider' });
const before = await submissions.getSubmission('d');
await sql`SELECT pg_advisory_unlock(1)`;
const [after, turn] = [await takeover, await submissions.getTurnJournal('d')];
console.log(`begun while ${before.attemptId} owned it, now ${after.attemptId} does; the turn is of`, turn.attemptId);
process.exitCode = before.attemptId === 't1' && turn.attemptId === 't1' ? 0 : 1;
await Promise.all([adapter.close(), sql.end()]);
