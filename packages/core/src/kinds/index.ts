/** How options are checked, for all packages. */
export * from './kind.js';
export { nearest } from './nearest.js';
export { type KindsOf, optionsOf } from './options-of.js';
export { readOptions } from './read.js';
export { insteadOf, type Whose, wrongAsOptions, wrongIn } from './wrong.js';
