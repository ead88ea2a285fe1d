/** `skill explain`: the page of a rule. */
import { styleText } from 'node:util';
import { ownText } from '../../scanner/data/own.ts';
import { techniques } from '../../scanner/data/techniques.ts';
import { wrap } from '../../scanner/report/escape.ts';
import { rules } from '../../scanner/rules/index.ts';
import { columns, print, say, wantsColor } from '../tty.ts';

export async function explain(name: string, options: { readonly format: string; readonly color?: boolean }): Promise<number> {
  const wanted = name.trim().toLowerCase();
  const rule = rules.find((one) => one.id.toLowerCase() === wanted || one.slug === wanted);
  if (rule === undefined) {
    const near = rules
      .filter((one) => one.id.toLowerCase().startsWith(wanted.slice(0, 3)) || (wanted.length > 3 && one.slug.includes(wanted.slice(0, 5))))
      .slice(0, 6);
    say(
      `there is no rule "${name.slice(0, 40)}"${near.length > 0 ? `; did you mean ${near.map((one) => `${one.id} ${one.slug}`).join(', ')}?` : '; "skill rules" lists them'}`,
    );
    return 2;
  }
  const page = ownText(`rules/${rule.family.toLowerCase()}/${rule.slug}.md`);
  if (options.format === 'markdown') {
    await print(page);
    return 0;
  }
  const colour = wantsColor(options.color);
  const paint = (style: Parameters<typeof styleText>[0], text: string): string => (colour ? styleText(style, text, { validateStream: false }) : text);
  const maps = [
    ...rule.maps.owasp,
    ...[...(rule.maps.atlas ?? []), ...(rule.maps.attack ?? [])].map((id) => `${id} ${techniques[id] ?? ''}`.trim()),
    ...(rule.maps.cwe ?? []),
  ];
  const width = Math.min(columns(), 110);
  const out = [
    `${paint('bold', `${rule.id} ${rule.slug}`)}  ${rule.title}`,
    paint('dim', `${rule.severity}, alone it means ${rule.gate}, confidence ${rule.confidence} of 3`),
    ...wrap(maps.join(' · '), width).map((line) => paint('dim', line)),
    '',
    ...wrap(`What to do  ${rule.fix}`, width).map((line, index) => (index === 0 ? line.replace('What to do', paint('bold', 'What to do')) : line)),
  ];
  let fence: string | undefined;
  let binary = false;
  for (const line of page.split('\n').slice(1)) {
    const mark = /^(~{4,200})(?!~)(.*)$/.exec(line);
    if (fence !== undefined) {
      if (line.trimEnd() === fence) fence = undefined;
      // A binary in the page says nothing to a person.
      else if (binary) out.push(paint('dim', `    (${Buffer.from(line, 'base64').length} bytes, encoded in the page)`));
      else out.push(paint('cyan', `    ${line}`));
    } else if (mark !== null) {
      fence = mark[1]!;
      binary = mark[2]!.trim().startsWith('base64');
      out.push(paint('dim', `    ${mark[2]!.slice(mark[2]!.lastIndexOf('file=') + 5).trim()}`));
    } else if (line.startsWith('## ')) out.push(paint('bold', line.slice(3)));
    else if (line.startsWith('### ')) out.push(`  ${paint('underline', line.slice(4))}`);
    else if (line === '') out.push('');
    else out.push(...wrap(line, width));
  }
  await print(`${out.join('\n').trimEnd()}\n`);
  return 0;
}
