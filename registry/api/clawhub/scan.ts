/**
 * W9: the scan of a version, in ClawHub's shape. Every version is scanned before it is given out, so there is nothing to start: a scan asked for is the report there is. Those who may see
 * a version that is not given out (gate.attempt) can follow its scan here; for all others it does not exist.
 */
import { buffer } from 'node:stream/consumers';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { needScope } from '../../auth/rights.ts';
import { RegistryError } from '../../errors.ts';
import type { Actor } from '../../model.ts';
import { type ReportGist, reportsOf } from '../../reports.ts';
import type { ServedVersion } from '../../shelf/contract.ts';
import type { Store } from '../../store/index.ts';
import type { VersionRow } from '../../store/schema.ts';
import { Binary } from '../openapi.ts';
import type { ClawhubOptions } from './index.ts';
import { Free, optional, Slug, text, unsupported } from './names.ts';
import { refOf } from './skills.ts';
import { evidenceOf, line } from './standing.ts';

const Status = Type.Enum(['queued', 'running', 'succeeded', 'failed']);
const scan = {
  ok: Type.Literal(true),
  scanId: Type.String(),
  status: Status,
  sourceKind: Type.Literal('published'),
  update: Type.Literal(false),
};

/** A version whose scan the caller may see. */
interface Scanned {
  readonly slug: string;
  readonly displayName: string;
  readonly row: VersionRow;
  /** Undefined until it was scanned. */
  readonly report: { readonly digest: string; readonly gist: ReportGist } | undefined;
}

export const scanRoutes: FastifyPluginAsyncTypebox<ClawhubOptions> = async (app, { store, shelf, gate }) => {
  const ofServed = async (version: ServedVersion): Promise<Scanned> => ({
    slug: version.slug,
    displayName: version.skill.display_name,
    row: version.row,
    report: { gist: await shelf.gist(version), digest: version.release.scan.report.sha256 },
  });
  async function byId(actor: Actor, id: string): Promise<Scanned> {
    try {
      return await ofServed(await shelf.versionById(actor, id));
    } catch (error) {
      if (!(error instanceof RegistryError) || error.code !== 'not-found') throw error;
      const { slug, skill, row } = await gate.attempt(actor, id);
      const digest = row.report_sha256;
      return {
        slug,
        displayName: skill.display_name,
        row,
        report: digest === null ? undefined : { digest, gist: await reportsOf(store).gist(digest) },
      };
    }
  }

  app.post(
    '/api/v1/skills/-/scan',
    {
      schema: {
        tags: ['clawhub'],
        summary: 'Ask for the scan of a version (W9)',
        body: Type.Object({
          source: Type.Object({ kind: text(40), slug: Type.Optional(Slug), ownerHandle: optional(100), version: optional(128) }),
          update: Type.Optional(Type.Boolean()),
        }),
        response: { 200: Type.Object(scan) },
      },
    },
    async ({ actor, body }) => {
      needScope(actor, 'read');
      const { kind, slug, ...query } = body.source;
      if (kind !== 'published' || slug === undefined)
        throw unsupported('Only versions of this registry are scanned here. Scan a folder with: skill vet FOLDER');
      const { row } = await shelf.version(actor, refOf(slug, query));
      return { ok: true as const, scanId: row.id, status: 'succeeded' as const, sourceKind: 'published' as const, update: false as const };
    },
  );

  app.get(
    '/api/v1/skills/-/scan/:id',
    {
      schema: {
        tags: ['clawhub'],
        summary: 'How a scan stands (W9)',
        params: Type.Object({ id: text(100) }),
        response: {
          200: Type.Object({
            ...scan,
            writtenBack: Type.Boolean(),
            artifact: Free,
            report: Free,
            createdAt: Type.Number(),
            updatedAt: Type.Number(),
            completedAt: Type.Optional(Type.Number()),
            lastError: Type.Optional(Type.String()),
          }),
        },
      },
    },
    async ({ actor, params }) => {
      needScope(actor, 'read');
      return statusOf(await byId(actor, params.id));
    },
  );

  app.get(
    '/api/v1/skills/-/scan/:id/download',
    { schema: { tags: ['clawhub'], summary: 'A scan as a ZIP (W9)', params: Type.Object({ id: text(100) }), gives: { 'application/zip': Binary } } },
    async ({ actor, params }, reply) => {
      needScope(actor, 'read');
      return reply.type('application/zip').send(await zipOf(store, await byId(actor, params.id)));
    },
  );

  app.get(
    '/api/v1/skills/-/scan/download/:slug',
    {
      schema: {
        tags: ['clawhub'],
        summary: 'The scan of a version as a ZIP (W9)',
        params: Type.Object({ slug: Slug }),
        querystring: Type.Object({ version: optional(128), kind: optional(40), ownerHandle: optional(100) }),
        gives: { 'application/zip': Binary },
      },
    },
    async ({ actor, params, query }, reply) => {
      needScope(actor, 'read');
      if (query.kind !== undefined && query.kind !== 'skill') throw new RegistryError('not-found', 'This registry has skills only.');
      const version = await shelf.version(actor, refOf(params.slug, query));
      return reply
        .type('application/zip')
        .header('content-disposition', `attachment; filename="${version.slug}-${version.version}-scan.zip"`)
        .send(await zipOf(store, await ofServed(version)));
    },
  );
};

function statusOf({ slug, displayName, row, report }: Scanned) {
  const failed = row.decision === 'failed';
  const status = failed ? ('failed' as const) : report === undefined ? ('running' as const) : ('succeeded' as const);
  return {
    ok: true as const,
    scanId: row.id,
    status,
    sourceKind: 'published' as const,
    update: false as const,
    writtenBack: true,
    artifact: { slug, displayName, version: row.version, sha256: row.archive_sha256 },
    report: report === undefined ? {} : reportOf(report),
    createdAt: row.created_at,
    updatedAt: row.scanned_at ?? row.created_at,
    ...(row.scanned_at === null ? {} : { completedAt: row.scanned_at }),
    ...(failed ? { lastError: line(row.state_reason ?? 'The scan did not finish.', 500) } : {}),
  };
}

/** The parts that `clawhub scan` prints; the whole report is in the ZIP. */
function reportOf({ digest, gist }: NonNullable<Scanned['report']>) {
  const { decision, says } = gist.verdict;
  const findings = evidenceOf(gist);
  return {
    clawscan: { status: decision, verdict: decision, summary: line(says, 1000) },
    staticAnalysis: {
      status: decision,
      reasonCodes: [...new Set(findings.map((finding) => finding.code))],
      summary: line(says, 1000),
      engineVersion: `${gist.tool.name} ${gist.tool.version}`,
      findings: findings.map((finding, at) => ({ ...finding, remediation: line(gist.findings[at]!.fix, 500) })),
    },
    skillward: { decision, says: line(says, 1000), findings: gist.counts.findings, report: `sha256:${digest}` },
  };
}

async function zipOf(store: Store, scanned: Scanned): Promise<Buffer> {
  if (scanned.report === undefined) throw new RegistryError('not-found', 'This version has not been scanned yet. Try again in a moment.');
  const { report: _, ...manifest } = statusOf(scanned);
  const { ZipFile } = (await import('yazl')).default;
  const zip = new ZipFile();
  const mtime = new Date(scanned.row.scanned_at ?? scanned.row.created_at);
  zip.addBuffer(Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`), 'manifest.json', { mtime });
  zip.addBuffer(await reportsOf(store).bytes(scanned.report.digest), 'report.json', { mtime });
  zip.end();
  return buffer(zip.outputStream);
}
