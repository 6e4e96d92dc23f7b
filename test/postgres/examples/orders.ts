/** What the example of every tool orders. */
export interface NewOrder {
  readonly item: string;
}
