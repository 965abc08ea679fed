import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { cachedDataVersionTag, getHeapSpaceStatistics } from 'node:v8';
import { Script } from 'node:vm';
import { crc32 } from 'node:zlib';

import { resetMemoryLimits } from '../base/memory-limits.ts';

const NAME = 'functions.bin';
/** Four numbers of 4 bytes: version and flags of V8, checksums of the source and of what follows, bytes of compiled code. */
const HEADER = 16;
/** A run that leaves this much more compiled code than the one before has used functions that are not kept yet. */
const GROWTH = 1.05;

interface Kept {
  readonly data: Buffer;
  readonly size: number;
}

/**
 * Loads a CommonJS file with the functions that earlier runs have compiled, and keeps those of this run in the folder when
 * it ends without an error. Node's own cache keeps only what is compiled while a file is loaded, which is a fraction: the
 * rest would be compiled again in each run, when it is first called.
 * @returns what the file exports
 */
export function loadCompiled(file: string, folder: string): unknown {
  // What is built contains only ASCII.
  const source = readFileSync(file, 'latin1');
  const identity = { version: cachedDataVersionTag(), source: crc32(source) };
  const path = join(folder, NAME);
  const kept = readKept(path, identity);
  const script = new Script(`(function (exports, require, module, __filename, __dirname) {${source}\n})`, {
    filename: file,
    ...(kept === undefined ? {} : { cachedData: kept.data }),
  });
  const known = script.cachedDataRejected === false ? (kept?.size ?? 0) : 0;
  process.on('exit', (code) => {
    if (code === 0 && compiledSize() > known * GROWTH) keep(path, identity, script);
  });
  const main = script.runInThisContext() as (...parts: readonly unknown[]) => void;
  const module = { exports: {} };
  main.call(module.exports, module.exports, createRequire(file), module, file, dirname(file));
  return module.exports;
}

function readKept(path: string, identity: { readonly version: number; readonly source: number }): Kept | undefined {
  try {
    const bytes = readFileSync(path);
    const [version, source, checksum, size] = [0, 4, 8, 12].map((offset) => bytes.readUInt32LE(offset));
    const data = bytes.subarray(HEADER);
    const isRight = version === identity.version && source === identity.source && checksum === crc32(data);
    return isRight && size !== undefined ? { data, size } : undefined;
  } catch {
    // Missing, or shorter than its header.
    return undefined;
  }
}

function keep(path: string, { version, source }: { version: number; source: number }, script: Script): void {
  const partial = `${path}.${process.pid}`;
  try {
    // V8 rejects what was compiled under other flags.
    resetMemoryLimits();
    const data = script.createCachedData();
    const header = Buffer.alloc(HEADER);
    for (const [index, value] of [version, source, crc32(data), compiledSize()].entries())
      header.writeUInt32LE(value, index * 4);
    writeFileSync(partial, Buffer.concat([header, data]), { mode: 0o600 });
    renameSync(partial, path);
  } catch {
    // A full disk, for example: the next run compiles again.
    rmSync(partial, { force: true });
  }
}

/** Bytes of the space in which V8 puts compiled functions. */
function compiledSize(): number {
  return getHeapSpaceStatistics().find(({ space_name: name }) => name === 'trusted_space')?.space_used_size ?? 0;
}
