/** A visitor without a browser: keeps one cookie, follows nothing, sends forms as a browser does. */
import type { Site } from './site.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Where it redirects to. */
  readonly to: string | null;
}

export interface Visitor {
  cookie: string;
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  /** Sends a form. `headers` go over what a browser would send. */
  post(path: string, fields: Readonly<Record<string, string>>, headers?: Readonly<Record<string, string | undefined>>): Promise<Answer>;
  /** The hidden word of the form on a page. */
  csrf(path: string): Promise<string>;
  signIn(token: string): Promise<Answer>;
}

export function visitor(site: Pick<Site, 'url'>): Visitor {
  const ask = async (path: string, init: RequestInit): Promise<Answer> => {
    const response = await fetch(`${site.url}${path}`, { redirect: 'manual', ...init });
    const set = response.headers.get('set-cookie');
    if (set !== null) self.cookie = set.split(';')[0]!;
    return { status: response.status, headers: response.headers, text: await response.text(), to: response.headers.get('location') };
  };
  const self: Visitor = {
    cookie: '',
    get: (path, headers = {}) => ask(path, { headers: { ...(self.cookie === '' ? {} : { cookie: self.cookie }), ...headers } }),
    post: (path, fields, headers = {}) => {
      const all: Record<string, string | undefined> = {
        origin: site.url,
        'sec-fetch-site': 'same-origin',
        'content-type': 'application/x-www-form-urlencoded',
        ...(self.cookie === '' ? {} : { cookie: self.cookie }),
        ...headers,
      };
      const kept = Object.fromEntries(Object.entries(all).filter((one): one is [string, string] => one[1] !== undefined));
      return ask(path, { method: 'POST', headers: kept, body: new URLSearchParams(fields).toString() });
    },
    csrf: async (path) => /name="csrf" value="([^"]+)"/.exec((await self.get(path)).text)?.[1] ?? '',
    signIn: async (token) => self.post('/login', { csrf: await self.csrf('/login'), token }),
  };
  return self;
}
