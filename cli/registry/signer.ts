/** `skill signer`: the process that holds the registry's signing key, apart from the server. */
import { Command } from 'commander';
import type { SignerSettings } from '../../registry/signer/process.ts';
import { print, say } from '../tty.ts';

export const signer = (run: (code: Promise<number>) => void): Command =>
  new Command('signer')
    .summary("run the registry's signer apart from it")
    .description(
      "Holds the registry's Ed25519 key and signs releases on a Unix socket. Before it signs a version it reads the archive again, hashes it, scans it and checks the approvals against its own copy of the policy. `skill serve` starts one by itself unless signer.socket names another.",
    )
    .option('--data <dir>', 'data folder of the registry (SKILLWARD_DATA)')
    .option('--socket <path>', 'where it listens (SKILLWARD_SIGNER_SOCKET; default DATA/run/signer.sock)')
    .option('--key <file>', 'Ed25519 key, PKCS#8 PEM, mode 0600; made if it is not there (SKILLWARD_SIGNER_KEY_FILE; default DATA/keys/release.key)')
    .option('--config <file>', 'settings: policy, registry-id, limits, scan (SKILLWARD_CONFIG)')
    .option('--registry-id <id>', 'name of the registry in what is signed (SKILLWARD_REGISTRY_ID; default: what the server settled on)')
    .addHelpText(
      'after',
      `
The server must use the same socket, data folder and policy. Give the signer a config file that the server cannot write, and run it as another
user who shares the group of the socket's folder, or in its own container without network: it needs none.

Exit codes:
  0  told to stop (SIGTERM, SIGINT)
  2  a setting, the key or the socket is wrong

Examples:
  skill signer --data /srv/skills --config /etc/skillward/signer.yaml
  skill signer --data /srv/skills --key /run/secrets/release-key --registry-id skills.example
  curl --unix-socket /srv/skills/run/signer.sock http://signer/key     its public key`,
    )
    .action((options: SignerSettings) => run(start(options)));

async function start(settings: SignerSettings): Promise<number> {
  const [{ signerProcess }, { RegistryError }] = await Promise.all([import('../../registry/signer/process.ts'), import('../../registry/errors.ts')]);
  try {
    return await signerProcess(settings, ({ socket, key }) => print(`The signer listens on ${socket}\nKey ${key.keyid}\n`));
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    say(error.message);
    return 2;
  }
}
