// The grammar of Syrup for editors. In: text. Out: a tree for colours, folds and indents.
//
// It follows syrupc/src/syntax/grammar.lalrpop rule by rule; a test compares the two trees for
// every policy of the repository. Words that are names elsewhere (`state`, `test`, `from`) are
// keywords only where the grammar asks for them.

const comma = (rule) => optional(comma1(rule));
const comma1 = (rule) => seq(rule, repeat(seq(',', rule)), optional(','));
const list = (rule, separator) => seq(rule, repeat(seq(separator, rule)));

// From the loosest to the tightest.
const TIERS = [
  ['||'],
  ['&&'],
  ['==', '!=', '<', '<=', '>', '>='],
  ['|'],
  ['^'],
  ['&'],
  ['<<', '>>'],
  ['+', '-', '+%', '-%', '+|', '-|'],
  ['*', '/', '%', '*%'],
];
const SUM = TIERS.findIndex((signs) => signs.includes('+')) + 1;
const UNARY = TIERS.length + 1;
const POSTFIX = UNARY + 1;

module.exports = grammar({
  name: 'syrup',
  word: ($) => $.identifier,
  extras: ($) => [/\s/, $.comment, $.doc_comment],
  supertypes: ($) => [$._item],

  rules: {
    source_file: ($) => seq(optional($.edition), repeat($._item)),
    edition: ($) => seq('edition', field('year', $.integer), ';'),

    // ---- declarations
    _item: ($) => choice(
      $.use, $.const, $.param, $.enum, $.header, $.struct, $.map, $.state, $.executors, $.queue,
      $.function, $.policy, $.test, $.record,
    ),
    _front: ($) => seq(repeat1($.attribute), optional('pub')),
    _start: ($) => choice($._front, 'pub'),
    attribute: ($) => prec.right(seq(
      '@', field('name', $.identifier), optional(seq('(', comma($.argument), ')')),
    )),
    use: ($) => seq(optional($._start), 'use', $.path, ';'),
    const: ($) => seq(
      optional($._start), 'const', field('name', $.identifier), ':', $._field_type, '=',
      $._expression, ';',
    ),
    param: ($) => seq(
      optional($._start), 'param', field('name', $.identifier), ':', $._field_type, '=',
      $._expression, ';',
    ),
    enum: ($) => seq(
      optional($._start), 'enum', field('name', $.identifier), ':', $.type, '{',
      comma1($.case), '}',
    ),
    case: ($) => seq(field('name', $.identifier), '=', $._expression),
    header: ($) => seq(
      optional($._start), 'header', field('name', $.identifier),
      optional(seq('[', comma1($.parameter), ']')), optional($.after), $.fields,
    ),
    after: ($) => seq('after', $._stacks),
    struct: ($) => seq(optional($._start), 'struct', field('name', $.identifier), $.fields),
    fields: ($) => seq('{', comma1($.field), '}'),
    field: ($) => seq(
      repeat($.attribute), field('name', $._name), ':', $._field_type,
      optional(seq('==', $._operand)),
    ),
    map: ($) => seq(
      optional($._start), 'map', field('name', $.identifier), ':', $.type, ';',
    ),
    queue: ($) => seq(
      optional($._start), 'queue', field('name', $.identifier), ':', $.type, ';',
    ),
    state: ($) => seq(
      optional($._start), 'state', field('name', $.identifier), ':', $.type,
      optional(seq('=', $._expression)), ';',
    ),
    executors: ($) => seq(
      optional($._start), 'executors', field('name', $.identifier), ':',
      list(choice($.identifier, alias('queue', $.identifier)), '|'), '[', $._expression, ']',
      'else', $._operand, ';',
    ),
    function: ($) => seq(
      optional($._start), 'fn', field('name', $.identifier), '(', comma($.parameter), ')',
      optional(seq('->', $.type)), $.block,
    ),
    policy: ($) => seq(
      optional($._start), 'policy', field('name', $.identifier),
      choice(
        seq('(', $.parameter, ')', '->', $.type, $.block),
        seq('->', $.type, '{', repeat1($.handler), '}'),
      ),
    ),
    handler: ($) => seq(
      'on', field('event', $.identifier), '(', comma($.identifier), ')', $.block,
    ),
    test: ($) => seq(
      optional($._start), 'test', field('name', $.string),
      optional(seq('forall', comma1($.parameter))), $.block,
    ),
    record: ($) => seq(
      optional($._start), field('keyword', $.identifier),
      field('name', choice($.identifier, $.string)), '{', comma($.entry), '}',
    ),
    entry: ($) => seq(
      field('name', choice($._name, alias('executors', $.identifier))), ':', $._expression,
    ),
    parameter: ($) => seq(field('name', $.identifier), ':', $._field_type),

    // ---- types and names
    _field_type: ($) => seq($.type, optional(seq('in', $.range))),
    type: ($) => prec.right(seq(
      $.path, optional(seq('<', comma1(choice($.type, $.integer)), '>')),
      optional(seq('[', choice($._expression, $.range), ']')), optional('?'),
    )),
    // Its ends are sums: what is looser than `+` ends it.
    range: ($) => prec.left(SUM - 1, seq(
      optional($._operand), choice('..', '..='), optional($._operand),
    )),
    path: ($) => list($.identifier, '.'),
    _name: ($) => choice(
      $.identifier,
      alias(choice(
        'header', 'map', 'queue', 'state', 'test', 'after', 'from', 'given', 'least', 'most', 'on',
        'update', 'where',
      ), $.identifier),
    ),
    _noun: ($) => choice(
      $.identifier, alias(choice('header', 'map', 'queue', 'state', 'test'), $.identifier),
    ),

    // ---- patterns
    pattern: ($) => $._stacks,
    _stacks: ($) => list($.stack, '|'),
    stack: ($) => list($.layer, '/'),
    layer: ($) => choice(
      '_',
      $._literal,
      seq($.integer, choice('..', '..='), $.integer),
      seq(
        $.path, optional(seq('[', $._operand, ']')),
        optional(seq('(', comma($.field_pattern), ')')), optional(seq('as', $.identifier)),
      ),
    ),
    field_pattern: ($) => choice(
      field('name', $._noun), seq(field('name', $._name), ':', $.pattern),
    ),

    // ---- statements
    block: ($) => seq('{', repeat($._statement), optional($._else), '}'),
    _statement: ($) => choice(
      $.let, $.var, $.given, $.expect, $.for, $.assignment, $.expression_statement,
      alias($.block_statement, $.expression_statement),
    ),
    let: ($) => seq('let', $._definition),
    var: ($) => seq('var', $._definition),
    _definition: ($) => seq(
      field('name', $.identifier), optional(seq(':', $._field_type)), '=', $._expression, ';',
    ),
    given: ($) => seq('given', field('name', $._name), ':', $._expression, ';'),
    expect: ($) => seq('expect', $._expression, ';'),
    for: ($) => seq('for', field('name', $.identifier), 'in', $.range, $.block),
    assignment: ($) => seq($._postfix, '=', $._expression, ';'),
    expression_statement: ($) => seq(choice($._else, $.return), ';'),
    block_statement: ($) => $._block_like,

    // ---- expressions
    _expression: ($) => choice($._block_like, $._else, $.return),
    _block_like: ($) => choice($.if, $.match, $.update),
    if: ($) => seq('if', $._condition, $.block, optional(seq('else', choice($.block, $.if)))),
    match: ($) => seq('match', $._condition, '{', comma1($.arm), '}'),
    arm: ($) => seq(
      $.pattern, optional(seq('if', $._operand)), '=>', choice($._expression, $.block),
    ),
    update: ($) => seq(
      'update', $._postfix, 'as', field('name', $.identifier), $.block,
      optional(seq('else', $.block)),
    ),
    return: ($) => seq('return', $._else),
    _else: ($) => choice($._pick, $.fallback),
    fallback: ($) => seq($._pick, 'else', choice($.block, $.return, $._else)),
    _condition: ($) => choice($._operand, alias($.plain_fallback, $.fallback)),
    plain_fallback: ($) => seq($._operand, 'else', $._condition),
    _pick: ($) => choice($._operand, $.pick),
    pick: ($) => seq(
      'pick', field('name', $.identifier), 'from', $._postfix, optional(seq('where', $._operand)),
      optional(seq(choice('least', 'most'), $._operand)),
    ),

    _operand: ($) => choice($.binary, $.unary, $._postfix),
    binary: ($) => choice(...TIERS.map((signs, tier) => prec.left(tier + 1, seq(
      $._operand, field('operator', choice(...signs)), $._operand,
    )))),
    unary: ($) => prec(UNARY, seq(choice('!', '~', '-'), $._operand)),
    _postfix: ($) => choice($.access, $.call, $.index, $._primary),
    access: ($) => prec(POSTFIX, seq($._postfix, '.', field('name', $._name))),
    call: ($) => prec(POSTFIX, seq($._postfix, '(', comma($.argument), ')')),
    index: ($) => prec(POSTFIX, seq($._postfix, '[', choice($._expression, $.range), ']')),
    _primary: ($) => choice($.name, $._literal, $.parenthesized, $.list),
    name: ($) => $._noun,
    parenthesized: ($) => seq('(', $._expression, ')'),
    list: ($) => seq('[', comma($._expression), ']'),
    argument: ($) => choice($._expression, seq(field('name', $._name), ':', $._expression)),

    // ---- tokens
    _literal: ($) => choice(
      $.integer, $.duration, $.string, $.bytes, $.hex, $.boolean,
    ),
    boolean: ($) => choice('true', 'false'),
    integer: ($) => /[0-9][0-9A-Za-z_]*/,
    duration: ($) => token(prec(1, /[0-9][0-9_]*(ns|us|ms|s)/)),
    string: ($) => /"[^"\r\n]*"/,
    bytes: ($) => /b"[^"\r\n]*"/,
    hex: ($) => /hex"[^"\r\n]*"/,
    identifier: ($) => /[A-Za-z_][A-Za-z0-9_]*/,
    doc_comment: ($) => token(prec(1, /\/\/\/[^\n]*/)),
    comment: ($) => token(prec(0, /\/\/[^\n]*/)),
  },
});
