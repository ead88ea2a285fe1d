/** The manifest of what can do nothing: where there is no version to compare with, or no skill at all. */
import type { Capability } from '../model.ts';

export const NOTHING: Capability = {
  schema: 'skillward.capability.v1',
  entries: [],
  declared: { env: [], bins: [], hosts: [], tools: [], install: [] },
  undeclared: [],
  unused: [],
  digest: '',
};
