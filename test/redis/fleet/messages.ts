/** What a shop and its parent tell each other. */

/** How far an order has come: the slot is won, the effect is made, the handler has returned, the record is in Redis. */
export type Step = 'claimed' | 'took effect' | 'ran' | 'saved';

export type ToParent = { readonly port: number } | { readonly reached: Step } | { readonly fault: string };

/** Lets the shop go on from where it stands, or end as an application that is shut down does. */
export type ToShop = 'go on' | 'close';
