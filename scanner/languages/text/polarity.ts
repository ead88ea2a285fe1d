/**
 * Whether the words before a command in running text command it, forbid it or only talk about it. Works on one sentence and only on what stands before. A
 * negation forbids what its own verb governs ("never run `x`", "do not ever use `x`"), not whatever follows in the sentence: "if you do not have it, run `x`",
 * "do not worry, run `x`" and "do not forget to run `x`" command. Stops both the false alarm on "never run `curl … | sh`" and the attack that opens a sentence
 * with a negation to talk its way past a scanner.
 */

export type Polarity = 'use' | 'forbid' | 'detect' | 'unclear';

/** Words that may stand between a negation and its verb. */
const adverbs = new Set(
  'ever under any circumstances blindly directly just simply also always then please manually automatically attempt try need you we they agents users to be by default at all , in production'.split(
    ' ',
  ),
);
/** Verbs that make a negation forbid the command they lead to. */
const governed = new Set(
  'run runs running execute executes executing use uses using do doing type typing paste pasting install installs installing call calls calling invoke invokes invoking allow allows allowing accept write writes writing commit commits trust follow follows following copy copying enter issue apply include includes add pipe piping download downloading fetch fetching launch start eval evaluate permit source perform'.split(
    ' ',
  ),
);
/** Verbs that open a new command later in the sentence. */
const imperative = /^(?:run|execute|use|try|type|paste|enter|install|invoke|launch|download|issue|apply|do|start|call)$/;
/** What may stand between the governed verb, or the negation itself, and the command. */
const turning = /^(?:but|instead|then|so|just|simply|rather|otherwise|;|→|=>)$/;

const negation =
  /\b(?:never|do not|don['’]?t|does not|doesn['’]?t|must not|mustn['’]?t|should not|shouldn['’]?t|cannot|can['’]?t|can not|may not|shall not|will not|won['’]?t|not to|not|avoid|avoids|avoiding|refrain from|instead of|rather than|stop|no longer|refuse to|refuses to|forbids?|prohibits?|disallows?|prevents?|rejects?|blocks?|denies|deny|reject|block)\b|❌|🚫|⛔|✗|✘/giu;
/** Negations that may stand right before the command; "not `x`" after "use `y`" too. */
const direct =
  /^(?:never|avoid|avoids|avoiding|instead of|rather than|not|forbids?|prohibits?|disallows?|prevents?|rejects?|blocks?|denies|deny|reject|block|❌|🚫|⛔|✗|✘|don['’]?t|do not)$/iu;
/** Filler between a direct negation and the command: "blocks dangerous commands like `x`". */
const filler =
  /^(?:the|a|an|any|all|every|raw|bare|plain|old|legacy|deprecated|commands?|calls?|patterns?|things?|anything|code|scripts?|shell|dangerous|destructive|malicious|suspicious|unsafe|risky|such|as|like|e\.g|i\.e|including|or|and|of|,|:|\(|use|of|attempts?|to|operations?|pipes?|inputs?|requests?|strings?|`.{0,200}`)$/i;

const detecting =
  /\b(?:detects|detected|detecting|flags|flagged|flagging|blocks|blocked|blocking|rejects|rejected|looks? for|looking for|watch(?:es|ing)? (?:out )?for|search(?:es|ing)? for|scans? for|scanning for|matches|matching|alerts? on|warns? (?:about|on|against)|catches|recogni[sz]es|identifies|(?:dangerous|destructive|malicious|suspicious|harmful|unsafe|risky) (?:shell )?(?:commands?|patterns?|code|operations?|calls?|scripts?|strings?|payloads?|one-liners?)|attackers? (?:could|can|may|might|will|would)(?: \w{1,20}){0,2})\b/gi;

/** The part of `before` that belongs to the sentence the command stands in. */
export function sentenceTail(before: string): string {
  const tail = before.slice(-600);
  let from = 0;
  for (const end of tail.matchAll(
    /[.!?][)"'”’*_]{0,3}\s+(?=[\p{Lu}\p{Lo}`*_"'“(\d-]|$)|[。！？]|\n\s{0,40}\n|\n(?=\s{0,8}(?:[-*+]|\d{1,3}[.)])\s)/gu,
  )) {
    from = end.index + end[0].length;
  }
  return tail.slice(from);
}

const wordsOf = (text: string): string[] =>
  (text.toLowerCase().match(/`[^`]{0,200}`|[\p{L}\p{N}][\p{L}\p{N}'’.-]{0,60}|=>|[,;:(→]/gu) ?? []).map((word) => word.replace(/[.'’-]{1,4}$/, ''));

/** How the sentence so far stands to the command that comes next. */
export function polarityBefore(before: string): Polarity {
  const sentence = sentenceTail(before);
  let verdict: Polarity = 'unclear';
  // "No `npm install`, no build step": nothing else may stand between.
  if (/(?:^|[\s(*_])no [*_]{0,2}$/i.test(sentence)) return 'forbid';
  for (const found of sentence.matchAll(negation)) {
    const own = forbids(found[0], wordsOf(sentence.slice(found.index + found[0].length)), sentence.slice(0, found.index));
    if (own !== undefined) verdict = own;
  }
  if (verdict !== 'unclear') return verdict;
  let seen: RegExpExecArray | undefined;
  for (const found of sentence.matchAll(detecting)) seen = found;
  if (seen === undefined) return 'unclear';
  const between = wordsOf(sentence.slice(seen.index + seen[0].length));
  const attacker = /^attacker/i.test(seen[0]);
  if (between.length > 8 || between.some((word) => /^(?:with|using|via|by|through)$/.test(word) || turning.test(word))) return 'unclear';
  return !attacker && between.some((word) => imperative.test(word)) ? 'unclear' : 'detect';
}

/** What one negation says about the command behind `rest`; undefined if it governs something else. */
function forbids(negated: string, rest: readonly string[], before: string): Polarity | undefined {
  // "To block anything, run `x`": a purpose, not a prohibition.
  if (/\bto\s{1,4}$/i.test(before)) return undefined;
  let at = 0;
  while (at < rest.length && at < 8 && adverbs.has(rest[at]!)) at++;
  const verb = rest[at];
  if (verb !== undefined && governed.has(verb)) {
    const later = rest.slice(at + 1);
    if (later.length > 24) return undefined;
    const conditional = /\b(?:if|when|whenever|unless|in case|where|since|because|as|for)\b/i.test(before.slice(-80));
    for (const [index, word] of later.entries()) {
      if (turning.test(word)) return 'use';
      // "Do not run as root: `x`" is about root; "do not run the following: `x`" is about x.
      if (word === ':' && later.slice(0, index).some((other) => !filler.test(other) && !governed.has(other) && !prohibited.has(other)))
        return undefined;
      if (!imperative.test(word)) continue;
      const joint = later[index - 1] ?? '';
      const listed = joint === ',' && later.slice(index).some((other) => other === 'or' || other === 'and');
      if (conditional || !(/^(?:and|or|to)$/.test(joint) || listed)) return 'use';
    }
    return conditional && later.some((word) => word === ',' || word === ':') ? 'use' : 'forbid';
  }
  if (!direct.test(negated)) return undefined;
  return rest.length <= 12 && rest.every((word) => filler.test(word) || adverbs.has(word)) ? 'forbid' : undefined;
}

const prohibition =
  /^(?:(?:you|agents?|we|users?|claude|it|the (?:agent|assistant|model)|and|please|so|but)\s){0,2}(?:(?:must|should|shall|will|may|can)\s)?(?:never|do not|don['’]?t|must not|mustn['’]?t|should not|shouldn['’]?t|cannot|may not|not|avoid|refuse(?: to)?|reject|block|deny|forbidden|prohibited|disallowed|banned|not allowed)\b/i;
const prohibited = new Set(
  'ever do doing run running use using execute executing write writing type paste pasting install installing commit include including allow allowing accept follow following comply with obey any of these the this like such command commands code pattern patterns thing things action actions request requests that contain contains containing input inputs instruction instructions under circumstances as operation operations or and , ( in example examples anything what is are all perform performing try attempt to call calling way approach it'.split(
    ' ',
  ),
);

/**
 * True if a lead-in (its last clause, without the colon) is a bare prohibition of what it introduces: "Never:", "Do not run any of these". Anything of substance
 * in it ("never be concise", "do not tell the user about these") makes it a different sentence, about something else.
 */
export function forbidsNext(clause: string): boolean {
  const text = clause
    .trim()
    .replace(/^[*_>\s]{0,6}/, '')
    .replace(/[*_]{1,4}/g, '');
  const found = prohibition.exec(text);
  if (found === null || text.length > 120) return false;
  return wordsOf(text.slice(found[0].length)).every((word) => prohibited.has(word));
}
