// Flue's published coordinator with a fake model, on an adapter in another process.
//
//     node dispatch.mjs ADAPTER COMMAND begin|resume
//
// ADAPTER is the path of flue-remote-adapter, COMMAND the options of remoteAdapter() as JSON. `begin` admits a
// dispatch whose first turn calls a tool that never ends; `resume` finds what is left of it, and tells.

import { fauxAssistantMessage, fauxToolCall, registerFauxProvider } from '@earendil-works/pi-ai';
import { createAgent } from '@flue/runtime';
import {
  Bash, bashFactoryToSessionEnv, createFlueContext, createNodeAgentCoordinator, InMemoryFs,
} from '@flue/runtime/internal';

const [path, options, mode] = process.argv.slice(2);
const { remoteAdapter } = await import(path);
const adapter = remoteAdapter(JSON.parse(options));
await adapter.migrate();
const { sessions, submissions } = adapter.connect();
const eventStreamStore = adapter.connectEventStreamStore?.();

const model = registerFauxProvider();
model.setResponses(mode === 'begin'
  ? [fauxAssistantMessage([fauxToolCall('look', { at: 'the logs' })], { stopReason: 'toolUse' })]
  : [fauxAssistantMessage('It looked, and it is done.')]);

const look = {
  name: 'look',
  description: 'Looks at something.',
  parameters: { type: 'object', properties: { at: { type: 'string' } } },
  async execute() {
    console.log('the tool runs');
    await new Promise((resolve) => setTimeout(resolve, 600_000));
    return 'nothing';
  },
};
const agent = createAgent(() => ({ model: 'faux/faux', tools: [look] }));
const coordinator = createNodeAgentCoordinator({
  submissions,
  eventStreamStore,
  agents: { triage: agent },
  createContext: (id, runId, payload, req, initialEventIndex, dispatchId) => createFlueContext({
    id, runId, dispatchId, payload, req, initialEventIndex, env: {}, defaultStore: sessions,
    submissionStore: submissions,
    agentConfig: {
      systemPrompt: '', skills: {}, model: undefined, resolveModel: () => model.getModel(),
    },
    createDefaultEnv: () => bashFactoryToSessionEnv(() => new Bash({ fs: new InMemoryFs() })),
  }),
});

if (mode === 'begin') {
  await coordinator.admitDispatch({
    dispatchId: 'dispatch-1', agent: 'triage', id: 'issue-42', session: 'default',
    input: { issue: 42 }, acceptedAt: '2026-06-03T00:00:00.000Z',
  });
  await coordinator.waitForIdle();
} else {
  await coordinator.reconcileSubmissions();
  await coordinator.shutdown();
  const submission = await submissions.getSubmission('dispatch-1');
  const session = await sessions.load(submission.sessionKey);
  const events = await eventStreamStore?.readEvents('agents/triage/issue-42');
  console.log(JSON.stringify({
    status: submission.status,
    error: submission.error,
    attempts: submission.attemptCount,
    roles: session.entries.map(({ message }) => message?.role),
    said: session.entries.at(-1).message.content,
    events: events?.events.length,
  }));
  await adapter.close();
}
