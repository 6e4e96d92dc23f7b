/** What the application and its clients must agree on. */

/** Short, so that a campaign in plain mode does not spend its time waiting for the leases of the dead. */
export const LEASE_MS = 1_000;

/** So few that transfers in opposite directions meet, and deadlock. */
export const ACCOUNTS = 5;
export const BALANCE = 1_000_000;
