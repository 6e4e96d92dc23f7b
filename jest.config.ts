/** @jest-config-loader esbuild-register */
import type { Config } from 'jest';

const config: Config = {
  roots: ['<rootDir>/packages', '<rootDir>/sample-app', '<rootDir>/test', '<rootDir>/tools'],
  // Tests start real servers, at times on a machine that is busy with others.
  testTimeout: 60_000,
  // Modules of finished files are not given back: with all files in one process, the last ones wait for its garbage collector.
  workerIdleMemoryLimit: '1GB',
  testMatch: ['**/*.spec.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  modulePathIgnorePatterns: ['/dist/', '/projects/'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
        },
        module: { type: 'es6' },
      },
    ],
  },
  moduleNameMapper: {
    '^@nestjs-idempotency/([a-z-]+)$': '<rootDir>/packages/$1/src/index.ts',
    '^@nestjs-idempotency/([a-z-]+)/(.*)$': '<rootDir>/packages/$1/src/$2.ts',
    '^nestjs-idempotency$': '<rootDir>/packages/nestjs/src/index.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
};

export default config;
