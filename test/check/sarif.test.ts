/** SARIF of a check before the reference validator, with GitHub's ingestion rules. */
import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from 'sarif';
import { afterAll, expect, test } from 'vitest';
import { renderCheck } from '../../cli/check/report/index.ts';
import { rules } from '../../scanner/index.ts';
import { cleanUp, root, temporary } from '../cli/built.ts';
import * as sample from './sample.ts';

const tool = join(root, 'node_modules/@microsoft/sarif-multitool-linux');
afterAll(cleanUp);

/** Errors and warnings of the validator. */
function complaints(text: string): unknown[] {
  const folder = temporary();
  const [input, output] = [join(folder, 'in.sarif'), join(folder, 'out.sarif')];
  writeFileSync(input, text);
  const program = join(tool, 'Sarif.Multitool');
  chmodSync(program, 0o755);
  const schema = ['--json-schema', join(tool, 'sarif-2.1.0.json')];
  const ran = spawnSync(
    program,
    [
      'validate',
      input,
      ...schema,
      '--rule-kind',
      'Sarif;Gh',
      '--level',
      'Error;Warning',
      '--kind',
      'Fail;Open;Review',
      '--output',
      output,
      '--log',
      'ForceOverwrite',
      '--quiet',
    ],
    {
      encoding: 'utf8',
      // A proxy that refuses: no test asks the network.
      env: {
        PATH: process.env['PATH'],
        HOME: folder,
        ALL_PROXY: 'http://127.0.0.1:9',
        DOTNET_SYSTEM_GLOBALIZATION_INVARIANT: '1',
        DOTNET_BUNDLE_EXTRACT_BASE_DIR: folder,
      },
      timeout: 110_000,
    },
  );
  expect(ran.error, ran.stderr).toBeUndefined();
  const [run] = (JSON.parse(readFileSync(output, 'utf8').replace(/^\ufeff/, '')) as Log).runs;
  const notices = (run!.invocations ?? []).flatMap((one) => [
    ...(one.toolExecutionNotifications ?? []),
    ...(one.toolConfigurationNotifications ?? []),
  ]);
  return [...(run!.results ?? []), ...notices.filter((one) => one.level === 'error')].map((one) => one.message);
}

test.skipIf(process.platform !== 'linux' || process.arch !== 'x64')(
  'the validator has nothing against a report, a silent one, and a hostile one; and it looks',
  async () => {
    for (const report of [sample.full, sample.silent, sample.hostile(sample.hostileTexts[4]!)])
      expect(complaints(await renderCheck('sarif', report, { rules }))).toEqual([]);
    expect(complaints((await renderCheck('sarif', sample.full, { rules })).replace('"startLine": 9', '"startLine": -9'))).not.toEqual([]);
  },
  120_000,
);
