/**
 * Dockerfile and Containerfile (BuildKit reference): RUN, CMD, ENTRYPOINT, ONBUILD and HEALTHCHECK are shell, ADD and FROM bring things in, ENV sets what programs trust. Honours
 * line continuations with comments between them, heredocs, the escape directive, exec form and flags.
 */
import { envEffect } from '../../data/settings.ts';
import { known } from '../../value.ts';
import { type Language, type ReadContext, shifted } from '../contract.ts';
import { scanJson } from '../data/json-scan.ts';
import { textsOf } from '../data/tree.ts';
import { mapOfWeave, wordsAsShell } from '../data/weave.ts';
import { imageSpec } from '../manifest/packages.ts';

interface Instruction {
  readonly word: string;
  readonly start: number;
  /** Where the arguments begin and end in the file. */
  readonly from: number;
  readonly end: number;
  /** Heredoc bodies. */
  readonly bodies: readonly { readonly start: number; readonly end: number }[];
}

const HEREDOC = /<<-?(["']?)([A-Za-z_]\w{0,60})\1/g;

function* instructions(source: string, ctx: ReadContext): Generator<Instruction> {
  const mark = /^#[ \t]{0,8}escape[ \t]{0,8}=[ \t]{0,8}`/im.test(source.slice(0, 500)) ? '`' : '\\';
  let at = 0;
  const lineEnd = (from: number): number => {
    const end = source.indexOf('\n', from);
    return end < 0 ? source.length : end;
  };
  while (at < source.length) {
    ctx.step();
    let end = lineEnd(at);
    const head = /^[ \t]{0,80}([A-Za-z]{2,12})(?=[ \t])/.exec(source.slice(at, Math.min(end, at + 120)));
    if (head === null) {
      at = end + 1;
      continue;
    }
    // Continued lines; comment and empty lines in between do not end the instruction.
    for (let tail = source.slice(at, end).trimEnd(); tail.endsWith(mark) && end < source.length; ) {
      let next = lineEnd(end + 1);
      while (
        next < source.length &&
        /^[ \t]{0,200}(?:#|$)/.test(
          source
            .slice(end + 1, next)
            .trimEnd()
            .slice(0, 202),
        )
      ) {
        end = next;
        next = lineEnd(end + 1);
      }
      tail = source.slice(end + 1, next).trimEnd();
      end = next;
    }
    const word = head[1]!.toUpperCase();
    const from = at + head[0].length;
    const stop = end;
    const bodies: { start: number; end: number }[] = [];
    if (word === 'RUN' || word === 'COPY' || word === 'ADD') {
      for (const match of [...source.slice(from, stop).matchAll(HEREDOC)].slice(0, 20)) {
        const start = end + 1;
        let close = start;
        while (close < source.length && source.slice(close, lineEnd(close)).trim() !== match[2]) close = lineEnd(close) + 1;
        bodies.push({ start, end: Math.min(close, source.length) });
        end = lineEnd(Math.min(close, source.length));
      }
    }
    yield { word, start: at + head[0].length - head[1]!.length, from, end: stop, bodies };
    at = end + 1;
  }
}

/** Shell text of an instruction: flags blanked, comment lines inside continuations blanked. */
function shellText(source: string, from: number, end: number): string {
  let text = source.slice(from, end);
  for (
    let flag = /^[ \t]{0,80}--[a-z]{1,20}(?:=\S{0,400})?/.exec(text);
    flag !== null;
    flag = /^[ \t]{0,400}--[a-z]{1,20}(?:=\S{0,400})?(?=\s)/.exec(text)
  ) {
    const blank = ' '.repeat(flag[0].length);
    text = blank + text.slice(flag[0].length);
    if (blank.length >= 400) break;
  }
  return text.replace(/^[ \t]{0,200}#[^\n]{0,10000}$/gm, (line) => `${' '.repeat(Math.max(0, line.length - 1))}\\`);
}

/** Exec form is a JSON array of words; anything else is a line for the shell. */
function run(ctx: ReadContext, source: string, from: number, end: number, note: string): void {
  const text = shellText(source, from, end);
  const lead = text.length - text.trimStart().length;
  if (text[lead] === '[') {
    const tree = scanJson(text.slice(lead));
    const words = textsOf(tree.root).map((word) => ({
      ...word,
      start: word.start + from + lead,
      end: word.end + from + lead,
      inner: word.inner + from + lead,
    }));
    if (words.length > 0 && tree.problems.length === 0) {
      const woven = wordsAsShell(source, words);
      ctx.embed('shell', woven.text, mapOfWeave(woven), { role: 'config', reach: 'callable', note });
      return;
    }
  }
  if (text.trim() !== '') ctx.embed('shell', text, shifted(from, end), { role: 'config', reach: 'callable', note });
}

/** What ENV and ARG set: `A=b C="d e"`, or the old `A b c`. */
function* settingsOf(rest: string): Generator<[name: string, value: string]> {
  const old = /^([A-Za-z_]\w{0,100})[ \t]([^\n]{1,1000})/.exec(rest);
  if (old !== null) {
    yield [old[1]!, unquoted(old[2]!.trim())];
    return;
  }
  const pair = /([A-Za-z_]\w{0,100})=("(?:[^"\\\n]|\\.){0,1000}"|'[^'\n]{0,1000}'|[^\s"']\S{0,1000}|)/y;
  for (let at = 0; at < rest.length; ) {
    pair.lastIndex = at;
    const match = pair.exec(rest);
    if (match === null) {
      // Not a pair: on with the next word.
      while (at < rest.length && !/\s/.test(rest[at]!)) at++;
      while (at < rest.length && /\s/.test(rest[at]!)) at++;
      continue;
    }
    yield [match[1]!, unquoted(match[2]!)];
    at = pair.lastIndex;
    while (at < rest.length && /\s/.test(rest[at]!)) at++;
  }
}

const unquoted = (text: string): string => (/^["']/.test(text) && text.length > 1 && text.at(-1) === text[0] ? text.slice(1, -1) : text);

const dockerfile: Language = {
  id: 'dockerfile',
  read(source, ctx) {
    const stages = new Set<string>();
    let user: { readonly name: string; readonly start: number; readonly end: number } | undefined;
    const config = (
      start: number,
      end: number,
      key: string,
      value: string,
      effect: 'privileged' | 'disable-tls' | 'redirect-registry' | 'redirect-api' | 'preload-code' | 'other',
      system = 'docker',
    ): void => {
      ctx.fact(start, end, { kind: 'config', system, key, value: known(value.slice(0, 400)), effect, via: 'file' });
    };
    for (const { word, start, from, end, bodies } of instructions(source, ctx)) {
      const rest = source.slice(from, end).trim();
      switch (word) {
        case 'FROM': {
          const match = /^(?:--platform=\S{1,80}[ \t]{1,20})?(\S{1,300})(?:[ \t]{1,20}AS[ \t]{1,20}(\S{1,80}))?/i.exec(rest);
          if (match === null) break;
          if (!stages.has(match[1]!.toLowerCase()) && match[1] !== 'scratch') {
            const { name, registry, ...wanted } = imageSpec(match[1]!);
            ctx.fact(start, end, { kind: 'install', ...wanted, name: known(name), ...(registry === undefined ? {} : { registry: known(registry) }) });
          }
          if (match[2] !== undefined) stages.add(match[2].toLowerCase());
          break;
        }
        case 'RUN':
          if (bodies.length > 0 && /^[ \t]{0,20}(?:--\S{1,200}[ \t]{1,20}){0,10}<<-?["']?\w{1,60}["']?[ \t]{0,20}$/.test(source.slice(from, end))) {
            for (const body of bodies)
              ctx.embed('shell', source.slice(body.start, body.end), shifted(body.start, body.end), {
                role: 'config',
                reach: 'callable',
                note: 'docker RUN',
              });
          } else if (bodies.length > 0) {
            const until = Math.min(source.length, bodies.at(-1)!.end + 80);
            const close = source.indexOf('\n', bodies.at(-1)!.end);
            ctx.embed('shell', shellText(source, from, close < 0 ? source.length : Math.min(close, until)), shifted(from, until), {
              role: 'config',
              reach: 'callable',
              note: 'docker RUN',
            });
          } else run(ctx, source, from, end, 'docker RUN');
          if (/--security=insecure/.test(rest)) config(start, end, 'RUN --security', 'insecure', 'privileged');
          break;
        case 'CMD':
        case 'ENTRYPOINT':
          run(ctx, source, from, end, `docker ${word}`);
          break;
        case 'HEALTHCHECK': {
          const cmd = /\bCMD[ \t]/.exec(source.slice(from, end));
          if (cmd !== null) run(ctx, source, from + cmd.index + 4, end, 'docker HEALTHCHECK');
          break;
        }
        case 'ONBUILD': {
          const inner = /^[ \t]{0,20}(RUN|CMD|ENTRYPOINT)[ \t]/i.exec(source.slice(from, end));
          if (inner !== null) run(ctx, source, from + inner[0].length, end, 'docker ONBUILD');
          break;
        }
        case 'ADD':
        case 'COPY':
          for (const match of rest.matchAll(/(?:https?:\/\/|git@|git:\/\/)\S{1,1000}/g)) {
            const at = source.indexOf(match[0], from);
            ctx.fact(at, at + match[0].length, {
              kind: 'request',
              url: known(match[0]),
              method: 'GET',
              tool: `docker ${word}`,
              verified: /--checksum=sha256:[0-9a-f]{64}/.test(rest),
            });
          }
          break;
        case 'ENV':
        case 'ARG':
          for (const [name, value] of settingsOf(rest)) {
            const effect = envEffect(name, value);
            if (effect === 'disable-tls' || effect === 'redirect-registry' || effect === 'redirect-api' || effect === 'preload-code')
              config(start, end, name, value, effect, 'env');
          }
          break;
        case 'USER':
          user = { name: rest, start, end };
          break;
        default:
          break;
      }
    }
    if (user !== undefined && /^(?:root|0)(?::|$)/.test(user.name)) config(user.start, user.end, 'USER', user.name, 'privileged');
    if (/^[ \t]{0,40}#[ \t]{0,10}\S/m.test(source)) ctx.embed('prose', source, shifted(0, source.length), { role: 'comment' });
  },
};
export default dockerfile;
