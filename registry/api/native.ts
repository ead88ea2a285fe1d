/**
 * Our own API, `/api/skillward/v1`: what ClawHub's wire cannot say. Schemas of both directions are registry/client/wire.ts, which the client checks answers with.
 *
 * It holds no rights and no rules of its own. What is served is read through the shelf, what changes goes through the gate, and what is not served is shown only to those whom the gate
 * shows it; for everybody else it is the shelf's `not-found`, word for word.
 */
import type { FastifyInstance, FastifyPluginAsync } from 'fastify';
import type { Config } from '../config.ts';
import type { Gate } from '../gate/contract.ts';
import type { Keyring } from '../keyring.ts';
import type { Shelf } from '../shelf/contract.ts';
import type { Store } from '../store/index.ts';
import { auditRoutes } from './native/audit.ts';
import { decideRoutes } from './native/decide.ts';
import { publishRoutes } from './native/publish.ts';
import { readRoutes } from './native/read.ts';

export interface NativeOptions {
  readonly store: Store;
  readonly config: Config;
  readonly gate: Gate;
  readonly shelf: Shelf;
  /** The release keys, revoked ones too. */
  readonly keyring: Pick<Keyring, 'keys' | 'fresh'>;
}

/** All routes with their full paths: register it without a prefix. */
export const native: FastifyPluginAsync<NativeOptions> = async (app: FastifyInstance, options: NativeOptions) => {
  await app.register(readRoutes, options);
  await app.register(publishRoutes, options);
  await app.register(decideRoutes, options);
  await app.register(auditRoutes, options);
};
