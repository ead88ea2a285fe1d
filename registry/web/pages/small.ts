/** The small pages: signing in, letting a device in, one file, and what could not be done. */
import { cut, visible } from '../../../scanner/report/escape.ts';
import type { DeviceRequest } from '../../auth/device.ts';
import type { Scope } from '../../model.ts';
import { html, type Markup, type Part } from '../html.ts';
import { moment, note, skillPath } from '../parts.ts';

export const loginPage = (view: {
  readonly csrf: string;
  readonly next: string;
  readonly failed: string | undefined;
}): Markup => html`<div class="narrow">
<h1>Sign in</h1>
<p class="lead">With a token of this registry. Your browser keeps a session of 12 hours, never the token.</p>
${view.failed === undefined ? undefined : note('bad', html`<b>Not signed in.</b> ${view.failed}`)}
<br><form method="post" action="/login">
<input type="hidden" name="csrf" value="${view.csrf}"><input type="hidden" name="next" value="${view.next}">
<label for="token">Token</label>
<input id="token" name="token" type="password" required autocomplete="current-password" spellcheck="false" maxlength="200" aria-describedby="token-hint">
<p class="hint" id="token-hint">Begins with <code>skw_</code>. Whoever runs this registry makes one with <code>skill token create</code>; the first admin's is in the file <code>admin-token</code> of the data folder.</p>
<div class="actions"><button>Sign in</button></div>
</form></div>`;

export const devicePage = (view: {
  readonly csrf: string;
  readonly failed: string | undefined;
  readonly handle: string;
}): Markup => html`<div class="narrow">
<h1>Sign in a device</h1>
<p class="lead">A program that wants to act for you as <b>${view.handle}</b> shows a code. Type it here only if you have just started that program yourself.</p>
${view.failed === undefined ? undefined : note('bad', html`<b>No such login.</b> ${view.failed}`)}
<br><form method="post" action="/device">
<input type="hidden" name="csrf" value="${view.csrf}">
<label for="user_code">Code</label>
<input id="user_code" name="user_code" class="code-input" type="text" required maxlength="20" autocomplete="off" autocapitalize="characters" spellcheck="false">
<div class="actions"><button>Go on</button></div>
</form></div>`;

/** What the code stands for, before anything is given away. */
export const deviceDecisionPage = (view: {
  readonly csrf: string;
  readonly code: string;
  readonly request: DeviceRequest;
  readonly handle: string;
}): Markup => html`<div class="narrow">
<h1>Let this program in?</h1>
<dl class="grid"><dt>It calls itself</dt><dd><b>${cut(view.request.label, 80)}</b></dd>
<dt>Acts as</dt><dd>${view.handle}</dd>
<dt>It could</dt><dd><ul class="diff">${view.request.scopes.map((scope) => html`<li><b>${scope}</b> <span class="soft">${scopeWords[scope]}</span></li>`)}</ul></dd>
<dt>Asked</dt><dd>${moment(view.request.createdAt)}</dd></dl>
<p class="hint">Anybody can choose a name. If you did not start a program yourself just now, somebody else did.</p>
<form method="post" action="/device/decide">
<input type="hidden" name="csrf" value="${view.csrf}"><input type="hidden" name="user_code" value="${view.code}">
<div class="actions"><button name="decision" value="approve">Let it in</button><button class="danger" name="decision" value="deny">Refuse</button></div>
</form></div>`;

const scopeWords: Readonly<Record<Scope, string>> = {
  read: 'read what you may read',
  publish: 'publish where you may publish',
  approve: 'approve and reject in your name',
  admin: 'administer this registry in your name',
};

/** What was asked for cannot be shown or done. */
export const messagePage = (title: string, says: string, more?: Part): Markup =>
  html`<h1>${title}</h1><p class="lead">${says.split('\n').map((line) => html`${line}<br>`)}</p>${more}<p class="lead"><a href="/">To the catalogue</a></p>`;

const most = 400_000;

/** One file as text, line by line, with everything that cannot be seen made visible. */
export function filePage(view: {
  readonly owner: string;
  readonly slug: string;
  readonly version: string;
  readonly path: string;
  readonly bytes: Buffer;
}): Markup {
  const { bytes } = view;
  const text = bytes.subarray(0, most);
  const binary = text.subarray(0, 8000).includes(0);
  const lines = binary ? [] : new TextDecoder().decode(text).split(/\r\n|\n/);
  if (lines.at(-1) === '') lines.pop();
  return html`<p class="crumbs"><a href="${skillPath(view.owner, view.slug, view.version)}">@${view.owner}/${view.slug} ${view.version}</a></p>
<h1 class="mono">${cut(view.path, 300)}</h1>
${
  binary
    ? html`<p class="lead">${bytes.length} bytes that are no text.</p>`
    : html`<div class="scroll file" tabindex="0"><table>${lines.map((line, index) => html`<tr><td class="no">${index + 1}</td><td class="mono line">${visible(line.slice(0, 4000))}${line.length > 4000 ? ' …' : ''}</td></tr>`)}</table></div>${bytes.length > most ? html`<p class="soft">Only the first ${most} of ${bytes.length} bytes are shown.</p>` : undefined}`
}`;
}
