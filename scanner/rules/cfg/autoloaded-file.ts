/** CFG-004: auto-loaded files. See autoloaded-file.md. */
import { type Draft, rule } from '../contract.ts';

const FILES: readonly { readonly match: RegExp; readonly by: string }[] = [
  { match: /(?:^|\/)\.envrc$/, by: 'direnv' },
  { match: /(?:^|\/)(?:\.npmrc|\.yarnrc(?:\.yml)?|bunfig\.toml)$/, by: 'the package manager' },
  { match: /(?:^|\/)(?:pip\.conf|pip\.ini|uv\.toml|\.condarc)$/, by: 'the Python installer' },
  { match: /(?:^|\/)(?:conftest|sitecustomize|usercustomize)\.py$/, by: 'Python' },
  { match: /\.pth$/, by: 'Python' },
  { match: /(?:^|\/)\.vscode\/(?:tasks|settings|launch)\.json$/, by: 'the editor' },
  { match: /(?:^|\/)(?:\.devcontainer\/(?:[^/]{1,80}\/)?devcontainer|\.devcontainer)\.json$/, by: 'the editor' },
  { match: /(?:^|\/)\.git(?:hooks)?\//, by: 'git' },
  { match: /(?:^|\/)\.husky\//, by: 'git' },
  { match: /(?:^|\/)\.cargo\/config(?:\.toml)?$/, by: 'cargo' },
];

export default rule({
  id: 'CFG-004',
  slug: 'autoloaded-file',
  title: 'Ships a file that tools load by themselves',
  family: 'CFG',
  severity: 'high',
  gate: 'review',
  confidence: 2,
  fix: 'Leave the file out; say in the instructions what to run.',
  maps: { owasp: ['AST02', 'ASI04'], attack: ['T1546'] },
  check: (ctx) => {
    const drafts: Draft[] = [];
    const seen = new Set<number>();
    for (const fact of [...ctx.facts.of('exec'), ...ctx.facts.of('request'), ...ctx.facts.of('config')]) {
      const path = ctx.file(fact).path;
      const row = FILES.find((candidate) => candidate.match.test(path));
      if (row === undefined || seen.has(fact.at.file)) continue;
      const live = ctx.reach(fact) === 'automatic' || fact.kind === 'config';
      if (!live || (fact.kind === 'config' && fact.effect !== 'redirect-registry' && fact.effect !== 'preload-code')) continue;
      if (fact.kind === 'exec' && fact.how === 'import') continue;
      seen.add(fact.at.file);
      drafts.push({ says: `ships ${path}, which ${row.by} loads by itself`, facts: [fact], evidence: path });
    }
    return drafts;
  },
});
