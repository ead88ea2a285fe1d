/** The product's version, in every report. Kept equal to package.json by a test. */
export const version = '0.1.0';

declare const __sw_build: string | undefined;
/** Which sources this was built from, so that a cache never takes the results of one build for those of another. `source` when it runs unbuilt. */
export const build: string = typeof __sw_build === 'string' ? __sw_build : 'source';
