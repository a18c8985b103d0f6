// DELETION-12: of two deletions of one session, by two servers, a failing one takes the marker away that the
// other still needs: the session takes work amid its deletion.
// with: @flue/postgres@0.10.2
import { postgres } from '@flue/postgres';

const [one, other] = [1, 2].map(() => postgres(process.env.DATABASE_URL));
await one.migrate();
const [mine, theirs] = [one.connect().submissions, other.connect().submissions];
const key = 'agent-session:["i","default","s"]';
let admitted;
await mine.deleteSession(key, async () => {
  await theirs.deleteSession(key, async () => { throw new Error('no'); }).catch(() => {});
  admitted = await mine.admitDispatch({
    dispatchId: 'd', agent: 'a', id: 'i', session: 's', input: {}, acceptedAt: new Date().toISOString(),
  }).catch((error) => error.message);
});
console.log('an admission during the deletion:', admitted.kind ?? admitted);
process.exitCode = admitted.kind === 'submission' ? 0 : 1;
await Promise.all([one.close(), other.close()]);
