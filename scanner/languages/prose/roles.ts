/** Forged turns of a conversation: chat-template tokens anywhere, role names at the beginning of a block. Fixed strings, found by indexOf. */

/** Tokens of chat templates; they have no business in prose (lower case). */
const templates: readonly string[] = [
  '<|im_start|>',
  '<|im_end|>',
  '<|system|>',
  '<|user|>',
  '<|assistant|>',
  '[inst]',
  '[/inst]',
  '<<sys>>',
  '<</sys>>',
  '<|begin_of_text|>',
  '<|start_header_id|>',
  '<|eot_id|>',
  '<start_of_turn>',
  '<|endoftext|>',
  '<system>',
  '</system>',
  '<|end_of_turn|>',
  '<system-reminder>',
  '</system-reminder>',
  '<|channel|>',
  '<system_prompt>',
  '<function_results>',
  '</function_results>',
  '<|start|>',
  '[system]',
  '[/system]',
];
/** Names of roles that begin a block and are followed by a colon. `system:` alone is common in YAML prose, so text must follow on the line. */
const roles: readonly string[] = [
  'system:',
  'system prompt:',
  'system message:',
  '[system]:',
  '(system):',
  'human:',
  'assistant:',
  '### instruction',
  '### instruction:',
  '### system',
  '### response:',
  '### human:',
  '### assistant:',
  'developer:',
  'user:',
  'system override:',
  'new instructions:',
  'system instruction:',
  'system note:',
  'system notice:',
  '[system message]',
  '[system note]',
  '[admin]',
  '[admin override',
  'admin override:',
  '[system override',
  '[developer override',
  '[priority override',
  '[developer]',
  'tool result:',
];

/** Places of role markers in the view, at most 20. */
export function roleMarkers(text: string): { readonly start: number; readonly end: number; readonly text: string }[] {
  const found: { start: number; end: number; text: string }[] = [];
  const lower = text.toLowerCase();
  if (lower.includes('<') || lower.includes('[')) {
    for (const marker of templates) {
      let at = lower.indexOf(marker);
      for (let count = 0; at >= 0 && count < 5; count++) {
        // Named between backticks it is spoken about.
        if (text[at - 1] !== '`') found.push({ start: at, end: at + marker.length, text: text.slice(at, at + marker.length) });
        at = lower.indexOf(marker, at + marker.length);
      }
    }
  }
  let line = 0;
  for (let count = 0; count < 400 && line < lower.length; count++) {
    let start = line;
    while (
      start < lower.length &&
      (lower[start] === ' ' || lower[start] === '\t' || lower[start] === '*' || lower[start] === '>') &&
      start - line < 40
    )
      start++;
    for (const role of roles) {
      if (!lower.startsWith(role, start)) continue;
      // "User: a person who …" in a glossary is no turn; a forged turn of the system or two speakers are.
      found.push({ start, end: start + role.length, text: text.slice(start, start + role.length) });
      break;
    }
    const next = lower.indexOf('\n', line);
    if (next < 0) break;
    line = next + 1;
  }
  const speakers = new Set(found.map((marker) => marker.text.toLowerCase()));
  return found
    .filter(
      (marker) =>
        !['user:', 'human:', 'assistant:', 'developer:', 'system:'].includes(marker.text.toLowerCase()) ||
        speakers.size > 1 ||
        marker.text.toLowerCase() === 'system:' ||
        marker.text.toLowerCase() === 'human:',
    )
    .sort((a, b) => a.start - b.start)
    .slice(0, 20);
}
