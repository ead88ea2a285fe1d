/** What the verbs about people share. They work against a running registry; the first admin token is in DIR/admin-token there. */
import { Command, Option } from 'commander';
import type { Token } from '../../registry/client/accounts.ts';
import { print } from '../tty.ts';
import { type CommonFlags, dayText, many, printJson, tell, withOutput, withRegistry } from './common.ts';

export type Accounts = typeof import('../../registry/client/accounts.ts');

export const scopeOption = (): Option =>
  new Option('--scope <scope>', 'what it may do; may be repeated').choices(['read', 'publish', 'approve', 'admin']).argParser(many);
export const handle = (text: string): string => text.replace(/^@/, '').toLowerCase();
export const verb = (name: string, summary: string): Command => withOutput(withRegistry(new Command(name).summary(summary).description(summary)));

/** The token on standard output alone, so that it can be piped; everything about it on standard error. */
export async function printToken(
  made: { token: string; record: Token },
  flags: CommonFlags,
  more: Readonly<Record<string, unknown>> = {},
): Promise<number> {
  const { record } = made;
  if (flags.json === true) {
    await printJson({ schema: 'skillward.token.v1', ...more, token: made.token, record });
    return 0;
  }
  tell(
    `Token ${record.id} of ${record.user} for ${record.scopes.join(', ')}${record.namespaces === null ? '' : ` in ${record.namespaces.map((one) => `@${one}`).join(', ')}`}${record.expiresAt === null ? '' : `, until ${dayText(record.expiresAt)}`}. It is shown only now:`,
  );
  const { checkToken } = await import('../../registry/client/config.ts');
  await print(`${checkToken(made.token, 'The answer of the registry')}\n`);
  return 0;
}
