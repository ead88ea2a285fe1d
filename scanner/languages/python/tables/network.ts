/** APIs that speak to the network. Source: documentation of each project; gathered 2026-11. */
import type { Api, Rows } from '../api.ts';

const common = { query: ['params'], header: ['headers', 'auth', 'cookies'], verify: ['verify', 'verify_ssl', 'ssl', 'context'] } as const;
const get = (method: string): Api => ({ do: 'request', method, url: [0, 'url'], body: ['data', 'json', 'content', 'files'], ...common });
const post = (method: string): Api => ({
  do: 'request',
  method,
  url: [0, 'url'],
  body: [1, 2, 'data', 'json', 'content', 'files'],
  ...common,
  sends: true,
});
const ANY: Api = {
  do: 'request',
  method: [0, 'method'],
  url: [1, 'url'],
  body: [2, 'data', 'json', 'content', 'files', 'fields', 'body'],
  ...common,
};
const STREAM: Api = { ...ANY };
const URLOPEN: Api = { do: 'request', method: ['method'], url: [0, 'url', 'fullurl'], body: [1, 'data'], header: ['headers'], verify: ['context'] };

/** `requests.get`, `Session().get`, … */
function verbs(prefixes: readonly string[]): Record<string, Api> {
  const rows: Record<string, Api> = {};
  for (const prefix of prefixes) {
    for (const name of ['get', 'head', 'options']) rows[`${prefix}.${name}`] = get(name.toUpperCase());
    for (const name of ['post', 'put', 'patch']) rows[`${prefix}.${name}`] = post(name.toUpperCase());
    rows[`${prefix}.delete`] = get('DELETE');
    rows[`${prefix}.request`] = ANY;
    rows[`${prefix}.stream`] = STREAM;
  }
  return rows;
}

const tcp = (method: string, scheme: string): Api => ({ do: 'request', method, url: [0, 'host'], scheme, port: [1, 'port'] });
const to = (method: string, body: readonly (number | string)[], sends = true): Api => ({
  do: 'request',
  method,
  url: ['recv'],
  host: 'recv',
  body,
  sends,
});
const dns = (url: readonly (number | string)[] = [0, 'host', 'qname']): Api => ({ do: 'request', method: 'DNS', url });
const upload = (path: readonly (number | string)[], url: readonly (number | string)[], scheme: string): Api => ({
  do: 'request',
  method: 'PUT',
  url,
  scheme,
  upload: path,
  sends: true,
});
const put = (body: readonly (number | string)[], url: readonly (number | string)[], scheme: string): Api => ({
  do: 'request',
  method: 'PUT',
  url,
  scheme,
  body,
  sends: true,
});

export const NETWORK: Rows = {
  ...verbs([
    'requests',
    'requests.Session()',
    'requests.session()',
    'requests.sessions.Session()',
    'requests.api',
    'httpx',
    'httpx.Client()',
    'httpx.AsyncClient()',
    'aiohttp',
    'aiohttp.ClientSession()',
    'niquests',
    'niquests.Session()',
    'curl_cffi.requests',
    'curl_cffi.requests.Session()',
    'cloudscraper.create_scraper()',
    'requests_html.HTMLSession()',
    'tls_client.Session()',
    'asks',
    'treq',
  ]),
  'urllib.request.urlopen': URLOPEN,
  'urllib2.urlopen': URLOPEN,
  'urllib.urlopen': URLOPEN,
  'urllib.request.build_opener().open': URLOPEN,
  'urllib.request.OpenerDirector().open': URLOPEN,
  'urllib.request.urlretrieve': { do: 'request', method: 'GET', url: [0, 'url'], save: [1, 'filename'] },
  'urllib.urlretrieve': { do: 'request', method: 'GET', url: [0, 'url'], save: [1, 'filename'] },
  'wget.download': { do: 'request', method: 'GET', url: [0, 'url'], save: [1, 'out'] },
  'gdown.download': { do: 'request', method: 'GET', url: [0, 'url'], save: [1, 'output'] },
  'urllib3.PoolManager().request': { do: 'request', method: [0, 'method'], url: [1, 'url'], body: ['body', 'fields', 'json'], header: ['headers'] },
  'urllib3.PoolManager().urlopen': { do: 'request', method: [0, 'method'], url: [1, 'url'], body: ['body', 'fields'], header: ['headers'] },
  'urllib3.request': { do: 'request', method: [0, 'method'], url: [1, 'url'], body: ['body', 'fields', 'json'], header: ['headers'] },
  'http.client.HTTPSConnection().request': {
    do: 'request',
    method: [0, 'method'],
    url: [1, 'url'],
    host: 'recv',
    scheme: 'https://',
    body: [2, 'body'],
    header: [3, 'headers'],
  },
  'http.client.HTTPConnection().request': {
    do: 'request',
    method: [0, 'method'],
    url: [1, 'url'],
    host: 'recv',
    scheme: 'http://',
    body: [2, 'body'],
    header: [3, 'headers'],
  },
  'httplib.HTTPSConnection().request': {
    do: 'request',
    method: [0, 'method'],
    url: [1, 'url'],
    host: 'recv',
    scheme: 'https://',
    body: [2, 'body'],
    header: [3, 'headers'],
  },
  'feedparser.parse': { do: 'request', method: 'GET', url: [0, 'url_file_stream_or_string'] },
  ...Object.fromEntries(
    (
      [
        ['openai.OpenAI openai.AsyncOpenAI openai.Client', 'https://api.openai.com', 'OPENAI_API_KEY'],
        ['anthropic.Anthropic anthropic.AsyncAnthropic anthropic.Client', 'https://api.anthropic.com', 'ANTHROPIC_API_KEY'],
        ['groq.Groq groq.AsyncGroq', 'https://api.groq.com', 'GROQ_API_KEY'],
        ['mistralai.Mistral', 'https://api.mistral.ai'],
        ['google.genai.Client google.generativeai.GenerativeModel', 'https://generativelanguage.googleapis.com'],
        ['elevenlabs.ElevenLabs elevenlabs.client.ElevenLabs', 'https://api.elevenlabs.io', 'ELEVENLABS_API_KEY'],
      ] as const
    ).flatMap(([names, address, env]) =>
      names.split(' ').map((name): [string, Api] => [name, { do: 'service', address, base: ['base_url'], ...(env === undefined ? {} : { env }) }]),
    ),
  ),
  'web3.HTTPProvider': { do: 'request', method: 'POST', url: [0, 'endpoint_uri'] },
  'web3.Web3.HTTPProvider': { do: 'request', method: 'POST', url: [0, 'endpoint_uri'] },
  'solana.rpc.api.Client': { do: 'request', method: 'POST', url: [0, 'endpoint'] },
  'solana.rpc.async_api.AsyncClient': { do: 'request', method: 'POST', url: [0, 'endpoint'] },
  'pycurl.Curl().perform': { do: 'request', method: 'GET', url: ['recv'] },
  'webbrowser.open': { do: 'request', method: 'GET', url: [0, 'url'] },
  'webbrowser.open_new_tab': { do: 'request', method: 'GET', url: [0, 'url'] },
  'websockets.connect': { do: 'request', method: 'WS', url: [0, 'uri'], header: ['extra_headers', 'additional_headers'] },
  'websocket.create_connection': { do: 'request', method: 'WS', url: [0, 'url'], header: ['header'] },
  'websocket.WebSocketApp': { do: 'request', method: 'WS', url: [0, 'url'], header: ['header'] },
  'websockets.sync.client.connect': { do: 'request', method: 'WS', url: [0, 'uri'] },

  'socket.socket().connect': { do: 'request', method: 'TCP', url: [0], scheme: 'tcp://', host: 'recv' },
  'socket.socket().connect_ex': { do: 'request', method: 'TCP', url: [0], scheme: 'tcp://', host: 'recv' },
  'ssl.SSLContext().wrap_socket().connect': { do: 'request', method: 'TCP', url: [0], scheme: 'tls://', host: 'recv' },
  'ssl.create_default_context().wrap_socket().connect': { do: 'request', method: 'TCP', url: [0], scheme: 'tls://', host: 'recv' },
  'ssl.wrap_socket().connect': { do: 'request', method: 'TCP', url: [0], scheme: 'tls://', host: 'recv' },
  'socket.create_connection': { do: 'request', method: 'TCP', url: [0, 'address'], scheme: 'tcp://' },
  'socket.socket().sendto': { do: 'request', method: 'UDP', url: [1, 'address'], scheme: 'udp://', body: [0], sends: true },
  'asyncio.open_connection': tcp('TCP', 'tcp://'),
  'telnetlib.Telnet': tcp('TCP', 'telnet://'),
  'socket.gethostbyname': dns(),
  'socket.gethostbyname_ex': dns(),
  'socket.getaddrinfo': dns(),
  'dns.resolver.resolve': dns(),
  'dns.resolver.query': dns(),
  'dns.resolver.Resolver().resolve': dns(),
  'dns.resolver.Resolver().query': dns(),
  'dns.query.udp': dns(),
  'aiodns.DNSResolver().query': dns(),
  'scapy.all.send': { do: 'request', method: 'ICMP', url: [0], body: [0], sends: true },
  'scapy.all.sr1': { do: 'request', method: 'ICMP', url: [0], body: [0], sends: true },

  'smtplib.SMTP().sendmail': to('SMTP', [2, 'msg', 1]),
  'smtplib.SMTP_SSL().sendmail': to('SMTP', [2, 'msg', 1]),
  'smtplib.SMTP().send_message': to('SMTP', [0, 'msg']),
  'smtplib.SMTP_SSL().send_message': to('SMTP', [0, 'msg']),
  'smtplib.SMTP().login': { do: 'request', method: 'SMTP', url: ['recv'], host: 'recv', header: [0, 1] },
  'smtplib.SMTP_SSL().login': { do: 'request', method: 'SMTP', url: ['recv'], host: 'recv', header: [0, 1] },
  'yagmail.SMTP().send': { do: 'request', method: 'SMTP', url: [0, 'to'], body: ['contents', 'subject', 'attachments', 2], sends: true },
  'ftplib.FTP().storbinary': to('FTP', [1, 'fp']),
  'ftplib.FTP().storlines': to('FTP', [1, 'fp']),
  'ftplib.FTP_TLS().storbinary': to('FTP', [1, 'fp']),
  'ftplib.FTP().retrbinary': to('FTP', [], false),
  'imaplib.IMAP4_SSL().login': { do: 'request', method: 'IMAP', url: ['recv'], host: 'recv', header: [0, 1] },
  'poplib.POP3_SSL': tcp('POP', 'pop://'),
  'paramiko.SSHClient().connect': {
    do: 'request',
    method: 'SSH',
    url: [0, 'hostname'],
    scheme: 'ssh://',
    header: ['password', 'pkey', 'key_filename', 3],
  },
  'paramiko.Transport': { do: 'request', method: 'SSH', url: [0], scheme: 'ssh://' },
  'paramiko.SSHClient().exec_command': { do: 'request', method: 'SSH', url: ['recv'], host: 'recv', body: [0], sends: true },
  'paramiko.SSHClient().open_sftp().put': { do: 'request', method: 'SSH', url: ['recv'], upload: [0], sends: true },
  'paramiko.SFTPClient.from_transport().put': { do: 'request', method: 'SSH', url: ['recv'], upload: [0], sends: true },
  'fabric.Connection().run': { do: 'request', method: 'SSH', url: ['recv'], host: 'recv', body: [0], sends: true },
  'fabric.Connection().put': { do: 'request', method: 'SSH', url: ['recv'], host: 'recv', upload: [0], sends: true },
  'paho.mqtt.publish.single': { do: 'request', method: 'MQTT', url: ['hostname'], body: [1, 'payload'], sends: true },

  'boto3.client().upload_file': upload([0, 'Filename'], [1, 'Bucket'], 's3://'),
  'boto3.client().upload_fileobj': put([0, 'Fileobj'], [1, 'Bucket'], 's3://'),
  'boto3.client().put_object': put(['Body'], ['Bucket'], 's3://'),
  'boto3.resource().Bucket().upload_file': upload([0, 'Filename'], ['recv'], 's3://'),
  'boto3.resource().Bucket().put_object': put(['Body'], ['recv'], 's3://'),
  'boto3.resource().meta.client.upload_file': upload([0, 'Filename'], [1, 'Bucket'], 's3://'),
  'google.cloud.storage.Client().bucket().blob().upload_from_filename': upload([0, 'filename'], ['recv'], 'gs://'),
  'google.cloud.storage.Client().bucket().blob().upload_from_string': put([0, 'data'], ['recv'], 'gs://'),
  'google.cloud.storage.Client().get_bucket().blob().upload_from_filename': upload([0, 'filename'], ['recv'], 'gs://'),
  'azure.storage.blob.BlobClient.from_connection_string().upload_blob': put([0, 'data'], ['recv'], 'azure://'),
  'dropbox.Dropbox().files_upload': put([0, 'f'], [1, 'path'], 'https://content.dropboxapi.com/'),
  'huggingface_hub.HfApi().upload_file': upload(['path_or_fileobj'], ['repo_id'], 'https://huggingface.co/'),
  'huggingface_hub.upload_file': upload(['path_or_fileobj'], ['repo_id'], 'https://huggingface.co/'),
  'huggingface_hub.upload_folder': upload(['folder_path'], ['repo_id'], 'https://huggingface.co/'),
  'discord_webhook.DiscordWebhook().execute': { do: 'request', method: 'POST', url: ['recv'], body: ['recv'], sends: true },
  'discord_webhook.DiscordWebhook': { do: 'request', method: 'POST', url: ['url', 0], body: ['content', 1], sends: true },
  'slack_sdk.webhook.WebhookClient().send': { do: 'request', method: 'POST', url: ['recv'], body: ['text', 'blocks'], sends: true },
  'telebot.TeleBot().send_message': {
    do: 'request',
    method: 'POST',
    url: ['recv'],
    body: [1, 'text'],
    sends: true,
    scheme: 'https://api.telegram.org/bot',
    host: 'recv',
  },
  'telebot.TeleBot().send_document': {
    do: 'request',
    method: 'POST',
    url: ['recv'],
    body: [1, 'document'],
    sends: true,
    scheme: 'https://api.telegram.org/bot',
    host: 'recv',
  },
  'git.Repo.clone_from': { do: 'request', method: 'GIT', url: [0, 'url'], save: [1, 'to_path'] },

  'flask.Flask().run': { do: 'listen', host: [0, 'host'], port: [1, 'port'], fallback: '127.0.0.1' },
  'uvicorn.run': { do: 'listen', host: ['host'], port: ['port'], fallback: '127.0.0.1' },
  'hypercorn.run': { do: 'listen', host: ['host'], port: ['port'], fallback: '127.0.0.1' },
  'waitress.serve': { do: 'listen', host: ['host'], port: ['port'], fallback: '0.0.0.0' },
  'aiohttp.web.run_app': { do: 'listen', host: ['host'], port: ['port'], fallback: '0.0.0.0' },
  'bottle.run': { do: 'listen', host: ['host'], port: ['port'], fallback: '127.0.0.1' },
  'http.server.HTTPServer': { do: 'listen', host: [0] },
  'http.server.ThreadingHTTPServer': { do: 'listen', host: [0] },
  'socketserver.TCPServer': { do: 'listen', host: [0] },
  'socketserver.ThreadingTCPServer': { do: 'listen', host: [0] },
  'xmlrpc.server.SimpleXMLRPCServer': { do: 'listen', host: [0] },
  'wsgiref.simple_server.make_server': { do: 'listen', host: [0], port: [1] },
  'websockets.serve': { do: 'listen', host: [1, 'host'], port: [2, 'port'] },
  'asyncio.start_server': { do: 'listen', host: [1, 'host'], port: [2, 'port'] },
  'socket.socket().bind': { do: 'listen', host: [0] },
  'socket.create_server': { do: 'listen', host: [0] },
  'gradio.Interface().launch': { do: 'listen', host: ['server_name'], port: ['server_port'], fallback: '127.0.0.1' },
  'gradio.Blocks().launch': { do: 'listen', host: ['server_name'], port: ['server_port'], fallback: '127.0.0.1' },
  'pyngrok.ngrok.connect': { do: 'tunnel', tunnel: 'ngrok', port: [0, 'addr'] },
  'ngrok.connect': { do: 'tunnel', tunnel: 'ngrok', port: [0, 'addr'] },
  'ngrok.forward': { do: 'tunnel', tunnel: 'ngrok', port: [0, 'addr'] },
  'flask_cloudflared.run_with_cloudflared': { do: 'tunnel', tunnel: 'cloudflared' },
};
