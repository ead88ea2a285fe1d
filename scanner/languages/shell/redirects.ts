/**
 * Redirections: files read and written, here-documents and here-strings with their offsets, descriptors, and bash's network devices (`/dev/tcp/host/port`), which
 * are requests and, wired to a shell, a reverse shell.
 */
import type { Redirection } from 'unbash';
import type { Cell } from '../../model.ts';
import { concat, known, partsOf, textOf } from '../../value.ts';
import { embedWritten } from './run.ts';
import { bodyField, joined, type Substitute } from './words.ts';
import { at, edge, type Field, type Io, type Output, place, plain, readFile, request, type Stream, slice, type World, writeFile } from './world.ts';

interface Target {
  readonly field: Field;
  readonly append: boolean;
  readonly cell: Cell | undefined;
}
export interface Opened {
  readonly io: Io;
  readonly targets: readonly Target[];
  /** Descriptors that `exec` leaves open. */
  readonly streams: ReadonlyMap<number, Stream>;
  readonly pendingFrom: number;
  readonly heredoc: boolean;
}
export const outputsOf = (opened: Opened): ReadonlyMap<number, Stream> => opened.streams;

const DEVICE = /^\/dev\/(tcp|udp)\//;

/** Applies the redirections in order; what is written to files is stated by {@link closed}, once the output is known. */
export function redirected(w: World, redirects: readonly Redirection[], io: Io, span: { start: number; end: number }, sub: Substitute): Opened {
  let { stdin, out } = io;
  let toSocket = io.toSocket === true;
  const targets: Target[] = [];
  const streams = new Map<number, Stream>();
  const pendingFrom = w.pending.length;
  let heredoc = false;
  const descriptorOf = (item: Redirection, usual: number): number => (item.descriptor?.type === 'FileDescriptor' ? item.descriptor.value : usual);
  for (const item of redirects) {
    w.ctx.step();
    if (item.type === 'HereDoc') {
      const body = heredocField(w, item, sub);
      if (descriptorOf(item, 0) !== 0) continue;
      heredoc = true;
      stdin = streamOf(w, body, 'heredoc');
      continue;
    }
    if (item.target === undefined) continue;
    const field = joined(w, item.target, sub);
    if (item.type === 'HereString') {
      stdin = streamOf(w, { ...field, value: concat(field.value, known('\n')), spelled: `${field.spelled}\n` }, 'here-string');
      continue;
    }
    const reads = item.operator === '<' || item.operator === '<&' || item.operator === '<>';
    const fd = descriptorOf(item, reads ? 0 : 1);
    const raw = textOf(field.value);
    if ((item.operator === '<&' || item.operator === '>&') && raw !== undefined && /^(?:\d{1,4}-?|-)$/.test(raw)) {
      const source = w.fds.get(Number.parseInt(raw, 10)) ?? streams.get(Number.parseInt(raw, 10));
      if (source?.socket) {
        if (reads || fd === 0) stdin = source;
        else if (fd === 1) {
          toSocket = true;
          out = w.ctx.fresh();
          w.ctx.edge(out, source.sending ?? source.cell, span.start, span.end, 'pipe');
        }
        streams.set(fd, source);
      } else if (fd === 0 && raw === '1' && toSocket) stdin = { ...stdin, socket: true };
      continue;
    }
    const head = partsOf(field.value)[0];
    if (typeof head === 'string' && DEVICE.test(head)) {
      if (!reads && fd !== 2) out = w.ctx.fresh();
      const stream = deviceStream(w, field, head, reads && item.operator !== '<>' ? undefined : out);
      streams.set(fd, stream);
      if (reads) stdin = stream;
      else if (fd !== 2) toSocket = true;
      continue;
    }
    if (reads) {
      const stream = field.process === undefined ? readFile(w, field) : field.process.stream;
      if (fd === 0) stdin = { ...stream, via: 'file' };
      streams.set(fd, stream);
      continue;
    }
    const isError = fd === 2;
    const cell = isError ? undefined : w.ctx.fresh();
    if (cell !== undefined) {
      if (targets.length === 0) out = cell;
      else w.ctx.edge(out, cell, span.start, span.end, 'pipe');
    }
    if (!isError || !/^(?:\/dev\/null|nul)$/i.test(raw ?? '')) targets.push({ field, append: item.operator.endsWith('>>'), cell });
  }
  return { io: { ...io, stdin, out, ...(toSocket ? { toSocket: true } : {}) }, targets, streams, pendingFrom, heredoc };
}

/** States the files written, now that it is known what the command printed. Gives the output that is left for whoever reads on. */
export function closed(w: World, opened: Opened, output: Output): Output {
  let visible = true;
  for (const target of opened.targets) {
    if (target.cell === undefined) {
      writeFile(w, target.field, [], { append: target.append });
      continue;
    }
    visible = false;
    const content: Field | undefined =
      output.value === undefined
        ? undefined
        : {
            ...plain(output.value, output.map?.start ?? target.field.start, output.map?.end ?? target.field.end, [], output.unwrapped),
            spelled: output.spelled ?? textOf(output.value) ?? '',
            ...(output.map ? { map: output.map } : {}),
            ...(output.bytes ? { bytes: output.bytes } : {}),
          };
    writeFile(w, target.field, [target.cell], {
      append: target.append,
      content,
      requests: w.pending.slice(Math.max(0, Math.min(opened.pendingFrom, w.since))),
    });
    if (content !== undefined && target.field.process === undefined)
      embedWritten(w, place(w, target.field.value), content, opened.heredoc ? 'heredoc' : 'written file');
  }
  return visible ? output : { value: known(''), unwrapped: [] };
}

function streamOf(w: World, field: Field, via: string): Stream {
  const cell = w.ctx.fresh();
  edge(w, field.cells, cell, field.start, field.end, 'concat');
  return {
    cell,
    value: field.value,
    spelled: field.spelled,
    ...(field.map ? { map: field.map } : {}),
    ...(field.bytes ? { bytes: field.bytes } : {}),
    unwrapped: field.unwrapped,
    code: field.code,
    via,
  };
}

/** The text of a here-document; `<<-` drops leading tabs, so its map has a piece for each line. */
function heredocField(w: World, item: Extract<Redirection, { type: 'HereDoc' }>, sub: Substitute): Field {
  const { body } = item;
  const { start, end } = at(w, body);
  if (item.delimiter?.quoted !== true && body.parts !== undefined) return bodyField(w, body.parts, start, end, sub);
  const text = slice(w, body.pos, body.end);
  if (item.operator === '<<' || w.frame.region)
    return { ...plain(known(text), start, end), ...(w.frame.region ? {} : { map: { kind: 'shift', start, end } }) };
  const pieces: { at: number; outer: number }[] = [];
  let offset = start;
  let stripped = '';
  for (const line of text.split('\n')) {
    const tabs = line.length - line.replace(/^\t{1,1000}/, '').length;
    pieces.push({ at: stripped.length, outer: offset + tabs });
    stripped += `${line.slice(tabs)}\n`;
    offset += line.length + 1;
  }
  return { ...plain(known(stripped.slice(0, -1)), start, end), map: { kind: 'pieces', start, end, pieces } };
}

function deviceStream(w: World, field: Field, head: string, from: Cell | undefined): Stream {
  const protocol = DEVICE.exec(head)![1]!;
  const cell = w.ctx.fresh();
  const rest = concat(
    ...partsOf(field.value).map((part, index) =>
      index === 0 ? known(head.replace(DEVICE, '')) : typeof part === 'string' ? known(part) : ({ kind: 'template', parts: [part] } as const),
    ),
  );
  const shown = textOf(rest);
  const url = shown === undefined ? concat(known(`${protocol}://`), rest) : known(`${protocol}://${shown.replace('/', ':')}`);
  const sending = w.ctx.fresh();
  if (from !== undefined) w.ctx.edge(from, sending, field.start, field.end, 'pipe');
  request(w, field.start, field.end, {
    kind: 'request',
    url,
    method: protocol.toUpperCase(),
    tool: `/dev/${protocol}`,
    ...(from === undefined ? {} : { sends: true }),
    ins: [{ cell: sending, role: 'body' }, ...field.cells.map((source) => ({ cell: source, role: 'url' as const }))],
    outs: [{ cell, role: 'response' }],
  });
  return { cell, unwrapped: [], socket: true, sending };
}
