/** What the shop sells, with prices in cents. */
import { UnprocessableEntityException } from '@nestjs/common';

const CENTS: ReadonlyMap<string, number> = new Map([
  ['espresso-beans', 1490],
  ['filter-papers', 390],
  ['hand-grinder', 8900],
]);

/** The names of everything on the shelf. */
export const ARTICLES: readonly string[] = [...CENTS.keys()];

/** What `quantity` pieces of `article` cost; an article the shop does not have is refused with 422. */
export function priceOf(article: string, quantity: number): number {
  const cents = CENTS.get(article);
  if (cents === undefined) throw new UnprocessableEntityException(`The shop has no ${article}. It has ${ARTICLES.join(', ')}.`);
  return cents * quantity;
}
