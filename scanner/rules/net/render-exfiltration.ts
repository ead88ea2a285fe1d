/** NET-008: render exfiltration. See render-exfiltration.md. */
import { type Draft, rule } from '../contract.ts';
import { addressOf, show } from '../shared.ts';

export default rule({
  id: 'NET-008',
  slug: 'render-exfiltration',
  title: 'Image or link that carries data out when it is shown',
  family: 'NET',
  severity: 'medium',
  gate: 'review',
  confidence: 2,
  fix: 'Use fixed addresses in images and links.',
  maps: { owasp: ['LLM02'], atlas: ['AML.T0086'] },
  check: (ctx) =>
    ctx.facts.of('link').flatMap((fact): Draft[] => {
      const address = addressOf(fact.url);
      if (fact.url.kind !== 'template' || address.host === '' || address.class === 'loopback') return [];
      const text = show(fact.url);
      const tail = text.slice(text.indexOf(address.host) + address.host.length);
      if (!tail.includes('${')) return [];
      // A badge or search link with a placeholder is documentation; a picture is loaded without a click.
      if (fact.form === 'image' || fact.form === 'html')
        return [
          {
            says: `shows an image from ${address.host} whose address carries data`,
            facts: [fact],
            // In SKILL.md a Markdown template is what the agent answers with.
            ...(/(?:^|\/)skills?\.md$/i.test(ctx.file(fact).path) &&
            ctx.around(fact).some((unit) => unit.role === 'fence' && unit.language === 'markdown')
              ? { copied: true as const }
              : {}),
            ...(/[?&=]/.test(tail) && !/shields\.io|badge|githubusercontent/.test(address.host) ? {} : { confidence: 1 as const }),
          },
        ];
      return [{ says: `links to ${address.host} with data in the address`, facts: [fact], confidence: 1, severity: 'low' }];
    }),
});
