/**
 * Readers of data files that no host loads by name: JSON and its dialects, YAML, TOML, INI and its relatives, CSV. Known shapes (agent settings, MCP servers, workflows) are
 * judged wherever they stand; every other string is read for what it is.
 */
import type { Language, ReadContext } from '../contract.ts';
import { readShapes } from '../manifest/shapes.ts';
import { readCsv } from './csv.ts';
import { docOf } from './doc.ts';
import { readStrings } from './generic.ts';
import { readIni } from './ini-tree.ts';
import { scanJson } from './json-scan.ts';
import { readToml } from './toml-tree.ts';
import type { Tree } from './tree.ts';
import { readYaml } from './yaml-tree.ts';

const language = (id: string, parse: (source: string, step: () => void) => Tree, shapes = true): Language => ({
  id,
  read(source: string, ctx: ReadContext): void {
    const doc = docOf(
      ctx,
      source,
      parse(source, () => ctx.step()),
      false,
    );
    if (shapes) readShapes(doc);
    readStrings(doc);
  },
});

export const json: Language = language('json', scanJson);
export const yaml: Language = language('yaml', readYaml);
export const toml: Language = language('toml', readToml);
export const ini: Language = language('ini', (source, step) => readIni(source, step));
export const csv: Language = language('csv', readCsv, false);
export default json;
