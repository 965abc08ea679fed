import { errorFamily } from '../base/errors.ts';

/** Errors of syncing an air gap with a file. */
export const syncError = errorFamily('sync', {
  'file-unreadable': { text: 'Cannot read {path}: {reason}', remedy: 'Check the path and its permissions.' },
  'file-invalid': {
    text: '{path}:{line}:{column}: {reason}',
    remedy: 'Correct this line. docs/sync.md describes the format, and docs/sync.schema.json lets an editor check it.',
  },
  'lock-invalid': {
    text: '{path}:{line}:{column}: {reason}',
    remedy:
      'Restore the lock from version control or a backup. Or delete it: the next sync then compares everything again.',
  },
  'in-use': {
    text: 'Another process is syncing {path}: {holder}',
    remedy:
      'Wait until it has ended. If it was killed on another machine, its claim expires ten minutes after its last sign of life.',
  },
  'no-tag-fits': {
    text: 'No tag of {repository} fits the constraints {constraints}',
    remedy: 'Change tagSelection of this entry. Prereleases count only with the field prereleases.',
  },
  'too-many-tags': {
    text: '{repository} has more than {limit} tags',
    remedy: 'Name a tag or a digest instead of tagSelection.',
  },
  'tag-conflict': {
    text: 'The entries {first} and {second} set the tag {tag} of {repository} to different images',
    remedy: 'Give one of them another tag with toTag, or another destination.',
  },
});
