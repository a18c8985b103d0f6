// Serves adapters of one JavaScript module over the bridge protocol: JSON-RPC 2.0, one message a line.
//
//     node host.mjs CONFIG                 one adapter, over standard input and output
//     node host.mjs CONFIG --socket PATH   one adapter a connection, until standard input ends
//     node host.mjs CONFIG --describe      prints what the module offers, as JSON
//
// CONFIG is JSON: {specifier, from, export, kind, identity, careless}. `from` is a module whose default
// export imports a specifier as the package's own folder resolves it; without it the specifier is a
// URL. A factory is called with the location, or with nothing where `kind` is `memory`.

import { Console } from 'node:console';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { inspect } from 'node:util';
import { pathToFileURL } from 'node:url';

const PROTOCOL = 1;
const LONGEST = 512 * 1024 * 1024;
const FAREWELL_MS = 5000;
const NEWLINE = 10;

const PARSE_ERROR = -32700;
const INVALID_REQUEST = -32600;
const METHOD_NOT_FOUND = -32601;
const INVALID_PARAMS = -32602;
const ADAPTER_ERROR = -32000;
const TOO_LONG = -32001;
const FOREIGN_RESULT = -32002;

const STORES = {
  sessions: ['save', 'load', 'delete'],
  submissions: [
    'admitDispatch', 'admitDirect', 'getSubmission', 'hasUnsettledSubmissions',
    'listRunnableSubmissions', 'listRunningSubmissions', 'listExpiredSubmissions',
    'claimSubmission', 'markSubmissionInputApplied', 'requestSubmissionRecovery',
    'requeueSubmissionBeforeInputApplied', 'completeSubmission', 'failSubmission', 'renewLeases',
    'beginTurnJournal', 'getTurnJournal', 'updateTurnJournalPhase', 'commitTurnJournal',
    'markStreamConsumed', 'replaceTurnJournalAttempt', 'appendStreamChunkSegment',
    'getStreamChunkSegments', 'deleteStreamChunkSegments', 'deleteSession',
  ],
  runs: ['createRun', 'endRun', 'getRun', 'appendEvent', 'getEvents'],
  registry: ['recordRunStart', 'recordRunEnd', 'lookupRun', 'listRuns'],
  streams: [
    'createStream', 'appendEvent', 'readEvents', 'closeStream', 'getStreamMeta', 'deleteStream',
  ],
};
const METHODS = new Map(
  Object.entries(STORES).flatMap(([store, methods]) =>
    methods.map((method) => [`${store}.${method}`, { store, method }])));

// Flue declares these to return nothing, so what they return is nobody's concern.
const VOID = new Set([
  'sessions.save', 'sessions.delete', 'submissions.renewLeases',
  'submissions.deleteStreamChunkSegments', 'submissions.deleteSession', 'runs.createRun',
  'runs.endRun', 'runs.appendEvent', 'registry.recordRunStart', 'registry.recordRunEnd',
  'streams.createStream', 'streams.closeStream', 'streams.deleteStream',
]);

class Refusal extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

// ---------------------------------------------------------------- the adapter's module

const imported = new Map();

async function exported(config) {
  const { specifier, from, export: name } = config;
  if (!imported.has(specifier)) {
    const load = from ? (await import(pathToFileURL(from).href)).default : (url) => import(url);
    imported.set(specifier, load(specifier));
  }
  const module = await imported.get(specifier);
  if (!(name in module)) {
    const names = Object.keys(module).join(', ') || 'nothing';
    throw new Error(`it exports no ${name}, but ${names}.`);
  }
  return module[name];
}

async function made(config, location) {
  // An adapter that takes no location may find it here before its module runs.
  process.env.FLUE_LOCATION = location;
  const value = await exported(config);
  const isFactory = typeof value === 'function';
  const adapter = isFactory ? (config.kind === 'memory' ? value() : value(location)) : value;
  if (typeof adapter?.connect !== 'function') {
    throw new Error(`it is neither a PersistenceAdapter nor a function that returns one, but ` +
      `${isFactory ? 'a function that returns ' : ''}${shown(adapter)}.`);
  }
  return adapter;
}

function editionOf(adapter) {
  return typeof adapter.connectEventStreamStore === 'function' ? '0.11' : '0.10';
}

// ---------------------------------------------------------------- values on the wire

const NON_FINITE = { NaN, Infinity, '-Infinity': -Infinity };

function restored(value) {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) value[index] = restored(value[index]);
    return value;
  }
  const names = Object.keys(value);
  if (names.length === 1) {
    const [name] = names;
    const content = value[name];
    if (name === '$plain' && content !== null && typeof content === 'object') return inner(content);
    if (name === '$number' && Object.hasOwn(NON_FINITE, content)) return NON_FINITE[content];
    if (name === '$foreign') return foreign(content);
    if (name === '$error' && content !== null && typeof content === 'object') return errorOf(content);
  }
  return inner(value);
}

function inner(value) {
  for (const name of Object.keys(value)) define(value, name, restored(value[name]));
  return value;
}

function define(object, name, value) {
  // An assignment to __proto__ would not make a member.
  Object.defineProperty(object, name,
    { value, configurable: true, enumerable: true, writable: true });
}

function errorOf({ name = 'Error', message = '' }) {
  const error = new Error(message);
  if (name !== 'Error') define(error, 'name', name);
  return error;
}

// What JavaScript has no JSON for.
function foreign(what) {
  if (what !== 'cycle') return 1n;
  const endless = [];
  endless.push(endless);
  return endless;
}

// Most values are JSON as they stand; that is told without making anything.
function isOrdinary(value) {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true;
    case 'number':
      return Number.isFinite(value);
    case 'object':
      break;
    default:
      throw new TypeError(`a ${typeof value} has no wire form`);
  }
  if (value === null) return true;
  if (Array.isArray(value)) return value.every(isOrdinary);
  if (Object.prototype.toString.call(value) !== '[object Object]') {
    throw new TypeError('such an object has no wire form');
  }
  const names = Object.keys(value);
  if (names.length === 1 && names[0].startsWith('$')) return false;
  return names.every((name) => value[name] === undefined || isOrdinary(value[name]));
}

function escaped(value) {
  if (typeof value === 'number' && !Number.isFinite(value)) return { $number: String(value) };
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(escaped);
  const copy = {};
  const names = Object.keys(value);
  for (const name of names) define(copy, name, escaped(value[name]));
  return names.length === 1 && names[0].startsWith('$') ? { $plain: copy } : copy;
}

function written(value) {
  if (value === undefined) return 'null';
  try {
    return JSON.stringify(isOrdinary(value) ? value : escaped(value));
  } catch {
    throw new Refusal(FOREIGN_RESULT, shown(value));
  }
}

function shown(value) {
  try {
    return inspect(value, { depth: 3 }).slice(0, 1000);
  } catch (error) {
    return `a ${typeof value} that cannot be shown`;
  }
}

function told(error) {
  if (!(error instanceof Error) && typeof error?.message !== 'string') {
    return { message: textOf(error), data: { name: typeof error } };
  }
  const data = { name: textOf(error.name ?? error.constructor?.name ?? 'Error') };
  if (typeof error.kind === 'string') data.kind = error.kind;
  return { message: textOf(error.message), data };
}

function textOf(value) {
  try {
    return String(value);
  } catch {
    return `(a ${typeof value} without a text)`;
  }
}

// ---------------------------------------------------------------- a careless caller

// Where objects cross as copies, nobody but the host can change those that the adapter got or gave.
function tamper(value, seen = new Set()) {
  if (value === null || typeof value !== 'object' || seen.has(value)) return;
  seen.add(value);
  for (const name of Object.keys(value)) {
    tamper(value[name], seen);
    if (typeof value[name] !== 'object') change(() => { value[name] = 'changed by the caller'; });
  }
  change(() => Array.isArray(value) ? value.push('changed') : define(value, 'changed', true));
}

function change(act) {
  try {
    act();
  } catch {
    // A frozen object is safe from its caller.
  }
}

// ---------------------------------------------------------------- one bridge

class Session {
  #config;
  #output;
  #ended;
  #adapter;
  #stores = [];
  #unsubscribes = new Map();
  #serving = new Set();
  #asked = new Map();
  #lastAsked = 0;
  #unread = [];
  #length = 0;
  #unsent = [];
  #isFlushing = false;

  constructor(config, input, output, ended) {
    this.#config = config;
    this.#output = output;
    this.#ended = ended;
    input.on('data', (data) => this.#read(data));
    input.on('end', () => this.#leave());
    input.on('error', () => this.#leave());
    output.on('error', () => {});
  }

  // ------------------------------------------------ lines

  #read(data) {
    let begin = 0;
    for (let end; (end = data.indexOf(NEWLINE, begin)) >= 0; begin = end + 1) {
      this.#keep(data.subarray(begin, end));
      this.#take();
    }
    if (begin < data.length) this.#keep(data.subarray(begin));
  }

  #keep(part) {
    this.#unread.push(part);
    this.#length += part.length;
    // Only the head of what is too long is kept, to tell whose it was.
    if (this.#length > LONGEST) this.#unread = [Buffer.concat(this.#unread).subarray(0, 256)];
  }

  #take() {
    const line = this.#unread.length === 1 ? this.#unread[0] : Buffer.concat(this.#unread);
    const isTooLong = this.#length > LONGEST;
    this.#unread = [];
    this.#length = 0;
    if (isTooLong) {
      const id = /"id"\s*:\s*([0-9]{1,15})\s*,/.exec(line.toString('latin1'))?.[1];
      this.#refuse(id ? Number(id) : null, TOO_LONG, 'A message was too long.');
    } else if (line.length > 0) {
      this.#came(line.toString('utf8'));
    }
  }

  #send(line) {
    this.#unsent.push(line);
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    setImmediate(() => this.#flush());
  }

  #flush() {
    this.#isFlushing = false;
    const text = this.#unsent.length === 1 ? this.#unsent[0] : this.#unsent.join('');
    this.#unsent = [];
    if (text && !this.#output.destroyed) this.#output.write(text);
  }

  #refuse(id, code, message, data) {
    const error = data === undefined ? { code, message } : { code, message, data };
    this.#send(`${JSON.stringify({ jsonrpc: '2.0', id, error })}\n`);
  }

  // ------------------------------------------------ messages

  #came(line) {
    let message;
    try {
      message = JSON.parse(line);
      if (message === null || typeof message !== 'object') throw new Error('no object');
    } catch (error) {
      this.#refuse(null, PARSE_ERROR, `A line was no message: ${error.message}.`);
      return;
    }
    if (line.includes('"$')) {
      for (const part of ['params', 'result']) {
        if (part in message) message[part] = restored(message[part]);
      }
    }
    const { id, method, params = [] } = message;
    if (typeof method !== 'string') {
      this.#answered(id, message);
    } else if (Number.isInteger(id)) {
      const served = this.#serve(id, method, params);
      this.#serving.add(served);
      served.finally(() => this.#serving.delete(served));
    } else if (id !== undefined && id !== null) {
      this.#refuse(null, INVALID_REQUEST, `The id ${shown(id)} is none.`);
    }
  }

  async #serve(id, method, params) {
    let result;
    try {
      if (!Array.isArray(params)) {
        throw new Refusal(INVALID_PARAMS, `${method} takes a list of parameters.`);
      }
      result = await this.#result(method, params);
      if (result.length > LONGEST) throw new Refusal(TOO_LONG, 'The answer is too long.');
    } catch (error) {
      if (error instanceof Refusal) {
        this.#refuse(id, error.code, error.message);
      } else {
        const { message, data } = told(error);
        this.#refuse(id, ADAPTER_ERROR, message, data);
      }
      return;
    }
    this.#send(`{"jsonrpc":"2.0","id":${id},"result":${result}}\n`);
  }

  #ask(method, params) {
    const id = ++this.#lastAsked;
    return new Promise((resolve, reject) => {
      this.#asked.set(id, { resolve, reject });
      this.#send(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`);
    });
  }

  #answered(id, message) {
    const asked = this.#asked.get(id);
    this.#asked.delete(id);
    if (message.error) {
      const { message: text, data } = message.error;
      asked?.reject(errorOf({ name: data?.name, message: text }));
    } else {
      asked?.resolve(message.result);
    }
  }

  // ------------------------------------------------ methods

  #result(method, params) {
    const known = METHODS.get(method);
    if (known) return this.#call(method, known, params);
    switch (method) {
      case 'initialize': return this.#initialize(params);
      case 'adapter.migrate': return this.#migrate();
      case 'adapter.connect': return this.#connect();
      case 'adapter.close': return this.#close();
      case 'streams.subscribe': return this.#subscribe(params);
      case 'streams.unsubscribe': return this.#unsubscribe(params);
      default: throw new Refusal(METHOD_NOT_FOUND, `There is no method ${shown(method)}.`);
    }
  }

  async #call(name, { store: surface, method }, [number, ...given]) {
    const store = this.#store(surface, number);
    if (typeof store[method] !== 'function') {
      throw new Refusal(METHOD_NOT_FOUND, `The adapter has no ${name}.`);
    }
    if (name === 'submissions.deleteSession') {
      const callback = given[1];
      given[1] = async () => { await this.#ask('callbacks.invoke', [callback]); };
    }
    const answer = store[method](...given);
    if (typeof answer?.then !== 'function') throw new Refusal(FOREIGN_RESULT, shown(answer));
    const { careless } = this.#config;
    // A stream keeps an event as it was when the append began.
    if (careless && name === 'streams.appendEvent') given.forEach((each) => tamper(each));
    const value = await answer;
    const text = VOID.has(name) ? 'null' : written(value);
    if (careless) [...given, value].forEach((each) => tamper(each));
    return text;
  }

  #store(surface, number) {
    const stores = this.#stores[number - 1];
    if (!stores) throw new Refusal(INVALID_PARAMS, `There are no stores ${shown(number)}.`);
    if (!stores[surface]) throw new Refusal(METHOD_NOT_FOUND, `The adapter has no ${surface}.`);
    return stores[surface];
  }

  #opened() {
    if (!this.#adapter) throw new Refusal(INVALID_REQUEST, 'The first request is initialize.');
    return this.#adapter;
  }

  async #initialize([asked]) {
    if (asked?.protocol !== PROTOCOL) {
      throw new Refusal(INVALID_PARAMS, `This host speaks protocol ${PROTOCOL}.`);
    }
    if (this.#adapter) throw new Refusal(INVALID_REQUEST, 'The adapter is initialized.');
    const { location, edition } = asked;
    if (typeof location !== 'string' || typeof edition !== 'string') {
      throw new Refusal(INVALID_PARAMS, 'initialize takes a location and an edition.');
    }
    const adapter = await made(this.#config, location);
    const { identity } = this.#config;
    const editions = identity.editions ?? [editionOf(adapter)];
    if (!editions.includes(edition)) {
      throw new Refusal(INVALID_PARAMS, `The adapter has no edition ${shown(edition)}.`);
    }
    this.#adapter = adapter;
    return JSON.stringify({ protocol: PROTOCOL, ...identity, editions });
  }

  async #migrate() {
    await this.#opened().migrate?.();
    return 'null';
  }

  async #connect() {
    const adapter = this.#opened();
    // As Flue's server does it: in this order, and nothing is awaited.
    const execution = adapter.connect();
    if (typeof execution?.sessions?.save !== 'function'
      || typeof execution?.submissions?.getSubmission !== 'function') {
      throw new Refusal(FOREIGN_RESULT, `connect() returned ${shown(execution)}`);
    }
    this.#stores.push({
      sessions: execution.sessions,
      submissions: execution.submissions,
      runs: connected(adapter, 'connectRunStore', 'getRun'),
      registry: connected(adapter, 'connectRunRegistry', 'lookupRun'),
      streams: adapter.connectEventStreamStore
        && connected(adapter, 'connectEventStreamStore', 'readEvents'),
    });
    return JSON.stringify({ stores: this.#stores.length });
  }

  async #close() {
    await this.#opened().close?.();
    return 'null';
  }

  async #subscribe([number, path, id]) {
    const unsubscribe = this.#store('streams', number).subscribe(path, () => {
      this.#send(`{"jsonrpc":"2.0","method":"streams.changed","params":[${JSON.stringify(id)}]}\n`);
      if (this.#config.careless) throw new Error('This listener fails on purpose.');
    });
    if (typeof unsubscribe !== 'function') throw new Refusal(FOREIGN_RESULT, shown(unsubscribe));
    this.#unsubscribes.set(id, unsubscribe);
    return 'null';
  }

  async #unsubscribe([number, id]) {
    this.#store('streams', number);
    const unsubscribe = this.#unsubscribes.get(id);
    if (!unsubscribe) throw new Refusal(INVALID_PARAMS, 'streams.unsubscribe takes n and a known id');
    unsubscribe();
    return 'null';
  }

  // ------------------------------------------------ the end

  async #leave() {
    for (const { reject } of this.#asked.values()) reject(new Error('Nobody is there to answer.'));
    await withinFarewell(Promise.allSettled([...this.#serving]));
    this.#flush();
    await withinFarewell((async () => this.#adapter?.close?.())());
    this.#output.end();
    this.#ended();
  }
}

function connected(adapter, method, needed) {
  const store = adapter[method]?.();
  if (typeof store?.[needed] !== 'function') {
    throw new Refusal(FOREIGN_RESULT, `${method}() returned ${shown(store)}`);
  }
  return store;
}

async function withinFarewell(promise) {
  const late = new Promise((resolve) => setTimeout(resolve, FAREWELL_MS).unref());
  await Promise.race([promise.catch(() => {}), late]);
}

// ---------------------------------------------------------------- the program

async function describe(config) {
  const isFactory = typeof (await exported(config)) === 'function';
  const folder = mkdtempSync(join(tmpdir(), 'flue-npm-'));
  try {
    // Nobody listens there: a factory that does more than to remember its location will say so.
    const postgres = 'postgresql://flue@127.0.0.1:9/flue';
    const adapter = await made(config, config.kind === 'postgres' ? postgres : join(folder, 'a.db'));
    return { isFactory, editions: [editionOf(adapter)] };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function listen(config, path) {
  const server = createServer((socket) => new Session(config, socket, socket, () => {}));
  const leave = () => {
    rmSync(dirname(path), { recursive: true, force: true });
    process.exit(0);
  };
  process.stdin.on('end', leave).on('error', leave).resume();
  server.listen(path, () => process.stdout.write('ready\n'));
}

const [argument, mode, path] = process.argv.slice(2);
const config = JSON.parse(argument);
// Standard output belongs to the protocol alone.
globalThis.console = new Console(process.stderr, process.stderr);

if (mode === '--describe') {
  const described = await describe(config).catch((error) => ({ problem: told(error).message }));
  process.stdout.write(`${JSON.stringify(described)}\n`, () => process.exit(0));
} else if (mode === '--socket') {
  listen(config, path);
} else {
  new Session(config, process.stdin, process.stdout, () => process.exit(0));
}
