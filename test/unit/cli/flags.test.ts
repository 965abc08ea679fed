import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { COPY_FLAGS } from '../../../src/cli/flags/copy-flags.ts';
import { GLOBAL_FLAGS } from '../../../src/cli/flags/flag.ts';
import { formatHelp } from '../../../src/cli/command.ts';
import { parseFlags, splitCommand } from '../../../src/cli/flags/parse-flags.ts';

const flags = COPY_FLAGS.flatMap((group) => group.flags);
const parse = (...args: string[]) => parseFlags(flags, args);

describe('flags are parsed as by pflag:', () => {
  for (const args of [
    ['--bundle', 'r/x'],
    ['--bundle=r/x'],
    ['-b', 'r/x'],
    ['-b=r/x'],
    ['-br/x'],
    ['-yb', 'r/x'],
    ['-ybr/x'],
    ['--bundle', 'other', '-b', 'r/x'],
  ]) {
    test(args.join(' '), () => assert.equal(parse(...args).values.text('bundle'), 'r/x'));
  }

  for (const [arg, value] of [
    ['--tty', true],
    ['--tty=true', true],
    ['--tty=1', true],
    ['--tty=T', true],
    ['--tty=false', false],
    ['--tty=0', false],
    ['-y', undefined],
  ] as const) {
    test(`${arg} makes --tty ${String(value)}`, () => assert.equal(parse(arg).values.boolean('tty'), value));
  }

  test('a boolean takes its value only after =', () => {
    assert.deepEqual(parse('--tty', 'false').rest, ['false']);
  });

  test('a list may be repeated, separated by commas and quoted', () => {
    const { values } = parse('--column', 'a,b', '--column=c', '--column', '"d,e",f');
    assert.deepEqual(values.list('column'), ['a', 'b', 'c', 'd,e', 'f']);
  });

  test('a value may look like a flag', () => {
    assert.equal(parse('--to-tar', '--json').values.text('to-tar'), '--json');
  });

  test('arguments after -- are not flags', () => {
    assert.deepEqual(parse('--json', '--', '--tty', '-b').rest, ['--tty', '-b']);
  });

  test('an empty value counts as unset', () => {
    assert.equal(parse('--bundle=').values.text('bundle'), undefined);
  });

  test("durations have Go's syntax", () => {
    assert.equal(
      parse('--registry-response-header-timeout=1m30s').values.duration('registry-response-header-timeout'),
      90_000,
    );
  });
});

describe('a size', () => {
  for (const [text, bytes] of [
    ['1', 1],
    ['1000B', 1000],
    ['500k', 500_000],
    ['500kB', 500_000],
    ['2Ki', 2048],
    ['20MiB', 20 * 1024 * 1024],
    ['1.5GB', 1_500_000_000],
    ['0.5mib', 512 * 1024],
  ] as const) {
    test(`${text} is ${bytes} bytes`, () => {
      assert.equal(parse('--bandwidth-limit', text).values.size('bandwidth-limit'), bytes);
    });
  }

  for (const text of ['0', '-1', '20i', '20iB', 'MiB', '20 MiB', '1e6', '20MiB/s', '0.1']) {
    test(`${text} is invalid`, () => {
      const message = `invalid argument "${text}" for "--bandwidth-limit" flag: expected a number of bytes such as 20MiB`;
      assert.throws(() => parse(`--bandwidth-limit=${text}`), { message });
    });
  }
});

// The texts are those of imgpkg 0.47.
describe("invalid arguments are rejected in imgpkg's words:", () => {
  for (const [args, message] of [
    [['--bndle', 'x'], 'unknown flag: --bndle'],
    [['-z'], "unknown shorthand flag: 'z' in -z"],
    [['-yz'], "unknown shorthand flag: 'z' in -yz"],
    [['--concurrency'], 'flag needs an argument: --concurrency'],
    [['-b'], "flag needs an argument: 'b' in -b"],
    [
      ['--concurrency', 'x'],
      'invalid argument "x" for "--concurrency" flag: strconv.ParseInt: parsing "x": invalid syntax',
    ],
    [['--tty=maybe'], 'invalid argument "maybe" for "--tty" flag: strconv.ParseBool: parsing "maybe": invalid syntax'],
    [['--yes=x'], 'invalid argument "x" for "-y, --yes" flag: strconv.ParseBool: parsing "x": invalid syntax'],
    [
      ['--registry-response-header-timeout', '30'],
      'invalid argument "30" for "--registry-response-header-timeout" flag: time: missing unit in duration "30"',
    ],
    [
      ['--registry-response-header-timeout', 'soon'],
      'invalid argument "soon" for "--registry-response-header-timeout" flag: time: invalid duration "soon"',
    ],
    [['--concurrency=0'], 'invalid argument "0" for "--concurrency" flag: expected a number from 1'],
    [
      ['--registry-retry-count=-1'],
      'invalid argument "-1" for "--registry-retry-count" flag: expected a number from 0',
    ],
  ] as const) {
    test(args.join(' '), () => assert.throws(() => parse(...args), { message }));
  }

  test('an unknown flag suggests the nearest one', () => {
    assert.throws(() => parse('--cosign-signature'), { remedy: /Did you mean '--cosign-signatures'\?/ });
  });
});

describe('the command', () => {
  test('may follow global flags and their values', () => {
    assert.deepEqual(splitCommand(['--json', '--column', 'x', 'copy', '-b', 'y'], GLOBAL_FLAGS.flags), {
      command: 'copy',
      args: ['--json', '--column', 'x', '-b', 'y'],
    });
  });
});

test('the help of copy lists each flag once, under a heading', () => {
  const help = formatHelp({ summary: '', usage: [], groups: COPY_FLAGS, notes: [] });
  for (const { name, short } of flags) {
    const left = `${short === undefined ? '    ' : `-${short}, `}--${name} `;
    assert.equal(help.split(`\n  ${left}`).length, 2, name);
  }
  assert.match(help, /\nSource \(one of them\):\n {2}-b, --bundle REF/);
});
