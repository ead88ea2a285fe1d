/**
 * Shapes of credentials as their issuers document them, and the judgement whether one that is found could be live: checksum where the format has one, spread of
 * characters where it has none, and never a placeholder. Promises that the secret itself never leaves: results carry a redacted form. Patterns are anchored on a
 * literal prefix, so a text without the prefixes costs one scan each. Sources: issuers' documentation, read 2026-11.
 */

export interface SecretShape {
  readonly id: string;
  /** Group 1, if any, is the secret; else the whole match. */
  readonly pattern: RegExp;
  /** Least Shannon entropy in bits a character of the variable part. */
  readonly entropy?: number;
  readonly check?: 'github' | 'jwt' | 'pem' | 'openai' | 'assigned';
}

export interface SecretFound {
  readonly shape: string;
  readonly start: number;
  readonly end: number;
  readonly redacted: string;
}

export const secretShapes: readonly SecretShape[] = [
  { id: 'aws-access-key', pattern: /\b(?:AKIA|ASIA)[A-Z2-7]{16}\b/g, entropy: 2.6 },
  { id: 'aws-secret-key', pattern: /aws_?secret_?access_?key["']?[ \t]{0,8}[:=][ \t]{0,8}["']?([A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])/gi, entropy: 4 },
  { id: 'github-token', pattern: /\bgh[pousr]_[A-Za-z0-9]{36}\b/g, entropy: 3.5, check: 'github' },
  { id: 'github-fine-grained-token', pattern: /\bgithub_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}\b/g, entropy: 4 },
  { id: 'gitlab-token', pattern: /(?<![A-Za-z0-9_-])gl(?:pat|ptt|dt|rt|soat|cbt|agent)-[A-Za-z0-9_-]{20,60}/g, entropy: 3.3 },
  { id: 'npm-token', pattern: /\bnpm_[A-Za-z0-9]{36}\b/g, entropy: 3.5, check: 'github' },
  { id: 'pypi-token', pattern: /\bpypi-AgEIcHlwaS5vcmc[A-Za-z0-9_-]{50,400}/g, entropy: 4 },
  { id: 'slack-token', pattern: /\bxox[abposr]-(?:\d{10,13}-){1,3}[A-Za-z0-9-]{20,64}\b/g, entropy: 3.3 },
  { id: 'slack-app-token', pattern: /\bxapp-\d-[A-Z0-9]{9,13}-\d{10,14}-[a-f0-9]{64}\b/g, entropy: 3 },
  { id: 'slack-webhook', pattern: /\bhooks\.slack\.com\/services\/(T[A-Z0-9]{8,12}\/B[A-Z0-9]{8,12}\/[A-Za-z0-9]{24})\b/g, entropy: 3.3 },
  { id: 'discord-webhook', pattern: /\bdiscord(?:app)?\.com\/api\/webhooks\/(\d{17,20}\/[A-Za-z0-9_-]{60,80})/g, entropy: 4 },
  { id: 'discord-bot-token', pattern: /\b[MNO][A-Za-z0-9]{23,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,40}(?![A-Za-z0-9_-])/g, entropy: 4.2 },
  { id: 'telegram-bot-token', pattern: /\b\d{8,10}:AA[A-Za-z0-9_-]{33}(?![A-Za-z0-9_-])/g, entropy: 4 },
  { id: 'openai-key', pattern: /(?<![A-Za-z0-9_-])sk-[A-Za-z0-9_-]{48,220}/g, entropy: 4, check: 'openai' },
  { id: 'anthropic-key', pattern: /(?<![A-Za-z0-9_-])sk-ant-(?:api|admin|oat|ort)\d{2}-[A-Za-z0-9_-]{80,120}(?![A-Za-z0-9_-])/g, entropy: 4 },
  { id: 'openrouter-key', pattern: /\bsk-or-v1-[a-f0-9]{64}\b/g, entropy: 3.2 },
  { id: 'deepseek-or-openai-key', pattern: /\bsk-[a-zA-Z0-9]{32,48}\b/g, entropy: 3.3 },
  { id: 'google-api-key', pattern: /\bAIza[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])/g, entropy: 3.8 },
  { id: 'google-oauth-secret', pattern: /\bGOCSPX-[A-Za-z0-9_-]{28}(?![A-Za-z0-9_-])/g, entropy: 3.5 },
  { id: 'google-oauth-token', pattern: /\bya29\.[A-Za-z0-9_-]{60,300}/g, entropy: 4 },
  { id: 'stripe-key', pattern: /\b[sr]k_live_[A-Za-z0-9]{24,120}\b/g, entropy: 3.5 },
  { id: 'twilio-key', pattern: /\bSK[a-f0-9]{32}\b/g, entropy: 3 },
  { id: 'sendgrid-key', pattern: /\bSG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])/g, entropy: 4 },
  { id: 'mailgun-key', pattern: /\bkey-[a-f0-9]{32}\b/g, entropy: 3 },
  { id: 'mailchimp-key', pattern: /\b[a-f0-9]{32}-us\d{1,2}\b/g, entropy: 3 },
  { id: 'huggingface-token', pattern: /\bhf_[A-Za-z]{34}\b/g, entropy: 3.8 },
  { id: 'replicate-token', pattern: /\br8_[A-Za-z0-9]{37}\b/g, entropy: 3.8 },
  { id: 'groq-key', pattern: /\bgsk_[A-Za-z0-9]{52}\b/g, entropy: 4 },
  { id: 'xai-key', pattern: /\bxai-[A-Za-z0-9]{80}\b/g, entropy: 4 },
  { id: 'perplexity-key', pattern: /\bpplx-[A-Za-z0-9]{48}\b/g, entropy: 4 },
  { id: 'tavily-key', pattern: /\btvly-(?:dev-|prod-)?[A-Za-z0-9]{32}\b/g, entropy: 3.8 },
  { id: 'shopify-token', pattern: /\bshp(?:at|ca|pa|ss)_[a-f0-9]{32}\b/g, entropy: 3 },
  { id: 'digitalocean-token', pattern: /\bdo[por]_v1_[a-f0-9]{64}\b/g, entropy: 3.2 },
  { id: 'doppler-token', pattern: /\bdp\.(?:pt|st|ct|sa|scim|audit)\.[A-Za-z0-9]{40,44}\b/g, entropy: 4 },
  { id: 'notion-token', pattern: /\b(?:ntn_[A-Za-z0-9]{40,50}|secret_[A-Za-z0-9]{43})\b/g, entropy: 4 },
  { id: 'linear-key', pattern: /\blin_api_[A-Za-z0-9]{40}\b/g, entropy: 4 },
  { id: 'airtable-token', pattern: /\bpat[A-Za-z0-9]{14}\.[a-f0-9]{64}\b/g, entropy: 3.2 },
  { id: 'atlassian-token', pattern: /\bATATT3[A-Za-z0-9_=-]{100,250}/g, entropy: 4 },
  { id: 'databricks-token', pattern: /\bdapi[a-f0-9]{32}\b/g, entropy: 3 },
  { id: 'new-relic-key', pattern: /\bNRAK-[A-Z0-9]{27}\b/g, entropy: 3.5 },
  { id: 'vault-token', pattern: /\bhvs\.[A-Za-z0-9_-]{90,120}/g, entropy: 4 },
  {
    id: 'jwt',
    pattern: /(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{15,2000}\.eyJ[A-Za-z0-9_-]{15,4000}\.[A-Za-z0-9_-]{20,1000}/g,
    entropy: 4.2,
    check: 'jwt',
  },
  { id: 'private-key', pattern: /-----BEGIN (?:RSA |EC |DSA |OPENSSH |ENCRYPTED |PGP )?PRIVATE KEY(?: BLOCK)?-----[\s\S]{40,400}/g, check: 'pem' },
  {
    id: 'ethereum-private-key',
    pattern: /\b(?:private_?key|PRIVATE_?KEY|privateKey)["']?[ \t]{0,8}[:=][ \t]{0,8}["']?(0x[a-f0-9]{64})\b/g,
    entropy: 3.3,
  },
  {
    id: 'assigned-secret',
    pattern:
      /\b[A-Za-z_]{0,40}(?:api_?key|apikey|secret(?:_?key)?|(?:access|auth|bearer|api|bot|refresh|session)_?token|passwd|password|access_?key)["']?[ \t]{0,8}[:=]{1,2}[ \t]{0,8}["']([A-Za-z0-9+/_=.-]{24,200})["']/gi,
    entropy: 4.1,
    check: 'assigned',
  },
];

const placeholder =
  /x{4,}|X{4,}|\*{3,}|\.{3,}|…|<|>|\$\{|your|my[-_]|example|sample|dummy|fake|test[-_]?(?:key|token|secret)|placeholder|changeme|redacted|insert|replace|todo|here\b|secret[-_]?(?:key|token)|abc(?:123|def)|1234567|0123456|7654321|abcdefg|deadbeef|lorem|foobar|notreal|not-a-real|mock/i;

/** Could be live: no placeholder words, no runs, no keyboard walks, spread enough. */
export function looksLive(secret: string, entropy: number): boolean {
  const body = secret.replace(/^[A-Za-z]{2,10}[-_]/, '');
  if (placeholder.test(body) || /(.)\1{4}/.test(body)) return false;
  if (ordered(body) * 3 > body.length) return false;
  return spread(body) >= entropy;
}

/** Characters that continue an ascending or descending run of at least four. */
function ordered(text: string): number {
  let inRuns = 0;
  let run = 1;
  let step = 0;
  for (let at = 1; at <= text.length; at++) {
    const now = at < text.length ? text.charCodeAt(at) - text.charCodeAt(at - 1) : 99;
    if (now === step && Math.abs(now) === 1) run++;
    else {
      if (run >= 4) inRuns += run;
      run = Math.abs(now) === 1 ? 2 : 1;
      step = now;
    }
  }
  return inRuns;
}

/** Shannon entropy in bits a character. */
export function spread(text: string): number {
  const counts = new Map<string, number>();
  for (const letter of text) counts.set(letter, (counts.get(letter) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}

/** Credentials in a text that could be live, in order; at most 100. */
export function secretsIn(text: string): SecretFound[] {
  const found: SecretFound[] = [];
  for (const shape of secretShapes) {
    if (!mayHold(text, shape)) continue;
    let seen = 0;
    for (const match of text.matchAll(shape.pattern)) {
      if (++seen > 100) break;
      const secret = match[1] ?? match[0];
      const start = match[1] === undefined ? match.index : match.index + match[0].lastIndexOf(match[1]);
      if (!accepted(shape, secret)) continue;
      const end = shape.check === 'pem' ? match.index + Math.max(0, match[0].indexOf('\n')) : start + secret.length;
      if (found.some((other) => start < other.end && other.start < end)) continue;
      found.push({ shape: shape.id, start, end, redacted: redact(secret) });
    }
  }
  return found.sort((a, b) => a.start - b.start).slice(0, 100);
}

/** A literal that the pattern needs; without it the pattern is not tried. */
function mayHold(text: string, shape: SecretShape): boolean {
  const literal = needles[shape.id];
  return literal === undefined || literal.some((word) => text.includes(word));
}
const needles: Readonly<Record<string, readonly string[]>> = {
  'aws-access-key': ['AKIA', 'ASIA'],
  'private-key': ['PRIVATE KEY'],
  jwt: ['.eyJ'],
  'discord-webhook': ['/api/webhooks/'],
  'slack-webhook': ['hooks.slack.com'],
  'openai-key': ['T3BlbkFJ'],
  'telegram-bot-token': [':AA'],
};

function accepted(shape: SecretShape, secret: string): boolean {
  switch (shape.check) {
    case 'pem':
      return livePem(secret);
    case 'jwt':
      return liveJwt(secret) && looksLive(secret, shape.entropy ?? 0);
    case 'github':
      return checksumHolds(secret) && looksLive(secret, shape.entropy ?? 0);
    case 'openai':
      // Base64 of "OpenAI" in the middle of every key.
      return secret.indexOf('T3BlbkFJ') >= 20 && looksLive(secret, shape.entropy ?? 0);
    case 'assigned':
      return (
        /[a-z]/.test(secret) &&
        /[A-Z]/.test(secret) &&
        /\d/.test(secret) &&
        !/[./_-].*[./_-].*[./_-]/.test(secret) &&
        looksLive(secret, shape.entropy ?? 0)
      );
    default:
      return looksLive(secret, shape.entropy ?? 0);
  }
}

function livePem(text: string): boolean {
  const from = text.indexOf('-----', 11) + 5;
  const end = text.indexOf('-----END', from);
  const body = text
    .slice(from, end < 0 ? undefined : end)
    .replace(/\\[rn]/g, '')
    .replace(/[\s"'+,]/g, '');
  const key = /^[A-Za-z0-9+/=]{40,}/.exec(body)?.[0] ?? '';
  return key.length >= 40 && !/(.)\1{7}/.test(key.slice(8)) && !placeholder.test(key.slice(0, 30)) && spread(key) > 4;
}

function liveJwt(text: string): boolean {
  try {
    const payload = Buffer.from(text.split('.')[1] ?? '', 'base64url').toString('utf8');
    return payload.startsWith('{') && !/1234567890|John Doe|example|test|demo|dummy|your/i.test(payload);
  } catch {
    return false;
  }
}

const base62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
let crcTable: Uint32Array | undefined;

function crc32(text: string): number {
  if (crcTable === undefined) {
    crcTable = new Uint32Array(256);
    for (let byte = 0; byte < 256; byte++) {
      let value = byte;
      for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
      crcTable[byte] = value >>> 0;
    }
  }
  let crc = 0xffffffff;
  for (let at = 0; at < text.length; at++) crc = crcTable[(crc ^ text.charCodeAt(at)) & 0xff]! ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

/** GitHub's and npm's tokens end in six base-62 digits of the CRC-32 of the thirty before. */
function checksumHolds(token: string): boolean {
  const body = token.slice(token.indexOf('_') + 1);
  let crc = crc32(body.slice(0, 30));
  let digits = '';
  while (crc > 0) {
    digits = base62[crc % 62]! + digits;
    crc = Math.floor(crc / 62);
  }
  return body.slice(30) === digits.padStart(6, '0');
}

/** First and last characters, the rest starred. */
export const redact = (secret: string): string => {
  const line = secret.split('\n')[0] ?? '';
  const shown = line.length >= 24 ? 4 : 2;
  return `${line.slice(0, shown)}${'*'.repeat(8)}${line.slice(-Math.min(shown, 3))}`;
};
