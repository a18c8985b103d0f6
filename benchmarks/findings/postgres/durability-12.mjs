// DURABILITY-12: a connection that ends within a transaction takes the whole process with it. (In the driver
// `postgres` up to 3.4.9; nothing that is awaited can catch it.)
// with: @flue/postgres@0.10.2
import { postgres } from '@flue/postgres';
import driver from 'postgres';

const adapter = postgres(process.env.DATABASE_URL);
await adapter.migrate();
const { submissions } = adapter.connect();
const sql = driver(process.env.DATABASE_URL, { max: 1 });
process.on('uncaughtException', (error) => {
  console.log('uncaught, it would have ended the process:', error.message);
  process.exit(0);
});
const key = 'agent-session:["i","default","s"]';
await sql`SELECT pg_advisory_lock(hashtext(${key}))`;
const admission = submissions.admitDispatch({
  dispatchId: 'd', agent: 'a', id: 'i', session: 's', input: {}, acceptedAt: new Date().toISOString(),
}).catch((error) => console.log('the admission raised, which is as it should be:', error.message));
await new Promise((resolve) => setTimeout(resolve, 300));
// What a failover, a restart or a pooler does.
await sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
  WHERE datname = current_database() AND pid <> pg_backend_pid()`;
await admission;
await new Promise((resolve) => setTimeout(resolve, 1000));
console.log('the process goes on');
process.exit(1);
