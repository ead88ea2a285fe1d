/**
 * What the scanning process sees of the machine, told to its parent with every answer: walls are reported because they were felt from inside, not because a flag was given.
 * Nothing is sent anywhere: connecting a UDP socket only asks the kernel for a route, and the addresses are those reserved for documentation (RFC 5737, RFC 3849).
 */
import { createSocket } from 'node:dgram';
import { readdirSync, readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';

export interface SelfReport {
  readonly environment: readonly string[];
  /** Interfaces that are up and are not loopback. */
  readonly interfaces: readonly string[];
  /** The kernel knows a way to somewhere. */
  readonly route: boolean;
  readonly pid: number;
  /** The file that the parent put down could be read. */
  readonly witness: boolean;
  /** Files in the working folder at the start. */
  readonly workingFolder: number;
  /** From the kernel, where /proc is there: effective and bounding capabilities are empty and no new ones can be gained. */
  readonly unprivileged: boolean | undefined;
}

/** Looks around. @param witness path of a file that a process without walls can read */
export async function lookAround(witness: string): Promise<SelfReport> {
  return {
    environment: Object.keys(process.env).sort(),
    interfaces: tried(
      () =>
        Object.entries(networkInterfaces())
          .filter(([, addresses]) => addresses?.some((address) => !address.internal))
          .map(([name]) => name),
      [],
    ),
    route: (await routeTo('udp4', '192.0.2.1')) || (await routeTo('udp6', '2001:db8::1')),
    pid: process.pid,
    witness: tried(() => readFileSync(witness).length > 0, false),
    workingFolder: tried(() => readdirSync('.').length, 0),
    unprivileged: tried(unprivileged, undefined),
  };
}

function tried<T>(look: () => T, otherwise: T): T {
  try {
    return look();
  } catch {
    return otherwise;
  }
}

function unprivileged(): boolean | undefined {
  const fields = new Map(
    readFileSync('/proc/self/status', 'utf8')
      .split('\n')
      .map((line): [string, string] => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]),
  );
  const none = (name: string): boolean => /^0+$/.test(fields.get(name) ?? '');
  return none('CapEff') && none('CapPrm') && none('CapAmb') && fields.get('NoNewPrivs') === '1';
}

function routeTo(type: 'udp4' | 'udp6', address: string): Promise<boolean> {
  return new Promise((resolve) => {
    try {
      const socket = createSocket(type);
      const done = (found: boolean): void => {
        socket.removeAllListeners();
        socket.on('error', () => {});
        socket.close();
        resolve(found);
      };
      socket.once('error', () => done(false));
      socket.once('connect', () => done(true));
      socket.connect(9, address);
    } catch {
      resolve(false);
    }
  });
}
