/**
 * The names this server answers to: the host of the public URL, and loopback names with the port it listens on. Stops DNS rebinding (a page whose name is made to point at us
 * talks to us with its visitor's network position) and answers for a name that is not ours.
 */
import { visible } from '../../scanner/report/escape.ts';
import { RegistryError } from '../errors.ts';

/**
 * Returns a check that throws RegistryError `bad-input` for a Host header that is not ours.
 * @param port the port that is listened on; while it is undefined (nothing listens), loopback names are taken with any port
 */
export function hostGuard(publicUrl: string, port: () => number | undefined): (host: string | undefined) => void {
  const url = new URL(publicUrl);
  const own = new Set([url.host]);
  if (url.port === '') own.add(`${url.hostname}:${url.protocol === 'https:' ? 443 : 80}`);
  let known: number | undefined;
  return (host) => {
    if (host !== undefined && own.has(host)) return;
    if (known === undefined) {
      known = port();
      if (known !== undefined)
        for (const name of loopbackNames) {
          own.add(`${name}:${known}`);
          if (known === 80 || known === 443) own.add(name);
        }
    }
    const lower = host?.toLowerCase();
    if (lower !== undefined && (own.has(lower) || (known === undefined && loopbackNames.includes(lower.replace(/:\d{1,5}$/, ''))))) return;
    throw new RegistryError(
      'bad-input',
      `This server answers for ${publicUrl} only, not for ${host === undefined ? 'a request without a Host' : `"${visible(host).slice(0, 200)}"`}. If that is its name, the operator sets --public-url.`,
    );
  };
}

const loopbackNames: readonly string[] = ['localhost', '127.0.0.1', '[::1]'];
