/**
 * Digest and signature checks between a download and its use. A request counts as verified only if the check can stop what follows (`set -e`, `&&`, `|| exit`, an `if`), the expected
 * value stands in the skill (a literal, or a file it ships), and nothing ran before. A list of digests fetched from the same place proves nothing.
 */
import { show, textOf } from '../../value.ts';
import type { Command } from './command.ts';
import { type Field, fieldText, pathCell, place, readFile, shipped, type World } from './world.ts';

const DIGEST = /\b[0-9a-f]{40,128}\b/i;

const mark = (w: World, field: Field): void => {
  const file = w.files.get(pathCell(w, place(w, field.value)));
  if (file === undefined || file.ran) return;
  for (const pending of file.requests) pending.draft.verified = true;
};

/** `sha256sum -c`, `shasum -c`, `gpg --verify`, `cosign verify-blob`, `minisign -V`. */
export function checkDigest(w: World, command: Command): void {
  const words = command.args.map((arg) => fieldText(arg) ?? '');
  const operands = command.args.filter((_arg, index) => !words[index]!.startsWith('-'));
  for (const field of operands) if (!/^(?:verify|verify-blob|\d{1,3})$/.test(fieldText(field) ?? '')) readFile(w, field);
  if (!w.gating && !w.errexit) return;
  const signature = /^(?:gpg2?|cosign|minisign|signify)$/.test(command.name);
  if (signature) {
    if (w.importsKeys || (command.name === 'cosign' && !words.some((word) => word.startsWith('verify')))) return;
    for (const field of operands) mark(w, field);
    // `gpg --verify x.asc` alone checks `x`.
    const first = fieldText(operands[0] ?? ({ value: { kind: 'unknown' } } as Field));
    if (operands.length === 1 && first !== undefined)
      mark(w, { ...operands[0]!, value: { kind: 'known', text: first.replace(/\.(?:asc|sig|minisig)$/, '') } });
    return;
  }
  if (!words.some((word) => /^(?:-[a-z]{0,3}c|--check)$/.test(word))) return;
  const lists: string[] = [];
  if (command.io.stdin.value !== undefined) lists.push(textOf(command.io.stdin.value) ?? '');
  for (const field of operands) {
    const file = w.files.get(pathCell(w, place(w, field.value)));
    if (file?.field !== undefined && file.requests.length === 0) lists.push(textOf(file.field.value) ?? '');
    // A list that the skill ships names files we cannot see here: all that was fetched so far is covered by it.
    else if (file === undefined && shipped(w, place(w, field.value)) !== undefined)
      for (const other of w.files.values()) if (!other.ran) for (const pending of other.requests) pending.draft.verified = true;
  }
  for (const list of lists) {
    for (const line of list.split('\n')) {
      const match = /^\s{0,8}([0-9a-fA-F]{40,128})[ \t]{1,4}\*?(\S.{0,300})$/.exec(line.trimEnd());
      if (match !== null) mark(w, { ...command.program, value: { kind: 'known', text: match[2]! } });
    }
  }
}

const literalDigest = (w: World, name: string): string | undefined => {
  const text = textOf(w.vars.get(name)?.field.value);
  return text !== undefined && DIGEST.test(text) ? text : undefined;
};

/** `[ "$(sha256sum f | cut …)" = "abc…" ]`: a comparison with a literal digest. */
export function comparedDigest(w: World, source: string): void {
  if ((!w.gating && !w.errexit) || source.length > 4_000 || !/sum|dgst|\$/.test(source)) return;
  const folded = source.replace(/\$\{?(\w{1,100})\}?/g, (whole: string, name: string) => w.digests.get(name) ?? literalDigest(w, name) ?? whole);
  if (!DIGEST.test(folded)) return;
  for (const match of folded
    .slice(0, 8_000)
    .matchAll(/\b(?:sha(?:1|224|256|384|512)sum|shasum(?: -a ?\d{1,3})?|openssl dgst(?: -\w{1,10})?)\s+["']?([^\s"'|)]{1,300})/g)) {
    const name = match[1]!;
    const variable = /^\$\{?(\w{1,100})\}?$/.exec(name);
    const value = variable === null ? ({ kind: 'known', text: name } as const) : w.vars.get(variable[1]!)?.field.value;
    if (value !== undefined && value.kind !== 'unknown')
      mark(w, { value, start: 0, end: 0, cells: [], code: [], spelled: show(value), unwrapped: [] });
  }
}
