export interface RemoteAdapterOptions {
  /** The program that serves the adapter over its standard input and output, and its arguments. */
  command: readonly [string, ...string[]];
  /** Where the database is, unless the command says so; unlike that it is in nobody's process list. */
  location?: string;
  /** Flue's release line. By default 0.11. */
  edition?: '0.10' | '0.11';
  /** Variables of the program, besides those of this process. */
  env?: Record<string, string>;
}

/**
 * A `PersistenceAdapter` for `db.ts`. The program starts with `migrate()` or the first `connect…()`, and
 * ends with `close()` or with this process. Its standard error is this process's.
 */
export declare function remoteAdapter(options: RemoteAdapterOptions): RemoteAdapter;

/** Satisfies `PersistenceAdapter` of `@flue/runtime/adapter`, 0.10 and 0.11. */
export interface RemoteAdapter {
  migrate(): Promise<void>;
  connect(): any;
  connectRunStore(): any;
  connectRunRegistry(): any;
  connectEventStreamStore(): any;
  close(): Promise<void>;
}
