/** One version as it is served: what was verified about it, what it can do, who let it through, how to install and to check it. */
import { cut } from '../../../scanner/report/escape.ts';
import { plural, size } from '../../../scanner/report/glance.ts';
import type { ReportGist } from '../../reports.ts';
import type { ServedSkill, ServedVersion } from '../../shelf/contract.ts';
import { html, type Markup, type Part } from '../html.ts';
import { abilities, command, day, digest, growth, growthOf, moment, note, skillPath, stateWords, toneOf, verdictWord, wordOf } from '../parts.ts';

export interface SkillView {
  readonly publicUrl: string;
  /** Whether anybody can read it without a token. */
  readonly open: boolean;
  readonly skill: ServedSkill;
  readonly version: ServedVersion;
  readonly report: ReportGist;
}

const levels: Readonly<Record<string, string>> = {
  L1: 'L1: this registry states who uploaded it',
  L2: "L2: signed with the publisher's own key",
};

function verdict({ version, report }: SkillView): Markup {
  const { release, row } = version;
  const { decision, says } = report.verdict;
  const { gates } = report.counts;
  const flags = [release.breakGlass && 'break-glass', release.solo && 'approved by its own publisher'].filter((one) => one !== false);
  return html`<section class="card verdict ${toneOf(decision)}" aria-label="Verdict">
<p class="word big">${wordOf(decision)}${flags.map((flag) => html` <span class="tag">${flag}</span>`)}</p>
<p class="says">${cut(says, 400)}</p>
<p class="soft small">${plural(gates.block ?? 0, 'finding')} to block, ${gates.review ?? 0} to review, ${plural(report.counts.abilities, 'ability', 'abilities')}, ${plural(version.files.length, 'file')}, ${size(row.archive_size)}. <a href="${skillPath(version.owner, version.slug, version.version)}/report">Full report</a></p>
</section>
${release.breakGlass ? note('bad', html`<b>Break-glass.</b> The scan blocks this version; an admin let it through all the same. Read why before you install it.`) : undefined}
${release.solo ? note('', html`<b>Solo approval.</b> Nobody but its publisher looked at this version.`) : undefined}`;
}

/** Commands are made of names whose letters were checked, and of our own address. */
function install({ publicUrl, open, version }: SkillView): Markup {
  const ref = `@${version.owner}/${version.slug}`;
  const scope = open ? publicUrl : `${publicUrl}/t/READ-TOKEN`;
  const ways: readonly (readonly [string, string, Part])[] = [
    [
      'skill',
      `skill install ${ref}@${version.version} --registry ${publicUrl}`,
      'Checks the signature and every byte, shows what it can do, and writes the lock.',
    ],
    ['clawhub', `CLAWHUB_REGISTRY=${publicUrl} clawhub install ${ref} --version ${version.version}`, 'Sign in once with clawhub login.'],
    [
      'openclaw',
      `OPENCLAW_CLAWHUB_URL=${publicUrl} openclaw skills install ${ref} --version ${version.version}`,
      open ? undefined : html`With your token in <code>CLAWHUB_TOKEN</code>.`,
    ],
    [
      'npx skills',
      `npx skills add ${scope}/@${version.owner} --skill ${version.slug}`,
      open
        ? 'Installs the latest version.'
        : html`Installs the latest version. It sends no token, so put a token made for reading by path (<code>skill token create --path</code>) into the address.`,
    ],
  ];
  return html`<h2 id="install">Install</h2><dl class="grid">${ways.map(([name, line, about]) => html`<dt>${name}</dt><dd>${command(line)}${about === undefined ? undefined : html`<p class="hint">${about}</p>`}</dd>`)}</dl>`;
}

function people({ version }: SkillView): Markup {
  const { release } = version;
  const { source } = release;
  const from = [source.uri, source.ref, source.commit, source.path].filter((one) => one !== undefined);
  return html`<h2 id="people">Who let it through</h2>
<dl class="grid">
<dt>Published by</dt><dd>${release.publisher.handle}, ${moment(release.publishedAt)}</dd>
<dt>Assurance</dt><dd>${levels[release.publisher.level] ?? release.publisher.level}</dd>
${source.kind === 'import' || from.length > 0 ? html`<dt>Comes from</dt><dd>${source.kind === 'import' ? 'Imported from ' : undefined}<code>${cut(from.join(' '), 400)}</code>${source.digest === undefined ? undefined : html`<br>${digest(cut(source.digest, 200))}`}</dd>` : undefined}
<dt>Approved by</dt><dd>${
    release.reviews.length === 0
      ? 'Policy: the scan passed and nothing asked for a person.'
      : html`<ul class="diff">${release.reviews.map(
          (review) =>
            html`<li><b>${review.reviewer.handle}</b> (${review.reviewer.role})${review.self ? ', the publisher' : undefined}, ${moment(review.reviewedAt)}${review.breakGlass ? html` <span class="tag word block">break-glass</span>` : undefined}<br><span class="soft">${cut(review.reason, 1000)}</span></li>`,
        )}</ul>`
  }</dd>
<dt>Policy</dt><dd>${cut(release.scan.policy.name, 80)} as of ${release.scan.policy.asOf}, ${digest(`sha256:${release.policySha256}`)}</dd>
</dl>`;
}

function integrity({ version }: SkillView): Markup {
  const { release } = version;
  const at = skillPath(version.owner, version.slug, version.version);
  const facts: readonly (readonly [string, Part])[] = [
    ['Archive', digest(`sha256:${release.archiveSha256}`)],
    ['Tree', digest(release.tree)],
    ['Fingerprint', digest(release.fingerprint)],
    ['Subject', digest(release.subject)],
    ['Signed by key', digest(release.keyid)],
    ['Attestations', digest(`sha256:${release.attestationsSha256}`)],
    ['Levels', release.levels.join(', ')],
    ['Released', moment(release.releasedAt)],
  ];
  return html`<h2 id="integrity">Integrity</h2>
<dl class="grid">${facts.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}
<dt>Check it</dt><dd>${command(`skill verify @${version.owner}/${version.slug}`)}<p class="hint">Or offline, with any Sigstore verifier: <a href="${at}/archive">archive</a>, <a href="${at}/attestations">attestations</a> (Sigstore bundles) and <a href="/api/skillward/v1/keys">release keys</a>. Compare the key's id with the one you were told.</p></dd>
</dl>
<details><summary>${plural(version.files.length, 'file')}</summary><div class="scroll"><table><thead><tr><th scope="col">Path</th><th scope="col">Size</th><th scope="col">sha256</th></tr></thead><tbody>${version.files.map(
    (file) =>
      html`<tr><td><a class="mono" href="${`${skillPath(version.owner, version.slug, version.version)}/file?path=${encodeURIComponent(file.path)}`}">${cut(file.path, 200)}</a></td><td>${size(file.size)}</td><td>${digest(file.sha256)}</td></tr>`,
  )}</tbody></table></div></details>`;
}

function versions({ skill, version }: SkillView): Markup {
  const tags = new Map<string, string[]>();
  for (const [tag, number] of Object.entries(skill.tags)) tags.set(number, [...(tags.get(number) ?? []), tag]);
  return html`<h2 id="versions">Versions</h2>
<div class="scroll"><table><thead><tr><th scope="col">Version</th><th scope="col">Verdict</th><th scope="col">Served</th><th scope="col">Change</th></tr></thead><tbody>${skill.versions.map(
    (row) =>
      html`<tr><td>${row.version === version.version ? html`<b class="mono" aria-current="page">${row.version}</b>` : html`<a class="mono" href="${skillPath(skill.owner, skill.slug, row.version)}">${row.version}</a>`}${(tags.get(row.version) ?? []).map((tag) => html` <span class="tag soft">${cut(tag, 40)}</span>`)}${row.state === 'served' ? undefined : html` <span class="word review">${stateWords[row.state]}</span>`}</td><td>${verdictWord(row.decision)}</td><td>${day(row.served_at)}</td><td>${cut(row.changelog, 200)}</td></tr>`,
  )}</tbody></table></div>`;
}

/** What rules of a later day say of a version that is served; written by the gate. */
function flagged(text: string | null): Part {
  if (text === null) return undefined;
  const value = JSON.parse(text) as { readonly findings?: unknown };
  const findings = Array.isArray(value.findings) ? value.findings.map(String) : [];
  return note(
    'bad',
    html`<b>Newer rules see more in this version.</b>${findings.length === 0 ? undefined : html`<ul class="diff">${findings.slice(0, 10).map((one) => html`<li>${cut(one, 300)}</li>`)}</ul>`}`,
  );
}

export function skillPage(view: SkillView): Markup {
  const { skill, version } = view;
  const { row } = version;
  const change = growthOf(row.growth);
  return html`<p class="crumbs"><a href="/">Catalogue</a> / <a href="/?owner=${encodeURIComponent(version.owner)}">@${version.owner}</a></p>
<h1>${cut(row.display_name, 120)}</h1>
<p class="lead"><span class="mono">@${version.owner}/${version.slug}</span> <span class="mono">${version.version}</span>${skill.latest.version === version.version ? undefined : html` · <a href="${skillPath(version.owner, version.slug)}">latest is ${skill.latest.version}</a>`}</p>
<p class="lead">${cut(row.description, 1024)}</p>
${row.state === 'deprecated' ? note('', html`<b>Deprecated.</b> ${cut(row.state_reason ?? '', 500)}`) : undefined}
${flagged(row.flagged)}
<br>${verdict(view)}
<h2 id="abilities">What it can do</h2>${abilities(view.report.abilities)}
${change !== null && change.added.length + change.removed.length > 0 ? html`<h2>Changed abilities</h2>${growth(change)}` : undefined}
${install(view)}
${people(view)}
${integrity(view)}
${versions(view)}`;
}
