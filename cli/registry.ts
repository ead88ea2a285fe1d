/**
 * The verbs of the registry: one file each in `cli/registry/`, loaded when used. In the built command this and everything it reaches is a bundle of its own, so that
 * `skill vet` starts without it.
 */
import type { Command } from 'commander';
import { runVerb, type Verb } from './shape.ts';

const loaders: Readonly<Record<string, () => Promise<Verb>>> = {
  init: () => import('./registry/init.ts').then((file) => file.init),
  spec: () => import('./registry/spec.ts').then((file) => file.spec),
  pack: () => import('./registry/pack.ts').then((file) => file.pack),
  publish: () => import('./registry/publish.ts').then((file) => file.publish),
  login: () => import('./registry/login.ts').then((file) => file.login),
  logout: () => import('./registry/login.ts').then((file) => file.logout),
  whoami: () => import('./registry/login.ts').then((file) => file.whoami),
  search: () => import('./registry/search.ts').then((file) => file.search),
  info: () => import('./registry/search.ts').then((file) => file.info),
  install: () => import('./registry/install.ts').then((file) => file.install),
  update: () => import('./registry/install.ts').then((file) => file.update),
  uninstall: () => import('./registry/installed.ts').then((file) => file.uninstall),
  list: () => import('./registry/installed.ts').then((file) => file.list),
  outdated: () => import('./registry/installed.ts').then((file) => file.outdated),
  verify: () => import('./registry/installed.ts').then((file) => file.verify),
  queue: () => import('./registry/decide.ts').then((file) => file.queue),
  approve: () => import('./registry/decide.ts').then((file) => file.approve),
  reject: () => import('./registry/decide.ts').then((file) => file.reject),
  yank: () => import('./registry/decide.ts').then((file) => file.yank),
  restore: () => import('./registry/decide.ts').then((file) => file.restore),
  deprecate: () => import('./registry/decide.ts').then((file) => file.deprecate),
  revoke: () => import('./registry/decide.ts').then((file) => file.revoke),
  import: () => import('./registry/import.ts').then((file) => file.importVerb),
  serve: () => import('./registry/serve.ts').then((file) => file.serve),
  signer: () => import('./registry/signer.ts').then((file) => file.signer),
  user: () => import('./registry/user.ts').then((file) => file.user),
  token: () => import('./registry/token.ts').then((file) => file.token),
  namespace: () => import('./registry/namespace.ts').then((file) => file.namespace),
  key: () => import('./registry/key.ts').then((file) => file.key),
  rescan: () => import('./registry/decide.ts').then((file) => file.rescan),
  'audit-log': () => import('./registry/audit-log.ts').then((file) => file.auditLog),
};

/** Runs `skill <verb> …` and returns its exit code. */
export const registry = (argv: readonly string[]): Promise<number> => runVerb(argv, loaders[argv[2]!]!);

/**
 * The token for a registry that `skill vet` was told of: SKILL_TOKEN_FILE, or the one of the login at exactly that address.
 * @throws ClientError
 */
export async function tokenFor(address: string): Promise<string | undefined> {
  const [{ chooseRegistry, chooseToken, readSettings }, { placesOf }] = await Promise.all([
    import('../registry/client/config.ts'),
    import('../registry/client/places.ts'),
  ]);
  return chooseToken(chooseRegistry(await readSettings(placesOf()), process.env, address), process.env);
}

/** Every verb's definition, for completion and tests. */
export const registryCommands = async (): Promise<Command[]> => Promise.all(Object.values(loaders).map(async (load) => (await load())(() => {})));
