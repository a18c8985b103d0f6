// INDEX-07, INDEX-16: runs are sorted by locale and paged by code point, so that pages lose runs.
// with: @flue/runtime@0.10.2 @flue/runtime@0.11.1
import { sqlite } from '@flue/runtime/node';

const adapter = sqlite();
adapter.migrate();
const registry = adapter.connectRunRegistry();
const ids = ['workflow:A', 'workflow:a', 'workflow:B', 'workflow:b'];
for (const runId of ids) {
  const owner = { kind: 'workflow', workflowName: 'w', instanceId: runId };
  await registry.recordRunStart({ runId, owner, startedAt: '2026-01-01T00:00:00.000Z' });
}
const seen = [];
let cursor;
do {
  const page = await registry.listRuns({ limit: 1, cursor });
  seen.push(...page.runs.map(({ runId }) => runId));
  cursor = page.nextCursor;
} while (cursor && seen.length < 10);
console.log('a reader of pages of one sees:', seen.join(' '), cursor ? '… for ever' : '');
process.exitCode = new Set(seen).size === ids.length && seen.length === ids.length ? 1 : 0;
