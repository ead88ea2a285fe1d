/** What an import is asked for, what it needs, and what comes of it. */
import type { PackFile } from '../archive/index.ts';
import type { Config } from '../config.ts';
import type { Gate } from '../gate/contract.ts';
import type { VersionState } from '../model.ts';
import type { Store } from '../store/index.ts';
import type { Lookup } from './dial.ts';

export interface UplinkDeps {
  readonly store: Store;
  readonly gate: Pick<Gate, 'publish' | 'settle'>;
  readonly config: Config;
  /** Fetches a secret that the settings name (secrets.ts). */
  readonly secret?: (reference: unknown) => Promise<string>;
  readonly now?: () => number;
  /** Resolver; a test may give its own. */
  readonly lookup?: Lookup;
}

/** Namespace and name here; by default the importer's own namespace and the name it has there. */
export interface Target {
  readonly owner?: string | undefined;
  readonly slug?: string | undefined;
}

export type ImportSource =
  | {
      readonly kind: 'upstream';
      /** Address of a ClawHub-compatible registry. */
      readonly from: string;
      readonly owner?: string | undefined;
      readonly slug: string;
      /** The upstream's newest by default. */
      readonly version?: string | undefined;
      readonly as?: Target | undefined;
      /** Look for new versions from now on. */
      readonly watch?: boolean | undefined;
    }
  /** Read by the client from a folder or a git commit. Where that was is the importer's word; the digest is taken here. */
  | {
      readonly kind: 'folder' | 'git';
      /** Where it was: an address without credentials, or the name of the folder. */
      readonly from: string;
      readonly commit?: string | undefined;
      readonly path?: string | undefined;
      readonly files: readonly PackFile[];
      readonly version: string;
      readonly changelog?: string | undefined;
      readonly as: { readonly owner?: string | undefined; readonly slug: string };
    };

export interface ImportResult {
  readonly owner: string;
  readonly slug: string;
  readonly version: string;
  readonly versionId: string;
  readonly state: VersionState;
  readonly decision: string | null;
  /** Why it is in that state. */
  readonly reason: string | null;
  /** It was here already, with the same content. */
  readonly repeated: boolean;
  /** Address of what was imported. */
  readonly upstream: string;
  readonly digest: string;
  /** JSON of what it can do beyond the newest served version; null when there was none or it is not scanned yet. */
  readonly growth: string | null;
  readonly watched: boolean;
  readonly warnings: readonly string[];
}
