/** The judge of the parity run: it must not let a difference pass. */
import type { Reply } from './client.js';
import { differences } from './compare.js';
import type { Expectation } from './format.js';

const reply: Reply = {
  status: 201,
  reason: 'Created',
  headers: { 'x-exec': '1', 'set-cookie': 'a=1, b=2' },
  text: '{"n":1,"flags":{"exempt":false,"cache_name":"default"}}',
};

describe('differences', () => {
  it.each<[string, Expectation]>([
    ['nothing is expected', {}],
    ['the status agrees', { status: 201 }],
    ['the whole body agrees, in whatever order', { json: { flags: { cache_name: 'default', exempt: false }, n: 1 } }],
    ['the named members agree', { json_has: { n: 1 }, flags: { exempt: false } }],
    ['headers agree, and absent ones are absent', { headers: { 'X-Exec': '1', 'Set-Cookie': 'a=1, b=2', 'Retry-After': null } }],
    ['text and reason agree', { body: reply.text, reason: 'Created' }],
  ])('finds none when %s', (_, expected) => {
    expect(differences(reply, expected)).toEqual([]);
  });

  it.each<[string, Expectation, string]>([
    ['another status', { status: 409 }, 'status is 201, not 409'],
    ['a body with more in it', { json: { n: 1 } }, `json is ${reply.text}, not {"n":1}`],
    ['another member', { json_has: { n: 2 } }, 'json.n is 1, not 2'],
    ['a missing member', { json_has: { exists: true } }, 'json.exists is undefined, not true'],
    ['another flag', { flags: { exempt: true } }, 'flags.exempt is false, not true'],
    ['another header', { headers: { 'X-Exec': '2' } }, 'header X-Exec is "1", not "2"'],
    ['a header that is there', { headers: { 'X-Exec': null } }, 'header X-Exec is "1", not null'],
    ['a header that is absent', { headers: { 'Retry-After': '1' } }, 'header Retry-After is null, not "1"'],
    ['other text', { body: '{}' }, `body is ${JSON.stringify(reply.text)}, not "{}"`],
    ['another reason', { reason: 'OK' }, 'reason is "Created", not "OK"'],
  ])('tells %s', (_, expected, told) => {
    expect(differences(reply, expected)).toEqual([told]);
  });

  it('tells all of them', () => {
    expect(differences(reply, { status: 409, json_has: { n: 2 } })).toHaveLength(2);
  });

  it('tells that the body is no JSON, showing it', () => {
    expect(differences({ ...reply, text: 'oops' }, { json: {} })).toEqual(['json is "oops", not {}']);
  });

  it('does not pass over a member that it does not know', () => {
    expect(differences(reply, { stauts: 201 } as Expectation)).toEqual(['`stauts` is expected, which this runner does not know']);
  });
});
