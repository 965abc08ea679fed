import assert from 'node:assert/strict';
import { test } from 'node:test';
import { secretRefEdit } from '../../../src/packaging/edit-secret-ref.ts';
import { findDocuments, repositoriesIn } from '../../../src/packaging/documents/find-documents.ts';

const repositoriesOf = (source: string) => repositoriesIn(findDocuments(source));

function edited(source: string, which = 0): string | undefined {
  const found = repositoriesOf(source)[which];
  assert.ok(found);
  const edit = secretRefEdit(source, found, 'pull');
  return edit && source.slice(0, edit.start) + edit.text + source.slice(edit.end);
}

const document = (bundle: string, name = 'repo'): string => `apiVersion: packaging.carvel.dev/v1alpha1
kind: PackageRepository
metadata: {name: ${name}}
spec:
  fetch:
    imgpkgBundle:${bundle}
`;

test('a secretRef is added below the image, with its indentation, and comments stay', () => {
  const source = document('\n      # where it lies\n      image: r.example/p:v1 # mine');
  assert.equal(
    edited(source),
    document('\n      # where it lies\n      image: r.example/p:v1 # mine\n      secretRef:\n        name: pull'),
  );
});

test('a text without a final newline, or with CRLF line ends, is edited as well', () => {
  const source = document('\n      image: r.example/p:v1').trimEnd();
  assert.equal(edited(source), `${source}\n      secretRef:\n        name: pull`);
  const windows = document('\n      image: r.example/p:v1').replaceAll('\n', '\r\n');
  assert.equal(edited(windows), `${windows.trimEnd()}\r\n      secretRef:\r\n        name: pull\r\n`);
});

test('an existing secretRef gets the new name, in its own document', () => {
  const [one, two] = ['a', 'b'].map((name) =>
    document(`\n      image: r.example/p\n      secretRef: {name: old} # x`, name),
  );
  const source = `${one}---\n${two}`;
  assert.equal(edited(source, 1), `${one}---\n${two?.replace('old', 'pull')}`);
});

test('nothing is edited if there is no place for it', () => {
  assert.equal(edited(document(' {image: r.example/p}')), undefined);
  assert.equal(edited(document('\n      image: r.example/p\n      secretRef:')), undefined);
});
