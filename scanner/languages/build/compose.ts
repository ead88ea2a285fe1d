/**
 * Docker Compose and Kubernetes manifests: what a container gets from its host. Privileges, host networks and mounts of home, root or the Docker socket are settings of the shared
 * table; published ports listen on every interface unless an address is given; commands are read as shell (Compose specification; Kubernetes Pod v1).
 */
import { known } from '../../value.ts';
import { argv, command, type Doc, install, judgeSettings, state } from '../data/doc.ts';
import { find, type MapNode, type Node, textAt, textOfNode, textsOf } from '../data/tree.ts';
import { environment } from '../manifest/environment.ts';
import { imageSpec } from '../manifest/packages.ts';

/** A command is a line or a list of words. */
function run(doc: Doc, node: Node | undefined, note: string): void {
  if (node === undefined) return;
  if (node.kind === 'text') command(doc, node, note, 'callable');
  else if (node.kind === 'list') argv(doc, textsOf(node), note, 'config', 'callable');
}

/** `8080:80`, `127.0.0.1:8080:80`, `{ published, host_ip }`. */
function port(doc: Doc, node: Node): void {
  const text = textOfNode(node);
  if (text !== undefined) {
    const match =
      /^(?:(\[[\da-fA-F:]{2,40}\]|\d{1,3}(?:\.\d{1,3}){3}):)?(?:(\d{1,5}(?:-\d{1,5})?|\$\{[^}]{1,80}\}):)?(\d{1,5}(?:-\d{1,5})?|\$\{[^}]{1,80}\})(?:\/(?:tcp|udp))?$/.exec(
        text,
      );
    // A bare container port is published on a random port of all interfaces as well, but nobody depends on it: only mapped ports are stated.
    if (match === null || match[2] === undefined) return;
    doc.ctx.fact(node.start, node.end, { kind: 'listen', host: known(match[1] ?? '0.0.0.0'), port: known(match[2]) });
  } else {
    const published = textAt(node, 'published') ?? textAt(node, 'hostPort');
    if (published !== undefined)
      doc.ctx.fact(node.start, node.end, {
        kind: 'listen',
        host: known(textAt(node, 'host_ip') ?? textAt(node, 'hostIP') ?? '0.0.0.0'),
        port: known(published),
      });
  }
}

function service(doc: Doc, name: string, node: MapNode): void {
  for (const image of find(node, 'image')) if (image.kind === 'text') install(doc, image, { ...imageSpec(image.text), runs: true });
  for (const key of ['command', 'entrypoint']) for (const item of find(node, key)) run(doc, item, `${key} of service ${name}`.slice(0, 80));
  for (const item of find(node, 'healthcheck', 'test')) {
    const words = textsOf(item);
    if (item.kind === 'text') command(doc, item, 'health check', 'callable');
    else if (words[0]?.text === 'CMD-SHELL' && words[1] !== undefined) command(doc, words[1], 'health check', 'callable');
    else if (words.length > 1) argv(doc, words.slice(1), 'health check', 'config', 'callable');
  }
  for (const item of find(node, 'ports', '*')) port(doc, item);
  for (const key of ['environment']) for (const item of find(node, key)) environment(doc, item);
  for (const hook of ['post_start', 'pre_stop'])
    for (const item of find(node, hook, '*', 'command')) run(doc, item, `${hook} of service ${name}`.slice(0, 80));
  judgeSettings(doc, 'docker', node);
}

function pod(doc: Doc, spec: Node): void {
  for (const item of [...find(spec, 'containers', '*'), ...find(spec, 'initContainers', '*')]) {
    if (item.kind !== 'map') continue;
    for (const image of find(item, 'image')) if (image.kind === 'text') install(doc, image, { ...imageSpec(image.text), runs: true });
    const words = [...find(item, 'command'), ...find(item, 'args')].flatMap((list) => textsOf(list));
    if (words.length > 0) argv(doc, words, `container ${textAt(item, 'name') ?? ''}`.trim().slice(0, 80), 'config', 'callable');
    for (const variable of find(item, 'env', '*')) {
      const key = find(variable, 'name').at(-1);
      const value = find(variable, 'value').at(-1);
      if (key !== undefined && value !== undefined)
        environment(doc, { kind: 'map', start: variable.start, end: variable.end, entries: [{ key: textOfNode(key) ?? '', keyAt: key, value }] });
    }
    for (const entry of find(item, 'ports', '*')) if (textAt(entry, 'hostPort') !== undefined) port(doc, entry);
    for (const when of ['postStart', 'preStop'])
      for (const list of find(item, 'lifecycle', when, 'exec', 'command')) run(doc, list, `${when} of a container`);
    judgeSettings(doc, 'docker', find(item, 'securityContext').at(-1));
    for (const cap of find(item, 'securityContext', 'capabilities', 'add', '*'))
      if (/^(?:ALL|SYS_ADMIN|NET_ADMIN|SYS_PTRACE)$/.test(textOfNode(cap) ?? ''))
        state(doc, cap, 'docker', 'cap_add', textOfNode(cap) ?? '', 'privileged');
    for (const user of find(item, 'securityContext', 'runAsUser'))
      if (textOfNode(user) === '0') state(doc, user, 'docker', 'runAsUser', '0', 'privileged');
  }
  for (const key of ['hostNetwork', 'hostPID', 'hostIPC'])
    for (const node of find(spec, key)) if (textOfNode(node) === 'true') state(doc, node, 'docker', key, 'true', 'disable-sandbox');
  for (const node of find(spec, 'volumes', '*', 'hostPath', 'path'))
    state(
      doc,
      node,
      'docker',
      'volumes.hostPath',
      textOfNode(node) ?? '',
      /^\/(?:$|etc|root|home|var\/run|proc|sys|dev|var\/lib)/.test(textOfNode(node) ?? '') ? 'mount-host' : 'other',
    );
}

export function readCompose(doc: Doc): void {
  const { root } = doc.tree;
  for (const documents of root?.kind === 'list' ? root.items : root === undefined ? [] : [root]) {
    for (const services of find(documents, 'services')) {
      if (services.kind !== 'map') continue;
      for (const { key, value } of services.entries) {
        doc.ctx.step();
        if (value.kind === 'map') service(doc, key, value);
      }
    }
    for (const path of [['spec'], ['spec', 'template', 'spec'], ['spec', 'jobTemplate', 'spec', 'template', 'spec']])
      for (const spec of find(documents, ...path)) if (find(spec, 'containers').length > 0) pod(doc, spec);
  }
}
