// STREAM-39: a reader that continues from nextOffset misses an event, if two processes append.
// with: @flue/runtime@0.11.1
import { fork } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { sqlite } from '@flue/runtime/node';

const path = process.argv[2] ?? join(mkdtempSync(join(tmpdir(), 'flue-')), 'flue.db');
const adapter = sqlite(path);
adapter.migrate();
const streams = adapter.connectEventStreamStore();
const read = (offset) => streams.readEvents('runs/r', { offset, limit: 1000 });
for (; process.argv[2]; await setTimeout(0)) await streams.appendEvent('runs/r', 'theirs').catch(() => {});
await streams.createStream('runs/r');
const writer = fork(import.meta.filename, [path]);
for (let round = 0, at = '-1', missed; round < 3000 && !missed; round++) {
  await setTimeout(Math.random() * 4);
  writer.kill('SIGSTOP');
  await streams.appendEvent('runs/r', 'mine').catch(() => {});
  const [before, page] = [at, await read(at)];
  at = page.nextOffset;
  writer.kill('SIGCONT');
  await setTimeout(20);
  missed = (await read(before)).events.filter(({ offset }) => offset <= at)[page.events.length];
  if (missed) console.log('the reader was at', at, 'when an event before that came to be');
  process.exitCode = missed ? 0 : 1;
}
writer.kill('SIGKILL');
