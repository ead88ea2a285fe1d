/** Answers judged by the clients' own schemas (test/clients): what these refuse aborts the real command. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from '../../cli/built.ts';

interface Schemas {
  readonly [name: string]: (value: unknown) => unknown;
}

const versions = ['clawhub-0.8', 'clawhub-0.20', 'clawhub'] as const;

const load = async (client: string, file: string): Promise<Schemas> => {
  const path = join(root, 'test/clients/node_modules', client, file);
  if (!existsSync(path)) throw new Error(`${client} is not installed: run sh test/setup.sh`);
  return (await import(pathToFileURL(path).href)) as Schemas;
};

/** Throws unless every generation of clawhub that knows the schema takes the value. */
export async function taken(schema: string, value: unknown): Promise<void> {
  let known = 0;
  for (const client of versions) {
    const check = (await load(client, 'dist/schema/schemas.js'))[schema];
    if (check === undefined) continue;
    known++;
    const found = check(structuredClone(value)) as { readonly summary?: string; readonly ' arkKind'?: string } | undefined;
    if (found?.[' arkKind'] === 'errors')
      throw new Error(`${client} refuses the answer (${schema}): ${found.summary}\n${JSON.stringify(value).slice(0, 1000)}`);
  }
  if (known === 0) throw new Error(`no client knows the schema ${schema}`);
}
