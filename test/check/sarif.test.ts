/** SARIF of a check before the reference validator, with GitHub's ingestion rules. */
import { afterAll, expect, test } from 'vitest';
import { renderCheck } from '../../cli/check/report/index.ts';
import { rules } from '../../scanner/index.ts';
import { cleanUp, temporary } from '../cli/built.ts';
import { complaintsOf } from '../scanner/report/validator.ts';
import * as sample from './sample.ts';

afterAll(cleanUp);

const complaints = (text: string): unknown[] => complaintsOf(text, temporary());

test('the validator has nothing against a report, a silent one, and a hostile one; and it looks', async () => {
  for (const report of [sample.full, sample.silent, sample.hostile(sample.hostileTexts[4]!)])
    expect(complaints(await renderCheck('sarif', report, { rules }))).toEqual([]);
  expect(complaints((await renderCheck('sarif', sample.full, { rules })).replace('"startLine": 9', '"startLine": -9'))).not.toEqual([]);
}, 120_000);
