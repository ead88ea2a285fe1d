/**
 * Where the client keeps things: settings with tokens and pinned keys, journals of unfinished installs, and a cache that can be deleted at any time. XDG base directories
 * everywhere but on Windows. None of it lies in a project: a repository somebody clones must not be able to bring its own journal or its own pinned keys.
 */
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { ClientError } from './errors.ts';

export type Env = Readonly<Record<string, string | undefined>>;

export interface Places {
  /** Settings: `config.json`, publisher keys, the lock of skills installed for the user. */
  readonly config: string;
  /** Journals and mutexes. */
  readonly state: string;
  /** Attestations by digest. */
  readonly cache: string;
  readonly home: string;
}

/** @throws ClientError usage for a relative XDG folder, which would depend on where the command is started */
export function placesOf(env: Env = process.env, home: string = homedir(), platform: NodeJS.Platform = process.platform): Places {
  const base = (variable: string, fallback: string): string => {
    const given = env[variable];
    if (given === undefined || given === '') return join(home, fallback, 'skillward');
    if (!isAbsolute(given)) throw new ClientError('usage', `${variable} is ${given}, which is not an absolute path. Unset it or give one.`);
    return join(given, 'skillward');
  };
  if (platform === 'win32') {
    const local = env['LOCALAPPDATA'] ?? join(home, 'AppData', 'Local');
    return {
      config: join(env['APPDATA'] ?? join(home, 'AppData', 'Roaming'), 'skillward'),
      state: join(local, 'skillward', 'state'),
      cache: join(local, 'skillward', 'cache'),
      home,
    };
  }
  return {
    config: base('XDG_CONFIG_HOME', '.config'),
    state: base('XDG_STATE_HOME', '.local/state'),
    cache: base('XDG_CACHE_HOME', '.cache'),
    home,
  };
}
