/**
 * Users, tokens, namespaces and publisher keys over HTTP: our own API under `/api/skillward/v1`, and `GET /api/v1/whoami` of ClawHub's (R15). Only shapes are handled here; who may
 * do what is decided where it is done (auth/).
 */
import type { FastifyPluginAsync } from 'fastify';
import type { Config } from '../config.ts';
import type { Store } from '../store/index.ts';
import { keysRoutes } from './accounts/keys.ts';
import { namespacesRoutes } from './accounts/namespaces.ts';
import { tokensRoutes } from './accounts/tokens.ts';
import { usersRoutes } from './accounts/users.ts';

export interface AccountOptions {
  readonly store: Store;
  readonly config: Pick<Config, 'anonymousRead'>;
  readonly now?: () => number;
}

export const accountRoutes: FastifyPluginAsync<AccountOptions> = async (app, { store, config, now = Date.now }) => {
  const parts = { context: { store, now }, config };
  await app.register(usersRoutes, parts);
  await app.register(tokensRoutes, parts);
  await app.register(namespacesRoutes, parts);
  await app.register(keysRoutes, parts);
};
