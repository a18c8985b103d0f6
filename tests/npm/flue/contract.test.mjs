// The contract suites that Flue ships for authors of adapters, on an adapter in another process.

import * as flue from '@flue/runtime/test-utils';
// Of 0.10 it has none.
const streams = await import('@flue/runtime/test-utils').then(
  ({ defineEventStreamStoreContractTests }) => defineEventStreamStoreContractTests);

const { adapter: path, options } = JSON.parse(process.env.FLUE_SUITE);
const { remoteAdapter } = await import(path);

const open = [];
async function opened() {
  const adapter = remoteAdapter(options);
  open.push(adapter);
  await adapter.migrate();
  return adapter;
}
async function cleanup() {
  await Promise.all(open.splice(0).map((adapter) => adapter.close()));
}

flue.defineStoreContractTests('stores', { create: async () => (await opened()).connect(), cleanup });
if (streams) {
  streams('event streams', {
    create: async () => (await opened()).connectEventStreamStore(), cleanup,
  });
}
