/** The ceiling: node:http sending bytes from memory. It looks at no header, checks no right and knows no name; the path picks the bytes so that sizes are the same as for the others. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const files = JSON.parse(readFileSync(process.argv[2], 'utf8')).map((path) => readFileSync(path));
createServer((request, response) => {
  const body = files[Number(request.url.slice(1)) % files.length] ?? files[0];
  response.writeHead(200, { 'content-type': 'application/zip', 'content-length': body.length });
  response.end(body);
}).listen(Number(process.argv[3]), '127.0.0.1');
