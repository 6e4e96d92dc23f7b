/** What a script was asked for on its command line. */
import { readArguments, type Script, type ValuesOf } from './arguments.js';
import type { Option } from './options.js';

/** The values of this process's arguments. Prints the help and ends with 0 for `--help`; ends with 2 for what is refused. */
export function askedOf<Own extends Readonly<Record<string, Option<unknown>>>>(script: Script<Own>): ValuesOf<Own> {
  const reading = readArguments(script, process.argv.slice(2));
  switch (reading.kind) {
    case 'run':
      return reading.values;
    case 'help':
      console.log(reading.text);
      return process.exit(0);
    case 'refused':
      console.error(reading.text);
      return process.exit(2);
  }
}
