/** The figures of campaigns as a Markdown table. */
import type { CampaignFigures } from './campaign.js';

/** One column for each campaign. */
export function tableOf(all: readonly CampaignFigures[]): string {
  const rows: [string, (figures: CampaignFigures) => string | number][] = [
    ['processes killed with -9', ({ kills }) => kills],
    [
      'of these at a named point of the path / anywhere',
      ({ kills, killedAt }) => `${kills - random(killedAt)} / ${random(killedAt)}`,
    ],
    ['points of the path: armed and hit', ({ points, missed }) => `${points.length - missed.length} of ${points.length}`],
    [
      'further points, seen under kills only: hit',
      ({ further, killedAt }) => `${further.filter((point) => killedAt.has(point)).length} of ${further.length}`,
    ],
    ['keys', ({ keys }) => keys],
    ['requests', ({ requests }) => requests],
    ['answers', ({ answers }) => answers],
    ['connections cut before an answer', ({ gone }) => gone],
    ['told to try again (408, 409, 500 undone, 503)', ({ refusals }) => refusals],
    ['effects committed', ({ effects }) => effects],
    ['**keys with more than one effect**', ({ repeated }) => repeated],
    [
      'of these without a lapse that was reported',
      ({ violations }) => violations.filter(({ promise }) => promise === 'S6' || promise === 'S7').length,
    ],
    ['**answers without their effect (lost)**', ({ lost }) => lost],
    ['**keys whose answers differ**', ({ violations }) => violations.filter(({ promise }) => promise === 'S2').length],
    ['accounts agree with the effects', ({ isBalanced }) => (isBalanced === undefined ? 'not asked' : isBalanced ? 'yes' : 'no')],
    ['seconds', ({ seconds }) => Math.round(seconds)],
    ['seed', ({ seed }) => seed],
  ];
  const line = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
  return [
    line(['', ...all.map(({ subject }) => subject.name)]),
    line(['---', ...all.map(() => '---:')]),
    ...rows.map(([name, value]) => line([name, ...all.map(value)])),
  ].join('\n');
}

const random = (killedAt: ReadonlyMap<string, number>): number => killedAt.get('random') ?? 0;
