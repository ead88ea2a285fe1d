/**
 * The Sigstore libraries, loaded when first needed, once: asking the module loader again costs more than a signature. They are CommonJS: from source, from a bundle and in a test their names stand on the module, on its `default`, or on both,
 * depending on who loads them.
 */

const unwrap = <M extends object>(module: M & { readonly default?: M }): M => module.default ?? module;

const once = <M>(load: () => Promise<M>): (() => Promise<M>) => {
  let loading: Promise<M> | undefined;
  return () => {
    loading ??= load();
    return loading;
  };
};

type BundleLibrary = Pick<typeof import('@sigstore/bundle'), 'bundleFromJSON' | 'bundleToJSON' | 'toDSSEBundle'>;
type VerifyLibrary = Pick<typeof import('@sigstore/verify'), 'toSignedEntity' | 'toTrustMaterial' | 'Verifier'>;

export const bundleLibrary = once(async (): Promise<BundleLibrary> => unwrap(await import('@sigstore/bundle')));
export const verifyLibrary = once(async (): Promise<VerifyLibrary> => unwrap(await import('@sigstore/verify')));
