/**
 * The floor: reads every text file of a tree and parses it once with the same parsers as the scanner, on the same number of threads, and does nothing with the result. No analysis can be faster
 * than this with these parsers.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { parse as parseScript } from '@babel/parser';
import remarkFrontmatter from 'remark-frontmatter';
import remarkGfm from 'remark-gfm';
import remarkParse from 'remark-parse';
import { parse as parseShell } from 'unbash';
import { unified } from 'unified';
import { parseDocument } from 'yaml';
import { loadGrammar } from '../scanner/languages/grammar.ts';

const files = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return files(path);
    return entry.isFile() ? [path] : [];
  });

async function parseAll(paths: readonly string[]): Promise<number> {
  const markdown = unified().use(remarkParse).use(remarkFrontmatter).use(remarkGfm).freeze();
  const python = await loadGrammar('python');
  let bytes = 0;
  for (const path of paths) {
    const text = readFileSync(path, 'utf8');
    bytes += text.length;
    if (text.length > 1_000_000) continue;
    try {
      switch (extname(path).toLowerCase()) {
        case '.md':
          markdown.parse(text);
          break;
        case '.sh':
        case '.bash':
          parseShell(text);
          break;
        case '.js':
        case '.mjs':
        case '.cjs':
        case '.ts':
        case '.tsx':
        case '.jsx':
          parseScript(text, { sourceType: 'unambiguous', errorRecovery: true, attachComment: false, plugins: ['typescript', 'jsx'] });
          break;
        case '.py':
          python.parse(text, () => {});
          break;
        case '.json':
        case '.yaml':
        case '.yml':
          if (text.length < 256_000) parseDocument(text, { maxAliasCount: 0, uniqueKeys: false } as never);
          break;
      }
    } catch {
      // A file that does not parse costs what it costs.
    }
  }
  return bytes;
}

if (isMainThread) {
  const root = process.argv[2] ?? '.';
  const all = files(root);
  const threads = Math.max(1, Math.min(Number(process.argv[3] ?? availableParallelism()), all.length));
  const chunks = Array.from({ length: threads }, (_, index) => all.filter((_path, at) => at % threads === index));
  const sizes = await Promise.all(
    chunks.map(
      (chunk) =>
        new Promise<number>((resolve, reject) => {
          const worker = new Worker(fileURLToPath(import.meta.url), { workerData: chunk, resourceLimits: { stackSizeMb: 64 } });
          worker.once('message', resolve);
          worker.once('error', reject);
        }),
    ),
  );
  console.log(`${all.length} files, ${sizes.reduce((sum, size) => sum + size, 0)} characters`);
} else parentPort!.postMessage(await parseAll(workerData as string[]));
