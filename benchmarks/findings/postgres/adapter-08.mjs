// ADAPTER-08: of several servers that boot at once on an empty database, some fail in migrate().
// with: @flue/postgres@0.10.2
import { postgres } from '@flue/postgres';
import driver from 'postgres';

const sql = driver(process.env.DATABASE_URL, { max: 1, onnotice() {} });
let raised;
for (let round = 0; round < 20 && !raised; round++) {
  await sql.unsafe('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
  const options = { connectionString: process.env.DATABASE_URL, driverOptions: { onnotice() {} } };
  const adapters = Array.from({ length: 4 }, () => postgres(options));
  const outcomes = await Promise.allSettled(adapters.map((adapter) => adapter.migrate()));
  raised = outcomes.find(({ status }) => status === 'rejected')?.reason.message;
  await Promise.all(adapters.map((adapter) => adapter.close()));
}
console.log('of four that migrate at once one raised:', raised ?? 'none');
process.exitCode = raised ? 0 : 1;
await sql.end();
