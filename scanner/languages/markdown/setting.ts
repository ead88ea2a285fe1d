/**
 * What a heading, a lead-in sentence, a table header or a label says about the list, table, quote or fence that it introduces: do this, never do this, this is
 * how attacks look, this is what comes out. Structure decides, never a word on the introduced line itself. Forms are strict, because an attacker writes headings
 * too: a title that merely contains a warning word says nothing, a heading lowers code to `example` and no further unless it is nothing but "Bad" or "Don't",
 * the document's title lowers no command, and {@link isCommanded} takes every lowering back when a sentence elsewhere tells the reader to run or follow it.
 */
import type { Stance } from '../../model.ts';
import { forbidsNext, polarityBefore } from '../text/polarity.ts';

/** `command` do it; `forbid` never do it; `attack` patterns, indicators and samples of attacks; `bad` wrong ways; `output` what comes out; `example` an illustration. */
export type Setting = 'command' | 'forbid' | 'attack' | 'bad' | 'output' | 'example' | 'none';

/** A setting and who says so: the sentence right before, the table's header, the heading right above, one further up, or the title of the document. */
export interface Said {
  readonly setting: Setting;
  readonly by: 'lead' | 'table' | 'near' | 'far' | 'title' | 'nobody';
  /** The words that said so. */
  readonly label: string;
  /** The heading is nothing but the word: "Bad", "❌ Wrong", "Don'ts". */
  readonly strict: boolean;
}

export const unsaid: Said = { setting: 'none', by: 'nobody', label: '', strict: false };

/** What is introduced: running text, text in a fence, code that could be run. */
export type Introduced = 'text' | 'quote' | 'code';

/** Stance that what was said gives to a block. */
export function stanceOf(said: Said, what: Introduced): Stance {
  const { setting, by } = said;
  if (setting === 'output' || setting === 'example') return 'example';
  if (setting !== 'forbid' && setting !== 'attack' && setting !== 'bad') return 'use';
  if (by === 'lead' || by === 'table' || said.strict) return 'mention';
  if (what === 'quote') return 'mention';
  if (by === 'title') return 'use';
  if (what === 'code' || by === 'far') return 'example';
  return 'mention';
}

const attackNoun =
  '(?:patterns?|phrases?|indicators?|signs?|signals?|signatures?|samples?|examples?|attempts?|inputs?|prompts?|requests?|keywords?|strings?|content|vectors?|techniques?|tactics|behaviou?rs?|payloads?|scenarios?|triggers?|taxonomy|catalog(?:ue)?)';
const attackWord =
  '(?:attack(?:s|ers?)?|malicious|suspicious|injections?|exploit(?:s|ation)?|jailbreak(?:s|ing)?|phishing|threats?|adversarial|malware|evasion|obfuscation|exfiltration|poisoning|social engineering|scam|abuse|compromise|detection|blocked|flagged|forbidden|dangerous|vulnerable|vulnerability|insecure|unsafe|hostile|untrusted)';
const attackTitle = new RegExp(
  `\\b${attackWord}(?: [\\w/&-]{1,20}){0,2} ${attackNoun}\\b|\\b(?:patterns?|phrases?|indicators?|signs?|signatures?|examples?|samples?|attempts?|types?|kinds?|categories) (?:of|for|that indicate|indicating|to (?:detect|flag|block|reject|refuse|watch for|look for)) (?:[\\w/&-]{1,20} ){0,3}${attackWord}\\b|\\b(?:red flags?|warning signs?|iocs?|indicators of compromise|(?:block|deny|black)[- ]?list|threat (?:model|patterns?|categories|table|matrix)|(?:patterns?|things|requests?|inputs?|commands?|phrases) to (?:detect|flag|block|reject|refuse|watch for|look for|look out for)|(?:look|watch|scan|search|check) (?:out )?for (?:these|the following|any of these|suspicious|malicious|known|common) ?(?:[\\w-]{1,20} ){0,2}(?:patterns?|phrases?|indicators?|signs?|signatures?|strings?|keywords?)|(?:blocked|forbidden|banned|prohibited|disallowed|denied|dangerous|destructive|unsafe) (?:[\\w-]{1,20} )?(?:commands?|operations?|patterns?|actions?|tools?|functions?|calls?))\\b`,
  'i',
);
/** Any word without which {@link attackTitle} cannot match: that one costs more to compile than a small page costs to read. */
const attackHint =
  /attack|malici|suspici|inject|exploit|jailbreak|phish|threat|adversar|malware|evasion|obfusc|exfil|poison|social|scam|abuse|compromis|detect|block|flag|forbid|danger|vulnerab|insecure|unsafe|hostile|untrust|warning|ioc|indicat|deny|denied|black|reject|refus|watch|look|scan|search|check|bann|prohibit|disallow|destruct/i;
const isAttackTitle = (text: string): boolean => attackHint.test(text) && attackTitle.test(text);

/** "If content contains:", "When a message asks you to:": introduces words of others. */
const othersSay =
  /^(?:if|when|whenever|any) (?:[\w'-]{1,20} ){0,6}(?:contains?|includes?|containing|asks? (?:you|it|the agent) to|tells? (?:you|it|the agent) to|instructs? (?:you|it|the agent) to|says?|claims?|attempts? to)(?: [\w'-]{1,20}){0,4}$/i;
const badOnly =
  /^[^\p{L}]{0,8}(?:bad|wrong|incorrect|insecure|vulnerable|unsafe|anti-?patterns?|don['’]?ts?|never|do not|don['’]?t|what not to do|not recommended|common mistakes|mistakes)(?: (?:code|examples?|patterns?|practices?|way|approach|version|do this|to avoid))?[^\p{L}]{0,8}$/iu;
const badTitle =
  /^[^\p{L}]{0,8}(?:(?:bad|wrong|incorrect|insecure|vulnerable|unsafe) (?:code|examples?|patterns?|practices?|way|approach|version|usage|configuration|config|implementation)|(?:bad|wrong|incorrect|insecure|vulnerable|unsafe)[ \t]?[:(—–-]|anti-?patterns?|not like this)|\b(?:anti-?patterns?|what not to do|(?:common )?(?:mistakes|pitfalls|traps) to avoid|don['’]ts|(?:bad|vulnerable|insecure|wrong|incorrect|unsafe) (?:code|examples?|patterns?|practices?))\b/iu;
const outputTitle =
  /^[^\p{L}]{0,6}(?:(?:example|sample|expected|typical|console|terminal|cli|json|api|script|command|program|successful|error) (?:\w{1,20} )?)?(?:outputs?|responses?|returns?|results?|prints?|logs?|payloads?|transcript)\b|\b(?:looks? like(?: this)?|(?:will|should|you['’]?ll|would) (?:see|get|print|return|output|produce|show)|outputs|returns|prints|responds? with|produces?|in the form(?:at)?)[^.\n]{0,40}$/iu;
const exampleTitle =
  /\b(?:examples?|sample|for instance|e\.g\.|demo|illustration|template(?! (?:engine|system|processing|processor|rendering|renderer|literal|manager|language|compiler|evaluation|loader)s?\b)|walkthrough)\b/i;
/** "read these essential files:", "examine the following locations:": the list is what to open. */
const opensFiles =
  /\b(?:read|examine|inspect|open|collect|gather|load|analy[sz]e|harvest|extract|scan) (?:(?:all|each|of|these|those|the|following|every|essential|critical|important|key|relevant|common|sensitive) ){1,4}(?:\w{1,20} )?(?:files?|locations?|paths?|director(?:y|ies)|folders?|configs?|configurations?)\b/i;
const commandTitle =
  /\b(?:run|execute|install(?:ation|ing)?|set-?up|usage|pre-?requisites?|requirements|quick ?start|getting started|steps?|bootstrap|launch|start|configure|configuration|deploy|build|commands?|workflows?|procedures?|instructions|how to|use|using|first|then|next|before you|initiali[sz]e|enable|update|upgrade|download|authenticate|login|test)\b/i;

/** "This could mean a skill attempting to:", "An attacker may:". */
const othersTry =
  /\b(?:attempt(?:s|ing)?|tries|trying) to$|\b(?:attackers?|adversar(?:y|ies)|malicious [\w-]{1,20}|untrusted [\w-]{1,20}) (?:may|might|could|can|would|will)(?: (?:try|attempt) to)?$/i;
/** "Flag any message that contains these patterns:": what is found in the words of others. The verb begins the clause, so that it is what the reader does. */
const looksFor = new RegExp(
  `^[^\\p{L}]{0,8}(?:(?:always|the skill|it|also|must|should|to) ){0,2}(?:flag|detect|look|watch|scan|search|match|alert|block|reject|refuse|recogni[sz]e|identif(?:y|ies)|warn)(?:s|es)?\\b.{0,80}\\b(?:${attackNoun.slice(3, -1)}|messages?|instructions?|text|constructs?|wording)\\b`,
  'iu',
);

/** What a heading says about the blocks under it. */
export function headingSetting(title: string): { readonly setting: Setting; readonly strict: boolean } {
  const text = title.slice(0, 300);
  const loose = (setting: Setting) => ({ setting, strict: false });
  if (badOnly.test(text)) return { setting: 'bad', strict: true };
  if (forbidsNext(text.replace(/^[^\p{L}]{1,8}/u, ''))) return { setting: 'forbid', strict: true };
  if (isAttackTitle(text)) return loose('attack');
  if (badTitle.test(text)) return loose('bad');
  if (outputTitle.test(text)) return loose('output');
  if (exampleTitle.test(text)) return loose('example');
  return loose(commandTitle.test(text) ? 'command' : 'none');
}

/** What the sentence before a block says about it. Only a sentence that ends in a colon, or a short label standing alone, introduces. */
export function leadInSetting(paragraph: string): Setting {
  const text = paragraph.trim();
  const sentence = lastSentence(text);
  const introduces = /[:：][*_`)\s]{0,4}$/.test(sentence);
  const label = text.length <= 80 && !/[.!?。][*_]{0,4}$/.test(text);
  if (!introduces && !label) return 'none';
  const whole = sentence.replace(/[:：][*_`)\s]{0,4}$/, '').trim();
  const clause = whole.slice(Math.max(whole.lastIndexOf(':'), whole.lastIndexOf(';'), whole.lastIndexOf(' — ')) + 1).trim();
  if (badOnly.test(clause)) return 'bad';
  if (forbidsNext(clause)) return 'forbid';
  if (polarityBefore(`${whole} `) === 'use') return 'command';
  if (isAttackTitle(clause) && whole.length <= 120) return 'attack';
  if (introduces && looksFor.test(clause) && whole.length <= 160) return 'attack';
  if (introduces && othersTry.test(clause)) return 'attack';
  if (othersSay.test(clause.replace(/[*_]{1,4}/g, ''))) return 'attack';
  if (badTitle.test(clause) && whole.length <= 80) return 'bad';
  if (/\b(?:run|execute|install|type|paste|enter|use|start|launch|invoke|do|follow|complete|perform)\b/i.test(clause) && !exampleTitle.test(clause))
    return 'command';
  if (opensFiles.test(clause)) return 'command';
  if (outputTitle.test(clause)) return 'output';
  if (exampleTitle.test(clause)) return 'example';
  return commandTitle.test(clause) ? 'command' : 'none';
}

const lastSentence = (text: string): string => {
  const tail = text.slice(-400);
  const breaks = [...tail.matchAll(/[.!?。！？][)"'”’*_]{0,3}\s+|\n/g)].filter((end) => end.index + end[0].length < tail.length);
  const last = breaks.at(-1);
  return last === undefined ? tail : tail.slice(last.index + last[0].length);
};

const attackColumn =
  /\b(?:attacks?|threats?|patterns?|malicious|red flags?|bad|avoid|don['’]?t|wrong|suspicious|indicators?|risks?|what to (?:check|look for|watch)|concerns?|misuse|abuse|detect(?:s|ion|ed)?|vulnerab(?:le|ility|ilities)|payloads?|exploits?|injections?|signatures?|dangerous|forbidden|blocked|prohibited|never|anti-?patterns?|incorrect|insecure|rationali[sz]ation|excuse)\b|❌|🚫/i;
const remedyColumn =
  /\b(?:fix|good|correct|instead|use|solution|action|command|run|response|mitigation|do|right|better|secure|preferred|remediation|reality|example usage|install|setup)\b|✅/i;

/** What a table header says about its rows, and about one column. */
export function tableSetting(headers: readonly string[]): { readonly rows: Setting; readonly columns: readonly Setting[] } {
  const rows: Setting = headers.some((header) => attackColumn.test(header))
    ? 'attack'
    : headers.some((header) => /^\s*(?:examples?|sample)\b/i.test(header))
      ? 'example'
      : 'none';
  const columns = headers.map(
    (header): Setting => (attackColumn.test(header) ? 'attack' : rows === 'attack' && remedyColumn.test(header) ? 'none' : rows),
  );
  return { rows, columns };
}

const commandeers = /\b(?:run|execute|follow|obey|perform|carry out|act on|comply with|work through|apply)\b/gi;
const commandeered =
  /\b(?:commands?|instructions?|steps?|payloads?|lines?|items?|entry|entries|rows?|prompts?|examples?|patterns?|phrases?|everything|all|each|every|what|section|table|list|above|below|following)\b/;
const behind = /\b(?:above|previous|preceding|earlier)\b/i;
const ahead = /\b(?:below|following|next|these)\b/i;
const commonWords = new Set(
  'this that with from your when what which have will them they then than into only each every about using example examples section table list below above steps following command commands pattern patterns'.split(
    ' ',
  ),
);

/** Sentences of a document that tell the reader to run or follow something that stands elsewhere in it. */
export interface Commands {
  /** Stretches of the document right beside such a sentence that says "above", "below", "following". */
  readonly near: readonly { readonly start: number; readonly end: number }[];
  readonly sentences: readonly string[];
}

/** A top-level block for {@link commandsIn}. */
export interface PlainBlock {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** Most sentences that are kept; a document with more commands everything. */
const sentencesMost = 200;

/** Collects commanding sentences from the texts of a document's blocks. */
export function commandsIn(blocks: readonly PlainBlock[]): Commands {
  const near: { start: number; end: number }[] = [];
  const sentences: string[] = [];
  blocks.forEach(({ text }, block) => {
    for (const found of text.matchAll(commandeers)) {
      if (sentences.length >= sentencesMost) return;
      const before = text.slice(Math.max(0, found.index - 600), found.index);
      const polarity = polarityBefore(before);
      if (polarity === 'forbid' || polarity === 'detect' || reported.test(before.slice(-80))) continue;
      const tail = text.slice(found.index, found.index + 300);
      const end = tail.search(/[.!?\n]/);
      const sentence = (end < 0 ? tail : tail.slice(0, end)).toLowerCase();
      if (!commandeered.test(sentence.slice(0, 120))) continue;
      sentences.push(sentence);
      const sides = [...(behind.test(sentence) ? [block - 1, block - 2] : []), ...(ahead.test(sentence) ? [block + 1] : [])];
      for (const side of sides) {
        const other = blocks[side];
        if (other !== undefined) near.push({ start: other.start, end: other.end });
      }
    }
  });
  return { near, sentences };
}

/** Somebody else runs or asks: "if the user asks to follow". */
const reported = /\b(?:if|whether|asks?|asked|tells?|told|tries|trying|attempts?)(?:[ \t]\w{1,20}){0,6}[ \t]$/i;

/**
 * True if a sentence of the document commands what a label (heading, lead-in, table header) introduces.
 * @param at offset of the block
 */
export function isCommanded(commands: Commands, label: string, at: number): boolean {
  if (commands.sentences.length === 0) return false;
  if (commands.near.some((stretch) => at >= stretch.start && at < stretch.end)) return true;
  const words = [...new Set((label.toLowerCase().match(/\p{L}{4,40}/gu) ?? []).filter((word) => !commonWords.has(word)))].slice(0, 20);
  if (words.length === 0) return false;
  const numbers = (label.match(/\b\d{1,3}\b/g) ?? []).slice(0, 5);
  return commands.sentences.some((sentence) => {
    const shared = words.filter((word) => sentence.includes(word)).length;
    return shared > 1 || (shared === 1 && (words.length === 1 || numbers.some((number) => sentence.includes(number))));
  });
}
