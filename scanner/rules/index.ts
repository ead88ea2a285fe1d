/** The rules, in order of their ids. Equal to the folder listing; a test proves it. `npm run new rule <family> <slug>` adds a pair of files and a line here. */
import { createHash } from 'node:crypto';
import { version } from '../data/version.ts';
import newAbility from './cap/new-ability.ts';
import overbroadGrant from './cap/overbroad-grant.ts';
import undeclaredAbility from './cap/undeclared-ability.ts';
import unrelatedAbility from './cap/unrelated-ability.ts';
import addsAgentTool from './cfg/adds-agent-tool.ts';
import agentHook from './cfg/agent-hook.ts';
import agentMemoryWrite from './cfg/agent-memory-write.ts';
import autoloadedFile from './cfg/autoloaded-file.ts';
import hardeningUndone from './cfg/hardening-undone.ts';
import type { Rule } from './contract.ts';
import ambiguousPackage from './cov/ambiguous-package.ts';
import pathTrick from './cov/path-trick.ts';
import unreadPart from './cov/unread-part.ts';
import destructiveDelete from './des/destructive-delete.ts';
import miner from './des/miner.ts';
import outwardAuthority from './des/outward-authority.ts';
import traceRemoval from './des/trace-removal.ts';
import unboundedWork from './des/unbounded-work.ts';
import decodedCode from './exe/decoded-code.ts';
import dynamicCode from './exe/dynamic-code.ts';
import loadTimeCommand from './exe/load-time-command.ts';
import privilegeChange from './exe/privilege-change.ts';
import remoteCode from './exe/remote-code.ts';
import reverseShell from './exe/reverse-shell.ts';
import spawnsProcess from './exe/spawns-process.ts';
import unsafeDeserialization from './exe/unsafe-deserialization.ts';
import untrustedCommand from './exe/untrusted-command.ts';
import addressesScanner from './inj/addresses-scanner.ts';
import alwaysLoadedInjection from './inj/always-loaded-injection.ts';
import approvalBypass from './inj/approval-bypass.ts';
import concealFromUser from './inj/conceal-from-user.ts';
import dormantBehaviour from './inj/dormant-behaviour.ts';
import forgedTurn from './inj/forged-turn.ts';
import instructionOverride from './inj/instruction-override.ts';
import obeyForeignText from './inj/obey-foreign-text.ts';
import personaWithoutLimits from './inj/persona-without-limits.ts';
import promptDisclosure from './inj/prompt-disclosure.ts';
import sendToOutsider from './inj/send-to-outsider.ts';
import dnsExfiltration from './net/dns-exfiltration.ts';
import dropEndpoint from './net/drop-endpoint.ts';
import internalAddress from './net/internal-address.ts';
import networkAccess from './net/network-access.ts';
import renderExfiltration from './net/render-exfiltration.ts';
import secretEgress from './net/secret-egress.ts';
import suspiciousAddress from './net/suspicious-address.ts';
import unprotectedTransport from './net/unprotected-transport.ts';
import deceptiveCharacters from './obf/deceptive-characters.ts';
import disguisedFile from './obf/disguised-file.ts';
import hiddenInstructions from './obf/hidden-instructions.ts';
import lockedArchive from './obf/locked-archive.ts';
import opaqueData from './obf/opaque-data.ts';
import packedComponent from './obf/packed-component.ts';
import shippedBinary from './obf/shipped-binary.ts';
import tagSmuggling from './obf/tag-smuggling.ts';
import persistence from './per/persistence.ts';
import agentSecret from './sec/agent-secret.ts';
import credentialFile from './sec/credential-file.ts';
import envSecret from './sec/env-secret.ts';
import environmentCapture from './sec/environment-capture.ts';
import hardcodedCredential from './sec/hardcoded-credential.ts';
import inputCapture from './sec/input-capture.ts';
import secretInTheOpen from './sec/secret-in-the-open.ts';
import fakePrerequisite from './soc/fake-prerequisite.ts';
import pasteIntoTerminal from './soc/paste-into-terminal.ts';
import pressure from './soc/pressure.ts';
import directDependency from './sup/direct-dependency.ts';
import installScript from './sup/install-script.ts';
import knownBad from './sup/known-bad.ts';
import lookAlikeName from './sup/look-alike-name.ts';
import registryRedirect from './sup/registry-redirect.ts';
import remoteInstructions from './upd/remote-instructions.ts';
import selfModification from './upd/self-modification.ts';
import selfReplacement from './upd/self-replacement.ts';
import unpinnedPackage from './upd/unpinned-package.ts';
import updateAndRun from './upd/update-and-run.ts';

export const rules: readonly Rule[] = [
  instructionOverride,
  concealFromUser,
  sendToOutsider,
  approvalBypass,
  forgedTurn,
  obeyForeignText,
  addressesScanner,
  personaWithoutLimits,
  promptDisclosure,
  alwaysLoadedInjection,
  dormantBehaviour,
  spawnsProcess,
  remoteCode,
  decodedCode,
  untrustedCommand,
  dynamicCode,
  reverseShell,
  privilegeChange,
  unsafeDeserialization,
  loadTimeCommand,
  networkAccess,
  secretEgress,
  suspiciousAddress,
  dropEndpoint,
  dnsExfiltration,
  unprotectedTransport,
  internalAddress,
  renderExfiltration,
  envSecret,
  credentialFile,
  environmentCapture,
  agentSecret,
  secretInTheOpen,
  hardcodedCredential,
  inputCapture,
  selfReplacement,
  updateAndRun,
  remoteInstructions,
  unpinnedPackage,
  selfModification,
  persistence,
  agentHook,
  agentMemoryWrite,
  addsAgentTool,
  autoloadedFile,
  hardeningUndone,
  tagSmuggling,
  deceptiveCharacters,
  hiddenInstructions,
  opaqueData,
  packedComponent,
  disguisedFile,
  shippedBinary,
  lockedArchive,
  knownBad,
  installScript,
  registryRedirect,
  directDependency,
  lookAlikeName,
  pasteIntoTerminal,
  fakePrerequisite,
  pressure,
  destructiveDelete,
  traceRemoval,
  miner,
  unboundedWork,
  outwardAuthority,
  undeclaredAbility,
  overbroadGrant,
  unrelatedAbility,
  newAbility,
  unreadPart,
  pathTrick,
  ambiguousPackage,
];

export const ruleIds: ReadonlySet<string> = new Set(rules.map((rule) => rule.id));

/** Digest of the rule set: identity of every rule, and the version of the code that decides. */
export function rulesDigest(): string {
  const rows = rules.map((rule) => [rule.id, rule.slug, rule.severity, rule.gate, String(rule.confidence)].join(' '));
  return `sha256:${createHash('sha256')
    .update([version, ...rows].join('\n'))
    .digest('hex')}`;
}
