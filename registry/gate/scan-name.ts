/** What a scan calls a skill, in the report and in a policy's exceptions. Gate and signer must agree on it, or they get different reports. */
import { refText } from '../model.ts';

/** `@owner/slug`: names are only unique together with their owner, and an exception should outlive the version it was made for. */
export const scanName = (of: { readonly owner: string; readonly slug: string }): string => refText({ owner: of.owner, slug: of.slug });
