/** Lint rules: above all those that catch what breaks under concurrency, a promise nobody waits for and an error nobody sees. */
import eslint from '@eslint/js';
import tseslint from 'typescript-eslint';

const testFiles = ['**/*.spec.ts', 'test/**/*.ts', 'packages/testing/src/**/*.ts'];

/** A promise is awaited, returned or declared fire-and-forget with `void`; an error is an Error and is not dropped. */
const concurrency = {
  '@typescript-eslint/no-floating-promises': ['error', { ignoreVoid: true }],
  '@typescript-eslint/no-misused-promises': 'error',
  '@typescript-eslint/await-thenable': 'error',
  '@typescript-eslint/return-await': ['error', 'in-try-catch'],
  '@typescript-eslint/only-throw-error': 'error',
  '@typescript-eslint/prefer-promise-reject-errors': 'error',
  '@typescript-eslint/use-unknown-in-catch-callback-variable': 'error',
  '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true, ignoreVoidOperator: true }],
  // An adapter implements an asynchronous port whether or not it has something to wait for.
  '@typescript-eslint/require-await': 'off',
  'no-empty': ['error', { allowEmptyCatch: false }],
  'no-async-promise-executor': 'error',
  'no-promise-executor-return': 'error',
  'no-unsafe-finally': 'error',
  'no-constant-condition': ['error', { checkLoops: 'allExceptWhileTrue' }],
};

/** Every case of a tagged union is answered, and no type is claimed without proof. */
const types = {
  '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
  '@typescript-eslint/no-explicit-any': 'error',
  '@typescript-eslint/no-non-null-assertion': 'error',
  '@typescript-eslint/no-unnecessary-type-assertion': 'error',
  '@typescript-eslint/strict-boolean-expressions': 'off',
  '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
  '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true }],
  // Nest modules are classes without members; their decorator is all there is to them.
  '@typescript-eslint/no-extraneous-class': 'off',
  '@typescript-eslint/consistent-type-exports': 'error',
  eqeqeq: ['error', 'always', { null: 'ignore' }],
  'prefer-const': 'error',
  'no-warning-comments': ['error', { terms: ['todo', 'fixme', 'xxx'], location: 'start' }],
};

/** Tests read answers of servers, which are `any` to the compiler, and hand over methods as functions. */
const looserInTests = {
  '@typescript-eslint/no-unsafe-argument': 'off',
  '@typescript-eslint/no-unsafe-assignment': 'off',
  '@typescript-eslint/no-unsafe-call': 'off',
  '@typescript-eslint/no-unsafe-member-access': 'off',
  '@typescript-eslint/no-unsafe-return': 'off',
  '@typescript-eslint/unbound-method': 'off',
  '@typescript-eslint/no-non-null-assertion': 'off',
  '@typescript-eslint/no-confusing-void-expression': 'off',
  'no-promise-executor-return': 'off',
};

export default tseslint.config(
  { ignores: ['**/dist/', '**/node_modules/', 'coverage/', 'reports/', '.stryker-tmp/', 'test/published/projects/'] },
  eslint.configs.recommended,
  tseslint.configs.recommendedTypeChecked,
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: { ...concurrency, ...types },
  },
  {
    files: ['packages/*/src/**/*.ts'],
    ignores: ['**/*.spec.ts'],
    rules: { 'no-console': 'error', 'max-lines': ['error', { max: 250 }] },
  },
  { files: testFiles, rules: looserInTests },
  {
    files: ['**/*.js'],
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: { globals: { console: 'readonly', process: 'readonly', URL: 'readonly' } },
  },
);
