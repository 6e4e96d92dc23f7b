/** Markdown as GitHub and npm read it: its links, and the anchors of its headings. Pure. */

/** Code, where nothing is a link or a heading, or else what a link leads to: in round brackets, with or without a title. */
const CODE_OR_LINK = /^(```|~~~)[\s\S]*?^\1|`[^`\n]*`|\]\(<?([^)\s>]+)>?(?: "[^"]*")?\)/gm;
const FENCED = /^(```|~~~)[\s\S]*?^\1/gm;

/** What the links of `markdown` lead to, in their order. */
export function linksIn(markdown: string): string[] {
  return [...markdown.matchAll(CODE_OR_LINK)].flatMap(([, , to]) => to ?? []);
}

/** `markdown` with each of its links led to what `leadTo` gives for it. */
export function withLinks(markdown: string, leadTo: (to: string) => string): string {
  return markdown.replace(CODE_OR_LINK, (found: string, _fence: string | undefined, to: string | undefined) =>
    to === undefined ? found : found.replace(to, () => leadTo(to)),
  );
}

/** Whether `to` names its place in full, by a scheme. */
export const isAbsolute = (to: string): boolean => /^[a-z][a-z0-9+.-]*:/i.test(to);

/** The anchors GitHub gives to the headings of `markdown`. */
export function anchorsIn(markdown: string): string[] {
  const seen = new Map<string, number>();
  return [...markdown.replace(FENCED, '').matchAll(/^#{1,6} +(.+)$/gm)].map(([, heading = '']) => {
    const slug = heading
      .trim()
      .toLowerCase()
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .replace(/[^\p{L}\p{N}\p{M} _-]/gu, '')
      .replace(/ /g, '-');
    const times = seen.get(slug) ?? 0;
    seen.set(slug, times + 1);
    return times === 0 ? slug : `${slug}-${times}`;
  });
}
