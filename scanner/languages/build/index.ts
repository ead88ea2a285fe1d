/** Readers of build files: Makefile and justfile, Dockerfile, Compose and Kubernetes, pipelines and task files. */
import type { Language } from '../contract.ts';
import { docOf } from '../data/doc.ts';
import { readStrings } from '../data/generic.ts';
import { readYaml } from '../data/yaml-tree.ts';
import { readCompose } from './compose.ts';
import { readWorkflow } from './workflow.ts';

export { default as dockerfile } from './dockerfile.ts';
export { default as makefile } from './makefile.ts';

export const compose: Language = {
  id: 'compose',
  read(source, ctx) {
    const doc = docOf(
      ctx,
      source,
      readYaml(source, () => ctx.step()),
      false,
    );
    readCompose(doc);
    readStrings(doc);
  },
};

export const workflow: Language = {
  id: 'workflow',
  read(source, ctx) {
    const doc = docOf(
      ctx,
      source,
      readYaml(source, () => ctx.step()),
      false,
    );
    readWorkflow(doc);
    readStrings(doc);
  },
};
