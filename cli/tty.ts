/** The only writer to the terminal: results on standard output, everything else on standard error, colours as the user wants them. */
import { visible } from '../scanner/report/escape.ts';

/** NO_COLOR (any value), then --no-color, then FORCE_COLOR, then whether it is a terminal at all. https://no-color.org */
export function wantsColor(flag: boolean | undefined, stream: { readonly isTTY?: boolean } = process.stdout): boolean {
  const { env } = process;
  if (flag === false || (env['NO_COLOR'] ?? '') !== '') return false;
  if (env['FORCE_COLOR'] !== undefined) return env['FORCE_COLOR'] !== '0' && env['FORCE_COLOR'] !== 'false';
  return stream.isTTY === true && env['TERM'] !== 'dumb';
}

export const columns = (): number => {
  const given = Number(process.env['COLUMNS']);
  return process.stdout.columns ?? (Number.isInteger(given) && given > 20 ? given : 100);
};

/** Writes a result; waits until a pipe has taken it, so that nothing is lost at exit. */
export const print = (text: string): Promise<void> =>
  new Promise((resolve, reject) =>
    process.stdout.write(text, (error) => (error && (error as NodeJS.ErrnoException).code !== 'EPIPE' ? reject(error) : resolve())),
  );

/** One line for a person. Text from outside is made visible. */
export const say = (text: string): void => void process.stderr.write(`skill: ${visible(text)}\n`);

/** A line that counts, on a terminal only. */
export function progress(total: number): { step(name: string): void; end(): void } {
  const { stderr } = process;
  if (!stderr.isTTY || total < 2) return { step: () => {}, end: () => {} };
  let done = 0;
  let shown = 0;
  return {
    step(name) {
      done++;
      const now = performance.now();
      if (now - shown < 80 && done < total) return;
      shown = now;
      const width = 24;
      const filled = Math.round((width * done) / total);
      const line = `  ${'█'.repeat(filled)}${'░'.repeat(width - filled)} ${done}/${total}  ${visible(name)}`;
      stderr.write(`\r\x1b[K${line.slice(0, (stderr.columns ?? 100) - 1)}`);
    },
    end() {
      stderr.write('\r\x1b[K');
    },
  };
}
