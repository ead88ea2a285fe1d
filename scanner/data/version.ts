/** The product's version, in every report. Kept equal to package.json by a test. */
export const version = '0.1.0';
