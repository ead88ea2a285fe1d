/**
 * Content types by extension: what the `clawhub` command sends (its `mime` 4 table) where it sends one, ours for scripts it does not know. They describe a file and are
 * never proof of what it holds: whoever sends bytes of a skill to a browser adds `nosniff` and keeps them inert.
 */

const table: Readonly<Record<string, string>> = {
  md: 'text/markdown',
  markdown: 'text/markdown',
  mdx: 'text/mdx',
  txt: 'text/plain',
  text: 'text/plain',
  log: 'text/plain',
  conf: 'text/plain',
  ini: 'text/plain',
  json: 'application/json',
  map: 'application/json',
  json5: 'application/json5',
  geojson: 'application/geo+json',
  ipynb: 'application/x-ipynb+json',
  yaml: 'text/yaml',
  yml: 'text/yaml',
  toml: 'application/toml',
  xml: 'application/xml',
  csv: 'text/csv',
  tsv: 'text/tab-separated-values',
  html: 'text/html',
  htm: 'text/html',
  css: 'text/css',
  js: 'text/javascript',
  mjs: 'text/javascript',
  cjs: 'application/node',
  jsx: 'text/jsx',
  // What clawhub says of TypeScript: to its table it is an MPEG transport stream.
  ts: 'video/mp2t',
  mts: 'video/mp2t',
  sh: 'application/x-sh',
  sql: 'application/sql',
  lua: 'text/x-lua',
  pl: 'application/x-perl',
  php: 'application/x-httpd-php',
  java: 'text/x-java-source',
  c: 'text/x-c',
  h: 'text/x-c',
  cpp: 'text/x-c',
  rs: 'application/rls-services+xml',
  tex: 'application/x-tex',
  hbs: 'text/x-handlebars-template',
  bat: 'application/x-msdownload',
  // Unknown to clawhub, which then says application/octet-stream.
  py: 'text/x-python',
  rb: 'text/x-ruby',
  go: 'text/x-go',
  tsx: 'text/tsx',
  bash: 'application/x-sh',
  zsh: 'application/x-sh',
  ps1: 'text/x-powershell',
  jsonl: 'application/jsonl',
  svg: 'image/svg+xml',
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  avif: 'image/avif',
  ico: 'image/vnd.microsoft.icon',
  bmp: 'image/bmp',
  tiff: 'image/tiff',
  pdf: 'application/pdf',
  zip: 'application/zip',
  gz: 'application/gzip',
  tar: 'application/x-tar',
  wasm: 'application/wasm',
  ttf: 'font/ttf',
  otf: 'font/otf',
  woff: 'font/woff',
  woff2: 'font/woff2',
  mp3: 'audio/mpeg',
  wav: 'audio/wav',
  mp4: 'video/mp4',
};

/** The content type of a path; `application/octet-stream` if its extension is not known or it has none. */
export function contentTypeOf(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase();
  const dot = name.lastIndexOf('.');
  const extension = dot > 0 ? name.slice(dot + 1) : '';
  return (Object.hasOwn(table, extension) ? table[extension] : undefined) ?? 'application/octet-stream';
}
