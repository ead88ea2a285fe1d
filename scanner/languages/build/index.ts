/** Readers of build files: Makefile and justfile, Dockerfile, Compose and Kubernetes, pipelines and task files. */
import type { Language } from '../contract.ts';
import { type Doc, docOf } from '../data/doc.ts';
import { readStrings } from '../data/generic.ts';
import { readYaml } from '../data/yaml-tree.ts';
import { readCompose } from './compose.ts';
import { readWorkflow } from './workflow.ts';

export { default as dockerfile } from './dockerfile.ts';
export { default as makefile } from './makefile.ts';

/** A YAML build file: its own reader over the tree, then every string that is left. */
const yamlFile = (id: string, readRows: (doc: Doc) => void): Language => ({
  id,
  read(source, ctx) {
    const doc = docOf(
      ctx,
      source,
      readYaml(source, () => ctx.step()),
      false,
    );
    readRows(doc);
    readStrings(doc);
  },
});

export const compose = yamlFile('compose', readCompose);
export const workflow = yamlFile('workflow', readWorkflow);
