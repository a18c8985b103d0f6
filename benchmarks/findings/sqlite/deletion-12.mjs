// DELETION-12: of two deletions of one session, by two processes, a failing one takes the marker away
// that the other still needs, which ends with an error.
// with: @flue/runtime@0.10.2 @flue/runtime@0.11.1
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sqlite } from '@flue/runtime/node';

const path = join(mkdtempSync(join(tmpdir(), 'flue-')), 'flue.db');
const [one, other] = [sqlite(path), sqlite(path)].map((adapter) => {
  adapter.migrate();
  return adapter.connect().submissions;
});
const key = 'agent-session:["i","default","s"]';
const dispatch = {
  dispatchId: 'd', agent: 'a', id: 'i', session: 's', input: {}, acceptedAt: new Date().toISOString(),
};
let admitted, ended;
await one.deleteSession(key, async () => {
  await other.deleteSession(key, async () => { throw new Error('no'); }).catch(() => {});
  admitted = await one.admitDispatch(dispatch).catch((error) => error.message);
}).catch((error) => { ended = error.message; });
console.log('an admission during the deletion:', admitted.kind ?? admitted);
console.log('the deletion ended with:', ended ?? 'success');
process.exitCode = admitted.kind === 'submission' || ended ? 0 : 1;
