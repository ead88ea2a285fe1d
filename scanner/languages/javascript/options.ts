/** Options objects, as APIs take them. */
import type { Call } from './calls.ts';
import type { Thing } from './thing.ts';

/** A field of an options object. */
export const option = (thing: Thing | undefined, name: string): Thing | undefined =>
  thing?.box?.items === undefined ? thing?.box?.props.get(name) : undefined;

/** The last object among the arguments. */
export const optionsOf = (c: Call): Thing | undefined => c.args.findLast((arg) => arg.box !== undefined && arg.box.items === undefined);
