// A Flue persistence adapter that is another process: JSON-RPC 2.0 over its standard input and output,
// one message a line. `flue-conformance serve` speaks the other end.

import { spawn } from 'node:child_process';

const PROTOCOL = 1;
const NEWLINE = 10;

const SUBMISSIONS = [
  'admitDispatch', 'admitDirect', 'getSubmission', 'hasUnsettledSubmissions',
  'listRunnableSubmissions', 'listRunningSubmissions', 'listExpiredSubmissions', 'claimSubmission',
  'markSubmissionInputApplied', 'requestSubmissionRecovery', 'requeueSubmissionBeforeInputApplied',
  'completeSubmission', 'renewLeases', 'beginTurnJournal', 'getTurnJournal',
  'updateTurnJournalPhase', 'commitTurnJournal', 'markStreamConsumed', 'replaceTurnJournalAttempt',
  'appendStreamChunkSegment', 'getStreamChunkSegments', 'deleteStreamChunkSegments',
];
const RUNS = { '0.10': ['createRun', 'endRun', 'getRun', 'appendEvent', 'getEvents'] };
RUNS['0.11'] = RUNS['0.10'].slice(0, 3);
const REGISTRY = ['recordRunStart', 'recordRunEnd', 'lookupRun', 'listRuns'];
const STREAMS = [
  'createStream', 'appendEvent', 'readEvents', 'closeStream', 'getStreamMeta', 'deleteStream',
];

// What Flue declares to return nothing.
const VOID = new Set([
  'sessions.save', 'sessions.delete', 'submissions.renewLeases',
  'submissions.deleteStreamChunkSegments', 'submissions.deleteSession', 'runs.createRun',
  'runs.endRun', 'runs.appendEvent', 'registry.recordRunStart', 'registry.recordRunEnd',
  'streams.createStream', 'streams.closeStream', 'streams.deleteStream',
]);

// Methods whose options may hold numbers that are not finite.
const NUMERIC = new Set(['registry.listRuns', 'streams.readEvents', 'runs.getEvents']);

export function remoteAdapter({ command, location, edition = '0.11', env = {} }) {
  if (!(edition in RUNS)) {
    throw new TypeError(`remoteAdapter() knows no edition ${edition}, but ${Object.keys(RUNS).join(', ')}.`);
  }
  let remote;
  const reached = () => (remote ??= new Remote({ command, location, edition, env }));
  const connected = () => new Stores(reached());

  const adapter = {
    async migrate() {
      await reached().request('adapter.migrate', []);
    },
    connect() {
      const stores = connected();
      return { sessions: sessionStore(stores), submissions: submissionStore(stores) };
    },
    connectRunStore: () => connected().surface('runs', RUNS[edition]),
    connectRunRegistry: () => connected().surface('registry', REGISTRY),
    async close() {
      const closing = remote;
      remote = undefined;
      await closing?.close();
    },
  };
  // Flue of 0.10 has no streams.
  if (edition !== '0.10') adapter.connectEventStreamStore = () => streamStore(connected());
  return adapter;
}

// ---------------------------------------------------------------- stores

// What one connect() there hands out; Flue's connect…() wait for nothing, so their methods do.
class Stores {
  #remote;
  #number;

  constructor(remote) {
    this.#remote = remote;
    this.#number = remote.request('adapter.connect', []).then(({ stores }) => stores);
    // Whoever calls a method is told; nobody else may be there to hear of it.
    this.#number.catch(() => {});
  }

  get remote() {
    return this.#remote;
  }

  surface(prefix, methods) {
    return Object.fromEntries(
      methods.map((method) => [method, (...given) => this.call(`${prefix}.${method}`, given)]));
  }

  async call(method, given, after = []) {
    // What the caller changes later is not what was passed.
    const text = given.map((value) => written(value, NUMERIC.has(method)));
    const number = await this.#number;
    await Promise.all(after);
    const result = await this.#remote.send(method, `[${[number, ...text].join(',')}]`);
    return VOID.has(method) ? undefined : result;
  }
}

function sessionStore(stores) {
  return stores.surface('sessions', ['save', 'load', 'delete']);
}

function submissionStore(stores) {
  const pending = new Map();
  // In Flue's own adapters a deletion bars its session at once, so an admission that begins later meets it.
  const barring = new Set();
  const admit = (method) => (input) => stores.call(`submissions.${method}`, [input], [...barring]);
  return {
    ...stores.surface('submissions', SUBMISSIONS),
    admitDispatch: admit('admitDispatch'),
    admitDirect: admit('admitDirect'),
    failSubmission(attempt, error) {
      const told = error instanceof Error ? new ToldError(error) : String(error);
      return stores.call('submissions.failSubmission', [attempt, told]);
    },
    // Not async: calls for one key share one promise.
    deleteSession(sessionKey, deleteSessionTree) {
      if (!pending.has(sessionKey)) {
        const barred = Promise.withResolvers();
        barring.add(barred.promise);
        const deletion = stores.remote
          .withCallback(() => {
            barred.resolve();
            return deleteSessionTree();
          }, (id) => stores.call('submissions.deleteSession', [sessionKey, id]))
          .finally(() => {
            barred.resolve();
            barring.delete(barred.promise);
            pending.delete(sessionKey);
          });
        pending.set(sessionKey, deletion);
      }
      return pending.get(sessionKey);
    },
  };
}

function streamStore(stores) {
  return {
    ...stores.surface('streams', STREAMS),
    subscribe(path, listener) {
      const id = stores.remote.listen(listener);
      stores.call('streams.subscribe', [path, id]).catch((error) => stores.remote.fail(error));
      return () => {
        stores.remote.forget(id);
        stores.call('streams.unsubscribe', [id]).catch(() => {});
      };
    },
  };
}

// ---------------------------------------------------------------- values on the wire

class ToldError {
  constructor(error) {
    this.error = error;
  }
}

function written(value, isNumeric = false) {
  if (value instanceof ToldError) {
    const { name, message } = value.error;
    return JSON.stringify({ $error: { name: String(name), message: String(message) } });
  }
  // As in Flue's own adapters, a document is what JSON.stringify makes of it.
  const text = isNumeric ? JSON.stringify(numbered(value)) : JSON.stringify(value);
  if (text === undefined) return 'null';
  return !isNumeric && text.includes('{"$') ? JSON.stringify(escaped(JSON.parse(text))) : text;
}

function numbered(value) {
  if (typeof value === 'number') return Number.isFinite(value) ? value : { $number: String(value) };
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, numbered(each)]));
}

// Objects whose only member begins with $ mean something else on the wire.
function escaped(value) {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(escaped);
  const names = Object.keys(value);
  const copy = {};
  for (const name of names) define(copy, name, escaped(value[name]));
  return names.length === 1 && names[0].startsWith('$') ? { $plain: copy } : copy;
}

function restored(value) {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(restored);
  const names = Object.keys(value);
  if (names.length === 1 && names[0] === '$number') return Number(value.$number);
  const source = names.length === 1 && names[0] === '$plain' ? value.$plain : value;
  for (const name of Object.keys(source)) define(source, name, restored(source[name]));
  return source;
}

function define(object, name, value) {
  // An assignment to __proto__ would not make a member.
  Object.defineProperty(object, name,
    { value, configurable: true, enumerable: true, writable: true });
}

function errorOf({ message, data }) {
  const error = new Error(message);
  if (data?.name) define(error, 'name', data.name);
  if (data?.kind) error.kind = data.kind;
  return error;
}

// ---------------------------------------------------------------- the other process

class Remote {
  #child;
  #unread = [];
  #waiting = new Map();
  #listeners = new Map();
  #callbacks = new Map();
  #raised = new Set();
  #numbers = 0;
  #failure;
  #ended;
  #initialized;

  constructor({ command: [program, ...args], location, edition, env }) {
    // A group of its own: Ctrl-C is Flue's, which still needs it to shut down.
    this.#child = spawn(program, args, {
      env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'inherit'], detached: true,
    });
    this.#ended = new Promise((resolve) => {
      this.#child.on('error', (error) => {
        this.fail(new Error(`[flue] ${program} cannot be started: ${error.message}`));
        resolve();
      });
      this.#child.on('close', (code, signal) => {
        const how = signal ? `was ended by ${signal}` : `ended with status ${code}`;
        this.fail(new Error(`[flue] The process of the persistence adapter (${program}) ${how}.`));
        resolve();
      });
    });
    this.#child.stdin.on('error', () => {});
    this.#child.stdout.on('data', (data) => this.#read(data));
    this.#rest();
    const asked = { protocol: PROTOCOL, edition, ...(location === undefined ? {} : { location }) };
    this.#initialized = this.#ask('initialize', JSON.stringify([asked]));
    this.#initialized.catch(() => {});
  }

  request(method, params) {
    return this.send(method, JSON.stringify(params));
  }

  async send(method, params) {
    await this.#initialized;
    return this.#ask(method, params);
  }

  async close() {
    const closed = this.#failure ? undefined : this.request('adapter.close', []);
    await Promise.race([closed, this.#ended]).finally(() => this.#child.stdin.end());
    this.#child.ref();
    await this.#ended;
  }

  fail(failure) {
    this.#failure ??= failure;
    for (const { reject } of this.#waiting.values()) reject(this.#failure);
    this.#waiting.clear();
    this.#rest();
  }

  listen(listener) {
    const id = ++this.#numbers;
    this.#listeners.set(id, listener);
    return id;
  }

  forget(id) {
    this.#listeners.delete(id);
  }

  // Rejects with the very error that the callback threw.
  async withCallback(callback, call) {
    const id = ++this.#numbers;
    this.#callbacks.set(id, callback);
    try {
      return await call(id);
    } catch (error) {
      for (const raised of this.#raised) {
        if (raised?.message === error.message) throw raised;
      }
      throw error;
    } finally {
      this.#callbacks.delete(id);
      if (this.#callbacks.size === 0) this.#raised.clear();
    }
  }

  #ask(method, params) {
    if (this.#failure) return Promise.reject(this.#failure);
    const id = ++this.#numbers;
    const answered = new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    this.#write(`{"jsonrpc":"2.0","id":${id},"method":"${method}","params":${params}}\n`);
    this.#rest();
    return answered;
  }

  #write(line) {
    if (this.#child.stdin.writable) this.#child.stdin.write(line);
  }

  // Like a database in this process, it keeps nobody from ending; unless somebody waits for it.
  #rest() {
    const act = this.#waiting.size > 0 ? 'ref' : 'unref';
    for (const each of [this.#child, this.#child.stdin, this.#child.stdout]) each?.[act]?.();
  }

  #read(data) {
    let begin = 0;
    for (let end; (end = data.indexOf(NEWLINE, begin)) >= 0; begin = end + 1) {
      const line = Buffer.concat([...this.#unread, data.subarray(begin, end)]).toString('utf8');
      this.#unread = [];
      this.#came(line);
    }
    if (begin < data.length) this.#unread.push(data.subarray(begin));
  }

  #came(line) {
    const message = JSON.parse(line);
    if (message.method === 'streams.changed') {
      try {
        this.#listeners.get(message.params[0])?.();
      } catch {
        // A listener's error is nobody else's.
      }
    } else if (message.method === 'callbacks.invoke') {
      this.#invoke(message);
    } else {
      const { resolve, reject } = this.#waiting.get(message.id) ?? {};
      this.#waiting.delete(message.id);
      if (message.error) reject?.(errorOf(message.error));
      else resolve?.(line.includes('"$') ? restored(message.result) : message.result);
      this.#rest();
    }
  }

  async #invoke({ id, params: [number] }) {
    let answer = { result: null };
    try {
      await this.#callbacks.get(number)();
    } catch (error) {
      this.#raised.add(error);
      const data = { name: String(error?.name ?? typeof error) };
      answer = { error: { code: -32000, message: String(error?.message ?? error), data } };
    }
    this.#write(`${JSON.stringify({ jsonrpc: '2.0', id, ...answer })}\n`);
  }
}
