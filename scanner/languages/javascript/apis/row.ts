/** What an API does, as data. `at`-like numbers are argument positions; rows are keyed by the dotted name after aliases are resolved (modules.ts). */
import type { CaptureFact, TransformFact, Value } from '../../../model.ts';

export type Row =
  /** A command line for a shell. */
  | { readonly do: 'shell'; readonly tool: string; readonly elevated?: string }
  /** Program, argument list, options. */
  | { readonly do: 'spawn'; readonly tool: string }
  /** The argument list is one array, or `cmd` of an options object. */
  | { readonly do: 'argv'; readonly tool: string }
  /** A JavaScript file, or its text with `eval: true`. */
  | { readonly do: 'script'; readonly tool: string }
  /** Source text. `last`: the last argument, as `Function` takes it. */
  | { readonly do: 'eval'; readonly tool: string; readonly at: number | 'last' }
  /** Runs what it is given when that is a string, and calls it when it is a function. */
  | { readonly do: 'timer'; readonly tool: string; readonly repeats?: boolean }
  | { readonly do: 'read'; readonly path: number; readonly many?: boolean }
  | { readonly do: 'write'; readonly path: number; readonly content: number; readonly append?: boolean }
  /** A stream into a file: what is piped or written to it later. */
  | { readonly do: 'sink'; readonly path: number; readonly append?: boolean }
  | { readonly do: 'copy'; readonly move?: boolean; readonly many?: boolean }
  | { readonly do: 'link' }
  | { readonly do: 'delete'; readonly path: number; readonly recursive?: boolean; readonly how?: 'remove' | 'overwrite' }
  | { readonly do: 'mode'; readonly path: number; readonly mode: number }
  /** url, options. */
  | { readonly do: 'fetch'; readonly tool: string; readonly method?: string }
  /** url or options, options, callback; a request to write to. */
  | { readonly do: 'http'; readonly tool: string; readonly method?: string; readonly scheme: string }
  /** url, data, config (or url, config when there is no body). */
  | { readonly do: 'client'; readonly tool: string; readonly method?: string; readonly body?: boolean }
  /** url, then a chain of `.send`, `.set`, `.query`. */
  | { readonly do: 'chain'; readonly tool: string; readonly method: string }
  /** port, host or options. */
  | { readonly do: 'connect'; readonly tool: string; readonly method: string }
  /** host name that is looked up. */
  | { readonly do: 'lookup'; readonly tool: string }
  | { readonly do: 'socket'; readonly tool: string; readonly method: string }
  /** A client of one service: the address that it has unless another is given. */
  /** A client of one service. Without `apiKey` it takes the variable `env`. */
  | { readonly do: 'service'; readonly tool: string; readonly address: string; readonly env?: string }
  | { readonly do: 'beacon'; readonly tool: string }
  | { readonly do: 'listen' }
  | { readonly do: 'server' }
  | { readonly do: 'capture'; readonly what: CaptureFact['what']; readonly tool: string; readonly quiet?: boolean }
  | { readonly do: 'transform'; readonly op: TransformFact['op']; readonly codec: string; readonly at: number | 'self'; readonly keep?: boolean }
  | { readonly do: 'deserialize'; readonly tool: string; readonly at: number }
  | { readonly do: 'value'; readonly value: Value; readonly tag?: 'host' | 'user' | 'date' | 'fixed-date' | 'debugger' }
  /** Gives back one of its arguments. */
  | { readonly do: 'pass'; readonly at: number }
  /** Prints. */
  | { readonly do: 'print' }
  | { readonly do: 'import'; readonly tool: string }
  /** A client with defaults: `axios.create({ baseURL })`. */
  | { readonly do: 'configure'; readonly api: string }
  | { readonly do: 'nothing' };

export type Table = Readonly<Record<string, Row>>;
