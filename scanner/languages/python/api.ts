/**
 * What a row of an API table can say. A table maps the resolved name of a function to one or more rows; effects.ts turns a row and a call into facts. Shared by every reader
 * that walks expressions, so that `requests.post`, `Net::HTTP.post` and `http.Post` are data, not code.
 */
import type { CaptureFact, ConfigEffect, ExecFact, PersistFact, TransformFact } from '../../model.ts';

/** Position (from 0) or keyword of an argument; the first that is present counts. `recv` is the object before the dot. */
export type Pick = number | 'recv' | (string & {});
export type Sel = readonly Pick[];

export type Api =
  /** A string that a shell runs. */
  | { readonly do: 'shell'; readonly command: Sel; readonly program?: string; readonly input?: Sel }
  /** Popen and its like: a list or a string, through a shell if `shell` is true. With `words`, all arguments are the argument vector. */
  | { readonly do: 'process'; readonly command: Sel; readonly shell?: Sel; readonly input?: Sel; readonly words?: boolean }
  /** execl/spawn family: program at `program`, argument vector from `rest` on (a list there if `list`). */
  | { readonly do: 'spawn'; readonly program: number; readonly rest: number; readonly list?: boolean }
  /** Code or serialised objects are run. */
  | {
      readonly do: 'code';
      readonly how: ExecFact['how'];
      readonly code: Sel;
      readonly language?: string;
      readonly file?: boolean;
      readonly unless?: { readonly arg: Sel; readonly is: readonly string[] };
      readonly when?: { readonly arg: Sel; readonly is: readonly string[] };
    }
  | {
      readonly do: 'request';
      /** Method, or where it stands. */
      readonly method: string | Sel;
      readonly url: Sel;
      /** Prefix of the address where the argument is only a host (`tcp://`). */
      readonly scheme?: string;
      readonly port?: Sel;
      readonly body?: Sel;
      readonly query?: Sel;
      readonly header?: Sel;
      /** A local file whose content is sent, or where the response is saved. */
      readonly upload?: Sel;
      readonly save?: Sel;
      readonly sends?: boolean;
      /** Keyword that turns certificate checks off when false. */
      readonly verify?: Sel;
      /** `http.Post(url)` on an object that knows the host. */
      readonly host?: 'recv';
    }
  | { readonly do: 'open'; readonly path: Sel; readonly mode: Sel; readonly plain?: 'r' | 'w' }
  | { readonly do: 'read'; readonly path: Sel; readonly many?: boolean }
  | { readonly do: 'write'; readonly path: Sel; readonly content?: Sel; readonly append?: boolean }
  | {
      readonly do: 'delete';
      readonly path: Sel;
      readonly recursive?: boolean;
      readonly force?: boolean;
      readonly how?: 'remove' | 'overwrite' | 'vcs' | 'database';
    }
  | { readonly do: 'copy'; readonly from: Sel; readonly to: Sel; readonly move?: boolean }
  | { readonly do: 'chmod'; readonly path: Sel; readonly mode: Sel }
  /** A folder or files packed into (or out of) an archive. */
  | { readonly do: 'pack'; readonly path: Sel; readonly to?: Sel }
  | { readonly do: 'unpack'; readonly to: Sel }
  | { readonly do: 'env'; readonly name: Sel | '*'; readonly fallback?: Sel }
  | { readonly do: 'setenv'; readonly name: Sel; readonly value: Sel }
  | { readonly do: 'capture'; readonly what: CaptureFact['what'] }
  | { readonly do: 'transform'; readonly op: TransformFact['op']; readonly codec: string; readonly data: Sel }
  | { readonly do: 'persist'; readonly mechanism: PersistFact['mechanism']; readonly command?: Sel; readonly path?: Sel }
  | { readonly do: 'listen'; readonly host: Sel; readonly port?: Sel; readonly fallback?: string }
  | { readonly do: 'tunnel'; readonly tunnel: string; readonly port?: Sel }
  /** A client of one service: the address that it has unless another is given. */
  /** A client of one service. Without `api_key` it takes the variable `env`. */
  | { readonly do: 'service'; readonly address: string; readonly base: Sel; readonly env?: string }
  | { readonly do: 'native'; readonly program: Sel }
  | { readonly do: 'install'; readonly manager: string; readonly words: Sel }
  | { readonly do: 'config'; readonly system: string; readonly key: string; readonly effect: ConfigEffect }
  /** Output and input of the program itself. */
  | { readonly do: 'print' }
  | { readonly do: 'input' }
  /** Nothing of note; data passes through. */
  | { readonly do: 'pass' };

export type Rows = Readonly<Record<string, Api | readonly Api[]>>;
