/** `skill rules`: the list of rules, for people, machines or a page. */
import { styleText } from 'node:util';
import { rules as all } from '../../scanner/rules/index.ts';
import { columns, print, wantsColor } from '../tty.ts';

const TONE = { block: 'red', review: 'yellow', capability: 'dim' } as const;

export async function rules(options: { readonly format: string; readonly color?: boolean }): Promise<number> {
  if (options.format === 'json') {
    const list = all.map(({ id, slug, title, family, severity, gate, confidence, fix, maps }) => ({
      id,
      slug,
      title,
      family,
      severity,
      gate,
      confidence,
      fix,
      maps,
    }));
    await print(`${JSON.stringify({ schema: 'skillward.rules.v1', rules: list }, null, 2)}\n`);
    return 0;
  }
  if (options.format === 'markdown') {
    const rows = all.map((rule) => `| ${rule.id} | ${rule.slug} | ${rule.title} | ${rule.severity} | ${rule.gate} |`);
    await print(`| Rule | Name | Sees | Severity | Gate |\n|---|---|---|---|---|\n${rows.join('\n')}\n`);
    return 0;
  }
  const colour = wantsColor(options.color);
  const paint = (style: Parameters<typeof styleText>[0], text: string): string => (colour ? styleText(style, text, { validateStream: false }) : text);
  const width = Math.max(...all.map((rule) => rule.slug.length));
  const room = columns() - 33 - width;
  const lines = all.map((rule) => {
    const title = rule.title.length > room ? `${rule.title.slice(0, Math.max(10, room - 1))}…` : rule.title;
    return `${paint('bold', rule.id)}  ${rule.slug.padEnd(width)}  ${paint(TONE[rule.gate], rule.gate.padEnd(10))}  ${rule.severity.padEnd(8)}  ${title}`;
  });
  await print(`${lines.join('\n')}\n\n${all.length} rules. "skill explain ${all[0]?.id ?? 'EXE-002'}" says what one sees and why.\n`);
  return 0;
}
