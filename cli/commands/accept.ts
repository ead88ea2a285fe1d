/** `skill accept`: writes into skills.approved.json what a person accepts of a change, for a time, under their name, and signed if they like. */
import { Command } from 'commander';
import type { AcceptOptions } from '../check/approvals/accept.ts';

const more = (value: string, before: string[] | undefined): string[] => [...(before ?? []), value];

export function accept(run: (code: Promise<number>) => void): Command {
  return new Command('accept')
    .summary('accept abilities and findings, for a time, under your name')
    .description(
      "Writes approvals of what skill check holds against this change into skills.approved.json. One that is not signed counts when it is on the target branch; one that is signed by a key of the target branch's policy counts at once, for exactly this content.",
    )
    .argument('[paths...]', 'skills, files or folders; without any, what could be accepted is listed')
    .option('--all', 'everything that is held against the change')
    .option('--id <id>', 'this finding, ability or problem only (may be repeated); also one that blocks', more)
    .option('--rule <rule>', 'of this rule only (may be repeated)', more)
    .option('--evidence <text>', 'with exactly this evidence only (may be repeated)', more)
    .option('--block', 'also what blocks or could not be read')
    .option('--reason <text>', 'why it is fine; needed')
    .option('--expires <date|span>', 'last day it counts, such as 2027-01-31 or 90d, at most a year; needed')
    .option('--owner <who>', 'who accepts it (default: user.email of git)')
    .option(
      '-s, --sign [key]',
      "sign it with this SSH key (default: git's user.signingkey if gpg.format is ssh, else the SSH agent); write --sign=KEY",
    )
    .option('--dry-run', 'show what it would write')
    .option('--list', 'list the approvals there are')
    .option('--prune', 'take out approvals that are over or that nothing needs any more')
    .option('--tidy', 'write the file anew in its one form, after a merge by hand')
    .option('--base <ref>', 'tip of the target branch (default: origin/HEAD, main or master)')
    .option('--head <ref>', 'the change (default: HEAD)')
    .option('--staged', 'accept what is staged, against HEAD')
    .option('--present', 'accept what a full run (skill check --all) finds at the head')
    .option('-p, --policy <preset|file>', "instead of the target branch's skills.policy.yaml, as for skill check")
    .option('--as-of <date>', 'date that it is judged against (default: today)')
    .addHelpText(
      'after',
      `
Exit codes:
  0  written, listed, or nothing to accept
  1  something that was asked for blocks, and was left: name it by --id, or give --block
  2  usage error, or a repository or file that cannot be used
  5  internal error: a fault of skillward

Examples:
  skill accept                                             what could be accepted
  skill accept skills/notes --reason "our own API" --expires 90d
  skill accept skills/notes --reason "our own API" --expires 90d --sign=~/.ssh/id_ed25519
  skill accept --id CAP-004-0123456789abcdef --reason "reviewed" --expires 2027-01-31
  skill accept --prune`,
    )
    .action((paths: string[], options: AcceptOptions) => run(start(paths, options)));
}

async function start(paths: readonly string[], options: AcceptOptions): Promise<number> {
  const [{ acceptChange }, { UsageError }, { say }] = await Promise.all([
    import('../check/approvals/accept.ts'),
    import('../options.ts'),
    import('../tty.ts'),
  ]);
  try {
    return await acceptChange(paths, options);
  } catch (error) {
    // Some are of modules that are loaded late, so by their names.
    const known = ['CheckError', 'PolicyError', 'LoadError', 'ClientError'];
    if (!(error instanceof UsageError) && !known.includes((error as Error).name)) throw error;
    say((error as Error).message);
    return 2;
  }
}
