/** The reference validator of SARIF (Microsoft's multitool) with GitHub's ingestion rules; where it does not run, the schema alone. */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import type { Log } from 'sarif';
import { expect } from 'vitest';

const tool = join(fileURLToPath(new URL('../../..', import.meta.url)), 'node_modules/@microsoft/sarif-multitool-linux');

export interface Complaint {
  readonly rule: string;
  readonly level: string;
  readonly text: string;
}

/** What the reference validator has against a log: errors and warnings, of the standard and of GitHub. */
export function complaintsOf(text: string, folder: string): Complaint[] {
  const input = join(folder, 'in.sarif');
  const output = join(folder, 'out.sarif');
  writeFileSync(input, text);
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    const valid = new Ajv({ strict: false, allErrors: true, validateFormats: false }).compile(
      JSON.parse(readFileSync(join(tool, 'sarif-2.1.0.json'), 'utf8')),
    );
    return valid(JSON.parse(text))
      ? []
      : (valid.errors ?? []).map((error) => ({ rule: 'schema', level: 'error', text: `${error.instancePath} ${error.message}` }));
  }
  const program = join(tool, 'Sarif.Multitool');
  expect(existsSync(program), 'the validator is a development dependency').toBe(true);
  chmodSync(program, 0o755);
  const ran = spawnSync(
    program,
    [
      'validate',
      input,
      '--json-schema',
      join(tool, 'sarif-2.1.0.json'),
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
      // A proxy that refuses: the tool asks for every address it sees, and a test needs no network. Nothing is unpacked into the home folder either.
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
  const log = JSON.parse(readFileSync(output, 'utf8').replace(/^\ufeff/, '')) as Log;
  const [run] = log.runs;
  expect(run!.tool.driver.name).toBe('Sarif.Multitool');
  const notices = (run!.invocations ?? [])
    .flatMap((one) => [...(one.toolExecutionNotifications ?? []), ...(one.toolConfigurationNotifications ?? [])])
    .filter((one) => one.level === 'error');
  return [
    ...(run!.results ?? []).map((result) => ({
      rule: result.ruleId ?? '',
      level: result.level ?? '',
      text: `${JSON.stringify(result.message)} ${JSON.stringify(result.locations?.[0]?.logicalLocations ?? '')}`,
    })),
    ...notices.map((one) => ({ rule: one.descriptor?.id ?? 'notice', level: 'error', text: one.message.text ?? '' })),
  ];
}
