/**
 * Whether the words before something (an inline command, a list, a fence) command it, forbid it or only talk about it. Works on one sentence and only on what
 * stands before: a negation counts if nothing affirmative comes between it and the thing ("do not worry, run `x`" commands `x`), and not if it is aimed at
 * leaving the thing out ("do not forget to run", "do not proceed without"). Stops both the false alarm on "never run `curl … | sh`" and the attack that opens
 * a sentence with "never" to talk its way past a scanner.
 */

export type Polarity = 'use' | 'forbid' | 'detect' | 'unclear';

const negation =
  /\b(?:never|do not|don['’]?t|does not|doesn['’]?t|must not|mustn['’]?t|should not|shouldn['’]?t|cannot|can['’]?t|may not|shall not|will not|won['’]?t|refrain from|instead of|rather than|not to|stop using|no longer|forbidden|prohibited|disallowed|refuse(?:s|d)? to|(?:avoid(?:s|ing)?|reject(?:s|ed|ing)?|deny|denies|block(?:s|ed|ing)?|forbids?|prohibits?|prevents?|disallows?)(?=[ \t]{1,4}(?:(?:any|all|the|these|those|such|following|every|using|running|executing|doing|writing|sharing|including|adding|requests?|commands?|patterns?|inputs?|dangerous|destructive|malicious|suspicious|unsafe|shell|code|things?|anything|calls?|operations?|execution)\b|`)|[ \t]{0,4}[:*_]|[ \t]{0,4}$))\b|❌|🚫|⛔|✗|✘/giu;
/** A purpose ("to prevent any") or a means ("by", "with") is no prohibition. */
const purpose = /\bto[ \t]{1,4}$/i;
const means = /\b(?:by|with|via|using|through|from)[ \t]{0,4}$/i;
/** A negation followed by one of these asks for the thing. */
const leavesOut =
  /\b(?:forget|skip|skipping|omit|hesitate|fail|miss|neglect|without|until|before|unless|only|just|ask|asking|tell|mention|inform|warn|worry|delay|wait|stop|refuse|proceed|continue|question|verify|validate|check|touch|close|reveal|explain|show)\b/i;
const affirmative =
  /(?:[,;:–—]|\bbut|\band|\binstead|\bthen|\bso)[ \t]{1,4}(?:(?:and|but|so|then|instead|just|please|simply|always|first|now|rather|also|you|should|must|can|to)[ \t]{1,4}){0,4}(?:run|execute|use|type|paste|enter|install|do|try|prefer|invoke|call|start|launch|open|download|issue|apply)\b/i;
const detection =
  /\b(?:detect(?:s|ed|ing)?|flag(?:s|ged|ging)?|look(?:s|ing)? for|watch(?:es|ing)? (?:out )?for|search(?:es|ing)? for|scan(?:s|ning)? for|match(?:es|ing)?|alert(?:s|ing)? on|warn(?:s|ing)? (?:about|on|against)|catch(?:es)?|recogni[sz]es?|identif(?:y|ies)|suspicious|malicious|dangerous|destructive|harmful|unsafe|risky|vulnerable to|attackers? (?:could|can|may|might|will|would)(?: \w{1,20}){0,2}|exploits?)\b/gi;

/** The part of `before` that belongs to the sentence the thing stands in. */
export function sentenceTail(before: string): string {
  const tail = before.slice(-600);
  let from = 0;
  for (const end of tail.matchAll(/[.!?][)"'”’*_]{0,3}\s+(?=[\p{Lu}\p{Lo}`*_"'“(\d-])|[。！？]|\n\s*\n|\n(?=\s{0,8}(?:[-*+]|\d{1,3}[.)])\s)/gu))
    from = end.index + end[0].length;
  return tail.slice(from);
}

/** How the sentence so far stands to what comes next. */
export function polarityBefore(before: string): Polarity {
  const sentence = sentenceTail(before);
  let last: RegExpExecArray | undefined;
  for (const found of sentence.matchAll(negation)) {
    const soft = /^(?:avoid|reject|den|block|forbids?|prohibits?|prevent|disallow)/i.test(found[0]);
    if (
      !soft ||
      !(purpose.test(sentence.slice(0, found.index)) || means.test(sentence.slice(found.index + found[0].length).replace(/^\s{0,8}\w{1,30}/, '')))
    )
      last = found;
  }
  if (last !== undefined) {
    const rest = sentence.slice(last.index + last[0].length);
    const gap = /^[\s,]{0,3}$/.test(rest.slice(0, rest.search(/[,;:–—]|$/)));
    const turned = affirmative.exec(rest);
    if (!leavesOut.test(rest) && (turned === null || (gap && !/\b(?:but|instead|then|so)\b|;/.test(turned[0])))) return 'forbid';
    return turned === null ? 'unclear' : 'use';
  }
  let seen: RegExpExecArray | undefined;
  for (const found of sentence.matchAll(detection)) seen = found;
  if (seen !== undefined) {
    const rest = sentence.slice(seen.index + seen[0].length);
    if (!affirmative.test(rest) && !/\b(?:run|execute|install|paste|download)\b/i.test(rest) && rest.length < 160) return 'detect';
  }
  return 'unclear';
}
