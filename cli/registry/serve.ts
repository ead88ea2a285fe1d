/** `skill serve`: a registry on this machine. */
import { Command } from 'commander';
import { say } from '../tty.ts';

interface ServeFlags {
  readonly data?: string;
  readonly host?: string;
  readonly port?: string;
  readonly publicUrl?: string;
  readonly config?: string;
  readonly trustSigner?: string;
}

export const serve = (run: (code: Promise<number>) => void): Command =>
  new Command('serve')
    .summary('run a registry')
    .description(
      'Serves only what was scanned, approved and signed, to clawhub, openclaw, npx skills and skill itself. Needs no settings: it listens on 127.0.0.1, keeps everything in one folder, makes its keys and a first admin token.',
    )
    .option('--data <dir>', 'data folder (SKILLWARD_DATA; default ~/.local/share/skillward/registry)')
    .option('--host <address>', 'address to listen on (SKILLWARD_HOST; default 127.0.0.1)')
    .option('--port <number>', 'port, 0 for any (SKILLWARD_PORT; default 4873)')
    .option('--public-url <url>', 'address that clients use (SKILLWARD_PUBLIC_URL); other Hosts are refused')
    .option('--config <file>', 'settings, YAML (SKILLWARD_CONFIG); see docs/registry.md')
    .option('--trust-signer <keyid>', 'believe a signer with this new key from now on')
    .addHelpText(
      'after',
      `
Exit codes:
  0  told to stop (SIGTERM, SIGINT)
  2  a setting is wrong, or the data folder or port cannot be used
  5  internal error

Examples:
  skill serve
  skill serve --data /srv/skills --public-url https://skills.example --config /etc/skillward/registry.yaml
  skill login --registry http://127.0.0.1:4873 --token-file ~/.local/share/skillward/registry/admin-token
  clawhub login --registry http://127.0.0.1:4873 --token "$(cat …/admin-token)"`,
    )
    .action((flags: ServeFlags) => run(start(flags)));

async function start({ trustSigner, ...flags }: ServeFlags): Promise<number> {
  const [{ serve: startServer }, { RegistryError }] = await Promise.all([import('../../registry/serve.ts'), import('../../registry/errors.ts')]);
  // Compiled against Node 24's headers, the SQLite addon that still supports Node 20 ends the process at a garbage collection; its next line needs Node 22.
  if (Number(process.versions.node.split('.')[0]) > 22) {
    say(`skill serve runs on Node 20 and 22, this is ${process.version}: its database addon is not safe on newer ones. The other verbs are.`);
    return 2;
  }
  try {
    process.umask(0o077);
    const running = await startServer({ flags, env: process.env, ...(trustSigner === undefined ? {} : { trustSigner }) });
    await new Promise<void>((resolve) => {
      for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
    });
    await running.stop();
    return 0;
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    say(error.message);
    return 2;
  }
}
