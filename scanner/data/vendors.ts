/**
 * Whose secret a variable holds, and where that vendor's API lives: our data, so that what a skill declares about itself cannot widen it. A secret that flows only to its own
 * vendor is an ability, not a theft (rules.md idea 8). Names are matched on whole words of the variable (`MY_GITHUB_TOKEN` has GITHUB). Source: the vendors' own API documentation, 2026-11.
 */
const VENDORS: Readonly<Record<string, readonly string[]>> = {
  OPENAI: ['openai.com', 'azure.com'],
  AZURE: ['azure.com', 'microsoft.com', 'windows.net', 'microsoftonline.com', 'azure.net', 'azurewebsites.net'],
  ANTHROPIC: ['anthropic.com', 'claude.ai'],
  CLAUDE: ['anthropic.com', 'claude.ai'],
  GEMINI: ['googleapis.com', 'google.com', 'google.dev'],
  GOOGLE: ['googleapis.com', 'google.com', 'google.dev', 'gstatic.com', 'googleusercontent.com', 'run.app'],
  GCP: ['googleapis.com', 'google.com', 'google.dev', 'run.app'],
  YOUTUBE: ['googleapis.com', 'youtube.com', 'google.com'],
  GMAIL: ['googleapis.com', 'google.com', 'gmail.com'],
  AWS: ['amazonaws.com', 'aws.amazon.com', 'amazon.com', 'awsapps.com'],
  GITHUB: ['github.com', 'githubusercontent.com', 'ghcr.io', 'githubcopilot.com'],
  GH: ['github.com', 'githubusercontent.com', 'ghcr.io'],
  GITLAB: ['gitlab.com'],
  BITBUCKET: ['bitbucket.org', 'atlassian.com'],
  NPM: ['npmjs.org', 'npmjs.com'],
  PYPI: ['pypi.org'],
  DOCKER: ['docker.io', 'docker.com'],
  SLACK: ['slack.com'],
  DISCORD: ['discord.com', 'discordapp.com'],
  TELEGRAM: ['telegram.org', 't.me'],
  STRIPE: ['stripe.com'],
  TWILIO: ['twilio.com'],
  SENDGRID: ['sendgrid.com', 'sendgrid.net'],
  MAILGUN: ['mailgun.net', 'mailgun.com'],
  CLOUDFLARE: ['cloudflare.com', 'workers.dev', 'cloudflarestorage.com'],
  VERCEL: ['vercel.com', 'vercel.app', 'zeit.co'],
  NETLIFY: ['netlify.com', 'netlify.app'],
  HEROKU: ['heroku.com', 'herokuapp.com'],
  DIGITALOCEAN: ['digitalocean.com', 'digitaloceanspaces.com'],
  SUPABASE: ['supabase.co', 'supabase.com'],
  NOTION: ['notion.com', 'notion.so'],
  TRELLO: ['trello.com', 'atlassian.com'],
  JIRA: ['atlassian.net', 'atlassian.com'],
  ATLASSIAN: ['atlassian.net', 'atlassian.com'],
  CONFLUENCE: ['atlassian.net', 'atlassian.com'],
  LINEAR: ['linear.app'],
  ASANA: ['asana.com'],
  AIRTABLE: ['airtable.com'],
  HUBSPOT: ['hubspot.com', 'hubapi.com'],
  SALESFORCE: ['salesforce.com', 'force.com'],
  SHOPIFY: ['shopify.com', 'myshopify.com'],
  SPOTIFY: ['spotify.com'],
  TWITTER: ['twitter.com', 'x.com'],
  REDDIT: ['reddit.com'],
  LINKEDIN: ['linkedin.com'],
  FACEBOOK: ['facebook.com'],
  META: ['facebook.com', 'meta.com'],
  INSTAGRAM: ['instagram.com', 'facebook.com'],
  HUGGINGFACE: ['huggingface.co', 'hf.co'],
  HF: ['huggingface.co', 'hf.co'],
  REPLICATE: ['replicate.com', 'replicate.delivery'],
  OPENROUTER: ['openrouter.ai'],
  GROQ: ['groq.com'],
  MISTRAL: ['mistral.ai'],
  COHERE: ['cohere.ai', 'cohere.com'],
  DEEPSEEK: ['deepseek.com'],
  PERPLEXITY: ['perplexity.ai'],
  ELEVENLABS: ['elevenlabs.io'],
  DEEPGRAM: ['deepgram.com'],
  ASSEMBLYAI: ['assemblyai.com'],
  TAVILY: ['tavily.com'],
  BRAVE: ['brave.com'],
  SERPAPI: ['serpapi.com'],
  FIRECRAWL: ['firecrawl.dev'],
  SENTRY: ['sentry.io'],
  DATADOG: ['datadoghq.com', 'datadoghq.eu'],
  PAGERDUTY: ['pagerduty.com'],
  BINANCE: ['binance.com', 'binance.us', 'binance.vision'],
  COINBASE: ['coinbase.com'],
  KRAKEN: ['kraken.com'],
  POLYMARKET: ['polymarket.com'],
  PAYPAL: ['paypal.com'],
  PLAID: ['plaid.com'],
};

/** Words that say "this is a secret", not whose. */
const SECRET_WORDS = new Set([
  'KEY',
  'APIKEY',
  'TOKEN',
  'SECRET',
  'PASSWORD',
  'PASSWD',
  'PASS',
  'PWD',
  'CREDENTIAL',
  'CREDENTIALS',
  'CREDS',
  'AUTH',
  'BEARER',
  'COOKIE',
  'SESSION',
  'SESSIONID',
  'PAT',
  'JWT',
  'MNEMONIC',
  'SEED',
  'PASSPHRASE',
  'PRIVATE',
  'SIGNING',
  'WEBHOOK',
  'DSN',
  'PIN',
  'OTP',
  'TOTP',
]);

/** True if a variable's name says that it holds a secret. */
export function isSecretName(name: string): boolean {
  return name
    .toUpperCase()
    .split(/[^A-Z0-9]/)
    .some((word) => SECRET_WORDS.has(word) || /(?:TOKEN|SECRET|PASSWORD|APIKEY)$/.test(word));
}

/** Domains of the vendor whose secret the variable holds; undefined if we know no such vendor. */
export function vendorOf(name: string): readonly string[] | undefined {
  if (!isSecretName(name)) return undefined;
  for (const word of name.toUpperCase().split(/[^A-Z0-9]/)) if (Object.hasOwn(VENDORS, word)) return VENDORS[word];
  return undefined;
}

/** Words too general to tie a variable to a host. */
const GENERAL = new Set([
  ...SECRET_WORDS,
  'API',
  'APP',
  'MY',
  'THE',
  'ID',
  'CLIENT',
  'USER',
  'USERNAME',
  'URL',
  'HOST',
  'BASE',
  'ENDPOINT',
  'SERVICE',
  'SERVER',
  'ACCESS',
  'ACCOUNT',
  'DEV',
  'PROD',
  'COM',
  'NET',
  'ORG',
  'DATA',
  'CLOUD',
  'WEB',
  'WWW',
  'CONFIG',
  'ENV',
  'EMAIL',
  'MAIL',
  'BOT',
  'HTTP',
  'HTTPS',
]);

/** True if the registrable domain carries a name of the variable: `KAGI_API_KEY` and `kagi.com`. For secrets of no vendor we know. */
export function sharesName(name: string, domain: string): boolean {
  const label = (domain.split('.')[0] ?? '').replace(/[^a-z0-9]/gi, '').toUpperCase();
  return (
    label.length >= 3 &&
    name
      .toUpperCase()
      .split(/[^A-Z0-9]/)
      .some((word) => word.length >= 3 && !GENERAL.has(word) && (label.includes(word) || word.includes(label)))
  );
}
