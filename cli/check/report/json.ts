/** JSON: the report itself. Schema: ../schema.json (`skillward.check.v1`). */
import type { CheckReport } from '../model.ts';

export const checkJson = (report: CheckReport): string => `${JSON.stringify(report, null, 2)}\n`;
