/**
 * What a registry says of a version that newer rules would not let in: it is given out all the same, and who has it or is about to should know. It is the registry's word of today and
 * stands in no signed statement, so it can warn and never reassure.
 */
const most = 5;

/** `flagged: by the rules of today block: …`, or undefined for a version without a flag. Text from outside in it is not yet safe to print. */
export function flagText(flagged: unknown): string | undefined {
  if (flagged === null || flagged === undefined) return undefined;
  const { decision, says, findings } = Object(flagged) as Readonly<Record<string, unknown>>;
  const reasons = Array.isArray(findings) ? findings.filter((one): one is string => typeof one === 'string') : [];
  const shown = reasons.slice(0, most).join('; ');
  return [
    `flagged: by the rules of today ${typeof decision === 'string' ? decision : 'it would not pass'}`,
    ...(typeof says === 'string' && says !== '' ? [`: ${says}`] : []),
    ...(shown === '' ? [] : [` (${shown}${reasons.length > most ? `; ${reasons.length - most} more` : ''})`]),
  ].join('');
}
