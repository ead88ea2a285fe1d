/**
 * `skills.approved.json`: who accepted what, until when.
 *
 *   {"approvedVersion": 1,
 *    "approvals": [{"path", "tree", "accepts": [{"rule", "evidence", "reach"}…], "owner", "reason", "expires", "signature"?}…]}
 *
 * Being in the file proves nothing: what an approval is worth is judged apart (judge.ts). The file is read from the tip and from the result of a change, and both may be hostile:
 * sizes are limited, and text that reads in two ways is refused (document.ts).
 */
import { canonical } from '../../../scanner/canonical.ts';
import type { Reach } from '../../../scanner/model.ts';
import { order, PLAIN, type Reader, readDocument } from '../document.ts';
import { type Accepted, APPROVALS_NAME, type Approval } from '../model.ts';

/** Namespace of the signatures (PROTOCOL.sshsig): one made for anything else does not count here. */
export const NAMESPACE = 'skillward-approval';

export const approvalLimits = {
  bytes: 4 * 1024 * 1024,
  approvals: 5_000,
  /** Accepted things in one approval. */
  accepts: 1_000,
  path: 4_096,
  /** A path and a digest, for what could not be read. */
  evidence: 5_000,
  tree: 5_000,
  owner: 254,
  reason: 1_000,
  /** Characters of an armoured signature: RSA of 16,384 bits needs 7,000. */
  signature: 10_000,
} as const;

export const REACHES: readonly Reach[] = ['automatic', 'instructed', 'callable', 'mentioned'];
export const RULE = /^(?:[A-Z]{3}-\d{3}|(?:check|policy)\/[a-z]+(?:-[a-z]+)*)$/;
/** Paths and evidence come from skills and may hold anything; they are compared and shown escaped, never used. */
const ANY = /^[\s\S]*$/;
const SOME = /^[\s\S]+$/;
const ARMOUR = /^-----BEGIN SSH SIGNATURE-----\n(?:[A-Za-z0-9+/]{1,76}={0,2}\n)+-----END SSH SIGNATURE-----\n?$/;

/**
 * The text that a signature covers: canonical JSON (RFC 8785), in UTF-8. Everything but the signature itself, so that no field can be changed under it; and a type, so that no other
 * text of ours is ever taken for one.
 */
export const approvalText = (approval: Omit<Approval, 'signature'>): string => canonical({ type: 'skillward.approval.v1', ...fields(approval) });

const byContent = (a: Accepted, b: Accepted): number =>
  order(a.rule, b.rule) || order(a.evidence, b.evidence) || REACHES.indexOf(a.reach) - REACHES.indexOf(b.reach);

/** An approval without its signature, fields and accepted things in order. */
const fields = (approval: Omit<Approval, 'signature'>) => ({
  path: approval.path,
  tree: approval.tree,
  accepts: [...approval.accepts].sort(byContent).map(({ rule, evidence, reach }) => ({ rule, evidence, reach })),
  owner: approval.owner,
  reason: approval.reason,
  expires: approval.expires,
});

/** The one text of a list of approvals: sorted, each once. */
export function approvalsText(approvals: readonly Approval[]): string {
  const rows = new Map<string, object>();
  for (const approval of approvals) {
    const row = { ...fields(approval), ...(approval.signature === undefined ? {} : { signature: approval.signature }) };
    rows.set(`${approval.path}\0${canonical(row)}`, row);
  }
  const sorted = [...rows].sort(([a], [b]) => order(a, b)).map(([, row]) => row);
  return `${JSON.stringify({ approvedVersion: 1, approvals: sorted }, null, 2)}\n`;
}

/**
 * @param file its name, for messages
 * @param loose accept any order and spacing, as `skill accept` does before it writes the file anew
 * @throws CheckError naming file, line, what was expected and what to do
 */
export const parseApprovals = (text: string, file = APPROVALS_NAME, loose = false): Approval[] =>
  readDocument(
    text,
    file,
    {
      most: approvalLimits.bytes,
      remedy: 'Restore the file from version control.',
      tidy: '"skill accept --tidy" writes it in its one form.',
    },
    approvalsOf,
    approvalsText,
    loose,
  );

function approvalsOf(value: unknown, reader: Reader): Approval[] {
  const version = (value as { approvedVersion?: unknown } | null)?.approvedVersion;
  if (version !== 1)
    return reader.fail(
      ['approvedVersion'],
      typeof version === 'number' ? '1: a newer skill wrote the file; use that one' : '1, the version of this format',
    );
  const top = reader.object(value, [], ['approvedVersion', 'approvals']);
  return reader.list(top['approvals'], ['approvals'], approvalLimits.approvals).map((found, index) => {
    const at = ['approvals', index] as const;
    const row = reader.object(found, at, ['path', 'tree', 'accepts', 'owner', 'reason', 'expires'], ['signature']);
    const accepts = reader.list(row['accepts'], [...at, 'accepts'], approvalLimits.accepts).map((item, number): Accepted => {
      const place = [...at, 'accepts', number];
      const one = reader.object(item, place, ['rule', 'evidence', 'reach']);
      return {
        rule: reader.text(one['rule'], [...place, 'rule'], 60, RULE, 'the id of a rule, such as CAP-004, check/<problem> or policy/<matter>'),
        evidence: reader.text(
          one['evidence'],
          [...place, 'evidence'],
          approvalLimits.evidence,
          ANY,
          `text of at most ${approvalLimits.evidence} characters`,
        ),
        reach: reader.oneOf(one['reach'], [...place, 'reach'], REACHES),
      };
    });
    if (accepts.length === 0) return reader.fail([...at, 'accepts'], 'a list of at least one accepted thing');
    return {
      // The top of the repository has no name.
      path: reader.text(row['path'], [...at, 'path'], approvalLimits.path, ANY, `a path of at most ${approvalLimits.path} characters`),
      tree: reader.text(row['tree'], [...at, 'tree'], approvalLimits.tree, SOME, 'the digest of what was approved'),
      accepts,
      owner: reader.text(
        row['owner'],
        [...at, 'owner'],
        approvalLimits.owner,
        PLAIN,
        `a name or address of at most ${approvalLimits.owner} plain characters`,
      ),
      reason: reader.text(
        row['reason'],
        [...at, 'reason'],
        approvalLimits.reason,
        PLAIN,
        `a reason in at most ${approvalLimits.reason} plain characters on one line`,
      ),
      expires: reader.day(row['expires'], [...at, 'expires']),
      ...(row['signature'] === undefined
        ? {}
        : {
            signature: reader.text(
              row['signature'],
              [...at, 'signature'],
              approvalLimits.signature,
              ARMOUR,
              `an armoured SSH signature of at most ${approvalLimits.signature} characters, whole, as ssh-keygen -Y sign writes it`,
            ),
          }),
    };
  });
}
