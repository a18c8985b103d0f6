// LIFECYCLE-14: a submission cannot fail with a message that holds U+0000, and stays running.
// with: @flue/postgres@0.10.2
import { postgres } from '@flue/postgres';

const adapter = postgres(process.env.DATABASE_URL);
await adapter.migrate();
const { submissions } = adapter.connect();
const attempt = { submissionId: 'd', attemptId: 't', ownerId: 'o', leaseExpiresAt: Date.now() + 30_000 };
await submissions.admitDispatch({
  dispatchId: 'd', agent: 'a', id: 'i', session: 's', input: {}, acceptedAt: new Date().toISOString(),
});
await submissions.claimSubmission(attempt);
const raised = await submissions.failSubmission(attempt, new Error('a tool printed \0'))
  .then(() => null, (error) => error.message);
const { status } = await submissions.getSubmission('d');
console.log('failSubmission raised:', raised, '- the submission is', status);
process.exitCode = status === 'running' ? 0 : 1;
await adapter.close();
