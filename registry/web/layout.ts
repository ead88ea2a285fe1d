/** What all pages share: the frame around them, and the headers that keep them inert whatever is in them. */
import { version } from '../../scanner/data/version.ts';
import { cut } from '../../scanner/report/escape.ts';
import { hasScope } from '../auth/rights.ts';
import { html, type Markup, type Part } from './html.ts';
import type { Visitor } from './session.ts';
import { cssPath, iconPath } from './style.ts';

/** A page loads its style sheet and icon, sends its forms here, runs nothing and stands in nobody's frame. */
export const pageHeaders: Readonly<Record<string, string>> = {
  'content-security-policy': "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  // Our own forms need their origin to be told; nobody else is told anything.
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  'cache-control': 'no-store',
  'content-type': 'text/html; charset=utf-8',
};

export interface Site {
  readonly displayName: string;
  readonly publicUrl: string;
}

export interface Frame {
  readonly title: string;
  readonly visitor: Visitor;
  /** Which entry of the navigation this is. */
  readonly at?: 'catalogue' | 'queue' | 'login' | undefined;
}

/** A whole document. */
export function page(site: Site, frame: Frame, body: Part): string {
  const { actor, csrf, session } = frame.visitor;
  const entry = (name: NonNullable<Frame['at']>, path: string, says: string): Markup =>
    frame.at === name ? html`<a href="${path}" aria-current="page">${says}</a>` : html`<a href="${path}">${says}</a>`;
  const mine =
    actor.user === undefined
      ? entry('login', '/login', 'Sign in')
      : html`<span class="soft">${actor.user.handle} · ${actor.user.role}</span>${
          session === undefined
            ? undefined
            : html`<form method="post" action="/logout"><input type="hidden" name="csrf" value="${csrf}"><button class="link">Sign out</button></form>`
        }`;
  return `${
    html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${frame.title} · ${cut(site.displayName, 80)}</title>
<link rel="stylesheet" href="${cssPath}">
<link rel="icon" type="image/svg+xml" href="${iconPath}">
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header class="top"><div>
<a class="brand" href="/"><img src="${iconPath}" alt="" width="20" height="20">${cut(site.displayName, 80)}</a>
<nav aria-label="Main">${entry('catalogue', '/', 'Catalogue')}${hasScope(actor, 'publish') ? entry('queue', '/queue', 'Queue') : undefined}${mine}</nav>
</div></header>
<main id="content">
${body}
</main>
<footer class="foot"><div>Everything in the catalogue was scanned, approved and signed before it was listed. skillward ${version}</div></footer>
</body>
</html>`.text
  }\n`;
}
