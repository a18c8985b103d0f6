// INDEX-19: a listing whose page ends at a run id beyond Latin-1 raises.
// with: @flue/postgres@0.10.2
import { postgres } from '@flue/postgres';

const adapter = postgres(process.env.DATABASE_URL);
await adapter.migrate();
const registry = adapter.connectRunRegistry();
for (const runId of ['workflow:報告:1', 'workflow:報告:2']) {
  const owner = { kind: 'workflow', workflowName: '報告', instanceId: runId };
  await registry.recordRunStart({ runId, owner, startedAt: '2026-01-01T00:00:00.000Z' });
}
const raised = await registry.listRuns({ limit: 1 }).then(() => null, (error) => error.message);
console.log('listRuns of the first page:', raised ?? 'fine');
process.exitCode = raised ? 0 : 1;
await adapter.close();
