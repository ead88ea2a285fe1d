/**
 * The card of a version: one page of Markdown that says what the scan decided, what the skill can do, who published and approved it, its digests, and how to check all of that
 * without believing this server. Text of the skill stands in code spans that it cannot close.
 */
import { codeSpan } from '../../../scanner/report/escape.ts';
import { refText } from '../../model.ts';
import type { ReportGist } from '../../reports.ts';
import type { ServedVersion } from '../../shelf/contract.ts';
import { standingOf } from './standing.ts';
import { attestationsUrl, downloadUrl, keysUrl, reportPage } from './urls.ts';

/** Clients take 256 KiB. */
const most = 64;

export function cardOf(publicUrl: string, version: ServedVersion, gist: ReportGist): string {
  const { row, release } = version;
  const standing = standingOf(version);
  const ref = refText(version);
  const abilities = gist.abilities.map(
    (one) =>
      `- ${one.title}: ${one.items
        .slice(0, most)
        .map((item) => codeSpan(item.text, false, 120))
        .join(', ')}${one.total > most ? ` and ${one.total - most} more` : ''}`,
  );
  const findings = gist.findings
    .slice(0, most)
    .map(
      ({ rule, slug, severity, place, says }) =>
        `- ${rule} ${slug} (${severity}) in ${codeSpan(`${place.path}:${place.line}`, false, 160)}: ${codeSpan(says, false, 200)}`,
    );
  return [
    `# ${ref}`,
    '',
    codeSpan(version.skill.display_name, false, 120),
    '',
    codeSpan(version.skill.summary, false, 1024),
    '',
    '## Verdict',
    '',
    `${standing.passed ? 'May be installed.' : '**Look before you install.**'} ${codeSpan(standing.says, false, 800)}`,
    '',
    `- Scanner: ${release.scan.scanner.name} ${release.scan.scanner.version}, ${release.scan.rules.count} rules (\`${release.scan.rules.digest}\`)`,
    `- Policy: ${codeSpan(release.scan.policy.name, false, 80)} (\`${release.scan.policy.digest}\`), as of ${release.scan.policy.asOf}`,
    `- Published by @${release.publisher.handle}, level ${release.publisher.level}${release.publisher.keyid === null ? '' : `, key \`${release.publisher.keyid}\``}, ${release.publishedAt}`,
    `- Approved by ${release.approvedBy.length === 0 ? 'nobody: policy asked for no person' : release.approvedBy.map((handle) => `@${handle}`).join(', ')}${release.solo ? ' (the publisher alone)' : ''}${release.breakGlass ? ' (break-glass)' : ''}`,
    `- Full report: <${reportPage(publicUrl, version)}>`,
    '',
    '## What it can do',
    '',
    ...(abilities.length === 0 ? ['Nothing that the scan could see: it runs no program, talks to no host and touches no file.'] : abilities),
    '',
    '## Findings',
    '',
    ...(findings.length === 0 ? ['None.'] : findings),
    ...(gist.counts.findings > most ? [`- and ${gist.counts.findings - most} more in the report`] : []),
    '',
    '## Digests',
    '',
    `- Archive: \`sha256:${row.archive_sha256}\` (${row.archive_size} bytes)`,
    `- Tree: \`${row.tree}\``,
    `- Fingerprint: \`${row.fingerprint}\``,
    `- Attestations: \`sha256:${release.attestationsSha256}\``,
    '',
    '## How to verify',
    '',
    `Signed by key \`${release.keyid}\` as subject \`${release.subject}\`. Compare the key with the one that you were told, not with the one that this server shows.`,
    '',
    '```sh',
    `skill verify ${ref}`,
    `curl -fsS -H "Authorization: Bearer $TOKEN" -o skill.zip '${downloadUrl(publicUrl, version)}'`,
    'sha256sum skill.zip',
    '```',
    '',
    `Sigstore bundles: <${attestationsUrl(publicUrl, version)}>. Keys: <${keysUrl(publicUrl)}>.`,
    '',
  ].join('\n');
}
