// Tests of what needs no editor: the files that package.json names are there, and the grammar's
// patterns find what they are for. `npm test` runs them.

'use strict';

const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');

const read = (name) => JSON.parse(fs.readFileSync(path.join(__dirname, name), 'utf8'));

test('every file that the package names is there', () => {
  const { main, contributes } = read('package.json');
  const names = [main, ...contributes.languages.map((row) => row.configuration),
    ...contributes.grammars.map((row) => row.path)];
  for (const name of names) assert.ok(fs.existsSync(path.join(__dirname, name)), name);
  assert.deepStrictEqual(read('language-configuration.json').comments, { lineComment: '//' });
});

test('the first pattern that matches has the right scope', () => {
  const rules = read('syntaxes/syrup.tmLanguage.json').patterns;
  const scope = (text) => {
    const found = rules.map((rule) => ({ rule, at: new RegExp(rule.match, 'm').exec(text)?.index }));
    const first = found.filter((row) => row.at === 0)[0]?.rule;
    return first?.name ?? first?.captures?.['2'].name;
  };
  assert.strictEqual(scope('/// doc'), 'comment.line.documentation.syrup');
  assert.strictEqual(scope('// note'), 'comment.line.double-slash.syrup');
  assert.strictEqual(scope('hex"00"'), 'string.quoted.double.syrup');
  assert.strictEqual(scope('5ms'), 'constant.numeric.duration.syrup');
  assert.strictEqual(scope('0xff'), 'constant.numeric.syrup');
  assert.strictEqual(scope('policy p('), 'entity.name.function.syrup');
  assert.strictEqual(scope('header H {'), 'entity.name.type.syrup');
  assert.strictEqual(scope('u64'), 'storage.type.syrup');
  assert.strictEqual(scope('match pkt'), 'keyword.control.syrup');
  assert.strictEqual(scope('@hooks(x)'), 'entity.other.attribute-name.syrup');
});
