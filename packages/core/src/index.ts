export type * from './ports.js';
export type * from './record.js';
