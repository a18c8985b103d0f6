// INDEX-07: runs are listed by the database's collation, so their order depends on where the server runs.
// with: @flue/postgres@0.10.2
import { postgres } from '@flue/postgres';
import driver from 'postgres';

const sql = driver(process.env.DATABASE_URL, { max: 1 });
const [{ collation, provider }] = await sql`SELECT datcollate AS collation, datlocprovider AS provider
  FROM pg_database WHERE datname = current_database()`;
const adapter = postgres(process.env.DATABASE_URL);
await adapter.migrate();
const registry = adapter.connectRunRegistry();
for (const runId of ['workflow:B', 'workflow:a']) {
  const owner = { kind: 'workflow', workflowName: 'w', instanceId: runId };
  await registry.recordRunStart({ runId, owner, startedAt: '2026-01-01T00:00:00.000Z' });
}
const listed = (await registry.listRuns()).runs.map(({ runId }) => runId);
console.log(`with the collation ${collation} (${provider}), newest first:`, listed.join(' '));
// By code point, a lower-case letter is greater.
process.exitCode = listed[0] === 'workflow:B' ? 0 : 1;
await Promise.all([adapter.close(), sql.end()]);
