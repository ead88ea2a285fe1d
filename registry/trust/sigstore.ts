/**
 * The Sigstore libraries, loaded when first needed. They are CommonJS: from source, from a bundle and in a test their names stand on the module, on its `default`, or on both,
 * depending on who loads them.
 */

const unwrap = <M extends object>(module: M & { readonly default?: M }): M => module.default ?? module;

export const bundleLibrary = async (): Promise<Pick<typeof import('@sigstore/bundle'), 'bundleFromJSON' | 'bundleToJSON' | 'toDSSEBundle'>> =>
  unwrap(await import('@sigstore/bundle'));

export const verifyLibrary = async (): Promise<Pick<typeof import('@sigstore/verify'), 'toSignedEntity' | 'toTrustMaterial' | 'Verifier'>> =>
  unwrap(await import('@sigstore/verify'));
