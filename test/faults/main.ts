/** `npm run faults -- [options of the campaign]`: kills processes of a real application and counts what came of it. */
import './postgres/main.js';
