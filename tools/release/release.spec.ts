/** What comes before publishing: the tree is looked at and left alone, and the order of packages is that of their needs. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { root } from '../repository.js';
import { copyOf, uncommitted } from './copy.js';
import { inOrder, type Package, packagesOf, planOf } from './packages.js';

const one = (name: string, version: string, ...needs: string[]): Package => ({ name, version, needs });

describe('a copy', () => {
  let folder: string;
  const git = (...args: string[]): void => {
    const who = ['-c', 'user.name=Anybody', '-c', 'user.email=anybody@example.com', '-c', 'commit.gpgsign=false'];
    execFileSync('git', [...who, ...args], { cwd: join(folder, 'from'), stdio: 'pipe' });
  };
  const from = (...path: string[]): string => join(folder, 'from', ...path);
  const copy = (...path: string[]): string => join(folder, 'copy', ...path);

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'copy-'));
    mkdirSync(from('packages/ours'), { recursive: true });
    writeFileSync(from('packages/ours/index.js'), 'committed');
    writeFileSync(from('.gitignore'), 'node_modules/\n');
    git('init', '--quiet');
    git('add', '.');
    git('commit', '--quiet', '--message', 'first');
    mkdirSync(from('node_modules/@scope/theirs'), { recursive: true });
    symlinkSync('../../packages/ours', from('node_modules/@scope/ours'));
    writeFileSync(from('node_modules/@scope/theirs/index.js'), 'installed');
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it('is of what is committed, which is told from what is not', () => {
    expect(uncommitted(from())).toEqual([]);
    writeFileSync(from('packages/ours/index.js'), 'changed');
    mkdirSync(from('new'));
    writeFileSync(from('new/file.js'), '');
    expect(uncommitted(from())).toEqual([' M packages/ours/index.js', '?? new/file.js']);
  });

  it('has a history of its own, however deep that of the caller is', () => {
    writeFileSync(from('packages/ours/index.js'), 'second');
    git('commit', '--quiet', '--all', '--message', 'second');
    copyOf(from(), copy());
    const told = (...args: string[]): string => execFileSync('git', args, { cwd: copy(), encoding: 'utf8' }).trim();
    expect(told('rev-list', '--count', 'HEAD')).toBe('1');
    expect(told('rev-parse', '--is-shallow-repository')).toBe('false');
    expect([readFileSync(copy('packages/ours/index.js'), 'utf8'), uncommitted(copy())]).toEqual(['second', []]);
  });

  it('has the packages that are installed, and its own workspaces', () => {
    copyOf(from(), copy());
    writeFileSync(copy('packages/ours/index.js'), 'released');
    expect(readFileSync(copy('node_modules/@scope/ours/index.js'), 'utf8')).toBe('released');
    expect(readFileSync(copy('node_modules/@scope/theirs/index.js'), 'utf8')).toBe('installed');
    expect(readFileSync(from('packages/ours/index.js'), 'utf8')).toBe('committed');
    rmSync(copy(), { recursive: true });
    expect(existsSync(from('node_modules/@scope/theirs/index.js'))).toBe(true);
  });
});

it('publishes what others need before them', () => {
  const names = (packages: readonly Package[]) => packages.map(({ name }) => name);
  expect(names(inOrder([one('c', '1', 'b'), one('b', '1', 'a'), one('a', '1')]))).toEqual(['a', 'b', 'c']);
  expect(() => inOrder([one('a', '1', 'b'), one('b', '1', 'a')])).toThrow('circle');
  expect(names(packagesOf(root))[0]).toBe('@nestjs-idempotency/core');
  expect(names(packagesOf(root))).toContain('nestjs-idempotency');
});

it('says which version each would have, and by what', () => {
  expect(planOf([one('long-name', '0.1.0'), one('a', '1.0.0')], [one('long-name', '0.2.0'), one('a', '1.0.0')], 3)).toBe(
    'By 3 changesets, in this order:\n  long-name  0.1.0 -> 0.2.0\n  a          1.0.0',
  );
  expect(planOf([one('a', '1.0.0')], [one('a', '1.0.0')], 0)).toMatch(/^No changeset is left/);
});
