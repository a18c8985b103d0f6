// An adapter that stores nothing: sessions give back what their id asks for.

const ODD = {
  absent: () => undefined,
  'absent member': () => ({ present: null, absent: undefined }),
  nan: () => ({ number: NaN, others: [Infinity, -Infinity] }),
  dollar: () => ({ document: { $number: 'NaN' } }),
  bigint: () => 1n,
  date: () => ({ at: new Date(0) }),
  hole: () => [undefined],
  cycle: () => { const endless = []; endless.push(endless); return endless; },
  proto: () => JSON.parse('{"__proto__": {"polluted": true}}'),
};

class NamedError extends Error {
  name = 'NamedError';
}

const RAISED = {
  error: () => new Error('It says this.'),
  'type error': () => new TypeError('No such type.'),
  named: () => new NamedError('By a name of its own.'),
  kind: () => Object.assign(new Error('Told by kind.'), { kind: 'SessionBusy' }),
  text: () => 'no error at all',
  surrogate: () => new Error('half a pair: \ud83d'),
};

export function echo(location) {
  const saved = new Map();
  const listeners = new Set();
  const sessions = {
    async save(id, data) {
      console.log('An adapter may print.');
      if (id in RAISED) throw RAISED[id]();
      saved.set(id, data);
      return 'nobody reads this';
    },
    async load(id) {
      if (id === 'location') return location;
      if (id === 'types') return describe(saved.get(id));
      return id in ODD ? ODD[id]() : saved.get(id) ?? null;
    },
    async delete(id) {
      saved.delete(id);
    },
  };
  const submissions = {
    async getSubmission() {
      return null;
    },
    async failSubmission(attempt, error) {
      saved.set('failed with', { text: String(error), isError: error instanceof Error });
      return true;
    },
    async deleteSession(key, callback) {
      await callback();
    },
    hasUnsettledSubmissions() {
      return false;
    },
  };
  return {
    connect: () => ({ sessions, submissions }),
    connectRunStore: () => ({ async getRun() { return null; } }),
    connectRunRegistry: () => ({ async lookupRun() { return null; } }),
    connectEventStreamStore: () => ({
      async appendEvent(path, event) {
        JSON.stringify(event);
        for (const listener of listeners) {
          try {
            listener();
          } catch {
            saved.set('a listener', 'raised');
          }
        }
        return JSON.stringify(event);
      },
      async readEvents() {
        return null;
      },
      subscribe(path, listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    }),
  };
}

function describe(value) {
  return typeof value === 'number' ? String(value) : typeof value;
}

export const old = () => {
  const { connectEventStreamStore: _, ...adapter } = echo();
  return adapter;
};
export default echo('of its own');
export const later = () => ({ ...echo(), connect: async () => ({}) });
export const nothing = 5;
