/**
 * Code that only appears when a shipped asset is decoded: `base64 -d assets/x | sh`, `exec(zlib.decompress(open('data.bin','rb').read()))`. The flow says which file goes
 * through which decoders into execution; the decoders are pure, so we apply them ourselves and hand the result back to the languages.
 */
import { type Codec, decode, guessLanguage, toText } from '../decode/codecs.ts';
import type { Limits } from '../limits.ts';
import type { ExecFact, ReadFact } from '../model.ts';
import type { Connected, Uncovered } from './contract.ts';
import { resolver } from './resolve.ts';

export function uncover(connected: Connected, limits: Limits): Uncovered[] {
  const { skill } = connected.program;
  const resolve = resolver(skill);
  const out: Uncovered[] = [];
  const seen = new Set<string>();
  const flows = connected.flows.between(
    (fact) => fact.kind === 'read',
    (fact) => fact.kind === 'exec',
    ['code', 'stdin', 'data'],
  );
  for (const flow of flows) {
    if (flow.through.length === 0 || flow.through.length > 6) continue;
    const source = flow.from as ReadFact;
    const file = resolve.file(source.path, skill.files[source.at.file]!);
    if (file === undefined) continue;
    let bytes: Uint8Array | undefined = file.bytes ?? (file.kind === 'text' ? Buffer.from(file.text, 'utf8') : undefined);
    const names: string[] = [];
    for (const transform of flow.through) {
      if (bytes === undefined) break;
      if (transform.op !== 'decode' && transform.op !== 'decompress' && transform.op !== 'decrypt') continue;
      bytes = decode(transform.codec as Codec, bytes, limits);
      names.push(transform.codec);
    }
    const text = bytes === undefined ? undefined : toText(bytes);
    if (text === undefined || names.length === 0) continue;
    const key = `${file.id}:${names.join('>')}`;
    if (seen.has(key)) continue;
    seen.add(key);
    const sink = flow.to as ExecFact;
    const program = sink.program.kind === 'known' ? sink.program.text : '';
    const language = /^(?:ba|z|da|k)?sh$/.test(program)
      ? 'shell'
      : /^python/.test(program) || program === 'exec'
        ? 'python'
        : (guessLanguage(text) ?? 'prose');
    out.push({ parent: sink.unit, language, text, unwrapped: names, reach: connected.reach(sink.unit) });
  }
  return out;
}
